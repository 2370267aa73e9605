"""The rail's direction as strokes show it, and the rail aimed anew when the clip has turned about gravity."""

import numpy as np
import pytest

from firmware_sim.mounting import draw_mounting
from sensor_hub.engine import Engine
from sensor_hub.engine.direction import LEAST_SAMPLES, Direction, aimed
from sensor_hub.engine.rail import Rail
from sensor_hub.model import Calibrated, Event, FloatArray, Samples
from tests.engine.conftest import Performed, between, perform, reps_of, tell
from tests.engine.synthetic import journey

LEVEL_SET = [(0.0, 6.0), *[(-0.4, 2.0), (0.0, 0.6), (0.4, 1.0), (0.0, 1.0)] * 4, (0.0, 20.0)]


def shown(
    incline_deg: float, rotation: FloatArray, noise_mps2: float, strokes: int = 2
) -> tuple[Direction, Samples]:
    direction, samples = Direction(), Samples(np.empty(0), np.empty((0, 3)))
    for number in range(strokes):
        samples = journey([(-0.4 if number % 2 else 0.4, 1.2)]).felt(
            incline_deg, rotation, noise_mps2, seed=number
        )
        direction = direction.with_stroke(samples.time_s, samples.accel_mps2 + np.array([0.1, -0.2, 0.1]))
    return direction, samples


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_two_strokes_show_the_line_whatever_the_mounting_and_the_offset(seed: int) -> None:
    rotation = draw_mounting(None, np.random.default_rng(seed))
    direction, _ = shown(45.0, rotation, 0.05)
    line = direction.line()
    assert line is not None
    assert abs(float(line[0] @ rotation[:, 0])) == pytest.approx(1.0, abs=1e-4)
    assert line[1] < 0.02


@pytest.mark.parametrize("incline_deg", [0.0, 20.0, 45.0, 90.0])
def test_with_gravity_they_show_the_incline(incline_deg: float) -> None:
    rotation = draw_mounting(None, np.random.default_rng(4))
    direction, _ = shown(incline_deg, rotation, 0.02)
    slope = np.radians(incline_deg)
    gx, gy, gz = (rotation @ np.array([np.sin(slope), 0.0, np.cos(slope)]) * 9.8).tolist()
    incline = direction.incline((gx, gy, gz))
    assert incline is not None
    assert incline.deg == pytest.approx(incline_deg, abs=incline.sigma_deg)
    assert 1.0 < incline.sigma_deg < 2.0


def test_one_stroke_a_short_one_and_a_rattle_show_nothing() -> None:
    assert shown(45.0, np.eye(3), 0.05, strokes=1)[0].line() is None
    time_s = np.arange(LEAST_SAMPLES - 1) / 100.0
    assert Direction().with_stroke(time_s, np.ones((len(time_s), 3))).strokes == 0
    rattle, rng = Direction(), np.random.default_rng(5)
    for _ in range(4):
        rattle = rattle.with_stroke(np.arange(100) / 100.0, rng.standard_normal((100, 3)))
    assert rattle.line() is None


def about(axis: FloatArray, angle_deg: float) -> FloatArray:
    """(3, 3) rotation about an axis."""
    x, y, z = axis / np.linalg.norm(axis)
    angle = np.radians(angle_deg)
    cross = np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
    return np.asarray(np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross)


def turned_about_gravity(samples: Samples, at_s: float, angle_deg: float) -> Samples:
    """A clip that is turned in the middle of a rest, so that gravity stays where it was."""
    first = int(samples.time_s.searchsorted(at_s))
    rotation = about(between(samples, at_s - 1.0, at_s).accel_mps2.mean(axis=0), angle_deg)
    force = samples.accel_mps2.copy()
    force[first:] = force[first:] @ rotation.T
    return Samples(samples.time_s, force)


def calibrations(events: list[Event]) -> list[Calibrated]:
    return [event for event in events if isinstance(event, Calibrated)]


def between_sets(performed: Performed) -> float:
    return float(performed.sets[0][-1]["end_s"] + performed.sets[1][0]["start_s"]) / 2


