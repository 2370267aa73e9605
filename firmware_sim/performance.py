"""One performance of a scenario: the samples a sensor sends of it, and the truth about it."""

from collections.abc import Iterator
from functools import cached_property
from typing import Any
from zlib import crc32

import numpy as np

from firmware_sim.chip import PRESETS, Chip, Counts, Preset
from firmware_sim.loss import received
from firmware_sim.makes import MAKES
from firmware_sim.mounting import draw_mounting, into_sensor_frame, through_loose_clip
from firmware_sim.rail import GRID_HZ, Trajectory, travel
from firmware_sim.scenario import Scenario, Sensor
from firmware_sim.spans import Span
from firmware_sim.staging import compose
from firmware_sim.surroundings import draw_frame, specific_force
from firmware_sim.truth import sets_of
from sensor_hub.model import STANDARD_GRAVITY_MPS2, FloatArray

_BLOCK = 32
_INSTANTS = ("start_s", "bottom_s", "turn_s", "end_s")
_DURATIONS = ("eccentric_s", "bottom_pause_s", "concentric_s", "top_pause_s", "time_under_tension_s")


class Performance:
    """A source of samples: the same scenario and seed give the same bytes. Computed when first asked for."""

    def __init__(self, scenario: Scenario, seed: int = 0) -> None:
        self.scenario = scenario
        self.name = scenario.sensor.name
        streams = np.random.SeedSequence([seed, crc32(scenario.name.encode())]).spawn(7)
        plot, machine, sensor, self._path_seed, self._shake_seed, self._noise_seed, self._loss_seed = streams
        self.frame = draw_frame(scenario.machine, np.random.default_rng(machine))
        rng = np.random.default_rng(sensor)
        self.chip_name = scenario.sensor.draw_chip_name(rng)
        self.chip = draw_chip(scenario.sensor, PRESETS[self.chip_name], rng)
        self._mounting = draw_mounting(scenario.sensor.mounting_deg, rng)
        self._clip = draw_clip(scenario.sensor, rng)
        self._script = compose(scenario, np.random.default_rng(plot))
        self.rate_hz = self.chip.rate_hz
        self.range_g = self.chip.range_g
        self.bits = self.chip.bits

    @property
    def duration_s(self) -> float:
        """True seconds from the first sample to the last."""
        return self._script.duration_s

    @cached_property
    def trajectory(self) -> Trajectory:
        """What the sled really did, on a fine grid of true time."""
        return travel(self._script, np.random.default_rng(self._path_seed))

    @cached_property
    def samples(self) -> tuple[FloatArray, Counts]:
        """Device times (n,) in seconds from 0 and counts (n, 3) of all samples that are not lost on the way."""
        rng = np.random.default_rng(self._shake_seed)
        force = specific_force(self.frame, self.trajectory, self._script, rng)
        felt = into_sensor_frame(force, self._mounting, self._script, rng)
        if self._clip is not None:
            felt = through_loose_clip(felt, *self._clip, rng)
        time_s, counts = self.chip.measure(felt, GRID_HZ, np.random.default_rng(self._noise_seed))
        kept = received(len(time_s), self.scenario.radio, np.random.default_rng(self._loss_seed))
        return time_s[kept], counts[kept]

    def blocks(self) -> Iterator[tuple[FloatArray, Counts]]:
        """The samples in blocks, in order: device times (n,) in seconds and counts (n, 3)."""
        time_s, counts = self.samples
        for begin in range(0, len(time_s), _BLOCK):
            yield time_s[begin : begin + _BLOCK], counts[begin : begin + _BLOCK]

    def truth(self) -> dict[str, Any]:
        """Every rep by the definitions of moving, bounce, lockout and partial; instants in device seconds."""
        sets = sets_of(self._script, self.trajectory)
        for rep in (rep for one in sets for rep in one["reps"]):
            for key in (*_INSTANTS, *_DURATIONS):
                rep[key] = None if rep[key] is None else round(rep[key] * self.chip.clock_rate, 6)
        return {
            "name": self.scenario.name,
            "family": self.scenario.family,
            "incline_deg": self.frame.incline_deg,
            "chip": self.chip_name,
            "odr_nominal_hz": self.rate_hz,
            "sets": sets,
        }


def draw_clip(sensor: Sensor, rng: np.random.Generator) -> tuple[float, float] | None:
    """Frequency in Hz and decay in seconds of a loose clip; None for a tight one."""
    if sensor.clip_ring_hz is None:
        return None
    return sensor.clip_ring_hz.draw(rng), sensor.clip_ring_decay_s.draw(rng)


def draw_chip(sensor: Sensor, preset: Preset, rng: np.random.Generator) -> Chip:
    """One specimen of the sensor a scenario describes; its family, then the preset, say what the scenario leaves
    open."""

    def either_way(value: float) -> Span:
        return Span(-value, value)

    def per_axis(span: Span) -> FloatArray:
        return np.array([span.draw(rng) for _ in range(3)])

    make = MAKES[sensor.family]
    rate_hz = sensor.rate_hz or make.usual_rate_hz or preset.rate_hz
    noise_ug = (sensor.noise_ug_per_rthz or Span(preset.noise_ug_per_rthz, preset.noise_ug_per_rthz)).draw(rng)
    rate_error = (sensor.rate_error_percent or either_way(preset.rate_error_percent)).draw(rng)
    milli_g = STANDARD_GRAVITY_MPS2 * 1e-3
    return Chip(
        rate_hz=rate_hz,
        true_rate_hz=rate_hz * (1.0 + rate_error / 100.0),
        clock_ppm=sensor.clock_ppm.draw(rng),
        range_g=float(sensor.range_g or make.range_g or preset.range_g),
        bits=sensor.bits or preset.bits,
        bandwidth_hz=0.45 * rate_hz,
        noise_mps2=noise_ug * 1e-3 * milli_g * float(np.sqrt(rate_hz / 2.0)),
        bias_mps2=per_axis(sensor.bias_mg or either_way(preset.bias_mg)) * milli_g,
        scale=1.0 + per_axis(sensor.scale_error_percent or either_way(preset.scale_error_percent)) / 100.0,
        warm_up_mps2=per_axis(sensor.warm_up_mg) * milli_g,
        warm_up_s=rng.uniform(40.0, 150.0),
    )
