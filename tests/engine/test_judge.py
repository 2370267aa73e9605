"""What becomes of a finished candidate before it is measured, and of first reps that looked like rest."""

from collections import deque

import pytest

from sensor_hub.engine import Params
from sensor_hub.engine.frame import FrameFinder
from sensor_hub.engine.judge import Judge
from sensor_hub.engine.profile import Learner
from sensor_hub.engine.saturation import Saturation
from sensor_hub.engine.steps import History
from sensor_hub.engine.strokes import Candidate
from sensor_hub.model import CandidateRejected, Event, Refusal, SetEnded
from tests.engine.conftest import perform
from tests.engine.synthetic import RAIL

REST_UNTIL_S = 20.0
STROKES = Candidate(None, False, 10.0, 12.0, 13.0, 0.4, 1.0, turned_at_home=False)


@pytest.fixture
def judge() -> Judge:
    """Nothing has moved yet for this one; its rail was found when a rest of 20 s had ended."""
    params = Params()
    frame = FrameFinder(params)
    frame.rail = RAIL
    saturation = Saturation(90.0, params.vibration_share)
    judge = Judge(params, frame, History(), deque(), Learner(None, params), saturation)
    judge.rested_until_s = REST_UNTIL_S
    return judge


def refused(events: list[Event]) -> CandidateRejected:
    (rejected,) = events
    assert isinstance(rejected, CandidateRejected)
    return rejected


def later(candidate: Candidate, by_s: float, depth_m: float = 0.4, refusal: Refusal | None = None) -> Candidate:
    times = (candidate.start_s + by_s, candidate.far_s + by_s, candidate.end_s + by_s)
    return Candidate(refusal, False, *times, depth_m, 1.0, turned_at_home=False)


def test_what_lay_in_the_rest_before_the_rail_was_found_is_no_rep(judge: Judge) -> None:
    rejected = refused(judge.judge(STROKES, 21.0))
    assert rejected.reason is Refusal.AT_REST
    assert (rejected.start_s, rejected.end_s, rejected.at_s) == (10.0, 13.0, 21.0)
    assert rejected.gates["depth_m"] == 0.4


def test_what_ended_after_that_rest_is_measured(judge: Judge) -> None:
    assert refused(judge.judge(later(STROKES, 8.0), 21.5)).reason is Refusal.UNSEEN


@pytest.mark.parametrize("refusal", [Refusal.RACKED, Refusal.PARKED, Refusal.HANDLED, Refusal.LOST])
def test_what_was_none_by_its_strokes_is_rejected_with_their_reason(judge: Judge, refusal: Refusal) -> None:
    assert refused(judge.judge(later(STROKES, 0.0, refusal=refusal), 21.0)).reason is refusal


def test_a_nudge_is_not_measured(judge: Judge) -> None:
    rejected = refused(judge.judge(later(STROKES, 20.0, depth_m=0.02), 40.0))
    assert rejected.reason is Refusal.SHORT
    assert rejected.gates["least_range_m"] == Params().min_range_m


def test_a_set_that_never_began_does_not_end(judge: Judge) -> None:
    assert judge.end_set(30.0) == []


@pytest.mark.parametrize("seed", [301, 302, 304])
def test_a_first_lowering_as_even_as_a_rest_is_counted(seed: int) -> None:
    """Rails of glass and a sled that is lowered from its stops without being lifted off them first."""
    performed = perform("glass", seed)
    assert len(performed.found) == len(performed.settled) == len(performed.reps)
    assert [len(event.set.reps) for event in performed.events if isinstance(event, SetEnded)] == [
        len(reps) for reps in performed.sets
    ]
