"""The raw acceleration of a stretch of time, thin enough to be drawn."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from sqlalchemy import Connection, func, select

from sensor_hub.model import FloatArray
from sensor_hub.store import tables
from sensor_hub.store.chunks import decode_bytes
from sensor_hub.store.rows import LONGEST_CHUNK_S


@dataclass(frozen=True, slots=True, eq=False)
class RawTrace:
    """Acceleration with gravity in the sensor's frame. Where there is too much to draw, a point stands for several
    samples and low and high are their extremes; otherwise both are the sample."""

    start: datetime
    offset_s: FloatArray
    """(n,) seconds since `start`."""
    low_mps2: FloatArray
    """(n, 3)"""
    high_mps2: FloatArray
    """(n, 3)"""
    sample_count: int
    decimated: bool


def raw_trace(
    connection: Connection, machine: str, site: str | None, start: datetime, end: datetime, max_points: int
) -> RawTrace:
    """What is stored of [start, end); nothing is filled in where nothing was received."""
    query = _chunks(machine, site, start, end)
    total, chunk_count = connection.execute(
        query.with_only_columns(func.coalesce(func.sum(tables.raw.c["count"]), 0), func.count())
    ).one()
    coarse = chunk_count >= max_points
    wanted = [tables.raw.c.time, tables.raw.c.envelope if coarse else tables.raw.c.data]
    rows = connection.execute(query.with_only_columns(*wanted).order_by(tables.raw.c.time)).all()
    offset, low, high = _from_envelopes(rows, start) if coarse else _from_samples(rows, start)
    inside = (offset >= 0.0) & (offset < (end - start).total_seconds())
    offset, low, high = offset[inside], low[inside], high[inside]
    samples = int(total) if coarse else len(offset)
    too_many = len(offset) > max_points
    thin = _thin(offset, low, high, max_points) if too_many else (offset, low, high)
    return RawTrace(start, *thin, sample_count=samples, decimated=coarse or too_many)


def _chunks(machine: str, site: str | None, start: datetime, end: datetime) -> Any:
    raw, place = tables.raw.c, tables.machine.c
    earliest = start - timedelta(seconds=LONGEST_CHUNK_S)
    query = select(raw.time).join(tables.machine, place.machine_id == raw.machine_id)
    query = query.where(place.name == machine, raw.time >= earliest, raw.time < end)
    return query if site is None else query.where(place.site == site)


def _from_envelopes(rows: Sequence[Any], start: datetime) -> tuple[FloatArray, FloatArray, FloatArray]:
    offset = np.array([(time - start).total_seconds() for time, _ in rows])
    extremes = (
        np.frombuffer(b"".join(envelope for _, envelope in rows), "<f4").reshape(-1, 2, 3).astype(np.float64)
    )
    return offset, extremes[:, 0], extremes[:, 1]


def _from_samples(rows: Sequence[Any], start: datetime) -> tuple[FloatArray, FloatArray, FloatArray]:
    if not rows:
        return np.zeros(0), np.zeros((0, 3)), np.zeros((0, 3))
    blocks = [((time - start).total_seconds(), decode_bytes(data)) for time, data in rows]
    offset = np.concatenate([begin + samples.time_s - samples.time_s[0] for begin, samples in blocks])
    accel = np.concatenate([samples.accel_mps2 for _, samples in blocks])
    return offset, accel, accel


def _thin(
    offset: FloatArray, low: FloatArray, high: FloatArray, max_points: int
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Extremes of equally many neighbours each, at most `max_points` of them."""
    width = -(-len(offset) // max_points)
    begins = np.arange(0, len(offset), width)
    return offset[begins], np.minimum.reduceat(low, begins), np.maximum.reduceat(high, begins)
