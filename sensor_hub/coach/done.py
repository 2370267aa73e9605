"""What was done, at a glance: each set in a line of a list, and who is to be looked after today.

1. A set's tempo is kept as `adherence` has it, over all digits that could be judged.
2. An athlete is of today who lifted today, or whose training day was due within the last week and is still to be done.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from sensor_hub.coach.adherence import TimedRep, adherence
from sensor_hub.coach.overload import Advice
from sensor_hub.coach.programme import Due
from sensor_hub.messages import Side
from sensor_hub.prescription import Prescription

FLAGS = ("bounced", "hard_lockout", "partial")
STILL_EXPECTED_DAYS = 7
"""Who has not come for so long is not expected today."""


class FlaggedRep(TimedRep, Protocol):
    @property
    def bounced(self) -> bool | None: ...
    @property
    def hard_lockout(self) -> bool | None: ...
    @property
    def partial(self) -> bool | None: ...


@dataclass(frozen=True, slots=True)
class LiftedReps:
    """A set with its reps. started: UTC."""

    session: str
    number: int
    started: datetime
    athlete: str | None
    load_kg: float | None
    side: Side | None
    asked: Prescription | None
    reps: Sequence[FlaggedRep]


@dataclass(frozen=True, slots=True)
class SetDone:
    """judged: digits of the prescribed tempo that could be judged; kept: those of them that were kept; flags: how many
    reps have each, without those that none has."""

    session: str
    number: int
    started: datetime
    athlete: str | None
    load_kg: float | None
    side: Side | None
    reps: int
    reps_asked: int | None
    judged: int
    kept: int
    flags: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class AthleteToday:
    """due: of today, also where it is done by now; next_load: what follows from today's sets."""

    athlete: str
    due: Due | None
    sets: tuple[SetDone, ...]
    next_load: Advice | None


@dataclass(frozen=True, slots=True)
class Today:
    """Who lifted last comes first, then those who are still expected, the latest plan first."""

    date: date
    athletes: tuple[AthleteToday, ...]


def done(one: LiftedReps) -> SetDone:
    judged, kept = kept_of(one.reps, one.asked)
    counts = {flag: sum(getattr(rep, flag) is True for rep in one.reps) for flag in FLAGS}
    return SetDone(
        session=one.session,
        number=one.number,
        started=one.started,
        athlete=one.athlete,
        load_kg=one.load_kg,
        side=one.side,
        reps=len(one.reps),
        reps_asked=one.asked.reps if one.asked else None,
        judged=judged,
        kept=kept,
        flags={flag: count for flag, count in counts.items() if count},
    )


def kept_of(reps: Sequence[TimedRep], asked: Prescription | None) -> tuple[int, int]:
    """How many digits of the tempo could be judged, and how many of these were kept."""
    digits = asked.digits if asked else None
    phases = list(adherence([reps], digits).values()) if digits else []
    judged = sum(phase.judged for phase in phases)
    return judged, round(sum(phase.judged * (phase.kept_share or 0.0) for phase in phases))


def is_expected(due: Due, today: date) -> bool:
    return due.planned <= today and due.late_days(today) <= STILL_EXPECTED_DAYS


def in_order(athletes: Iterable[AthleteToday]) -> tuple[AthleteToday, ...]:
    """As `Today` has them."""
    found = list(athletes)
    lifted = sorted((one for one in found if one.sets), key=lambda one: one.sets[-1].started, reverse=True)
    waiting = [(one.due.planned, one) for one in found if one.due is not None and not one.sets]
    return (*lifted, *(one for _, one in sorted(waiting, key=lambda pair: pair[0], reverse=True)))
