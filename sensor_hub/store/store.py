"""The source of truth: a database that takes messages and gives sessions."""

import logging
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from typing import Self

from sqlalchemy import Connection, Engine, text, update
from sqlalchemy.exc import DataError, IntegrityError, SQLAlchemyError

from sensor_hub.errors import StoreError
from sensor_hub.messages import (
    ErasedMessage,
    HubMessage,
    Message,
    MotionMessage,
    PhaseMessage,
    SessionMessage,
    SetMessage,
)
from sensor_hub.store import recording, review
from sensor_hub.store.chain import is_centre
from sensor_hub.store.correcting import follow_up
from sensor_hub.store.database import Target, bring_up_to_date, engine_of, open_database, reason_of
from sensor_hub.store.erasures import note_hub
from sensor_hub.store.hubs import keep_hub
from sensor_hub.store.parked import STORE, drop_parked, new_to_store
from sensor_hub.store.review import MachineRow, SessionRecord
from sensor_hub.store.room import size_of
from sensor_hub.store.rows import Entry, is_stored, row_of
from sensor_hub.store.samples import StoredSamples, session_samples
from sensor_hub.store.tables import counter
from sensor_hub.store.trace import RawTrace, raw_trace

log = logging.getLogger(__name__)

OVERWRITTEN = "Its server writes over what was deleted when it needs the room."
_CHECKPOINTS, _CHECKPOINT_S = 100, 0.05
"""So often, and so long after one another, the write-ahead log is tried to be emptied beside others' work."""
_REFUSALS = (IntegrityError, DataError, OverflowError)


