"""Polar Measurement Data (PMD): the bytes of Polar's sensors, apart from when to send them.

Not tried on hardware. Sources: "Polar Measurement Data Specification for 3rd Party" (polarofficial/polar-ble-sdk,
technical_documentation), whose examples are test vectors here; frame types 0x81 and the unit of 0x80 from the same
SDK (AccData.kt, BlePMDClient.kt), checked against a frame of a Verity Sense posted in the SDK's issue 443.

    frame     type u8 (2: acceleration), u64 ns since 2000 of the *last* sample, frame type u8, content
    0, 1, 2   x, y, z of each sample in 1, 2 or 3 bytes, mg
    0x81      delta-compressed, mg times the factor; 1 where the sensor tells none
    0x80      delta-compressed, g times the factor, which must be known
    delta     a reference sample (3 × int16), then blocks of [bits u8, count u8, count × 3 differences of `bits` bits,
              least significant bit first, two's complement, padded to a byte]; each sample is the one before it plus
              its difference
    setting   [kind u8, count u8, count values of the kind's width]
"""

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from sensor_hub.errors import PacketError
from sensor_hub.model import FloatArray

ACCELERATION = 2
SDK_MODE = 9

_HEADER = struct.Struct("<BQB")
_TYPE_MASK = 0x3F
_RAW_WIDTHS = {0: 1, 1: 2, 2: 3}
_DELTA_G, _DELTA_MG = 0x80, 0x81
_REFERENCE_BYTES = 6
_LARGEST_DELTA_BITS = 17
_INT16 = 1 << 15
_G_PER_MG = 1e-3


class Setting(IntEnum):
    RATE_HZ = 0
    RESOLUTION_BITS = 1
    RANGE_G = 2
    RANGE_MILLI = 3
    CHANNELS = 4
    FACTOR = 5


_WIDTHS = {
    Setting.RATE_HZ: 2,
    Setting.RESOLUTION_BITS: 2,
    Setting.RANGE_G: 2,
    Setting.RANGE_MILLI: 4,
    Setting.CHANNELS: 1,
    Setting.FACTOR: 4,
}


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """stamp_ns: of the last sample; accel_g: (n, 3); resolution_g: one count."""

    stamp_ns: int
    accel_g: FloatArray
    resolution_g: float


def decode_frame(data: bytes, factor: float | None) -> Frame | None:
    """An acceleration frame; None where it holds another measurement. factor: as the sensor told it at the start.

    Raises PacketError.
    """
    if len(data) < _HEADER.size:
        raise PacketError(f"A Polar frame has at least {_HEADER.size} bytes, this one has {len(data)}.")
    measurement, stamp_ns, frame_type = _HEADER.unpack_from(data)
    content = data[_HEADER.size :]
    if measurement & _TYPE_MASK != ACCELERATION:
        return None
    if frame_type in _RAW_WIDTHS:
        counts, resolution_g = _raw(content, _RAW_WIDTHS[frame_type]), _G_PER_MG
    elif frame_type == _DELTA_MG:
        counts, resolution_g = _delta(content), _G_PER_MG * (1.0 if factor is None else factor)
    elif frame_type == _DELTA_G:
        if factor is None:
            raise PacketError("A compressed Polar frame came before its scale was told.")
        counts, resolution_g = _delta(content), factor
    else:
        raise PacketError(f"Polar acceleration frames of the type 0x{frame_type:02x} are unknown.")
    return Frame(stamp_ns, counts.astype(np.float64) * resolution_g, resolution_g)


def decode_settings(data: bytes) -> dict[Setting, tuple[int, ...]]:
    """What a sensor offers, or has chosen, by kind; a lone reserved byte is nothing. Raises PacketError."""
    settings: dict[Setting, tuple[int, ...]] = {}
    if len(data) == 1:
        return settings
    at = 0
    while at < len(data):
        kind, count = data[at], data[at + 1] if at + 1 < len(data) else 0
        if kind not in _WIDTHS:
            raise PacketError(f"Polar settings of the kind {kind} are unknown.")
        width = _WIDTHS[Setting(kind)]
        at, end = at + 2, at + 2 + count * width
        if count == 0 or end > len(data):
            raise PacketError("Polar settings are cut short.")
        settings[Setting(kind)] = tuple(
            int.from_bytes(data[start : start + width], "little") for start in range(at, end, width)
        )
        at = end
    return settings


def encode_settings(settings: Mapping[Setting, int]) -> bytes:
    """One value of each kind, as a start takes them."""
    return b"".join(bytes((kind, 1)) + value.to_bytes(_WIDTHS[kind], "little") for kind, value in settings.items())


def factor_of(settings: Mapping[Setting, tuple[int, ...]]) -> float | None:
    """The factor among the settings that a start was answered with. Raises PacketError on one that is no scale."""
    if Setting.FACTOR not in settings:
        return None
    (factor,) = struct.unpack("<f", settings[Setting.FACTOR][0].to_bytes(4, "little"))
    if not 0.0 < factor <= 1.0:
        raise PacketError(f"A Polar scale of {factor} makes no sense.")
    return float(factor)


def _raw(content: bytes, width: int) -> NDArray[np.int64]:
    if not content or len(content) % (3 * width):
        raise PacketError(f"A Polar frame of {len(content)} bytes does not hold whole samples.")
    values = [
        int.from_bytes(content[at : at + width], "little", signed=True) for at in range(0, len(content), width)
    ]
    return np.array(values, dtype=np.int64).reshape(-1, 3)


def _delta(content: bytes) -> NDArray[np.int64]:
    if len(content) < _REFERENCE_BYTES:
        raise PacketError("A compressed Polar frame lacks its first sample.")
    parts = [np.frombuffer(content, "<i2", count=3).astype(np.int64).reshape(1, 3)]
    at = _REFERENCE_BYTES
    while at < len(content):
        bits, count = content[at], content[at + 1] if at + 1 < len(content) else 0
        size = -(-bits * count * 3 // 8)
        block = content[at + 2 : at + 2 + size]
        if not 0 < bits <= _LARGEST_DELTA_BITS or count == 0 or len(block) < size:
            raise PacketError("A compressed Polar frame is cut short, or none.")
        parts.append(_differences(block, bits, count))
        at += 2 + size
    counts: NDArray[np.int64] = np.concatenate(parts).cumsum(axis=0)
    if counts.min() < -_INT16 or counts.max() >= _INT16:
        raise PacketError("A compressed Polar frame leaves the converter's 16 bits.")
    return counts


def _differences(block: bytes, bits: int, count: int) -> NDArray[np.int64]:
    spread = np.unpackbits(np.frombuffer(block, np.uint8), count=bits * count * 3, bitorder="little")
    unsigned: NDArray[np.int64] = spread.reshape(-1, bits).astype(np.int64) @ (
        1 << np.arange(bits, dtype=np.int64)
    )
    return (unsigned - ((unsigned >> (bits - 1)) << bits)).reshape(count, 3)
