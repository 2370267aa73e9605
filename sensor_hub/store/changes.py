"""The numbers of changes: how writers get theirs, and how far a reader may go.

A reader that goes on behind the highest number it has seen must not skip one that somebody else has drawn and not
committed yet. In a file one writes at a time, and a row counts. On a server several write at once, and a sequence
counts, which waits for nobody:

1. A writer first locks, shared, a key that names the last number drawn so far. Then it draws its own: all are higher.
   PostgreSQL releases such locks with the transaction, after what that wrote can be seen.
2. A reader first asks for the last number drawn, then for the lowest key that is locked, then reads. Whoever has drawn
   a number up to the first answer had locked before: either its key stands, and is lower than its numbers, or its rows
   can be seen. So up to the lower of the two answers nothing is missing, and nothing will come.

Writers share a gate besides. Who changes what was said earlier (an erasure, a correction, an archive that marks) passes
it alone: it waits for writers that are under way, and others wait for it.
"""

from collections.abc import Sequence

from sqlalchemy import Connection, text, update

from sensor_hub.store.tables import counter

_GATE = 0x6A7E
_KEYS = 1 << 62
"""Keys of numbers begin here; whoever else locks in this database uses lower ones."""
_LAST = text("SELECT last_value FROM change_number")
_DRAW = text(
    "WITH begun AS MATERIALIZED ("
    " SELECT CASE WHEN coalesce(current_setting('sensor_hub.numbering', true), '') = '' THEN ("
    "  pg_advisory_xact_lock_shared(:gate), pg_advisory_xact_lock_shared(:keys + last_value),"
    "  set_config('sensor_hub.numbering', 'on', true)) END AS locked FROM change_number"
    ") SELECT nextval('change_number') FROM begun, generate_series(1, :count)"
)
"""Locks once a transaction, for the setting ends with it; and before the first number, which needs the row `begun`."""
_LOWEST = text(
    "SELECT min((classid::bigint << 32 | objid::bigint) - :keys) FROM pg_locks"
    " WHERE locktype = 'advisory' AND objsubid = 1 AND (classid::bigint << 32 | objid::bigint) >= :keys"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)


def reserve_changes(connection: Connection, count: int) -> Sequence[int]:
    """So many numbers, rising, higher than all that a reader may have seen when this transaction commits."""
    if _counts_rows(connection):
        step = update(counter).where(counter.c.name == "change").values(value=counter.c.value + count)
        last: int = connection.execute(step.returning(counter.c.value)).scalar_one()
        return range(last - count + 1, last + 1)
    drawn = connection.execute(_DRAW, {"gate": _GATE, "keys": _KEYS, "count": count})
    return list(drawn.scalars())


def keep_writers_out(connection: Connection) -> None:
    """Whoever else writes waits until the transaction ends, and then sees what it wrote. Before `reserve_changes`."""
    if _counts_rows(connection):
        reserve_changes(connection, 0)
    else:
        connection.execute(text("SELECT pg_advisory_xact_lock(:gate)"), {"gate": _GATE})


def last_settled(connection: Connection) -> int:
    """Every change up to this number can be seen by the next statement, or never will be. Not within a transaction that
    sees one instant."""
    last = last_drawn(connection)
    if _counts_rows(connection):
        return last
    lowest = connection.execute(_LOWEST, {"keys": _KEYS}).scalar()
    return last if lowest is None else min(last, int(lowest))


def last_drawn(connection: Connection) -> int:
    last = counter.select().with_only_columns(counter.c.value) if _counts_rows(connection) else _LAST
    return int(connection.execute(last).scalar_one())


def go_on_from(connection: Connection, number: int) -> None:
    """The next change gets the next number. Nobody else may be writing."""
    connection.execute(update(counter).values(value=number))
    if not _counts_rows(connection):
        connection.execute(text("SELECT setval('change_number', :number)"), {"number": number})


def _counts_rows(connection: Connection) -> bool:
    return connection.dialect.name == "sqlite"
