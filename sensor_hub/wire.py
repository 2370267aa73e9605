"""The sled sensor's Bluetooth profile, drawn in docs/protocol.md: the only file that knows its byte offsets.

All numbers are little endian. Sequence numbers count samples, not packets, so that a hole in them is exactly the
number of samples that are missing, however the sensor had packed them.
"""

import struct
from dataclasses import dataclass, replace
from enum import IntEnum, IntFlag

import numpy as np
from numpy.typing import NDArray

from sensor_hub.errors import PacketError

SERVICE_UUID = "5a1ed000-2f7b-4c61-9e08-3bd4a96c17f2"
DATA_UUID = "5a1ed001-2f7b-4c61-9e08-3bd4a96c17f2"
CONTROL_UUID = "5a1ed002-2f7b-4c61-9e08-3bd4a96c17f2"
STATE_UUID = "5a1ed003-2f7b-4c61-9e08-3bd4a96c17f2"

PROFILE_VERSION = 1
SEQUENCE_MODULUS = 1 << 32
TIME_MODULUS_US = 1 << 40
RANGES_G = (2, 4, 8, 16)
MAX_PACKET_AGE_S = 0.040
"""A sensor sends a packet before its oldest sample is older than this, even where the MTU would hold more."""
RING_S = 60.0
"""What a sensor's ring buffer holds at least, where it has one."""
RESEND_RANGES = 8
"""How many RESEND requests a sensor remembers at least, until it has served them."""

Counts = NDArray[np.int16]

_DATA_HEADER_BYTES = 14
_SAMPLE_BYTES = 6
_NOTIFY_HEADER_BYTES = 3
_RANGE_SHIFT = 6
_RESERVED_FLAGS = 0x20
_STATE = struct.Struct("<BBBBIIII")
_RESPONSE_MARK = 0xF0


class Flags(IntFlag):
    """What is true of a data packet."""

    SATURATED = 0x01
    """A sample of this packet sits at the end of the range."""
    RESTARTED = 0x02
    """First packet since the sensor booted: sequence and time started again."""
    BATTERY_LOW = 0x04
    DROPPED = 0x08
    """The ring buffer overflowed: every sample before this packet is gone, sent or not."""
    RESENT = 0x10
    """Out of the ring buffer, on request."""


class Mode(IntEnum):
    IDLE = 0
    STREAMING = 1


class Opcode(IntEnum):
    """First byte of a control request. CLEAR: what was not sent is not sent by itself any more. RESEND asks the ring
    buffer for samples by number; a sensor without one refuses it."""

    START = 0x01
    STOP = 0x02
    SET_RATE = 0x03
    SET_RANGE = 0x04
    IDENTIFY = 0x05
    CLEAR = 0x06
    RESEND = 0x07


class Result(IntEnum):
    OK = 0
    UNKNOWN_OPCODE = 1
    BAD_PARAMETER = 2
    NOT_NOW = 3


_PARAMETERS: dict[Opcode, struct.Struct] = {
    Opcode.START: struct.Struct("<"),
    Opcode.STOP: struct.Struct("<"),
    Opcode.SET_RATE: struct.Struct("<I"),
    Opcode.SET_RANGE: struct.Struct("<B"),
    Opcode.IDENTIFY: struct.Struct("<B"),
    Opcode.CLEAR: struct.Struct("<"),
    Opcode.RESEND: struct.Struct("<II"),
}


@dataclass(frozen=True, slots=True, eq=False)
class DataPacket:
    """Consecutive samples. time_us: device time of the first; period_us: mean spacing; counts: (n, 3)."""

    sequence: int
    time_us: int
    period_us: int
    range_g: int
    flags: Flags
    counts: Counts

    def encode(self) -> bytes:
        range_code = RANGES_G.index(self.range_g) << _RANGE_SHIFT
        return (
            (self.sequence % SEQUENCE_MODULUS).to_bytes(4, "little")
            + (self.time_us % TIME_MODULUS_US).to_bytes(5, "little")
            + self.period_us.to_bytes(3, "little")
            + bytes((len(self.counts), int(self.flags) | range_code))
            + self.counts.astype("<i2").tobytes()
        )

    def part(self, start: int, stop: int) -> "DataPacket":
        """Its samples start to stop - 1, counted from 0, as a packet."""
        if (start, stop) == (0, len(self.counts)):
            return self
        return replace(
            self,
            sequence=(self.sequence + start) % SEQUENCE_MODULUS,
            time_us=(self.time_us + start * self.period_us) % TIME_MODULUS_US,
            counts=self.counts[start:stop],
        )

    @classmethod
    def decode(cls, data: bytes) -> "DataPacket":
        """Raises PacketError where the bytes are not one whole packet of at least one sample."""
        if len(data) < _DATA_HEADER_BYTES:
            raise PacketError(f"A data packet has at least {_DATA_HEADER_BYTES} bytes; this one has {len(data)}.")
        count, flags = data[12], data[13]
        expected = _DATA_HEADER_BYTES + count * _SAMPLE_BYTES
        if count == 0 or len(data) != expected:
            raise PacketError(f"A data packet of {count} samples has {expected} bytes; this one has {len(data)}.")
        period_us = int.from_bytes(data[9:12], "little")
        if period_us == 0:
            raise PacketError("A data packet's samples are some time apart; this one says 0 µs.")
        if flags & _RESERVED_FLAGS:
            raise PacketError(f"Data flag 0x{_RESERVED_FLAGS:02x} is reserved; the sensor speaks a newer profile.")
        counts = np.frombuffer(data, dtype="<i2", offset=_DATA_HEADER_BYTES).astype(np.int16).reshape(count, 3)
        return cls(
            sequence=int.from_bytes(data[0:4], "little"),
            time_us=int.from_bytes(data[4:9], "little"),
            period_us=period_us,
            range_g=RANGES_G[flags >> _RANGE_SHIFT],
            flags=Flags(flags & ((1 << _RANGE_SHIFT) - 1)),
            counts=counts,
        )


