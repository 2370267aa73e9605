"""On PostgreSQL, tables that grow with time lie in parts of a month (UTC) each, which go as a whole.

1. `raw_2026_03` has what was measured in March 2026, `raw_before_2026_03` everything before the first month, and
   `raw_from_2100` what only a clock that is wrong can say. So there is a place for every instant.
2. A month is made by whoever first has a row for it, in the transaction that writes the row. Writers lock the table
   first as every INSERT does, so that no part goes between the look and the row.
3. A part goes when all of it may, unless somebody reads for so long that writers would have to wait: then its rows are
   deleted one by one, as in a file.
4. Where the database has the extension TimescaleDB when the tables are made, that makes and drops the parts.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import BigInteger, ColumnElement, Connection, Table, and_, func, select, text, true, type_coerce
from sqlalchemy.exc import OperationalError

from sensor_hub.store import tables
from sensor_hub.store.columns import to_microseconds

PARTED = (tables.raw, tables.motion, tables.phase)
_LAST_YEAR = 2100
_LAST = 12 * _LAST_YEAR
_DAY_US = 86_400_000_000
"""A session's rows lie between its beginning and its end, a day's grace around."""
_MAKING = 0x9A27
_PATIENCE = "1s"
_IN_USE = "55P03"
_BEFORE, _FROM = "_before_", "_from_"
_PARTS = text(
    "SELECT whole.relname, part.relname FROM pg_inherits"
    " JOIN pg_class AS part ON part.oid = inhrelid"
    " JOIN pg_class AS whole ON whole.oid = inhparent AND whole.relkind = 'p' AND pg_table_is_visible(whole.oid)"
)


@dataclass(frozen=True, slots=True)
class Part:
    """Rows of [begin, end), in months since the year 0; None is open."""

    name: str
    begin: int | None
    end: int | None


def make_room(connection: Connection, rows: Iterable[tuple[Table, datetime]]) -> None:
    """Makes the parts that rows of these instants will need. To be called before any row is locked."""
    if not _is_server(connection):
        return
    wanted = {(table, month_of(instant)) for table, instant in rows if table in PARTED}
    if not wanted:
        return
    names = sorted({table.name for table, _ in wanted})
    connection.execute(text(f"LOCK TABLE {', '.join(f'ONLY {name}' for name in names)} IN ROW EXCLUSIVE MODE"))
    if _missing(connection, wanted):
        connection.execute(text("SELECT pg_advisory_xact_lock(:making)"), {"making": _MAKING})
        for table, month in sorted(_missing(connection, wanted), key=lambda one: (one[0].name, one[1])):
            make_months(connection, table, [month])


def make_months(connection: Connection, table: Table, months: Iterable[int]) -> None:
    for month in sorted(months):
        part = Part(f"{table.name}_{_written(month)}", month, month + 1)
        if month == _LAST:
            part = Part(f"{table.name}{_FROM}{_LAST_YEAR}", month, None)
        connection.execute(text(f"CREATE TABLE {part.name} (LIKE {table.name} INCLUDING ALL)"))
        attach(connection, table, part)


def attach(connection: Connection, table: Table, part: Part) -> None:
    """Makes a table a part of another. Who writes elsewhere goes on."""
    begin = "MINVALUE" if part.begin is None else begin_us(part.begin)
    end = "MAXVALUE" if part.end is None else begin_us(part.end)
    command = f"ALTER TABLE {table.name} ATTACH PARTITION {part.name} FOR VALUES FROM ({begin}) TO ({end})"
    connection.execute(text(command))


def parts(connection: Connection, table: Table) -> list[Part]:
    """The oldest first; none where the table is whole, or TimescaleDB's."""
    return _all_parts(connection)[table] if _is_server(connection) else []


def first_part(table: Table, now: datetime) -> Part:
    """For what is there when a table is divided: everything up to the end of this month."""
    end = month_of(now) + 1
    return Part(f"{table.name}{_BEFORE}{_written(end)}", None, end)


def around(connection: Connection, table: Table, session: str) -> ColumnElement[bool]:
    """Whether a row is of a session's days: so that not every part is asked for it."""
    if not _is_server(connection):
        return true()
    one = tables.session.c
    known = connection.execute(select(one.started, one.ended).where(one.session == session)).one_or_none()
    if known is None:
        return true()
    time = type_coerce(table.c.time, BigInteger)
    after = time >= to_microseconds(known.started) - _DAY_US
    return after if known.ended is None else and_(after, time <= to_microseconds(known.ended) + _DAY_US)


