"""What was done, at a glance."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from sensor_hub.coach.done import AthleteToday, LiftedReps, done, in_order, is_expected
from sensor_hub.coach.programme import due, weekly
from sensor_hub.prescription import Prescription

ASKED = Prescription(sets=2, reps=3, tempo="4-1-2-0")
BEGAN = datetime(2026, 3, 2, 18, 0, tzinfo=UTC)
MONDAY = date(2026, 3, 2)


@dataclass(frozen=True)
class Rep:
    eccentric_s: float | None = 4.0
    bottom_pause_s: float | None = 1.0
    concentric_s: float = 2.0
    top_pause_s: float | None = 0.1
    bounced: bool | None = False
    hard_lockout: bool | None = False
    partial: bool | None = None
    uncertainty: dict[str, float | None] = field(default_factory=dict)


def lifted(*reps: Rep, asked: Prescription | None = ASKED, began: datetime = BEGAN) -> LiftedReps:
    return LiftedReps("evening", 1, began, "anna", 80.0, None, asked, reps)


def test_a_sets_tempo_and_flags_are_counted() -> None:
    hasty = Rep(eccentric_s=2.0, bottom_pause_s=None, bounced=True, hard_lockout=True)
    found = done(lifted(Rep(), hasty, Rep(bounced=True, hard_lockout=None)))
    assert (found.reps, found.reps_asked) == (3, 3)
    assert (found.judged, found.kept) == (10, 9), "an unknown pause is not judged, nor the one that ends the set"
    assert found.flags == {"bounced": 2, "hard_lockout": 1}


def test_without_a_tempo_nothing_is_judged() -> None:
    found = done(lifted(Rep(), asked=None))
    assert (found.judged, found.kept, found.reps_asked, found.flags) == (0, 0, None, {})


def test_who_was_due_a_week_ago_is_expected_and_nobody_longer_or_earlier() -> None:
    programme = weekly("Knee", MONDAY, 2, (1, 3), [ASKED])
    expected = []
    for days in range(-1, 10):
        today = MONDAY + timedelta(days=days)
        found = due(programme, [], today)
        expected.append(found is not None and is_expected(found, today))
    assert expected == [False, *[True] * 8, False, False]


def test_tomorrows_training_is_not_expected_today() -> None:
    found = due(weekly("Knee", MONDAY, 2, (1, 3), [ASKED]), [MONDAY], MONDAY + timedelta(days=1))
    assert found is not None
    assert not is_expected(found, MONDAY + timedelta(days=1))
    assert is_expected(found, MONDAY + timedelta(days=2))


def test_who_lifted_last_comes_first_then_who_is_expected() -> None:
    training = due(weekly("Knee", MONDAY, 2, (1, 3), [ASKED]), [], MONDAY)
    early, late = (done(lifted(Rep(), began=BEGAN + timedelta(hours=hours))) for hours in (0, 1))
    waiting = AthleteToday("w", training, (), None)
    found = in_order(
        [waiting, AthleteToday("e", None, (early,), None), AthleteToday("l", training, (late,), None)]
    )
    assert [one.athlete for one in found] == ["l", "e", "w"]
