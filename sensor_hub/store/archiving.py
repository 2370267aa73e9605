"""What of the raw samples an archive has not taken yet, and the marks of what it has.

An archive takes a day (UTC) of a site when the day is over.

1. Rows are numbered by `change` in the order in which they became visible, so a mark is one such number.
2. The mark `raw` says that everything up to it is taken. `<site>/<day>` says it of one day's rows, ahead of `raw`,
   for rows of days that are not over keep that back. Once `raw` has passed it, it is dropped.
3. What comes late has a higher number than its day's mark and is taken by itself.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Row,
    Select,
    String,
    and_,
    cast,
    delete,
    func,
    literal,
    select,
    type_coerce,
)

from sensor_hub.errors import StoreError
from sensor_hub.store import tables
from sensor_hub.store.changes import keep_writers_out, last_settled
from sensor_hub.store.chunks import decode_bytes
from sensor_hub.store.columns import from_microseconds, to_microseconds
from sensor_hub.store.limits import DAY
from sensor_hub.store.partitions import around
from sensor_hub.store.recording import upsert_cursor
from sensor_hub.store.samples import StoredSamples
from sensor_hub.store.store import Store

RAW = "raw"
LATE = timedelta(hours=1)
"""A day is over so long after it ended: what was on its way has come."""
_DAY_US = to_microseconds(from_microseconds(0) + DAY)
_AT_ONCE = 500
_raw, _machine, _cursor = tables.raw.c, tables.machine.c, tables.cursor.c
_day = type_coerce(_raw.time, BigInteger) // _DAY_US
_ROW = (_raw.id, _raw.seq, _raw.time, _machine.name, _raw.session, _raw.sensor, _raw.lost, _raw.data)
_stream = _machine.site + literal("/") + cast(_day, String)


@dataclass(frozen=True, slots=True)
class Due:
    """Chunks of a site and day, numbered from `first` to `last`, that an archive has not taken."""

    site: str
    day: date
    chunks: int
    first: int
    last: int

    @property
    def began(self) -> datetime:
        return from_microseconds(self._number * _DAY_US)

    @property
    def ended(self) -> datetime:
        return self.began + DAY

    @property
    def stream(self) -> str:
        return f"{self.site}/{self._number}"

    @property
    def _number(self) -> int:
        return (self.day - from_microseconds(0).date()).days


@dataclass(frozen=True, slots=True)
class RawRow:
    """A chunk as it is stored; data: the encoding `samples/1`."""

    id: str
    seq: int
    time: datetime
    machine: str
    session: str | None
    sensor: str
    lost: int | None
    data: bytes

    def decoded(self) -> StoredSamples:
        """Raises StoreError where it is damaged."""
        return StoredSamples(self.time, self.sensor, self.lost, decode_bytes(self.data))


def untaken(connection: Connection, archive: str) -> list[Due]:
    """By site and day, also of days that are not over."""
    counted = (func.count(), func.min(_raw.change), func.max(_raw.change))
    query = (
        _joined(select(_machine.site, _day.label("day"), *counted))
        .outerjoin(tables.cursor, _marked(archive))
        .where(_is_untaken(connection, archive), _raw.change <= last_settled(connection))
        .group_by(_machine.site, _day)
        .order_by(_day, _machine.site)
    )
    rows = connection.execute(query)
    return [Due(site, from_microseconds(day * _DAY_US).date(), *numbers) for site, day, *numbers in rows]


def is_over(due: Due, now: datetime) -> bool:
    return due.ended + LATE <= now


def stretches(store: Store, due: Due) -> list[tuple[str, str | None]]:
    """Machine and session of what is due, in the order in which an archive has them."""
    query = (
        _joined(select(_machine.name, _raw.session))
        .where(_of(due))
        .group_by(_machine.name, _raw.session)
        .order_by(_machine.name, func.min(_raw.time), _raw.session)
    )
    with store.transaction() as connection:
        return [(machine, session) for machine, session in connection.execute(query)]


def rows_of(store: Store, due: Due, machine: str, session: str | None) -> Iterator[RawRow]:
    """Of one stretch, in the order of their numbers; read some at a time, so that nobody waits for long."""
    query = _joined(select(*_ROW)).where(
        _of(due), _machine.name == machine, _raw.session.is_(None) if session is None else _raw.session == session
    )
    last: tuple[int, str] | None = None
    while True:
        batch = query.order_by(_raw.seq, _raw.id).limit(_AT_ONCE)
        if last is not None:
            batch = batch.where((_raw.seq > last[0]) | and_(_raw.seq == last[0], _raw.id > last[1]))
        with store.transaction() as connection:
            rows = [RawRow(*row) for row in connection.execute(batch)]
        yield from rows
        if len(rows) < _AT_ONCE:
            return
        last = (rows[-1].seq, rows[-1].id)


def session_rows(connection: Connection, session: str, archive: str | None = None) -> list[RawRow]:
    """Of a session, in order: all that the store has, or only what this archive has not taken."""
    of_session = (_raw.session == session, around(connection, tables.raw, session))
    query = _joined(select(*_ROW)).where(*of_session).order_by(_raw.seq)
    if archive is not None:
        query = query.outerjoin(tables.cursor, _marked(archive)).where(_is_untaken(connection, archive))
    return [RawRow(*row) for row in connection.execute(query)]


def take(connection: Connection, archive: str, due: Due, count: int) -> None:
    """Marks as taken. Whoever else writes waits until the transaction ends.

    Raises StoreError where the store no longer has what was taken: somebody was erased meanwhile.
    """
    keep_writers_out(connection)
    if connection.execute(_joined(select(func.count())).where(_of(due))).scalar_one() != count:
        raise StoreError(
            f"Raw samples of {due.site} of {due.day} were erased while they were archived. They are archived again, "
            "without what was erased."
        )
    upsert_cursor(connection, archive, due.stream, due.last)


def advance(connection: Connection, archive: str) -> None:
    """Brings the mark of everything up to what is taken."""
    settled = last_settled(connection)
    reached = min([settled, *(one.first - 1 for one in untaken(connection, archive))])
    upsert_cursor(connection, archive, RAW, reached)
    passed = and_(_cursor.sink == archive, _cursor.stream != RAW, _cursor.change <= reached)
    connection.execute(delete(tables.cursor).where(passed))


def mark(connection: Connection, archive: str) -> int:
    """Everything that was stored up to this change is in the archive."""
    query = select(_cursor.change).where(_cursor.sink == archive, _cursor.stream == RAW)
    return connection.execute(query).scalar() or 0


def sensors_of(connection: Connection, site: str) -> Mapping[str, Mapping[str, Any]]:
    """What the machines of a site last said of their sensors, by address."""
    query = (
        select(tables.state.c.payload)
        .join(tables.machine, _machine.machine_id == tables.state.c.machine_id)
        .where(_machine.site == site, tables.state.c.kind == "sensor")
    )
    return {payload["sensor"]: payload for payload in connection.execute(query).scalars()}


def sessions_of(connection: Connection, due: Due) -> list[Row[Any]]:
    """session, machine, sensor, started and ended of what is due."""
    one = tables.session.c
    inner = _joined(select(_raw.session)).where(_of(due)).distinct()
    query = (
        select(one.session, _machine.name.label("machine"), one.sensor, one.started, one.ended)
        .join(tables.machine, _machine.machine_id == one.machine_id)
        .where(one.session.in_(inner))
        .order_by(one.started, one.session)
    )
    return list(connection.execute(query))


def _of(due: Due) -> ColumnElement[bool]:
    in_time = and_(_raw.time >= due.began, _raw.time < due.ended)
    return and_(_machine.site == due.site, in_time, _raw.change >= due.first, _raw.change <= due.last)


def _joined(query: Select[Any]) -> Select[Any]:
    return query.join_from(tables.raw, tables.machine, _machine.machine_id == _raw.machine_id)


def _marked(archive: str) -> ColumnElement[bool]:
    """Joins a row with its day's mark."""
    return and_(_cursor.sink == archive, _cursor.stream == _stream)


def _is_untaken(connection: Connection, archive: str) -> ColumnElement[bool]:
    """Of rows that are joined with their day's mark, where there is one."""
    return and_(_raw.change > mark(connection, archive), _raw.change > func.coalesce(_cursor.change, 0))
