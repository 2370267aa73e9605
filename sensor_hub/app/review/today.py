"""Today in the gym: who lifted and how, who is still expected, what to load next."""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import Connection

from sensor_hub.coach.done import AthleteToday, SetDone, Today, done, in_order, is_expected
from sensor_hub.coach.overload import Advice
from sensor_hub.coach.programme import Due, Programme, due
from sensor_hub.store import (
    LONGEST_SESSION,
    Store,
    last_words,
    lifted_in,
    lifted_since,
    programme_numbers,
    programme_of,
    trained_at,
)

HEARD = timedelta(days=28)
"""Who trained in a gym so lately is expected there."""
FORGOTTEN = timedelta(minutes=10)
Progressing = Callable[[str], Advice | None]
"""What to load next, by the athlete."""
_Grounds = tuple[Sequence[SetDone], tuple[int, int]]
"""Today's sets, and the last words of corrections."""


@dataclass
class _Remembered:
    """Of a gym: each athlete's programme with its number, and what to load next with what it was made of."""

    asked: datetime
    programmes: dict[str, tuple[int, Programme | None]] = field(default_factory=dict)
    advice: dict[str, tuple[_Grounds, Advice | None]] = field(default_factory=dict)


class TodaysGym:
    """Dates are those of this computer. Methods block, and raise StoreErrors. Safe to use from any thread: what is
    remembered from one look to the next is only ever what the store would say again."""

    def __init__(self, store: Store, next_load: Progressing, utc: Callable[[], datetime]) -> None:
        self._store = store
        self._next_load = next_load
        self._utc = utc
        self._remembered: dict[str | None, _Remembered] = {}

    def look(self, site: str | None = None) -> Today:
        """site: one gym of several, where only who trained there lately is expected."""
        now = self._utc()
        today, known = now.astimezone().date(), self._of(site, now)
        begin = datetime.combine(today, time()).astimezone(UTC)
        names = self._store.session_ids(since=begin - LONGEST_SESSION, site=site)
        with self._store.transaction() as connection:
            found = [one for sets in lifted_in(connection, names).values() for one in sets if one.started >= begin]
            there = None if site is None else trained_at(connection, site, begin - HEARD)
            plans, said = _plans(connection, known, there), last_words(connection)
            expected = _due(connection, today, plans, everybody=there is None)
        lifted: dict[str, list[SetDone]] = defaultdict(list)
        for one in sorted(found, key=lambda one: one.started):
            if one.athlete is not None:
                lifted[one.athlete].append(done(one))
        known.advice = {who: advice for who, advice in known.advice.items() if who in lifted}
        everybody = {*lifted, *(who for who, day in expected.items() if is_expected(day, today))}
        return Today(
            today, in_order(self._athlete(who, (lifted[who], said), expected.get(who), known) for who in everybody)
        )

    def _of(self, site: str | None, now: datetime) -> _Remembered:
        """What was made for a site that nobody asks for any more is forgotten."""
        fresh = {name: one for name, one in self._remembered.items() if now - one.asked < FORGOTTEN}
        known = fresh.setdefault(site, _Remembered(now))
        known.asked = now
        self._remembered = fresh
        return known

    def _athlete(self, athlete: str, grounds: _Grounds, training: Due | None, known: _Remembered) -> AthleteToday:
        sets = grounds[0]
        return AthleteToday(
            athlete, training, tuple(sets), self._advised(athlete, grounds, known) if sets else None
        )

    def _advised(self, athlete: str, grounds: _Grounds, known: _Remembered) -> Advice | None:
        """Made of a year of sets, and therefore only when today's are others than before, or any was corrected."""
        advice = known.advice.get(athlete)
        if advice is None or advice[0] != grounds:
            known.advice[athlete] = advice = (grounds, self._next_load(athlete))
        return advice[1]


def _due(
    connection: Connection, today: date, plans: Mapping[str, Programme], everybody: bool
) -> Mapping[str, Due]:
    begun = {who: plan for who, plan in plans.items() if plan.starts <= today}
    if not begun:
        return {}
    since = datetime.combine(min(plan.starts for plan in begun.values()), time()).astimezone(UTC)
    lifted = lifted_since(connection, since, None if everybody else begun)
    days = {who: {at.astimezone().date() for at in lifted.get(who, ())} for who in begun}
    found = {who: due(plan, days[who], today) for who, plan in begun.items()}
    return {who: day for who, day in found.items() if day is not None}


def _plans(
    connection: Connection, known: _Remembered, athletes: Collection[str] | None
) -> Mapping[str, Programme]:
    before, plans = known.programmes, {}
    for who, number in programme_numbers(connection, athletes).items():
        one = before.get(who)
        plans[who] = one if one and one[0] == number else (number, programme_of(connection, who))
    known.programmes = plans
    return {who: plan for who, (_, plan) in plans.items() if plan is not None}