@dataclass(frozen=True, slots=True)
class Request:
    """What the hub writes. parameters: SET_RATE mHz; SET_RANGE g; IDENTIFY seconds; RESEND first, count."""

    opcode: Opcode
    parameters: tuple[int, ...] = ()

    def encode(self) -> bytes:
        return bytes((self.opcode,)) + _PARAMETERS[self.opcode].pack(*self.parameters)

    @classmethod
    def decode(cls, data: bytes) -> "Request":
        """Raises PacketError; its sentence says which part is wrong."""
        if not data:
            raise PacketError("A control request has at least its opcode; this one is empty.")
        try:
            opcode = Opcode(data[0])
        except ValueError:
            raise PacketError(f"Control opcode 0x{data[0]:02x} is unknown.") from None
        layout = _PARAMETERS[opcode]
        if len(data) != 1 + layout.size:
            raise PacketError(f"{opcode.name} has {1 + layout.size} bytes; this request has {len(data)}.")
        return cls(opcode, layout.unpack(data[1:]))


@dataclass(frozen=True, slots=True)
class Response:
    """What the sensor indicates on control, once for each request. opcode is a plain number: it may be unknown."""

    opcode: int
    result: Result

    def encode(self) -> bytes:
        return bytes((_RESPONSE_MARK, self.opcode, self.result))

    @classmethod
    def decode(cls, data: bytes) -> "Response":
        """Raises PacketError."""
        if len(data) != 3 or data[0] != _RESPONSE_MARK:
            raise PacketError(f"A control response is f0, opcode, result; this one is {data.hex(' ') or 'empty'}.")
        try:
            return cls(data[1], Result(data[2]))
        except ValueError:
            raise PacketError(f"Control result 0x{data[2]:02x} is unknown.") from None


@dataclass(frozen=True, slots=True)
class State:
    """The state characteristic. boot_id: drawn anew each time the sensor boots, so that a restart can be told.

    bits: width of the sensor's converter; a sample is always sent as int16, left-aligned, so that ±range_g is full
    scale. next_sequence: the next sample's number; oldest_sequence: the oldest one RESEND could still give, equal
    to next_sequence where there is no ring buffer.
    """

    mode: Mode
    range_g: int
    bits: int
    rate_hz: float
    boot_id: int
    next_sequence: int
    oldest_sequence: int

    def encode(self) -> bytes:
        return _STATE.pack(
            PROFILE_VERSION,
            self.mode,
            self.range_g,
            self.bits,
            round(self.rate_hz * 1000),
            self.boot_id,
            self.next_sequence % SEQUENCE_MODULUS,
            self.oldest_sequence % SEQUENCE_MODULUS,
        )

    @classmethod
    def decode(cls, data: bytes) -> "State":
        """Raises PacketError; later versions may append bytes, which are ignored."""
        if len(data) < _STATE.size:
            raise PacketError(f"The state has {_STATE.size} bytes; this one has {len(data)}.")
        version, mode, range_g, bits, rate_mhz, boot_id, following, oldest = _STATE.unpack_from(data)
        if version != PROFILE_VERSION:
            raise PacketError(
                f"The sensor speaks profile {version}; this program knows {PROFILE_VERSION}: update it."
            )
        if mode not in set(Mode) or range_g not in RANGES_G or not 8 <= bits <= 16:
            raise PacketError(f"The state names mode {mode}, ±{range_g} g and {bits} bits, which do not exist.")
        if rate_mhz == 0:
            raise PacketError("The state names a rate of 0 Hz.")
        return cls(Mode(mode), range_g, bits, rate_mhz / 1000, boot_id, following, oldest)


def samples_per_packet(mtu: int) -> int:
    """How many samples a data packet can hold on a link with this ATT MTU (23 or more), at most 255."""
    return min(255, (mtu - _NOTIFY_HEADER_BYTES - _DATA_HEADER_BYTES) // _SAMPLE_BYTES)


def sequence_step(previous: int, following: int) -> int:
    """Samples from one sequence number to another, negative when `following` is older; wraps like the counter."""
    half = SEQUENCE_MODULUS // 2
    return (following - previous + half) % SEQUENCE_MODULUS - half
