"""Today in the gym: who lifted and how, who is still expected, what to load next."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, time

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
)

Progressing = Callable[[str], Advice | None]
"""What to load next, by the athlete."""
_Grounds = tuple[Sequence[SetDone], tuple[int, int]]
"""Today's sets, and the last words of corrections."""


class TodaysGym:
    """Dates are those of this computer. Methods block, and raise StoreErrors. Safe to use from any thread: what is
    remembered from one look to the next is only ever what the store would say again."""

    def __init__(self, store: Store, next_load: Progressing, utc: Callable[[], datetime]) -> None:
        self._store = store
        self._next_load = next_load
        self._utc = utc
        self._programmes: dict[str, tuple[int, Programme | None]] = {}
        self._advice: dict[str, tuple[_Grounds, Advice | None]] = {}

    def look(self) -> Today:
        today = self._utc().astimezone().date()
        begin = datetime.combine(today, time()).astimezone(UTC)
        names = self._store.session_ids(since=begin - LONGEST_SESSION)
        with self._store.transaction() as connection:
            found = [one for sets in lifted_in(connection, names).values() for one in sets if one.started >= begin]
            expected, said = self._due(connection, today), last_words(connection)
        lifted: dict[str, list[SetDone]] = defaultdict(list)
        for one in sorted(found, key=lambda one: one.started):
            if one.athlete is not None:
                lifted[one.athlete].append(done(one))
        self._advice = {who: known for who, known in self._advice.items() if who in lifted}
        everybody = {*lifted, *(who for who, day in expected.items() if is_expected(day, today))}
        return Today(
            today, in_order(self._athlete(who, (lifted[who], said), expected.get(who)) for who in everybody)
        )

    def _athlete(self, athlete: str, grounds: _Grounds, training: Due | None) -> AthleteToday:
        sets = grounds[0]
        return AthleteToday(athlete, training, tuple(sets), self._advised(athlete, grounds) if sets else None)

    def _advised(self, athlete: str, grounds: _Grounds) -> Advice | None:
        """Made of a year of sets, and therefore only when today's are others than before, or any was corrected."""
        known = self._advice.get(athlete)
        if known is None or known[0] != grounds:
            self._advice[athlete] = known = (grounds, self._next_load(athlete))
        return known[1]

    def _due(self, connection: Connection, today: date) -> Mapping[str, Due]:
        plans = self._plans(connection)
        begun = {who: plan for who, plan in plans.items() if plan.starts <= today}
        if not begun:
            return {}
        since = datetime.combine(min(plan.starts for plan in begun.values()), time()).astimezone(UTC)
        lifted = lifted_since(connection, since)
        days = {who: {at.astimezone().date() for at in lifted.get(who, ())} for who in begun}
        found = {who: due(plan, days[who], today) for who, plan in begun.items()}
        return {who: day for who, day in found.items() if day is not None}

    def _plans(self, connection: Connection) -> Mapping[str, Programme]:
        before, plans = self._programmes, {}
        for who, number in programme_numbers(connection).items():
            known = before.get(who)
            plans[who] = known if known and known[0] == number else (number, programme_of(connection, who))
        self._programmes = plans
        return {who: plan for who, (_, plan) in plans.items() if plan is not None}
