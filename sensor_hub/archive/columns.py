"""The columns of an archive's files, and chunks of samples as rows of them.

What comes back equals what went in, to the last bit: that is what `Digest` tells.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sensor_hub.model import Samples
from sensor_hub.store import StoredSamples, from_microseconds, to_microseconds

FORMAT = "sensor-hub-archive/1"


@dataclass(frozen=True, slots=True, eq=False)
class Chunk:
    """Samples that were sent together. id: the same however often they were sent; seq: their place in the order of
    their machine; session: None where they belong to none."""

    id: str
    seq: int
    machine: str
    session: str | None
    stored: StoredSamples


@dataclass(frozen=True, slots=True)
class Column:
    type: pa.DataType
    unit: str
    meaning: str


_TEXT = pa.dictionary(pa.int32(), pa.string())
COLUMNS: Mapping[str, Column] = {
    "machine": Column(_TEXT, "", "the machine's name, unique within its site"),
    "session": Column(_TEXT, "", "the session's id; null where the samples belong to none"),
    "sensor": Column(_TEXT, "", "the sensor's Bluetooth address"),
    "chunk": Column(_TEXT, "", "id of the samples that were sent together; a second chunk of the same id is a copy"),
    "seq": Column(pa.int64(), "", "the chunk's place in the order in which its machine measured"),
    "time": Column(pa.timestamp("us", tz="UTC"), "UTC", "the hub's estimate for the chunk's first sample, and on from "
                   "there by the sensor's clock; from chunk to chunk it may step, even back"),
    "device_us": Column(pa.int64(), "µs", "the sensor's own clock, rising; durations are differences of it"),
    "ax": Column(pa.float64(), "m/s²", "specific force along the sensor's x, gravity included"),
    "ay": Column(pa.float64(), "m/s²", "likewise along y"),
    "az": Column(pa.float64(), "m/s²", "likewise along z"),
    "gx": Column(pa.float32(), "rad/s", "rate of turn about the sensor's x; null where it measures none"),
    "gy": Column(pa.float32(), "rad/s", "likewise about y"),
    "gz": Column(pa.float32(), "rad/s", "likewise about z"),
    "lost": Column(pa.int32(), "samples", "missing directly before the chunk; null where nobody can know"),
    "resolution_mps2": Column(pa.float64(), "m/s²", "one count of the converter at the range it was set to; 0 unknown"),
    "saturated": Column(pa.bool_(), "", "whether any sample of the chunk sits at the end of the sensor's range"),
    "time_sigma_s": Column(pa.float64(), "s", "standard uncertainty of the time between two samples some seconds "
                           "apart, beyond even spacing; 0 where the sensor dates its samples itself"),
}  # fmt: skip
DELTA = ("time", "device_us")
"""Whole numbers that rise evenly: stored as differences of differences. Everything else has few values."""


def schema() -> pa.Schema:
    fields = [
        pa.field(name, column.type, metadata={"unit": column.unit, "meaning": column.meaning})
        for name, column in COLUMNS.items()
    ]
    return pa.schema(fields)


def table_of(chunks: Sequence[Chunk]) -> pa.Table:
    """A row a sample."""
    counts = np.array([len(one.stored.samples) for one in chunks])
    device_us = [_device_us(one.stored.samples) for one in chunks]
    time_us = [to_microseconds(one.stored.time) + us - us[0] for one, us in zip(chunks, device_us, strict=True)]
    accel = np.concatenate([one.stored.samples.accel_mps2 for one in chunks])
    columns = {
        "machine": _texts([one.machine for one in chunks], counts),
        "session": _texts([one.session for one in chunks], counts),
        "sensor": _texts([one.stored.sensor for one in chunks], counts),
        "chunk": _texts([one.id for one in chunks], counts),
        "seq": np.repeat([one.seq for one in chunks], counts),
        "time": pa.array(np.concatenate(time_us)).cast(COLUMNS["time"].type),
        "device_us": np.concatenate(device_us),
        **{name: np.ascontiguousarray(accel[:, axis]) for axis, name in enumerate(("ax", "ay", "az"))},
        **_turning(chunks, counts),
        "lost": _numbers([one.stored.lost for one in chunks], counts),
        "resolution_mps2": np.repeat([one.stored.samples.resolution_mps2 for one in chunks], counts),
        "saturated": np.repeat([one.stored.samples.saturated for one in chunks], counts),
        "time_sigma_s": np.repeat([one.stored.samples.time_sigma_s for one in chunks], counts),
    }
    return pa.table(columns, schema=schema())


def chunks_of(table: pa.Table) -> list[Chunk]:
    """The chunks of rows that stand together, as they went in."""
    if not len(table):
        return []
    columns = {name: table[name].combine_chunks() for name in COLUMNS}
    ids = columns["chunk"].indices.to_numpy()
    starts = np.concatenate([[0], np.flatnonzero(np.diff(ids)) + 1])
    ends = [*starts[1:].tolist(), len(ids)]
    alike = (
        "machine",
        "session",
        "sensor",
        "chunk",
        "seq",
        "lost",
        "resolution_mps2",
        "saturated",
        "time_sigma_s",
    )
    of_chunk = {name: columns[name].take(pa.array(starts)).to_pylist() for name in alike}
    time_us = columns["time"].cast(pa.int64()).to_numpy()
    device_us = columns["device_us"].to_numpy()
    accel = np.stack([columns[name].to_numpy() for name in ("ax", "ay", "az")])
    gyro = np.stack([columns[name].to_numpy(zero_copy_only=False) for name in ("gx", "gy", "gz")])
    still = columns["gx"].is_null().to_numpy(zero_copy_only=False)
    found = []
    for number, (start, end) in enumerate(zip(starts.tolist(), ends, strict=True)):
        samples = Samples(
            time_s=device_us[start:end] / 1e6,
            accel_mps2=_axes_last(accel[:, start:end]),
            gyro_radps=None if still[start] else _axes_last(gyro[:, start:end]).astype(np.float64),
            resolution_mps2=of_chunk["resolution_mps2"][number],
            saturated=of_chunk["saturated"][number],
            time_sigma_s=of_chunk["time_sigma_s"][number],
        )
        time = from_microseconds(int(time_us[start]))
        stored = StoredSamples(time, of_chunk["sensor"][number], of_chunk["lost"][number], samples)
        place = {name: of_chunk[name][number] for name in ("seq", "machine", "session")}
        found.append(Chunk(id=of_chunk["chunk"][number], stored=stored, **place))
    return found


class Digest:
    """SHA-256 of what chunks say, in their order, whatever the file around them looks like."""

    def __init__(self) -> None:
        self._sha = hashlib.sha256()

    def add(self, chunks: Iterable[Chunk]) -> None:
        for one in chunks:
            samples = one.stored.samples
            numbers = (samples.resolution_mps2, samples.saturated, samples.time_sigma_s)
            heading = [one.id, one.seq, one.machine, one.session, one.stored.sensor, one.stored.lost]
            heading += [to_microseconds(one.stored.time), *map(float, numbers), len(samples)]
            self._sha.update(json.dumps(heading).encode())
            self._sha.update(_device_us(samples).astype("<i8").tobytes())
            self._sha.update(samples.accel_mps2.astype("<f8").tobytes())
            if samples.gyro_radps is not None:
                self._sha.update(samples.gyro_radps.astype("<f4").tobytes())

    def text(self) -> str:
        return self._sha.hexdigest()


def _device_us(samples: Samples) -> NDArray[np.int64]:
    return np.round(samples.time_s * 1e6).astype(np.int64)


def _axes_last(columns: NDArray[Any]) -> NDArray[Any]:
    """In the same order in memory as the store decodes them: sums then round alike."""
    return np.ascontiguousarray(columns).T


def _texts(values: Sequence[str | None], counts: NDArray[Any]) -> pa.Array:
    known = {value: number for number, value in enumerate(dict.fromkeys(v for v in values if v is not None))}
    indices = np.repeat([-1 if value is None else known[value] for value in values], counts).astype(np.int32)
    return pa.DictionaryArray.from_arrays(pa.array(indices, mask=indices < 0), pa.array(list(known), pa.string()))


def _numbers(values: Sequence[int | None], counts: NDArray[Any]) -> pa.Array:
    known = np.repeat([0 if value is None else value for value in values], counts)
    return pa.array(known, pa.int32(), mask=np.repeat([value is None for value in values], counts))


def _turning(chunks: Sequence[Chunk], counts: NDArray[Any]) -> dict[str, pa.Array]:
    none = np.repeat([one.stored.samples.gyro_radps is None for one in chunks], counts)
    parts = [
        np.zeros((count, 3)) if one.stored.samples.gyro_radps is None else one.stored.samples.gyro_radps
        for one, count in zip(chunks, counts, strict=True)
    ]
    gyro = np.concatenate(parts).astype(np.float32)
    return {
        name: pa.array(np.ascontiguousarray(gyro[:, axis]), mask=none)
        for axis, name in enumerate(("gx", "gy", "gz"))
    }
