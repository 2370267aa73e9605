"""A weight stack: up first. The concentric comes before the eccentric, and what lies before it stays unknown."""

from itertools import pairwise

import pytest

from sensor_hub.engine import Engine, First, Params
from sensor_hub.model import Calibrated, Event, Phase, PhaseBegan, Rep, SetEnded
from tests.engine.conftest import reps_of, tell
from tests.engine.synthetic import Journey, journey

REP = [(0.5, 1.0), (0.0, 0.8), (-0.5, 2.0), (0.0, 1.2)]
STACK = [(0.0, 6.0), *REP * 5, (0.0, 20.0)]


def lift(rate_hz: float, params: Params | None = None) -> tuple[Journey, list[Event]]:
    motion = journey(STACK, rate_hz)
    return motion, tell(Engine(params), motion.felt(noise_mps2=0.05))


def lifted(rate_hz: float, params: Params | None = None) -> list[Rep]:
    return [event.rep for event in reps_of(lift(rate_hz, params)[1])]


@pytest.mark.parametrize("rate_hz", [100.0, 25.0])
@pytest.mark.parametrize("first", [First.AUTO, First.CONCENTRIC])
def test_each_rep_is_counted_with_what_comes_before_it_unknown(rate_hz: float, first: First) -> None:
    reps = lifted(rate_hz, Params(first=first))
    assert [rep.number for rep in reps] == [1, 2, 3, 4, 5]
    assert {(rep.start_s, rep.bottom_s, rep.bounced, rep.turn_acceleration_mps2) for rep in reps} == {(None,) * 4}


@pytest.mark.parametrize("rate_hz", [100.0, 25.0])
def test_the_instants_are_those_of_the_strokes(rate_hz: float) -> None:
    motion, events = lift(rate_hz)
    reps = [event.rep for event in reps_of(events)]
    strokes = motion.moving_s()
    for rep, up, down in zip(reps, strokes[::2], strokes[1::2], strict=True):
        assert (rep.turn_s, rep.end_s) == pytest.approx(up, abs=0.06)
        assert rep.concentric_s == pytest.approx(up[1] - up[0], abs=0.06)
        assert rep.top_pause_s == pytest.approx(down[0] - up[1], abs=0.06)
        assert rep.eccentric_s == pytest.approx(down[1] - down[0], abs=0.06)


def test_the_measures_are_those_of_the_strokes() -> None:
    for rep in lifted(100.0):
        assert rep.rom_m == pytest.approx(0.5, abs=0.01)
        assert rep.peak_velocity_mps == pytest.approx(1.875 * 0.5, abs=0.02)
        assert rep.peak_eccentric_velocity_mps == pytest.approx(1.875 * 0.25, abs=0.02)


def test_the_set_knows_the_pauses_at_the_bottom() -> None:
    motion, events = lift(100.0)
    (ended,) = [event.set for event in events if isinstance(event, SetEnded)]
    rests = [after[0] - before[1] for before, after in pairwise(motion.moving_s()[1:])][::2]
    assert [rep.bottom_pause_s for rep in ended.reps] == [*(pytest.approx(rest, abs=0.06) for rest in rests), None]


def test_phases_come_in_this_machines_order() -> None:
    _, events = lift(100.0)
    phases = [event.phase for event in events if isinstance(event, PhaseBegan)]
    assert phases[:8] == [Phase.CONCENTRIC, Phase.TOP, Phase.ECCENTRIC, Phase.BOTTOM] * 2


def test_the_axis_points_up_all_the_same() -> None:
    _, events = lift(100.0)
    (found,) = [event for event in events if isinstance(event, Calibrated)]
    assert found.axis == pytest.approx((1.0, 0.0, 0.0), abs=0.02)
    assert found.incline_deg == pytest.approx(90.0, abs=2.0)


def test_a_machine_known_to_start_with_the_eccentric_is_not_asked() -> None:
    reps = lifted(100.0, Params(first=First.ECCENTRIC))
    assert all(rep.start_s is not None for rep in reps)
    assert len(reps) == 4
