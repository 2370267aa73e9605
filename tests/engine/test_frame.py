"""The rail: found for any mounting, found again when the clip has moved, never found where nothing slides."""

import numpy as np
import pytest

from firmware_sim.mounting import draw_mounting
from sensor_hub.engine import Engine, First, Params
from sensor_hub.model import Calibrated, Event, FloatArray, Phase, PhaseBegan, Samples
from tests.engine.conftest import Performed, between, perform, perform_acts, reps_of, tell
from tests.engine.synthetic import journey

REST = {"kind": "rest", "seconds": 9}
LIFT = {"kind": "set", "reps": 3, "tempo": "2-0.3-1-0.5", "rest_s": 8}
ALIGNED = {"mounting_deg": [0, 0, 0], "bias_mg": [-15, 15]}
"""Sensor and sled share their axes. A chip's offset turns gravity: 15 mg by nearly a degree."""


def calibrations(events: list[Event]) -> list[Calibrated]:
    return [event for event in events if isinstance(event, Calibrated)]


def angle_deg(a: FloatArray, b: FloatArray) -> float:
    return float(np.degrees(np.arccos(np.clip(np.dot(a, b), -1.0, 1.0))))


def turned(samples: Samples, rotation: FloatArray) -> Samples:
    return Samples(samples.time_s, samples.accel_mps2 @ rotation.T, resolution_mps2=samples.resolution_mps2)


@pytest.mark.parametrize("incline_deg", [15, 45, 85])
@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_axis_and_incline_for_any_mounting(incline_deg: float, seed: int) -> None:
    rotation = draw_mounting(None, np.random.default_rng(seed))
    performed = perform_acts(REST, LIFT, seed=seed, sensor=ALIGNED, machine={"incline_deg": incline_deg})
    engine = Engine()
    found = calibrations(tell(engine, turned(performed.samples, rotation)))
    assert [event.recalibrated for event in found] == [False]
    assert angle_deg(np.array(found[0].axis), rotation[:, 0]) < 3.0
    assert found[0].incline_deg == engine.incline_deg == pytest.approx(performed.incline_deg, abs=3.0)
    assert found[0].axis == engine.axis
    assert engine.calibrated


def test_the_mounting_does_not_change_what_is_counted() -> None:
    samples = perform_acts(REST, LIFT, sensor=ALIGNED).samples
    turns = []
    for seed in range(3):
        rotation = draw_mounting(None, np.random.default_rng(seed))
        turns.append([event.rep.turn_s for event in reps_of(tell(Engine(), turned(samples, rotation)))])
    assert len(turns[0]) == 3
    assert turns[1] == pytest.approx(turns[0], abs=0.02)
    assert turns[2] == pytest.approx(turns[0], abs=0.02)


def test_the_rail_is_found_before_the_first_rep_ends() -> None:
    performed = perform("controlled", 11)
    assert calibrations(performed.events)[0].at_s < performed.reps[0]["end_s"]


@pytest.mark.parametrize("seed", [11, 12])
def test_a_clip_that_was_knocked_round_is_calibrated_again(seed: int) -> None:
    performed = perform("moved", seed)
    found = calibrations(performed.events)
    assert [event.recalibrated for event in found] == [False, True, True]
    ends = [0.0, *(one[-1]["end_s"] for one in performed.sets)]
    firsts = [one[0]["end_s"] for one in performed.sets]
    assert all(before < event.at_s < first for before, event, first in zip(ends, found, firsts, strict=False))
    for one in found:
        assert one.incline_deg == pytest.approx(performed.incline_deg, abs=3.0)
    assert angle_deg(np.array(found[0].axis), np.array(found[1].axis)) > 4.0


def test_a_clip_that_was_not_moved_keeps_its_rail() -> None:
    for family in ("controlled", "no_unrack"):
        assert len(calibrations(perform(family, 11).events)) == 1


def test_gravity_alone_is_no_rail() -> None:
    n = 12000
    noise = 0.05 * np.random.default_rng(6).standard_normal((n, 3))
    engine = Engine()
    assert tell(engine, Samples(np.arange(n) / 100.0, noise + np.array([3.0, -4.0, 8.4]))) == []
    assert engine.finish() == []
    assert not engine.calibrated
    assert engine.incline_deg is None
    assert engine.axis is None


