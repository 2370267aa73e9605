"""What coaches say of a session afterwards, and lifters at their machine, and how both take it back."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection

from sensor_hub.coach.corrections import Correction, Remark
from sensor_hub.errors import MissingError
from sensor_hub.messages import SessionMessage
from sensor_hub.store import Store, add_correction, athlete_of, corrections, session_of_correction, take_back

JUST_NOW = timedelta(minutes=30)
"""So long after its end, or its last set, a session can be corrected at the machine."""
LONGEST = timedelta(days=1)
"""A session that nobody has ended is over so long after it began."""


class Correcting:
    """Methods block, and raise SensorHubErrors."""

    def __init__(self, store: Store, utc: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._store = store
        self._utc = utc

    def corrections(self, session: str) -> Sequence[Correction]:
        with self._store.transaction() as connection:
            return corrections(connection, session)

    def say(self, session: str, remark: Remark, by: str | None) -> Correction:
        with self._store.transaction() as connection:
            if remark.lifter.athlete is not None:
                athlete_of(connection, remark.lifter.athlete)
            number = add_correction(connection, session, remark, self._utc(), by)
            return _one(connection, session, number)

    def take_back(self, session: str, number: int, by: str | None) -> Correction:
        with self._store.transaction() as connection:
            take_back(connection, session, number, self._utc(), by)
            return _one(connection, session, number)

    def at_machine(self, session: str, site: str, machine: str, set_number: int) -> str | None:
        """Whose the set is so far. Raises MissingError where there was no such set at the machine of late."""
        record = self._store.session(session)
        if record is None or (record.session.site, record.session.machine) != (site, machine):
            raise MissingError("There was no such session at this machine.")
        if not self._is_recent(record.session):
            raise MissingError("That is too long ago to be corrected here. A coach can.")
        for one in record.shown:
            if any(each.number == set_number for each in one.measured):
                return one.lifted.athlete or record.session.athlete
        raise MissingError("This set is not stored yet. Try again in a moment.")

    def said_by(self, number: int, by: str | None) -> Correction:
        """What somebody said. Raises MissingError where it was somebody else, or nobody."""
        with self._store.transaction() as connection:
            session = session_of_correction(connection, number)
            one = None if session is None else _one(connection, session, number)
        if one is None or one.made_by != by:
            raise MissingError("Nothing of this kind was said here.")
        return one

    def _is_recent(self, session: SessionMessage) -> bool:
        now = self._utc()
        if session.ended is None:
            return now - session.started < LONGEST
        return now - session.ended < JUST_NOW


def _one(connection: Connection, session: str, number: int) -> Correction:
    return next(one for one in corrections(connection, session) if one.number == number)