class Store:
    """Safe to use from any thread. Every method raises StoreError where the database fails."""

    def __init__(self, engine: Engine, is_current: bool = True) -> None:
        self._engine = engine
        self._is_current = is_current

    @classmethod
    def open(cls, target: Target) -> Self:
        """Open, create or upgrade: a file's path, or a URL like `postgresql://user@host/name`."""
        return cls(open_database(target))

    @classmethod
    def open_later(cls, target: Target) -> Self:
        """As `open`, but with the first use that succeeds: for a server that is down now."""
        return cls(engine_of(target), is_current=False)

    def close(self) -> None:
        self._engine.dispose()

    def record(self, messages: Sequence[Message]) -> None:
        """Write messages, all or none, however often and in whichever order they come.

        One that cannot be stored (numbers too big, a damaged raw chunk) is parked with its reason; when the
        database itself fails, StoreError is raised and nothing is written.
        """
        entries = self._prepare([message for message in messages if is_stored(message)])
        if entries:
            self._write(entries)
        for message in messages:
            if isinstance(message, ErasedMessage):
                with self.transaction() as connection:
                    note_hub(connection, message)
            if isinstance(message, HubMessage):
                with self.transaction() as connection:
                    keep_hub(connection, message)

    def park(self, refused: Iterable[tuple[str, str]]) -> None:
        """Keep what was no message, as reason and content: each once, as long as there is room among the parked."""
        reasons = {_text(content): _text(reason) for reason, content in refused}
        if not reasons:
            return
        with self.transaction() as connection:
            for content in new_to_store(connection, list(reasons)):
                recording.park(connection, STORE, reasons[content], [content])

    def record_parked(self, message: Message, number: int) -> bool:
        """Write a message that stands parked under a number, and drop that in the same transaction; False where it is
        refused again, and stays parked."""
        if not is_stored(message):
            return False
        try:
            entry = Entry(message, row_of(message))
        except StoreError:
            return False
        try:
            with self.transaction() as connection:
                _write(connection, [entry])
                drop_parked(connection, [number])
        except _REFUSALS:
            return False
        return True

    def machines(self) -> list[MachineRow]:
        """Every machine ever heard of, by site and name."""
        with self._reading() as connection:
            return review.machines(connection)

    def sessions(
        self,
        limit: int = 50,
        before: datetime | None = None,
        machine: str | None = None,
        site: str | None = None,
        athlete: str | None = None,
        since: datetime | None = None,
    ) -> list[SessionMessage]:
        """Sessions that started in [since, before), the newest first; counts are of what is stored. athlete: only those
        with a set of this athlete's."""
        with self._reading() as connection:
            return review.sessions(connection, limit, before, machine, site, athlete, since)

    def session(
        self, session_id: str, version: int | None = None, as_measured: bool = False
    ) -> SessionRecord | None:
        """A session with its sets and reps; None where there is none of this name, or no such version of it.

        version: 0 for what was measured live, more for later analyses; by default the one that somebody chose, else
        the newest. as_measured: without what was said afterwards of its sets and reps.
        """
        with self._reading() as connection:
            return review.session_record(connection, session_id, version, as_measured)

    def phases(self, session_id: str, set_number: int | None = None) -> list[PhaseMessage]:
        """Phases of a set, or of the whole session, in order."""
        with self._reading() as connection:
            return review.phases(connection, session_id, set_number)

    def motion(self, session_id: str, set_number: int | None = None) -> list[MotionMessage]:
        """10 Hz motion of a set, or of the whole session, in order."""
        with self._reading() as connection:
            return review.motion(connection, session_id, set_number)

    def raw(
        self, machine: str, start: datetime, end: datetime, max_points: int = 4000, site: str | None = None
    ) -> RawTrace:
        """Raw acceleration in [start, end), reduced to extremes where it has more points than asked for."""
        with self._reading() as connection:
            return raw_trace(connection, machine, site, start, end, max_points)

    def session_ids(
        self,
        since: datetime | None = None,
        until: datetime | None = None,
        machine: str | None = None,
        athlete: str | None = None,
        site: str | None = None,
    ) -> list[str]:
        """Sessions that started in [since, until), the oldest first."""
        with self._reading() as connection:
            return review.session_ids(connection, since, until, machine, athlete, site)

    def samples(self, session_id: str) -> list[StoredSamples]:
        """The raw samples of a session, in order."""
        with self._reading() as connection:
            return session_samples(connection, session_id)

    def check(self) -> int:
        """The database's size in bytes, after a change that is taken back. Raises StoreError where it cannot be read,
        or not be changed."""
        with self._reading() as connection:
            connection.execute(update(counter).values(value=counter.c.value))
            return size_of(connection)

    def scrub(self) -> str | None:
        """Leaves nothing in the database's own files of what was deleted. Takes a while, and as much room again as the
        store has. At a chain's centre everybody would wait too long for that: its server writes over what was deleted
        when it needs the room; then a sentence says so. Raises StoreError where somebody reads just now, or the disk is
        full: try again."""
        with self._reading() as connection:
            is_shared = is_centre(connection)
        with self._guarded_autocommit() as connection:
            if connection.dialect.name != "sqlite":
                connection.execute(text("VACUUM" if is_shared else "VACUUM FULL"))
                return OVERWRITTEN if is_shared else None
            connection.execute(text("VACUUM"))
            for _ in range(_CHECKPOINTS):
                if not connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)")).one()[0]:
                    return None
                time.sleep(_CHECKPOINT_S)
        raise StoreError("The store is being read just now; what was erased leaves its file a little later.")

    def transaction(self) -> AbstractContextManager[Connection]:
        """A connection that commits at the end; for the sinks."""
        return self._guarded(writing=True)

    def _reading(self) -> AbstractContextManager[Connection]:
        return self._guarded(writing=False)

    @contextmanager
    def _guarded(self, writing: bool) -> Iterator[Connection]:
        if not self._is_current:
            bring_up_to_date(self._engine)
            self._is_current = True
        try:
            with self._engine.begin() if writing else self._engine.connect() as connection:
                yield connection
        except _REFUSALS:
            raise
        except SQLAlchemyError as error:
            reason = reason_of(error)
            raise StoreError(f"The database failed: {reason}. Is the disk full, or the server gone?") from error

    @contextmanager
    def _guarded_autocommit(self) -> Iterator[Connection]:
        try:
            with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                yield connection
        except SQLAlchemyError as error:
            raise StoreError(f"The database cannot be cleaned up: {reason_of(error)}.") from error

    def _prepare(self, messages: Sequence[Message]) -> list[Entry]:
        entries = []
        for message in messages:
            try:
                entries.append(Entry(message, row_of(message)))
            except StoreError as error:
                self._park(message, str(error))
        return entries

    def _write(self, entries: Sequence[Entry]) -> None:
        """One transaction; where something in it is refused, halves, until the culprit is alone."""
        try:
            with self.transaction() as connection:
                _write(connection, entries)
        except _REFUSALS as error:
            if len(entries) == 1:
                self._park(entries[0].message, reason_of(error))
                return
            self._write(entries[: len(entries) // 2])
            self._write(entries[len(entries) // 2 :])

    def _park(self, message: Message, reason: str) -> None:
        place = f"{message.site}/{message.machine}"
        log.warning("Message %s of %s cannot be stored and is parked: %s", message.id, place, reason)
        self.park([(reason, message.model_dump_json(by_alias=True))])


def _write(connection: Connection, entries: Sequence[Entry]) -> None:
    recording.write(connection, entries)
    follow_up(connection, {one.message.session for one in entries if isinstance(one.message, SetMessage)})


def _text(given: str) -> str:
    """As every database can keep it: PostgreSQL takes no NUL."""
    return given.replace("\0", "\\x00")
