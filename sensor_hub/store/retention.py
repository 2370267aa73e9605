"""What the settings do not keep is deleted: the oldest first, a little at a time, nothing that a sink or the
archive still waits for.

1. A session is old when it was over before the cutoff; one that nobody has ended is over a day after it started.
2. Raw samples go by time, machine by machine, but never of a session that is not old, nor what the archive has not.
3. Motion goes session by session.
4. Of both, what PostgreSQL has in months goes month by month first, where all of one may go.
5. Reps go with their whole session, once nothing else is left of it that a sink or the archive waits for.
6. Each step is one short transaction, so that the recorder never waits long.
7. SQLite reuses the freed pages. Where more than a tenth of the file is free, pages go back to the disk, some at a
   time; a file that was made before this was possible only stops growing.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import ColumnElement, Connection, Table, and_, delete, exists, func, or_, select

from sensor_hub.store import tables
from sensor_hub.store.columns import from_microseconds
from sensor_hub.store.limits import DAY, Limits, Stored, cutoff
from sensor_hub.store.partitions import beginning, drop_parts
from sensor_hub.store.store import Store

CHUNKS_AT_ONCE = 500
PAGES_AT_ONCE = 1000
FREE_SHARE = 0.1
_BEFORE_SESSION = timedelta(minutes=2)
"""Raw samples are kept from before a session's start."""
_EVERY_CHANGE = 2**62
_BEGINNING = from_microseconds(0)
_PARTED = {Stored.RAW: tables.raw, Stored.MOTION: tables.motion}
_OF_SESSION = (
    tables.motion,
    tables.phase,
    tables.rejected,
    tables.rep,
    tables.set_,
    tables.analysis,
    tables.imported,
    tables.correction,
    tables.piece,
    tables.session,
)

_raw, _motion, _session = tables.raw.c, tables.motion.c, tables.session.c


@dataclass(slots=True)
class Swept:
    """How much was deleted."""

    raw: int = 0
    motion: int = 0
    sessions: int = 0
    waiting: int = 0
    """Old sessions that stay because a sink or the archive has not taken them."""


