"""Samples beyond the sensor's range: told once a set, and no rep is lost to them."""

from functools import cache

import numpy as np
import pytest

from firmware_sim.scenario import load
from sensor_hub.engine import Engine
from sensor_hub.engine.saturation import HIDDEN_SHARE, Saturation
from sensor_hub.engine.steps import Step
from sensor_hub.model import Event, RepSettled, Samples, Saturated
from tests.engine.conftest import SCENARIOS, Performed, part, render, reps_of

BLOCK = 16
LIMIT_MPS2 = 2 * 9.80665


@cache
def crushed(seed: int) -> Performed:
    """Bounced reps as a sensor with too small a range feels them."""
    plan = load(SCENARIOS / "bounce.toml")
    return render(plan.model_copy(update={"sensor": plan.sensor.model_copy(update={"range_g": 2})}), seed)


def cut_off(samples: Samples) -> np.ndarray:
    return np.abs(samples.accel_mps2).max(axis=1) > 0.9999 * LIMIT_MPS2


def told(samples: Samples, flagged: bool = True, block: int = BLOCK) -> list[Event]:
    """What an engine tells of samples whose blocks say that they are saturated, as a driver's do."""
    engine, beyond, events = Engine(), cut_off(samples), []
    for start in range(0, len(samples), block):
        one = part(samples, start, start + block)
        saturated = flagged and bool(beyond[start : start + block].any())
        events += engine.feed(Samples(one.time_s, one.accel_mps2, saturated=saturated))
    return events + engine.finish()


@pytest.mark.parametrize("seed", [100, 101])
def test_no_rep_is_lost_and_no_measure_surer_than_it_is(seed: int) -> None:
    performed = crushed(seed)
    reps = [event.rep for event in reps_of(told(performed.samples))]
    assert [rep.turn_s for rep in reps] == pytest.approx([rep["turn_s"] for rep in performed.reps], abs=0.2)
    inside = [
        abs(rep.concentric_s - truth["concentric_s"]) <= 2 * (rep.uncertainty["concentric_s"] or 0.0)
        for rep, truth in zip(reps, performed.reps, strict=True)
    ]
    assert np.mean(inside) > 0.9


def test_it_is_told_once_a_set_before_the_rep_it_is_in() -> None:
    performed = crushed(100)
    events = [event for event in told(performed.samples) if isinstance(event, Saturated | RepSettled)]
    beyond_s = performed.samples.time_s[cut_off(performed.samples)]
    seen: set[int] = set()
    for i, event in enumerate(events):
        if isinstance(event, Saturated):
            seen.add(event.set_number)
            after = events[i + 1]
            assert isinstance(after, RepSettled)
            assert event.limit_mps2 == pytest.approx(LIMIT_MPS2, rel=0.001)
            assert after.set_number == event.set_number
            assert any((after.rep.start_s or 0.0) <= t <= after.rep.end_s for t in beyond_s)
    assert len(seen) == sum(isinstance(event, Saturated) for event in events) > 0


def test_what_single_accelerations_would_tell_stays_unknown() -> None:
    performed = crushed(100)
    beyond_s = performed.samples.time_s[cut_off(performed.samples)]
    hidden = [
        event.rep
        for event in reps_of(told(performed.samples))
        if any((event.rep.start_s or 0.0) <= t <= event.rep.end_s for t in beyond_s)
    ]
    assert hidden
    assert {(rep.turn_acceleration_mps2, rep.peak_power_w_per_kg) for rep in hidden} == {(None, None)}


def test_a_sensor_that_says_nothing_of_it_is_believed() -> None:
    assert not any(isinstance(event, Saturated) for event in told(crushed(100).samples, flagged=False))


def test_a_whole_recording_as_one_block_says_the_same() -> None:
    """Longer than the samples beyond the range are remembered: those of the first set count all the same."""
    samples = crushed(100).samples
    assert told(samples, block=len(samples)) == told(samples)


def step(end_s: float, rough_mps: float = 0.01) -> Step:
    return Step(end_s, 0.04, (0.0, 0.0, 9.8), rough_mps)


def test_only_the_steps_of_such_samples_become_rougher() -> None:
    saturation = Saturation(keep_s=90.0, vibration_share=0.3)
    force = np.zeros((4, 3))
    force[1, 2] = -LIMIT_MPS2
    saturation.see(Samples(np.array([1.01, 1.02, 1.03, 1.04]), force, saturated=True))
    assert saturation.widened(step(1.0), 0.01) == step(1.0)
    assert saturation.widened(step(1.04), 0.01).rough_mps * 0.3 == pytest.approx(
        HIDDEN_SHARE * LIMIT_MPS2 * 0.01, rel=0.01
    )
