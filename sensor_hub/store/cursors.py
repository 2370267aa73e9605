"""How far a stream has been read, beside what was read from it. Who has the row locked is the only one at work."""

from collections.abc import Iterable

from sqlalchemy import Connection, select

from sensor_hub.store.recording import insert_new, upsert_cursor
from sensor_hub.store.tables import cursor


def make_cursors(connection: Connection, reader: str, streams: Iterable[str]) -> None:
    """Those that are there already stay where they are."""
    insert_new(connection, cursor, [{"sink": reader, "stream": stream, "change": 0} for stream in streams])


def lock_cursor(connection: Connection, reader: str, stream: str) -> int | None:
    """Where a stream was read to; None while somebody else has it. Ours until the transaction ends. On PostgreSQL."""
    query = select(cursor.c.change).where(cursor.c.sink == reader, cursor.c.stream == stream)
    place: int | None = connection.execute(query.with_for_update(skip_locked=True)).scalar()
    return place


def move_cursor(connection: Connection, reader: str, stream: str, place: int) -> None:
    upsert_cursor(connection, reader, stream, place)