class Retention:
    """sinks: the names of those that must have taken a row before it may go. archive: that of raw samples'."""

    def __init__(
        self, store: Store, limits: Limits, sinks: Sequence[str] = (), archive: str | None = None
    ) -> None:
        self._store = store
        self._limits = limits
        self._sinks = sinks
        self._archives = () if archive is None else (archive,)
        self._reached = _BEGINNING
        """Sessions that started before this have no motion left to delete: they are not looked at again in a sweep."""

    def sweep(self, now: datetime, paused: Callable[[], bool] = lambda: False) -> Swept:
        """Deletes what is too old at `now`. paused: waits between two steps; True ends the sweep. Raises StoreError."""
        swept = Swept()
        with self._store.transaction() as connection:
            before = self._cutoffs(connection, now)
        for kind, table in _PARTED.items():
            if kind in before:
                self._whole_parts(kind, table, before[kind], swept)
        with self._store.transaction() as connection:
            self._reached = beginning(connection, tables.motion) or _BEGINNING
            machines = list(connection.execute(select(tables.machine.c.machine_id)).scalars())
        steps: list[Callable[[], bool]] = []
        if (raw := before.get(Stored.RAW)) is not None:
            steps += [partial(self._raw, machine, raw, swept) for machine in machines]
        if (motion := before.get(Stored.MOTION)) is not None:
            steps.append(partial(self._motion, motion, swept))
        if (reps := before.get(Stored.REPS)) is not None:
            steps.append(partial(self._whole_session, reps, swept))
            swept.waiting = self._waiting(reps)
        for step in [*steps, self._give_back]:
            while step():
                if paused():
                    return swept
        return swept

    def _cutoffs(self, connection: Connection, now: datetime) -> Mapping[Stored, datetime]:
        found = {kind: cutoff(connection, kind, limit, now) for kind, limit in self._limits.items()}
        before = {kind: instant for kind, instant in found.items() if instant is not None}
        if (reps := before.get(Stored.REPS)) is not None:
            before |= {kind: max(reps, before.get(kind, reps)) for kind in (Stored.RAW, Stored.MOTION)}
        return before

    def _whole_parts(self, kind: Stored, table: Table, before: datetime, swept: Swept) -> None:
        """What a server's database has in parts of a month goes so, as far as no row of it is to stay."""
        with self._store.transaction() as connection:
            young = select(func.min(_session.started)).where(_session.started < before, ~_over(before))
            kept_from = connection.execute(young).scalar() or before
            gone = drop_parts(connection, table, min(kept_from, before) - DAY, self._taken(connection, table))
        setattr(swept, kind.value, getattr(swept, kind.value) + gone)

    def _raw(self, machine: int, before: datetime, swept: Swept) -> bool:
        """The oldest chunks of a machine; whether there may be more."""
        with self._store.transaction() as connection:
            young = select(func.min(_session.started)).where(
                _session.machine_id == machine, _session.started < before, ~_over(before)
            )
            first_kept = connection.execute(young).scalar() or before
            taken = _raw.change <= self._taken(connection, tables.raw)
            old = and_(_raw.machine_id == machine, _raw.time < min(first_kept, before) - _BEFORE_SESSION, taken)
            last = select(_raw.time).where(old).order_by(_raw.time).limit(1).offset(CHUNKS_AT_ONCE - 1)
            newest = connection.execute(last).scalar()
            batch = old if newest is None else and_(old, _raw.time <= newest)
            swept.raw += connection.execute(delete(tables.raw).where(batch)).rowcount
        return newest is not None

    def _motion(self, before: datetime, swept: Swept) -> bool:
        with self._store.transaction() as connection:
            taken = self._taken(connection, tables.motion)
            there = exists().where(_motion.session == _session.session, _motion.change <= taken)
            query = select(_session.session, _session.started).where(
                _over(before), there, _session.started >= self._reached
            )
            oldest = connection.execute(query.order_by(_session.started).limit(1)).one_or_none()
            if oldest is None:
                return False
            self._reached = oldest.started
            of_session = and_(_motion.session == oldest.session, _motion.change <= taken)
            swept.motion += connection.execute(delete(tables.motion).where(of_session)).rowcount
        return True

    def _whole_session(self, before: datetime, swept: Swept) -> bool:
        with self._store.transaction() as connection:
            free = and_(_over(before), ~self._awaited(connection))
            session = connection.execute(select(_session.session).where(free).limit(1)).scalar()
            if session is None:
                return False
            for table in _OF_SESSION:
                connection.execute(delete(table).where(table.c.session == session))
            swept.sessions += 1
        return True

    def _waiting(self, before: datetime) -> int:
        with self._store.transaction() as connection:
            held = select(func.count()).select_from(tables.session)
            return connection.execute(held.where(_over(before), self._awaited(connection))).scalar_one()

    def _awaited(self, connection: Connection) -> ColumnElement[bool]:
        """Whether a sink or the archive has not taken all of a session."""
        parts = [
            exists().where(table.c.session == _session.session, table.c.change > self._taken(connection, table))
            for table in (tables.set_, tables.rep, tables.motion, tables.raw)
        ]
        return or_(_session.change > self._taken(connection, tables.session), *parts)

    def _taken(self, connection: Connection, table: Table) -> int:
        """The last change of a table that everybody has who must."""
        cursor = tables.cursor.c
        positions = [
            connection.execute(
                select(cursor.change).where(cursor.sink == sink, cursor.stream == table.name)
            ).scalar()
            for sink in (self._archives if table is tables.raw else self._sinks)
        ]
        return min((position or 0 for position in positions), default=_EVERY_CHANGE)

    def _give_back(self) -> bool:
        """Some free pages to the disk; whether there are more."""
        with self._store.transaction() as connection:
            if connection.dialect.name != "sqlite":
                return False
            mode, free, pages = (
                int(connection.exec_driver_sql(f"PRAGMA {name}").scalar_one())
                for name in ("auto_vacuum", "freelist_count", "page_count")
            )
            if mode != 2 or free <= FREE_SHARE * pages:
                return False
            cursor = connection.connection.cursor()
            cursor.executescript(f"PRAGMA incremental_vacuum({PAGES_AT_ONCE})")  # `execute` gives one page back
        return True


def _over(before: datetime) -> ColumnElement[bool]:
    """Whether a session was over before an instant."""
    return or_(_session.ended < before, and_(_session.ended.is_(None), _session.started < before - DAY))
