"""How much a machine is used, by the hour of the week, and whether its stops are hit more often than before.

Use
1. A set counts in the hour in which it began, with its reps and the time from its start to its end: that is when the
   machine is under load. A set that nobody has ended has no length.
2. Hours are those of the given time zone. The value of an hour of the week is the mean over the weeks looked at, also
   those in which nobody came.

Stops
3. A hit is a rep whose bounce was caused by something hard (docs/metrics.md). Reps of which it cannot be told whether
   they bounced do not count. A hard lockout is the lifter's, not the machine's, and is counted beside it.
4. A week's rate is hits per 100 reps. A week with fewer than LEAST_REPS says nothing; neither does one of whose bounces
   fewer than half have a known cause, as with a sensor that is too slow to tell. Else a bounce without one is no hit.
5. The last HALF weeks are compared with those before, each week as one value (coach/contrast.py): the hits of a week
   are not independent of one another, for one lifter makes most of them. With fewer than three weeks on either side it
   is not said whether there is a change.

Friction is not estimated. While feet push, the sled's motion tells the sum of push and friction and neither alone; it
would show where the sled coasts, which it does not do in a set.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from sensor_hub.coach.contrast import Contrast, contrast

WEEKS_OF_USE = 4
WEEKS, HALF = 8, 4
WEEK = timedelta(days=7)
LEAST_REPS = 20
DAYS, HOURS = 7, 24


@dataclass(frozen=True, slots=True)
class UsedHour:
    """What began on a machine in an hour. hour: its beginning."""

    machine: str
    hour: datetime
    sets: int
    reps: int
    under_load_s: float


@dataclass(frozen=True, slots=True)
class Use:
    """Sums over the weeks looked at. minutes: under load, by weekday (Monday first) and hour, a week's mean."""

    machine: str
    sets: int
    reps: int
    under_load_s: float
    minutes: Sequence[Sequence[float]]


@dataclass(frozen=True, slots=True)
class WeekOfReps:
    """ago: 0 for the seven days that end now. judged: reps of which it is known whether they bounced; bounces: those
    that did; caused: those of them whose cause is known."""

    machine: str
    ago: int
    reps: int
    judged: int
    bounces: int
    caused: int
    hits: int
    lockouts: int

    @property
    def rate(self) -> float | None:
        """Hits per 100 reps."""
        telling = self.judged >= LEAST_REPS and 2 * self.caused >= self.bounces
        return 100 * self.hits / self.judged if telling else None


@dataclass(frozen=True, slots=True)
class Wear:
    """weeks: the oldest first; rates: hits per 100 reps, None for a week that says nothing. change: per 100 reps, the
    newer half less the older one."""

    machine: str
    weeks: Sequence[WeekOfReps]
    rates: Sequence[float | None]
    change: Contrast


def use(hours: Iterable[UsedHour], zone: tzinfo | None = None, weeks: int = WEEKS_OF_USE) -> list[Use]:
    """By machine, the most used first. zone: None for this computer's."""
    by_machine: dict[str, list[UsedHour]] = {}
    for one in hours:
        by_machine.setdefault(one.machine, []).append(one)
    made = [_use(machine, found, zone, weeks) for machine, found in by_machine.items()]
    return sorted(made, key=lambda one: (-one.under_load_s, one.machine))


def wear(weeks: Iterable[WeekOfReps]) -> list[Wear]:
    """By machine."""
    by_machine: dict[str, dict[int, WeekOfReps]] = {}
    for one in weeks:
        by_machine.setdefault(one.machine, {})[one.ago] = one
    return [_wear(machine, found) for machine, found in sorted(by_machine.items())]


def _use(machine: str, hours: Sequence[UsedHour], zone: tzinfo | None, weeks: int) -> Use:
    minutes = [[0.0] * HOURS for _ in range(DAYS)]
    for one in hours:
        local = one.hour.astimezone(zone)
        minutes[local.weekday()][local.hour] += one.under_load_s / 60 / weeks
    sums = (sum(one.sets for one in hours), sum(one.reps for one in hours), sum(one.under_load_s for one in hours))
    return Use(machine, *sums, minutes)


def _wear(machine: str, found: dict[int, WeekOfReps]) -> Wear:
    weeks = [found.get(ago, WeekOfReps(machine, ago, 0, 0, 0, 0, 0, 0)) for ago in reversed(range(WEEKS))]
    rates = [one.rate for one in weeks]
    before, after = ([(rate, 0.0) for rate in part if rate is not None] for part in (rates[:HALF], rates[HALF:]))
    return Wear(machine, weeks, rates, contrast(before, after))
