"""Renderings of config/scenarios with fixed seeds, each beside what the engine told of it. Each is made once."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from firmware_sim import scenario
from firmware_sim.performance import Performance
from firmware_sim.truth import RepTruth
from sensor_hub.engine import Engine
from sensor_hub.model import Event, FloatArray, RepSettled, Samples

SCENARIOS = Path(__file__).parents[2] / "config" / "scenarios"
SEED = 100
BLOCK = 16


@dataclass(frozen=True, eq=False)
class Played:
    """What the sled really did, on the device's clock; what the sensor sent; what the engine told."""

    time_s: FloatArray
    position_m: FloatArray
    velocity_mps: FloatArray
    samples: Samples
    reps: list[RepTruth]
    events: list[Event]

    @property
    def settled(self) -> list[RepSettled]:
        return [event for event in self.events if isinstance(event, RepSettled)]

    def cut(self, from_s: float, to_s: float, every: int = 10) -> tuple[FloatArray, FloatArray, FloatArray]:
        """The true course between two instants, thinned: time, position, velocity."""
        i, j = np.searchsorted(self.time_s, [from_s, to_s])
        part = slice(int(i), int(j), every)
        return self.time_s[part], self.position_m[part], self.velocity_mps[part]


@cache
def play(name: str, seed: int = SEED) -> Played:
    performance = Performance(scenario.load(SCENARIOS / f"{name}.toml"), seed)
    time_s, counts = performance.samples
    samples = Samples(np.asarray(time_s), counts * performance.chip.count_mps2)
    engine, path = Engine(), performance.trajectory
    events = [event for block in blocks(samples) for event in engine.feed(block)] + engine.finish()
    return Played(
        path.time_s * performance.chip.clock_rate,
        path.position_m,
        path.velocity_mps,
        samples,
        [rep for one in performance.truth()["sets"] for rep in one["reps"]],
        events,
    )


def blocks(samples: Samples) -> list[Samples]:
    t, f = samples.time_s, samples.accel_mps2
    return [Samples(t[i : i + BLOCK], f[i : i + BLOCK]) for i in range(0, len(t), BLOCK)]
