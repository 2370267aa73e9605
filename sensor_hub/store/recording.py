"""Writing messages so that it does not matter how often, or in which order, they arrive."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, and_, case, or_, select, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite

from sensor_hub.messages import Message, Progress, SessionMessage
from sensor_hub.store import tables
from sensor_hub.store.changes import reserve_changes
from sensor_hub.store.partitions import make_room
from sensor_hub.store.rows import TABLE_OF, Entry, Row, row_of
from sensor_hub.store.tombstones import without_erased

SetKey = tuple[str, int]

_INSERT: dict[str, Callable[[Table], Any]] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
"""Standard SQL has no upsert; these two dialects spell it alike."""


def write(connection: Connection, entries: Sequence[Entry]) -> None:
    """Write messages within the running transaction; nothing of who was erased."""
    changes = reserve_changes(connection, len(entries))
    make_room(connection, [(TABLE_OF[type(one.message)], one.message.time) for one in entries])
    machines = _machine_ids(connection, [entry.message for entry in entries])  # one at a time writes of a machine
    rows: dict[Table, list[Row]] = defaultdict(list)
    for change, (message, row) in zip(changes, without_erased(connection, entries), strict=False):
        place = {"machine_id": machines[message.site, message.machine], "change": change}
        rows[TABLE_OF[type(message)]].append(row | place)
    for table, new in rows.items():
        connection.execute(_upsert(connection.dialect.name, table), new)
    touched = {(row["session"], row["set_number"]) for row in rows[tables.rep]}
    touched |= {(row["session"], row["number"]) for row in rows[tables.set_]}
    _settle_top_pauses(connection, touched)


def add_session(connection: Connection, session: SessionMessage) -> None:
    """Write a session within the running transaction, beside what else is to be said of it."""
    write(connection, [Entry(session, row_of(session))])


def park(connection: Connection, origin: str, reason: str, contents: Iterable[str]) -> None:
    """Keep what cannot be stored or sent where it belongs."""
    now = datetime.now(UTC)
    new = [{"time": now, "origin": origin, "reason": reason, "content": content} for content in contents]
    connection.execute(tables.parked.insert(), new)


def insertion(connection: Connection, table: Table) -> Any:
    """One that can be told what to do about rows that are there already."""
    return _INSERT[connection.dialect.name](table)


def insert_new(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Rows whose keys are there already are left as they are."""
    if rows:
        connection.execute(insertion(connection, table).on_conflict_do_nothing(), rows)


def upsert_cursor(connection: Connection, sink: str, stream: str, change: int) -> None:
    insert = _INSERT[connection.dialect.name](tables.cursor).values(sink=sink, stream=stream, change=change)
    connection.execute(
        insert.on_conflict_do_update(index_elements=["sink", "stream"], set_={"change": insert.excluded.change})
    )


@cache
def _upsert(dialect: str, table: Table) -> Any:
    insert = _INSERT[dialect](table)
    if table in (tables.rejected, tables.phase, tables.motion, tables.raw):
        return insert.on_conflict_do_nothing()
    keys = [column.name for column in table.primary_key]
    columns = {column.name: insert.excluded[column.name] for column in table.columns if column.name not in keys}
    return insert.on_conflict_do_update(index_elements=keys, set_=columns, where=_newer(table, insert.excluded))


def _newer(table: Table, new: Any) -> ColumnElement[bool]:
    """Whether an arriving row replaces the one that is there; a resend never does."""
    old = table.c
    if table is tables.state:
        return and_(old.time != new.time)
    if table is tables.rep:
        return and_(old.seq < new.seq)
    return or_(
        and_(new.progress == Progress.ENDED.value, old.progress == Progress.STARTED.value),
        and_(new.progress == old.progress, new.seq > old.seq),
    )


def _machine_ids(connection: Connection, messages: Sequence[Message]) -> dict[tuple[str, str], int]:
    """In one statement. Its rows are in everybody's order: who waits for a machine holds none behind it."""
    seen: dict[tuple[str, str], list[datetime]] = defaultdict(list)
    for message in messages:
        seen[message.site, message.machine].append(message.time)
    rows = [
        {"site": site, "name": name, "first_seen": min(times), "last_seen": max(times)}
        for (site, name), times in sorted(seen.items())
    ]
    found = connection.execute(_upsert_machines(connection.dialect.name), rows) if rows else ()
    return {(site, name): machine_id for site, name, machine_id in found}


@cache
def _upsert_machines(dialect: str) -> Any:
    machine = tables.machine.c
    insert = _INSERT[dialect](tables.machine)
    newest = case(
        (insert.excluded.last_seen > machine.last_seen, insert.excluded.last_seen), else_=machine.last_seen
    )
    upsert = insert.on_conflict_do_update(index_elements=["site", "name"], set_={"last_seen": newest})
    return upsert.returning(machine.site, machine.name, machine.machine_id)


def _settle_top_pauses(connection: Connection, touched: Collection[SetKey]) -> None:
    """Reps do not know the pause after them when they settle; the ended set does."""
    sets = tables.set_.c
    ended = select(sets.session, sets.number, sets.top_pauses_s).where(
        tuple_(sets.session, sets.number).in_(touched), sets.progress == Progress.ENDED.value
    )
    for session, number, pauses in connection.execute(ended).all() if touched else ():
        _settle_reps(connection, (session, number), pauses)


def _settle_reps(connection: Connection, key: SetKey, pauses: Sequence[float | None]) -> None:
    if not pauses:
        return
    reps = tables.rep.c
    stored = select(reps.number, reps.top_pause_s).where(reps.session == key[0], reps.set_number == key[1])
    for rep_number, known in connection.execute(stored).all():
        certain = pauses[rep_number - 1] if 0 < rep_number <= len(pauses) else known
        if certain != known:
            _set_top_pause(connection, key, rep_number, certain)


def _set_top_pause(connection: Connection, key: SetKey, rep_number: int, pause_s: float | None) -> None:
    reps = tables.rep.c
    connection.execute(
        update(tables.rep)
        .where(reps.session == key[0], reps.set_number == key[1], reps.number == rep_number)
        .values(top_pause_s=pause_s, change=reserve_changes(connection, 1)[0])
    )
