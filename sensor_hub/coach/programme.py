"""Training over weeks: what is to be done on which day, and what is due today.

Training days are done in their order, not by the calendar: who misses a Tuesday does on Thursday what was due on
Tuesday. A day on which the athlete lifted at all counts as one training day.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from sensor_hub.prescription import Prescription

MOST_DAYS = 400
Day = Annotated[date, Field(ge=date(1970, 1, 1), lt=date(2200, 1, 1))]
"""Of our time: calendars and time zones need some room at both ends."""


class TrainingDay(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    week: int = Field(ge=1, le=104)
    day: int = Field(ge=1, le=7)
    """Of the week, 1 to 7 from the weekday on which the programme starts."""
    exercises: tuple[Prescription, ...] = Field(min_length=1, max_length=20)


class Programme(BaseModel):
    """Training days in their order."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(min_length=1, max_length=80)
    starts: Day
    days: tuple[TrainingDay, ...] = Field(min_length=1, max_length=MOST_DAYS)

    @model_validator(mode="after")
    def _is_in_order(self) -> Self:
        when = [(one.week, one.day) for one in self.days]
        if when != sorted(set(when)):
            raise ValueError("training days come in their order, and no two of them on the same day")
        return self

    def planned_for(self, training_day: TrainingDay) -> date:
        return self.starts + timedelta(days=7 * (training_day.week - 1) + training_day.day - 1)


@dataclass(frozen=True, slots=True)
class Due:
    """number: of the training day, from 1; planned: when it was to be."""

    number: int
    training_day: TrainingDay
    planned: date

    def late_days(self, today: date) -> int:
        return max(0, (today - self.planned).days)


def due(programme: Programme, lifted_on: Iterable[date], today: date) -> Due | None:
    """What is to be done today; None before the start and after the end. lifted_on: the athlete's dates, in any order,
    today's among them or not."""
    if today < programme.starts:
        return None
    done = len({day for day in lifted_on if programme.starts <= day < today})
    if done >= len(programme.days):
        return None
    found = programme.days[done]
    return Due(done + 1, found, programme.planned_for(found))


def weekly(
    name: str, starts: date, weeks: int, week_days: Iterable[int], exercises: Iterable[Prescription]
) -> Programme:
    """The same exercises on the same days of every week: where most programmes begin."""
    asked, days = tuple(exercises), sorted(set(week_days))
    made = [TrainingDay(week=week, day=day, exercises=asked) for week in range(1, weeks + 1) for day in days]
    return Programme(name=name, starts=starts, days=tuple(made))
