"""The encoding `samples/1` of a block of samples.

1. Time: whole microseconds, the first as it is, then the steps.
2. Acceleration: counts of the converter where the block is made of counts (steps from sample to sample, folded to
   small unsigned numbers), else the doubles themselves. Rotation: single precision.
3. Every column's bytes are sorted by significance, which puts what hardly changes side by side.
4. A header in front, after it the uncertainty of the time where the sensor does not date its samples; zlib level 1
   around, Base64 outside.

What comes back equals what went in: counts exactly, doubles exactly, instants to half a microsecond.
"""

import base64
import struct
import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sensor_hub.errors import StoreError
from sensor_hub.model import FloatArray, Samples

_HEADER = struct.Struct("<4sBIqd")
_TIME_SIGMA = struct.Struct("<d")
_MAGIC = b"smp1"
_HAS_GYRO, _SATURATED, _COUNTS, _HAS_TIME_SIGMA = 1, 2, 4, 8
_COUNT_TOLERANCE = 1e-6
_MOST_BYTES = 16 * 1024 * 1024
_MOST_STEP_US = 2**32 - 1


def encode_samples(samples: Samples) -> str:
    """Base64 text of a block. Raises StoreError where its instants do not increase, or span more than an hour."""
    counts = _counts_of(samples)
    flags = (
        (_HAS_GYRO if samples.gyro_radps is not None else 0)
        | (_SATURATED if samples.saturated else 0)
        | (_COUNTS if counts is not None else 0)
        | (_HAS_TIME_SIGMA if samples.time_sigma_s else 0)
    )
    first_us, steps = _steps_of(samples.time_s)
    columns = [_shuffle(steps)]
    columns += [_shuffle(_fold(counts))] if counts is not None else [_shuffle(samples.accel_mps2.astype("<f8"))]
    if samples.gyro_radps is not None:
        columns.append(_shuffle(samples.gyro_radps.astype("<f4")))
    header = _HEADER.pack(_MAGIC, flags, len(samples), first_us, samples.resolution_mps2)
    if samples.time_sigma_s:
        header += _TIME_SIGMA.pack(samples.time_sigma_s)
    return base64.b64encode(zlib.compress(header + b"".join(columns), 1)).decode("ascii")


def decode_samples(data: str) -> Samples:
    """The block of a text from `encode_samples`. Raises StoreError where it is damaged."""
    try:
        return decode_bytes(base64.b64decode(data, validate=True))
    except ValueError as error:
        raise StoreError(f"A chunk of raw samples is damaged ({error}).") from error


def decode_bytes(compressed: bytes) -> Samples:
    """As `decode_samples`, without the Base64 around it."""
    content = _inflate(compressed)
    if len(content) < _HEADER.size:
        raise StoreError("A chunk of raw samples is damaged (too short).")
    magic, flags, count, first_us, resolution = _HEADER.unpack_from(content)
    if magic != _MAGIC:
        raise StoreError("A chunk of raw samples has an unknown encoding; a newer sensor-hub may have written it.")
    accel_width = 2 if flags & _COUNTS else 8
    sizes = [4 * count, 3 * accel_width * count, 12 * count if flags & _HAS_GYRO else 0]
    time_at = _HEADER.size + (_TIME_SIGMA.size if flags & _HAS_TIME_SIGMA else 0)
    if len(content) != time_at + sum(sizes):
        raise StoreError("A chunk of raw samples is damaged (its length does not fit its sample count).")
    accel_at = time_at + sizes[0]
    gyro_at = accel_at + sizes[1]
    steps = _unshuffle(content[time_at:accel_at], "<u4", count, 1)[:, 0]
    return Samples(
        time_s=(first_us + np.cumsum(steps, dtype=np.int64)) / 1e6,
        accel_mps2=_accel_of(content[accel_at:gyro_at], count, resolution, bool(flags & _COUNTS)),
        gyro_radps=_unshuffle(content[gyro_at:], "<f4", count, 3).astype(np.float64) if sizes[2] else None,
        resolution_mps2=resolution,
        saturated=bool(flags & _SATURATED),
        time_sigma_s=_TIME_SIGMA.unpack_from(content, _HEADER.size)[0] if flags & _HAS_TIME_SIGMA else 0.0,
    )


def _inflate(compressed: bytes) -> bytes:
    inflater = zlib.decompressobj()
    try:
        content = inflater.decompress(compressed, _MOST_BYTES)
    except zlib.error as error:
        raise StoreError(f"A chunk of raw samples is damaged ({error}).") from error
    if not inflater.eof:
        raise StoreError("A chunk of raw samples is damaged (cut off, or far too long).")
    return content


def _counts_of(samples: Samples) -> NDArray[np.int16] | None:
    resolution = samples.resolution_mps2
    if resolution <= 0.0:
        return None
    exact = samples.accel_mps2 / resolution
    counts = np.round(exact)
    if not np.all(np.abs(exact - counts) < _COUNT_TOLERANCE) or not np.all((counts >= -32768) & (counts <= 32767)):
        return None
    return counts.astype("<i2")


def _steps_of(time_s: FloatArray) -> tuple[int, NDArray[np.uint32]]:
    if len(time_s) == 0:
        return 0, np.zeros(0, "<u4")
    if not np.all(np.isfinite(time_s)):
        raise StoreError("Samples without a finite time cannot be stored.")
    microseconds = np.round(time_s * 1e6).astype(np.int64)
    steps = np.diff(microseconds, prepend=microseconds[0])
    if np.any(steps[1:] <= 0) or np.any(steps > _MOST_STEP_US):
        raise StoreError("Samples whose instants do not increase microsecond by microsecond cannot be stored.")
    return int(microseconds[0]), steps.astype("<u4")


def _fold(counts: NDArray[np.int16]) -> NDArray[np.uint16]:
    """Steps between rows, modulo 2^16, with the sign moved to the lowest bit."""
    steps = np.diff(counts, axis=0, prepend=np.zeros((1, 3), np.int16)).astype("<i2")
    return ((steps << 1) ^ (steps >> 15)).view("<u2")


def _unfold(folded: NDArray[np.uint16]) -> NDArray[np.int16]:
    steps = ((folded >> 1) ^ (-(folded & 1).astype(np.int32)).astype(np.uint16)).view("<i2")
    counts: NDArray[np.int16] = np.cumsum(steps, axis=0, dtype=np.int16)
    return counts


def _accel_of(content: bytes, count: int, resolution: float, are_counts: bool) -> FloatArray:
    if are_counts:
        return _unfold(_unshuffle(content, "<u2", count, 3)).astype(np.float64) * resolution
    return _unshuffle(content, "<f8", count, 3)


def _shuffle(column: NDArray[Any]) -> bytes:
    """Axis by axis, and within one all first bytes, then all second bytes, and so on."""
    axes = column.size // max(1, len(column))
    flat = np.frombuffer(np.ascontiguousarray(column.T).tobytes(), np.uint8)
    return flat.reshape(axes, len(column), column.dtype.itemsize).transpose(0, 2, 1).tobytes()


def _unshuffle(content: bytes, dtype: str, count: int, width: int) -> NDArray[Any]:
    sorted_bytes = np.frombuffer(content, np.uint8).reshape(width, np.dtype(dtype).itemsize, count)
    return np.ascontiguousarray(sorted_bytes.transpose(0, 2, 1)).view(dtype).reshape(width, count).T