@pytest.mark.parametrize("angle_deg", [15.0, 40.0])
@pytest.mark.parametrize("family", ["controlled", "explosive"])
def test_a_clip_that_turned_about_gravity_is_noticed_by_the_first_rep_and_costs_nothing(
    family: str, angle_deg: float
) -> None:
    performed = perform(family, 11)
    at_s = between_sets(performed)
    engine = Engine()
    events = tell(engine, turned_about_gravity(performed.samples, at_s, angle_deg)) + engine.finish()
    assert len(reps_of(events)) == len(performed.reps)
    first, again = calibrations(events)
    assert (first.recalibrated, again.recalibrated) == (False, True)
    assert again.at_s < performed.sets[1][0]["end_s"] + 0.5
    slope = np.radians(performed.incline_deg)
    seen = np.degrees(np.arccos(np.sin(slope) ** 2 + np.cos(slope) ** 2 * np.cos(np.radians(angle_deg))))
    assert again.turned_deg == pytest.approx(seen, abs=1.5)
    assert again.incline_deg == pytest.approx(performed.incline_deg, abs=3.0)
    for event, untouched in zip(reps_of(events), performed.settled, strict=True):
        assert event.rep.rom_m == pytest.approx(untouched.rep.rom_m, rel=0.035)


@pytest.mark.parametrize("angle_deg", [10.0, 40.0])
def test_on_a_level_rail_nothing_else_would_tell(angle_deg: float) -> None:
    samples = turned_about_gravity(journey(LEVEL_SET * 2).felt(0.0, noise_mps2=0.03), 30.0, angle_deg)
    engine = Engine()
    events = tell(engine, samples) + engine.finish()
    assert [event.rep.rom_m for event in reps_of(events)] == pytest.approx([0.4] * 8, abs=0.01)
    assert calibrations(events)[-1].turned_deg == pytest.approx(angle_deg, abs=1.5)


def test_a_clip_put_on_another_way_costs_a_rep_or_two_and_not_the_day() -> None:
    samples = turned_about_gravity(journey(LEVEL_SET * 2).felt(0.0, noise_mps2=0.03), 30.0, 80.0)
    engine = Engine()
    events = tell(engine, samples) + engine.finish()
    assert len(reps_of(events)) == 7
    assert calibrations(events)[-1].turned_deg == pytest.approx(80.0, abs=5.0)
    performed = perform("controlled", 11)
    engine = Engine()
    moved = turned_about_gravity(performed.samples, between_sets(performed), 80.0)
    counted = len(reps_of(tell(engine, moved) + engine.finish()))
    assert len(performed.reps) - 4 <= counted <= len(performed.reps)


@pytest.mark.parametrize("family", ["controlled", "clutter", "bounce", "lossy", "vertical"])
def test_a_clip_that_stays_where_it_is_has_not_turned(family: str) -> None:
    assert not any(event.recalibrated for event in calibrations(perform(family, 11).events))


def test_the_share_along_a_line_is_that_of_the_strokes_own_motion() -> None:
    rotation = np.eye(3)
    direction, _ = shown(45.0, rotation, 0.05)
    assert direction.share_along((1.0, 0.0, 0.0)) == pytest.approx(1.0, abs=0.01)
    assert direction.share_along((0.0, 1.0, 0.0)) == pytest.approx(0.0, abs=0.01)
    assert shown(45.0, rotation, 0.05, strokes=1)[0].share_along((1.0, 0.0, 0.0)) is None


def test_strokes_to_the_side_do_not_turn_a_rail_from_upright_to_level() -> None:
    level, _ = shown(0.0, np.eye(3), 0.01)
    upright = Rail((0.0, 0.0, 1.0), (0.0, 0.0, 9.81), 0.005)
    assert aimed(upright, level, confirmed=True) is None
    assert aimed(upright, level, confirmed=False) is None
    turned = Rail((0.0, 1.0, 0.0), (0.0, 0.0, 9.81), 0.005)
    found = aimed(turned, level, confirmed=True)
    assert found is not None
    assert found[1] == pytest.approx(90.0, abs=2.0)