def beginning(connection: Connection, table: Table) -> datetime | None:
    """Before this there is nothing; None where nobody knows."""
    known = parts(connection, table)
    begin = known[0].begin if known else None
    return None if begin is None else _first_day(begin)


def drop_parts(connection: Connection, table: Table, before: datetime, taken: int) -> int:
    """Drops what ends by an instant and has no change behind `taken`; how many rows went."""
    if not _is_server(connection):
        return 0
    if has_timescale(connection):
        return _drop_chunks(connection, table, to_microseconds(before), taken)
    old = [part for part in parts(connection, table) if part.end is not None and _first_day(part.end) <= before]
    return sum(_drop(connection, table, part, taken) for part in old)


def month_of(instant: datetime) -> int:
    utc = instant.astimezone(UTC)
    return min(12 * utc.year + utc.month - 1, _LAST)


def begin_us(month: int) -> int:
    return to_microseconds(_first_day(month))


def has_timescale(connection: Connection) -> bool:
    return connection.execute(text("SELECT 1 FROM pg_extension WHERE extname = 'timescaledb'")).first() is not None


def make_hypertable(connection: Connection, table: Table) -> None:
    """Of a table with or without rows, by TimescaleDB."""
    options = f"chunk_time_interval => {30 * _DAY_US}, migrate_data => true"
    connection.execute(text(f"SELECT create_hypertable('{table.name}', 'time', {options})"))


def _drop_chunks(connection: Connection, table: Table, before_us: int, taken: int) -> int:
    time = type_coerce(table.c.time, BigInteger)
    count = select(func.count()).select_from(table)
    rows: int = connection.execute(count.where(time < before_us)).scalar_one()
    if connection.execute(select(table.c.change).where(time < before_us, table.c.change > taken).limit(1)).first():
        return 0
    connection.execute(text(f"SELECT drop_chunks('{table.name}', older_than => {before_us})"))
    return rows - int(connection.execute(count.where(time < before_us)).scalar_one())


def _drop(connection: Connection, table: Table, part: Part, taken: int) -> int:
    untaken = text(f"SELECT 1 FROM {part.name} WHERE change > :taken LIMIT 1"), {"taken": taken}
    if connection.execute(*untaken).first():
        return 0
    rows: int = connection.execute(text(f"SELECT count(*) FROM {part.name}")).scalar_one()
    try:
        with connection.begin_nested():
            connection.execute(text(f"SET LOCAL lock_timeout = '{_PATIENCE}'"))
            connection.execute(text(f"LOCK TABLE ONLY {table.name} IN ACCESS EXCLUSIVE MODE"))
            if connection.execute(*untaken).first():
                return 0
            connection.execute(text(f"DROP TABLE {part.name}"))
    except OperationalError as error:
        if getattr(error.orig, "sqlstate", None) != _IN_USE:
            raise
        return 0
    return rows


def _all_parts(connection: Connection) -> dict[Table, list[Part]]:
    found: dict[Table, list[Part]] = {table: [] for table in PARTED}
    for whole, name in connection.execute(_PARTS):
        table = tables.metadata.tables.get(whole)
        if table in found:
            found[table].append(_read(table, name))
    return {table: sorted(known, key=lambda part: part.begin or 0) for table, known in found.items()}


def _missing(connection: Connection, wanted: set[tuple[Table, int]]) -> set[tuple[Table, int]]:
    known = _all_parts(connection)
    return {(table, month) for table, month in wanted if known[table] and not _has(known[table], month)}


def _has(known: list[Part], month: int) -> bool:
    """The first part may be everything before its end."""
    first = known[0]
    is_before = first.begin is None and first.end is not None and month < first.end
    return is_before or any(part.begin == month for part in known)


def _read(table: Table, name: str) -> Part:
    rest = name.removeprefix(table.name)
    if rest.startswith(_BEFORE):
        return Part(name, None, _number(rest.removeprefix(_BEFORE)))
    if rest.startswith(_FROM):
        return Part(name, _LAST, None)
    return Part(name, _number(rest[1:]), _number(rest[1:]) + 1)


def _written(month: int) -> str:
    return f"{month // 12:04}_{month % 12 + 1:02}"


def _number(written: str) -> int:
    year, month = written.split("_")
    return 12 * int(year) + int(month) - 1


def _first_day(month: int) -> datetime:
    return datetime(month // 12, month % 12 + 1, 1, tzinfo=UTC)


def _is_server(connection: Connection) -> bool:
    return connection.dialect.name == "postgresql"
