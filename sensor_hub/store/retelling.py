"""What is stored, as the messages it came from: to be told once more to whoever lacks them."""

import base64
from collections.abc import Callable, Iterator
from datetime import datetime
from heapq import merge
from operator import itemgetter

from sqlalchemy import ColumnElement, Connection, Table, func, select

from sensor_hub.messages import (
    Message,
    MotionMessage,
    PhaseMessage,
    RawMessage,
    RejectedMessage,
    RepMessage,
    SessionMessage,
    SetMessage,
)
from sensor_hub.store import tables
from sensor_hub.store.rows import TABLE_OF, message_of

_TOLD: tuple[type[Message], ...] = (
    *(SessionMessage, SetMessage, RepMessage, RejectedMessage),
    *(PhaseMessage, MotionMessage, RawMessage),
)
_ROWS_AT_ONCE = 500


def retell(connection: Connection, site: str, since: datetime, until: datetime) -> Iterator[Message]:
    """What a site's machines told of a span of time, in the order in which it was stored."""
    return _retell(connection, site, lambda table: table.c.time.between(since, until))


def retell_newest(connection: Connection, site: str, count: int) -> Iterator[Message]:
    """The last changes of the store: at most so many messages."""
    last = [connection.execute(select(func.max(TABLE_OF[model].c.change))).scalar() for model in _TOLD]
    newest = max((change for change in last if change is not None), default=0)
    return _retell(connection, site, lambda table: table.c.change > newest - count)


def _retell(
    connection: Connection, site: str, wanted: Callable[[Table], ColumnElement[bool]]
) -> Iterator[Message]:
    told = (_of(connection, site, model, wanted(TABLE_OF[model])) for model in _TOLD)
    for _, message in merge(*told, key=itemgetter(0)):
        yield message


def _of(
    connection: Connection, site: str, model: type[Message], wanted: ColumnElement[bool]
) -> Iterator[tuple[int, Message]]:
    table, place = TABLE_OF[model], tables.machine.c
    query = (
        select(table, place.site, place.name.label("machine"))
        .join(tables.machine, place.machine_id == table.c.machine_id)
        .where(place.site == site, wanted)
        .order_by(table.c.change)
    )
    for row in connection.execute(query, execution_options={"yield_per": _ROWS_AT_ONCE}).mappings():
        changes = {"data": base64.b64encode(row["data"]).decode()} if model is RawMessage else {}
        yield row["change"], message_of(model, row, **changes)