@pytest.mark.parametrize("seed", [11, 12])
def test_plates_and_hands_are_no_rep(seed: int) -> None:
    plates = {"kind": "plates", "count": 5}
    lean = {"kind": "lean", "seconds": 6}
    performed = perform_acts(REST, plates, REST, lean, REST, seed=seed)
    assert reps_of(performed.events) == []


@pytest.mark.parametrize("seed", [11, 12])
@pytest.mark.parametrize(
    ("phase", "first"), [("down", First.AUTO), ("up", First.AUTO), ("half-way down", First.ECCENTRIC)]
)
def test_a_stream_that_starts_in_motion_is_counted_but_for_a_rep(seed: int, phase: str, first: First) -> None:
    performed = perform("touchandgo", seed)
    rep, *rest = performed.reps
    start_s = {
        "down": rep["start_s"],
        "half-way down": (rep["start_s"] + rep["bottom_s"]) / 2,
        "up": (rep["turn_s"] + rep["end_s"]) / 2,
    }[phase]
    settled = reps_of(tell(Engine(Params(first=first)), between(performed.samples, start_s)))
    for truth in rest:
        assert sum(abs(event.rep.turn_s - truth["turn_s"]) < 0.4 for event in settled) == 1
    assert len(settled) - len(rest) in (0, 1)


FLAT = [(0.0, 6.0), *[(-0.4, 2.0), (0.0, 0.6), (0.4, 1.0), (0.0, 1.0)] * 4, (0.0, 20.0)]


def flat(first: First, rotation: FloatArray) -> list[Event]:
    """A horizontal rail, whose axis gravity cannot sign."""
    return tell(Engine(Params(first=first)), journey(FLAT).felt(0.0, rotation, noise_mps2=0.03))


@pytest.mark.parametrize("first", [First.AUTO, First.ECCENTRIC])
def test_on_a_flat_rail_the_first_stroke_is_the_eccentric(first: First) -> None:
    for direction in (1.0, -1.0):
        events = flat(first, np.diag([direction, direction, 1.0]))
        (found,) = calibrations(events)
        assert found.axis == pytest.approx((direction, 0.0, 0.0), abs=0.05)
        assert found.incline_deg == pytest.approx(0.0, abs=1.0)
        assert next(event.phase for event in events if isinstance(event, PhaseBegan)) is Phase.ECCENTRIC
        assert [event.rep.rom_m for event in reps_of(events)] == pytest.approx([0.4] * 4, abs=0.01)


def test_how_far_a_clip_was_knocked_is_told() -> None:
    knock = {"kind": "knock", "angle_deg": 30}
    performed = perform_acts(REST, LIFT, knock, REST, LIFT)
    first, again = calibrations(performed.events)
    assert (first.recalibrated, first.turned_deg) == (False, None)
    before, after = (
        one.accel_mps2.mean(axis=0) for one in (between(performed.samples, 2, 8), _rest_after(performed))
    )
    assert again.recalibrated
    assert again.turned_deg == pytest.approx(
        angle_deg(before / np.linalg.norm(before), after / np.linalg.norm(after)), abs=0.5
    )


def _rest_after(performed: Performed) -> Samples:
    """The rest before the second set."""
    start_s = performed.sets[1][0]["start_s"]
    return between(performed.samples, start_s - 8, start_s - 4)


def test_a_clip_that_turns_before_anything_was_lifted_has_not_moved() -> None:
    unrack = {"kind": "unrack", "height_m": 0.08}
    knock = {"kind": "knock", "angle_deg": 30}
    performed = perform_acts(REST, unrack, REST, knock, REST, LIFT)
    assert not any(event.recalibrated for event in calibrations(performed.events))


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_a_clip_that_slipped_a_little_is_followed_without_a_word(seed: int) -> None:
    slip = {"kind": "knock", "angle_deg": 1.9}
    performed = perform_acts(REST, LIFT, slip, REST, LIFT, seed=seed)
    assert [event.recalibrated for event in calibrations(performed.events)] == [False]
    assert len(performed.found) == len(performed.settled) == 6
    for truth, event in performed.found:
        assert event.rep.rom_m == pytest.approx(truth["rom_m"], abs=0.03)
