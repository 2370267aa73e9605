"""The raw samples of a session as they were recorded, whole."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from sensor_hub.model import Samples
from sensor_hub.store import tables
from sensor_hub.store.chunks import decode_bytes
from sensor_hub.store.partitions import around


@dataclass(frozen=True, slots=True, eq=False)
class StoredSamples:
    """A chunk. time: UTC of its first sample; lost: samples missing directly before it, None where unknown."""

    time: datetime
    sensor: str
    lost: int | None
    samples: Samples


def session_samples(connection: Connection, session: str) -> list[StoredSamples]:
    """All that is stored of a session, in the order it was measured. Raises StoreError where a chunk is damaged.

    That is the order of their numbers: dates are estimates, and may step back when a link comes back.
    """
    raw, one = tables.raw.c, tables.session.c
    query = (
        select(raw.time, raw.sensor, raw.lost, raw.data)
        .join(tables.session, one.machine_id == raw.machine_id)
        .where(one.session == session, raw.session == session, around(connection, tables.raw, session))
        .order_by(raw.seq)
    )
    rows = connection.execute(query)
    return [StoredSamples(time, sensor, lost, decode_bytes(data)) for time, sensor, lost, data in rows]
