"""A message as a row of its table, and a row as the message it came from."""

import base64
from collections.abc import Mapping
from enum import Enum
from typing import Any, NamedTuple, TypeVar

import numpy as np
from sqlalchemy import RowMapping, Table

from sensor_hub.errors import StoreError
from sensor_hub.messages import (
    Message,
    MotionMessage,
    PhaseMessage,
    RawMessage,
    RejectedMessage,
    RepMessage,
    SensorMessage,
    SessionMessage,
    SetMessage,
    StatusMessage,
)
from sensor_hub.store import tables
from sensor_hub.store.chunks import decode_bytes

LONGEST_CHUNK_S = 60.0
"""A raw chunk may not span more, so that a window of time is found by the chunks' beginnings."""

TABLE_OF: Mapping[type[Message], Table] = {
    SessionMessage: tables.session,
    SetMessage: tables.set_,
    RepMessage: tables.rep,
    RejectedMessage: tables.rejected,
    PhaseMessage: tables.phase,
    MotionMessage: tables.motion,
    RawMessage: tables.raw,
    SensorMessage: tables.state,
    StatusMessage: tables.state,
}
"""What is stored; a `live` message is not, nor what was not counted outside of sessions."""

Row = dict[str, Any]
M = TypeVar("M", bound=Message)


class Entry(NamedTuple):
    """A message beside its row."""

    message: Message
    row: Row


def is_stored(message: Message) -> bool:
    return type(message) in TABLE_OF and not (isinstance(message, RejectedMessage) and message.session is None)


def row_of(message: Message) -> Row:
    """The columns of a message, all but `machine_id` and `change`. Raises StoreError where it makes no sense."""
    if isinstance(message, SensorMessage | StatusMessage):
        kind = "sensor" if isinstance(message, SensorMessage) else "status"
        return {"kind": kind, "time": message.time, "payload": message.model_dump(mode="json", by_alias=True)}
    values = message.model_dump(exclude={"site", "machine", "schema_"})
    row = {name: value.value if isinstance(value, Enum) else value for name, value in values.items()}
    if isinstance(message, RawMessage):
        row |= _chunk_of(message)
    return row


def message_of(model: type[M], row: RowMapping, **changes: Any) -> M:
    """The message of a row that carries `site` and `machine` beside the columns of its table."""
    fields = model.model_fields
    return model.model_validate({name: row[name] for name in row if name in fields} | changes)


def _chunk_of(message: RawMessage) -> Row:
    if not 0.0 <= message.end_s - message.start_s <= LONGEST_CHUNK_S:
        raise StoreError(f"A raw chunk must span 0 to {LONGEST_CHUNK_S:g} s.")
    try:
        data = base64.b64decode(message.data, validate=True)
    except ValueError as error:
        raise StoreError(f"A raw chunk is not Base64 ({error}).") from error
    samples = decode_bytes(data)
    if len(samples) != message.count or message.count == 0:
        raise StoreError(f"A raw chunk of {message.count} samples holds {len(samples)}.")
    envelope = np.stack([samples.accel_mps2.min(axis=0), samples.accel_mps2.max(axis=0)])
    return {"data": data, "envelope": envelope.astype("<f4").tobytes()}
