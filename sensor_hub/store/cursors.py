"""How far a stream has been read, beside what was read from it. Who has the row locked is the only one at work."""

from collections.abc import Iterable, Mapping

from sqlalchemy import Connection, bindparam, func, select, update

from sensor_hub.store.recording import insert_new
from sensor_hub.store.tables import cursor

CHAIN = "chain"
"""The reader of the stream at a chain's centre."""


def make_cursors(connection: Connection, reader: str, streams: Iterable[str]) -> None:
    """Those that are there already stay where they are."""
    insert_new(connection, cursor, [{"sink": reader, "stream": stream, "change": 0} for stream in streams])


def lock_cursors(connection: Connection, reader: str, most: int) -> dict[str, int]:
    """Where some streams were read to, of those that nobody else has just now, as chance has it. They are ours until
    the transaction ends. On PostgreSQL."""
    query = select(cursor.c.stream, cursor.c.change).where(cursor.c.sink == reader)
    free = query.order_by(func.random()).limit(most).with_for_update(skip_locked=True)
    return {row.stream: row.change for row in connection.execute(free)}


def move_cursors(connection: Connection, reader: str, places: Mapping[str, int]) -> None:
    """Those that are locked."""
    step = update(cursor).where(cursor.c.sink == reader, cursor.c.stream == bindparam("one"))
    if places:
        rows = [{"one": stream, "place": place} for stream, place in places.items()]
        connection.execute(step.values(change=bindparam("place")), rows)
