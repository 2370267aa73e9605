"""What the store or a sink's server refused: kept with the reason, looked at, and tried again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, func, select

from sensor_hub.store import tables

STORE = "store"
"""Origin of messages that the store itself could not take; other origins are names of sinks."""

MOST_OF_STORE = 2_000
"""More is only counted and logged: somebody floods the broker."""

_parked = tables.parked.c


@dataclass(frozen=True, slots=True)
class Parked:
    """content: a point as line protocol, or a message as JSON."""

    number: int
    time: datetime
    origin: str
    reason: str
    content: str


def parked_rows(
    connection: Connection, origin: str | None = None, limit: int | None = None, after: int = 0
) -> list[Parked]:
    """The oldest first, behind the number `after`."""
    query = select(tables.parked).where(_parked.parked_id > after).order_by(_parked.parked_id).limit(limit)
    if origin is not None:
        query = query.where(_parked.origin == origin)
    return [
        Parked(row.parked_id, row.time, row.origin, row.reason, row.content) for row in connection.execute(query)
    ]


def parked_counts(connection: Connection) -> dict[str, int]:
    """How many there are, by their origin."""
    query = select(_parked.origin, func.count().label("amount")).group_by(_parked.origin)
    return {row.origin: row.amount for row in connection.execute(query)}


def new_to_store(connection: Connection, contents: Sequence[str]) -> list[str]:
    """Those that are not parked for the store yet, as many as there is room for."""
    of_store = _parked.origin == STORE
    total = connection.execute(select(func.count()).where(of_store)).scalar_one()
    known = set(
        connection.execute(select(_parked.content).where(of_store, _parked.content.in_(contents))).scalars()
    )
    return [content for content in contents if content not in known][: max(0, MOST_OF_STORE - total)]


def drop_parked(connection: Connection, numbers: Sequence[int]) -> int:
    """Deletes them; how many there were."""
    return connection.execute(delete(tables.parked).where(_parked.parked_id.in_(numbers))).rowcount
