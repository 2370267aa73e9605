"""The settled course of a rep: where the sled really was, and the same that the rep's figures say."""

from collections.abc import Iterator

import numpy as np
import pytest

from firmware_sim.performance import Performance
from firmware_sim.scenario import load
from sensor_hub.engine import Engine
from sensor_hub.model import FloatArray, Motion, RepSettled
from tests.engine.conftest import SCENARIOS, perform, reps_of, tell
from tests.engine.synthetic import journey

POOL = [
    ("controlled", 11),
    ("explosive", 11),
    ("touchandgo", 11),
    ("noisy", 12),
    ("vertical", 12),
    ("failure", 11),
]


def first_s(event: RepSettled) -> float:
    """The instant a rep's trace starts at."""
    return event.rep.turn_s if event.rep.start_s is None else event.rep.start_s


def off(position_m: FloatArray, true_m: FloatArray) -> float:
    """The largest distance between two courses that start together."""
    return float(np.abs((position_m - position_m[0]) - (true_m - true_m[0])).max())


def errors(family: str, seed: int) -> Iterator[tuple[float, float]]:
    """Of each rep: how far its settled trace strays from the truth, and how far the provisional one did."""
    performance = Performance(load(SCENARIOS / f"{family}.toml"), seed)
    truth, rate = performance.trajectory, performance.chip.clock_rate
    live = [event for event in perform(family, seed).events if isinstance(event, Motion)]
    live_s, live_m = np.array([event.at_s for event in live]), np.array([event.position_m for event in live])
    for event in perform(family, seed).settled:
        at_s = first_s(event) + np.array(event.trace.offset_s)
        true_m = np.interp(at_s / rate, truth.time_s, truth.position_m)
        yield off(np.array(event.trace.position_m), true_m), off(np.interp(at_s, live_s, live_m), true_m)


@pytest.mark.parametrize(("family", "seed"), POOL)
def test_it_is_where_the_sled_was_and_better_than_what_was_shown_live(family: str, seed: int) -> None:
    settled, shown = np.array(list(errors(family, seed))).T
    assert len(settled) > 10
    assert np.median(settled) < 0.015
    assert np.percentile(settled, 95) < 0.04
    assert np.percentile(settled, 95) < 0.7 * np.percentile(shown, 95)


@pytest.mark.parametrize(("family", "seed"), POOL)
def test_the_figures_of_a_rep_can_be_read_off_it(family: str, seed: int) -> None:
    for event in perform(family, seed).settled:
        rep, position, velocity = event.rep, event.trace.position_m, event.trace.velocity_mps
        assert position[0] - min(position) == pytest.approx(rep.rom_m, abs=0.01)
        assert max(velocity) == pytest.approx(rep.peak_velocity_mps, rel=0.03, abs=0.02)
        assert -min(velocity) == pytest.approx(rep.peak_eccentric_velocity_mps, rel=0.03, abs=0.02)


def test_it_spans_the_rep_in_even_steps_of_a_twentieth_of_a_second() -> None:
    for event in perform("controlled", 11).settled:
        steps = np.diff(event.trace.offset_s)
        assert event.trace.offset_s[0] == event.trace.position_m[0] == 0.0
        assert first_s(event) + event.trace.offset_s[-1] == pytest.approx(event.rep.end_s)
        assert steps == pytest.approx([steps[0]] * len(steps))
        assert 0.045 < steps[0] < 0.055
        assert len(event.trace.offset_s) == len(event.trace.position_m) == len(event.trace.velocity_mps)


def test_a_weight_stack_goes_up_from_its_start_and_comes_back() -> None:
    stack = journey([(0.0, 6.0), *[(0.5, 1.0), (0.0, 0.8), (-0.5, 2.0), (0.0, 1.2)] * 3, (0.0, 20.0)], 100.0)
    settled = reps_of(tell(Engine(), stack.felt(noise_mps2=0.05)))
    assert len(settled) == 3
    for event in settled:
        assert event.rep.top_pause_s is not None
        lasted_s = event.rep.concentric_s + event.rep.top_pause_s + (event.rep.eccentric_s or 0.0)
        assert event.trace.offset_s[-1] == pytest.approx(lasted_s)
        assert max(event.trace.position_m) == pytest.approx(0.5, abs=0.01)
        assert event.trace.position_m[-1] == pytest.approx(0.0, abs=0.02)
