"""What a sled sensor says, as bytes, and what a stream makes of it."""

import numpy as np

from sensor_hub import wire
from sensor_hub.model import Gap, Samples
from sensor_hub.sensors import Write
from sensor_hub.sensors.sled import SledStream

PERIOD_US = 10_000
NO_FLAGS = wire.Flags(0)


def packet(first: int, count: int = 4, *, time_us: int | None = None, flags: wire.Flags = NO_FLAGS) -> bytes:
    counts = np.arange(first, first + count).repeat(3).reshape(-1, 3) % 1000
    return wire.DataPacket(
        sequence=first,
        time_us=first * PERIOD_US if time_us is None else time_us,
        period_us=PERIOD_US,
        range_g=8,
        flags=flags,
        counts=counts.astype(np.int16),
    ).encode()


def state(boot_id: int, bits: int = 16, following: int = 0, oldest: int = 0) -> bytes:
    return wire.State(wire.Mode.STREAMING, 8, bits, 100.0, boot_id, following, oldest).encode()


def answer(stream: SledStream, opcode: wire.Opcode, result: wire.Result) -> list[Samples | Gap]:
    return stream.feed(wire.CONTROL_UUID, wire.Response(opcode, result).encode(), 0.0)


def resend(first: int, count: int) -> Write:
    return Write(wire.CONTROL_UUID, wire.Request(wire.Opcode.RESEND, (first, count)).encode())


def feed(stream: SledStream, *packets: bytes, arrival_s: float = 0.0) -> list[Samples | Gap]:
    return [item for data in packets for item in stream.feed(wire.DATA_UUID, data, arrival_s)]
