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
    """Acceleration with gravity, in the sensor's frame.

    Where there is too much to draw, neighbours are replaced by two points: their lowest and their highest values,
    axis by axis.
    """

    start: datetime
    time_s: FloatArray
    """(n,) seconds after `start`."""
    accel_mps2: FloatArray
    """(n, 3)"""
    sample_count: int
    """Samples that the points stand for."""
    decimated: bool


def raw_trace(
    connection: Connection, machine: str, site: str | None, start: datetime, end: datetime, max_points: int
) -> RawTrace:
    """What is stored of [start, end); nothing is filled in where nothing was received."""
    query = _chunks(machine, site, start, end)
    chunk_count = connection.execute(query.with_only_columns(func.count())).scalar_one()
    coarse = 2 * chunk_count >= max_points
    wanted = tables.raw.c.envelope if coarse else tables.raw.c.data
    columns = [tables.raw.c.time, tables.raw.c["count"], wanted]
    rows = connection.execute(query.with_only_columns(*columns).order_by(tables.raw.c.time)).all()
    time_s, low, high, weight = _from_envelopes(rows, start) if coarse else _from_samples(rows, start)
    inside = (time_s >= 0.0) & (time_s < (end - start).total_seconds())
    time_s, low, high, samples = time_s[inside], low[inside], high[inside], int(weight[inside].sum())
    if not coarse and len(time_s) <= max_points:
        return RawTrace(start, time_s, low, samples, decimated=False)
    return RawTrace(start, *_thin(time_s, low, high, max_points // 2), samples, decimated=True)


def _chunks(machine: str, site: str | None, start: datetime, end: datetime) -> Any:
    raw, place = tables.raw.c, tables.machine.c
    earliest = start - timedelta(seconds=LONGEST_CHUNK_S)
    query = select(raw.time).join(tables.machine, place.machine_id == raw.machine_id)
    query = query.where(place.name == machine, raw.time >= earliest, raw.time < end)
    return query if site is None else query.where(place.site == site)


def _from_envelopes(rows: Sequence[Any], start: datetime) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    time_s = np.array([(time - start).total_seconds() for time, _, _ in rows])
    extremes = np.frombuffer(b"".join(envelope for _, _, envelope in rows), "<f4").reshape(-1, 2, 3)
    weight = np.array([count for _, count, _ in rows])
    return time_s, extremes[:, 0].astype(np.float64), extremes[:, 1].astype(np.float64), weight


def _from_samples(rows: Sequence[Any], start: datetime) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    if not rows:
        return np.zeros(0), np.zeros((0, 3)), np.zeros((0, 3)), np.zeros(0)
    blocks = [((time - start).total_seconds(), decode_bytes(data)) for time, _, data in rows]
    time_s = np.concatenate([begin + samples.time_s - samples.time_s[0] for begin, samples in blocks])
    accel = np.concatenate([samples.accel_mps2 for _, samples in blocks])
    return time_s, accel, accel, np.ones(len(time_s))


def _thin(time_s: FloatArray, low: FloatArray, high: FloatArray, most: int) -> tuple[FloatArray, FloatArray]:
    """The extremes of equally many neighbours each, at most `most` pairs of them, a low before its high."""
    width = max(1, -(-len(time_s) // max(1, most)))
    begins = np.arange(0, len(time_s), width)
    pairs = np.stack([np.minimum.reduceat(low, begins), np.maximum.reduceat(high, begins)], axis=1)
    return np.repeat(time_s[begins], 2), pairs.reshape(-1, 3)
