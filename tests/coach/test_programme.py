"""What is due on which day, for somebody who keeps the calendar and for somebody who does not."""

from datetime import date

import pytest
from pydantic import ValidationError

from sensor_hub.coach.programme import Programme, TrainingDay, due, weekly
from sensor_hub.prescription import Prescription

PRESS = Prescription(sets=3, reps=10, tempo="4-1-2-0")
MONDAY, WEDNESDAY, FRIDAY = date(2026, 11, 2), date(2026, 11, 4), date(2026, 11, 6)
THREE_A_WEEK = weekly("Knee", MONDAY, 2, (1, 3, 5), [PRESS])


def when(today: date, *lifted_on: date) -> tuple[int, int, int] | None:
    found = due(THREE_A_WEEK, lifted_on, today)
    return None if found is None else (found.training_day.week, found.training_day.day, found.late_days(today))


def test_a_week_is_repeated() -> None:
    assert [(one.week, one.day) for one in THREE_A_WEEK.days] == [(1, 1), (1, 3), (1, 5), (2, 1), (2, 3), (2, 5)]


def test_who_keeps_the_calendar_is_never_late() -> None:
    assert when(MONDAY) == (1, 1, 0)
    assert when(MONDAY, MONDAY) == (1, 1, 0), "what is due stays due for the day on which it is done"
    assert when(WEDNESDAY, MONDAY) == (1, 3, 0)
    assert when(FRIDAY, MONDAY, WEDNESDAY) == (1, 5, 0)


def test_who_misses_a_day_does_it_next_time() -> None:
    assert when(FRIDAY, MONDAY) == (1, 3, 2)


def test_several_sessions_on_one_day_are_one_training_day() -> None:
    assert when(WEDNESDAY, MONDAY, MONDAY) == (1, 3, 0)


def test_nothing_is_due_before_the_start_and_after_the_end() -> None:
    assert when(date(2026, 11, 1)) is None
    assert when(date(2026, 12, 1), *(date(2026, 11, day) for day in range(2, 8))) is None
    assert when(WEDNESDAY, date(2026, 10, 30)) == (1, 1, 2), "what was lifted before does not count"


@pytest.mark.parametrize("days", [[(1, 3), (1, 1)], [(1, 1), (1, 1)], []])
def test_days_out_of_order_are_refused(days: list[tuple[int, int]]) -> None:
    made = tuple(TrainingDay(week=week, day=day, exercises=(PRESS,)) for week, day in days)
    with pytest.raises(ValidationError):
        Programme(name="Knee", starts=MONDAY, days=made)


def test_a_programme_survives_being_stored() -> None:
    assert Programme.model_validate_json(THREE_A_WEEK.model_dump_json()) == THREE_A_WEEK
