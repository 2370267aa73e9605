"""What a coach asks of the store: progress, programmes, notes."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta

from sensor_hub.app.review.today import TodaysGym
from sensor_hub.coach.done import SetDone, Today, done
from sensor_hub.coach.overload import OverloadRules
from sensor_hub.coach.programme import Due, Programme, due
from sensor_hub.coach.progress import LiftedSet, Progress, progress
from sensor_hub.store import (
    HistorySet,
    Note,
    Store,
    add_note,
    athlete_of,
    drop_note,
    history,
    lifted_at,
    lifted_in,
    notes,
    programme_of,
    put_programme,
)

LOOKED_BACK = timedelta(days=365)


class Coaching:
    """Dates are the gym's own: those of this computer. Methods block, and raise SensorHubErrors."""

    def __init__(
        self,
        store: Store,
        rules: OverloadRules,
        utc: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._store = store
        self._rules = rules
        self._utc = utc
        self._today = TodaysGym(store, lambda athlete: self.progress(athlete, None).next_load, utc)

    def this_day(self) -> date:
        return self._utc().astimezone().date()

    def today(self, site: str | None = None) -> Today:
        return self._today.look(site)

    def done_in(self, sessions: Sequence[str]) -> Mapping[str, Sequence[SetDone]]:
        """The sets of each session, in order."""
        with self._store.transaction() as connection:
            found = lifted_in(connection, sessions)
        return {name: [done(one) for one in sets] for name, sets in found.items()}

    def progress(self, athlete: str, since: date | None) -> Progress:
        begin = self._utc() - LOOKED_BACK if since is None else datetime.combine(since, time()).astimezone(UTC)
        with self._store.transaction() as connection:
            athlete_of(connection, athlete)
            found = history(connection, athlete, begin)
        return progress([_lifted(one) for one in found], self._rules)

    def programme(self, athlete: str) -> Programme | None:
        with self._store.transaction() as connection:
            athlete_of(connection, athlete)
            return programme_of(connection, athlete)

    def put_programme(self, athlete: str, programme: Programme | None, by: str | None) -> None:
        with self._store.transaction() as connection:
            put_programme(connection, athlete, programme, self._utc(), by)

    def due(self, athlete: str) -> tuple[Due, date] | None:
        """What is due, and today's date; None where nothing is."""
        today = self.this_day()
        with self._store.transaction() as connection:
            athlete_of(connection, athlete)
            programme = programme_of(connection, athlete)
            if programme is None:
                return None
            begin = datetime.combine(programme.starts, time()).astimezone(UTC)
            days = [at.astimezone().date() for at in lifted_at(connection, athlete, begin)]
        found = due(programme, days, today)
        return None if found is None else (found, today)

    def notes(self, athlete: str | None, session: str | None) -> Sequence[Note]:
        with self._store.transaction() as connection:
            return notes(connection, athlete=athlete, session=session)

    def add_note(self, text: str, athlete: str | None, session: str | None, by: str | None) -> Note:
        with self._store.transaction() as connection:
            if athlete is not None:
                athlete_of(connection, athlete)
            return add_note(connection, text, self._utc(), by, athlete=athlete, session=session)

    def drop_note(self, note: int) -> None:
        with self._store.transaction() as connection:
            drop_note(connection, note)


def _lifted(one: HistorySet) -> LiftedSet:
    return LiftedSet(one.session, one.number, one.started.astimezone(), one.load_kg, one.side, one.asked, one.reps)
