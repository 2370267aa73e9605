"""The sled sensor of docs/protocol.md.

How its stream is put together:

1. A packet's sequence number is that of its first sample; the next one expected is known. A hole is a Gap with the
   exact number of missing samples, from the last one before it to the first one after. What was seen before is
   dropped, and a packet that overlaps is cut.
2. Time is the device's own; it wraps after 12 days and is unwrapped here.
3. The sensor restarted when its boot id changed or a packet says so. Sequence and time start again: an offset puts
   the first new sample where its arrival says it belongs, so that time goes on rising.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sensor_hub import wire
from sensor_hub.errors import PacketError
from sensor_hub.model import STANDARD_GRAVITY_MPS2, Gap, GapReason, Samples
from sensor_hub.sensors.driver import Abilities, Advertisement, Query, Step, Stream, Subscribe, Write

_FULL_SCALE_COUNTS = 1 << 15
_WIRE_BITS = 16


class SledDriver:
    family = "sled"
    models = ("sled sensor",)
    service_uuids = (wire.SERVICE_UUID,)
    abilities = Abilities(
        rates_hz=(12.5, 26.0, 50.0, 100.0, 200.0, 400.0),
        usual_rate_hz=100.0,
        range_g=8.0,
        device_time=True,
        sequence=True,
        battery=True,
        identify=True,
        bonds=True,
    )

    def matches(self, advertisement: Advertisement) -> bool:
        return wire.SERVICE_UUID in advertisement.service_uuids

    def stream(self) -> "SledStream":
        return SledStream()

    def identify(self, seconds: float) -> Sequence[Step]:
        return (_request(wire.Opcode.IDENTIFY, min(255, round(seconds))),)


SLED = SledDriver()


@dataclass(slots=True)
class _Position:
    """Where the stream is: the next sample's number, the last sample's device time and when it arrived."""

    next_sequence: int
    raw_us: int
    last_s: float
    period_s: float
    arrival_s: float


class SledStream(Stream):
    def __init__(self) -> None:
        self._boot_id: int | None = None
        self._counts_per_step = 1
        self._position: _Position | None = None
        self._offset_s = 0.0
        self._gap_reason = GapReason.LOST
        self._restarted = False
        self._refusals: dict[int, str] = {}

    @property
    def refusal(self) -> str | None:
        return next(iter(self._refusals.values()), None)

    @property
    def idle(self) -> bool:
        return wire.Opcode.START in self._refusals

    def setup(self, rate_hz: float | None) -> Sequence[Step]:
        steps: list[Step] = [Subscribe(wire.CONTROL_UUID), Subscribe(wire.DATA_UUID), Query(wire.STATE_UUID)]
        if rate_hz is not None:
            steps.append(_request(wire.Opcode.SET_RATE, round(rate_hz * 1000)))
        steps.append(_request(wire.Opcode.START))
        return steps

    def revive(self) -> Sequence[Step]:
        return (Query(wire.STATE_UUID), _request(wire.Opcode.START))

    def interrupted(self) -> None:
        self._gap_reason = GapReason.DISCONNECTED

    def feed(self, characteristic: str, data: bytes, arrival_s: float) -> list[Samples | Gap]:
        if characteristic == wire.DATA_UUID:
            return self._on_data(wire.DataPacket.decode(data), arrival_s)
        if characteristic == wire.STATE_UUID:
            self._on_state(wire.State.decode(data))
        elif characteristic == wire.CONTROL_UUID:
            self._on_response(wire.Response.decode(data))
        return []

    def _on_state(self, state: wire.State) -> None:
        if self._boot_id is not None and state.boot_id != self._boot_id:
            self._restarted = True
        self._boot_id = state.boot_id
        self._counts_per_step = 1 << (_WIRE_BITS - state.bits)

    def _on_response(self, response: wire.Response) -> None:
        if response.result is wire.Result.OK:
            self._refusals.pop(response.opcode, None)
            return
        request = (
            wire.Opcode(response.opcode).name if response.opcode in set(wire.Opcode) else hex(response.opcode)
        )
        reason = response.result.name.lower().replace("_", " ")
        self._refusals[response.opcode] = f"The sensor refuses {request}: {reason}."

    def _on_data(self, packet: wire.DataPacket, arrival_s: float) -> list[Samples | Gap]:
        position = self._position
        if position is None:
            return [self._accept(packet, arrival_s, packet.time_us)]
        if self._restarted or wire.Flags.RESTARTED in packet.flags:
            return self._restart(position, packet, arrival_s)
        ahead = wire.sequence_step(position.next_sequence, packet.sequence)
        if ahead < 0:
            trimmed = _without_first(packet, -ahead)
            if trimmed is None:
                return []
            packet, ahead = trimmed, 0
        later_us = (packet.time_us - position.raw_us) % wire.TIME_MODULUS_US
        if not 0 < later_us < wire.TIME_MODULUS_US // 2:
            raise PacketError(f"Sample {packet.sequence} is not dated after the one before it.")
        reason = self._gap_reason
        samples = self._accept(packet, arrival_s, position.raw_us + later_us)
        if ahead == 0:
            return [samples]
        gap = Gap(position.last_s, float(samples.time_s[0]), ahead, reason)
        return [gap, samples]

    def _restart(self, position: _Position, packet: wire.DataPacket, arrival_s: float) -> list[Samples | Gap]:
        elapsed_s = max(arrival_s - position.arrival_s, 2 * position.period_s)
        span_s = (len(packet.counts) - 1) * packet.period_us / 1e6
        first_s = max(position.last_s + elapsed_s - span_s, position.last_s + 2 * position.period_s)
        self._offset_s = first_s - packet.time_us / 1e6
        gap = Gap(position.last_s, first_s, None, GapReason.RESTARTED)
        return [gap, self._accept(packet, arrival_s, packet.time_us)]

    def _accept(self, packet: wire.DataPacket, arrival_s: float, raw_us: int) -> Samples:
        count = len(packet.counts)
        time_s = (raw_us + np.arange(count) * packet.period_us) / 1e6 + self._offset_s
        mps2_per_count = packet.range_g * STANDARD_GRAVITY_MPS2 / _FULL_SCALE_COUNTS
        self._position = _Position(
            next_sequence=(packet.sequence + count) % wire.SEQUENCE_MODULUS,
            raw_us=raw_us + (count - 1) * packet.period_us,
            last_s=float(time_s[-1]),
            period_s=packet.period_us / 1e6,
            arrival_s=arrival_s,
        )
        self._restarted = False
        self._gap_reason = GapReason.LOST
        return Samples(
            time_s=time_s,
            accel_mps2=packet.counts.astype(np.float64) * mps2_per_count,
            resolution_mps2=mps2_per_count * self._counts_per_step,
            saturated=wire.Flags.SATURATED in packet.flags,
        )


def _request(opcode: wire.Opcode, *parameters: int) -> Write:
    return Write(wire.CONTROL_UUID, wire.Request(opcode, parameters).encode())


def _without_first(packet: wire.DataPacket, known: int) -> wire.DataPacket | None:
    """The packet without its first `known` samples, None where nothing is left."""
    if known >= len(packet.counts):
        return None
    return wire.DataPacket(
        sequence=(packet.sequence + known) % wire.SEQUENCE_MODULUS,
        time_us=(packet.time_us + known * packet.period_us) % wire.TIME_MODULUS_US,
        period_us=packet.period_us,
        range_g=packet.range_g,
        flags=packet.flags,
        counts=packet.counts[known:],
    )
