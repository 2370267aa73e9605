"""The sled sensor of docs/protocol.md.

How its stream is put together:

1. A packet's sequence number is that of its first sample. Packets come out of `Reassembly` in order, each sample
   once; what is missing is asked for and waited for there. Samples given up are a Gap with their exact number, from
   the last one before it to the first one after.
2. `Timeline` dates the samples, over restarts and processes.
3. The sensor restarted when its boot id is another one, when its sequence goes back, or when the first packet of a
   connection says so. Packets in a row that are dated before the last sample are taken as those of a restart, too:
   one wrong date does not silence the stream.
4. What the sensor had measured when its state was read, and has not sent, is how far the stream is behind. The state
   is read in every new connection, after a silence and, while behind, whenever all that was known of has come.
5. A stream that begins, begins with what is measured from now on; one that goes on takes all it gets.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from sensor_hub import wire
from sensor_hub.errors import PacketError
from sensor_hub.model import STANDARD_GRAVITY_MPS2, FloatArray, Gap, GapReason, Samples
from sensor_hub.sensors.driver import Abilities, Advertisement, Query, Step, Stream, Subscribe, Write
from sensor_hub.sensors.reassembly import Reassembly
from sensor_hub.sensors.timeline import Timeline

_FULL_SCALE_COUNTS = 1 << 15
_WIRE_BITS = 16
_SILENCE_S = 1.0
_UP_TO_DATE_S = 0.5
_MISDATED = 3


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
        buffer_s=wire.RING_S,
    )

    def matches(self, advertisement: Advertisement) -> bool:
        return wire.SERVICE_UUID in advertisement.service_uuids

    def stream(self) -> "SledStream":
        return SledStream()

    def identify(self, seconds: float) -> Sequence[Step]:
        return (_request(wire.Opcode.IDENTIFY, min(255, round(seconds))),)


SLED = SledDriver()


@dataclass(frozen=True, slots=True)
class _Survey:
    """What the state said when it was read. held: samples that the sensor keeps."""

    arrival_s: float
    next_sequence: int
    held: int
    rate_hz: float


class SledStream(Stream):
    def __init__(self) -> None:
        self._boot_id: int | None = None
        self._connected_anew = True
        """No data came in this connection yet."""
        self._counts_per_step = 1
        self._timeline = Timeline()
        self._reassembly: Reassembly | None = None
        self._begun = False
        self._survey: _Survey | None = None
        self._survey_wanted = False
        self._arrival_s = 0.0
        self._gap_reason = GapReason.LOST
        """Why the samples before the next one are missing, if any are."""
        self._refusals: dict[int, str] = {}
        self._misdated = 0

    @property
    def refusal(self) -> str | None:
        return next(iter(self._refusals.values()), None)

    @property
    def idle(self) -> bool:
        return wire.Opcode.START in self._refusals

    @property
    def behind_s(self) -> float:
        if self._reassembly is None:
            return 0.0
        held_s = self._reassembly.held_samples * self._timeline.period_s
        if self._survey is None:
            return held_s
        to_come = wire.sequence_step(self._reassembly.next_number, self._survey.next_sequence)
        since_s = self._arrival_s - self._survey.arrival_s
        return max(held_s, min(to_come, self._survey.held) / self._survey.rate_hz + since_s)

    @property
    def bookmark(self) -> str | None:
        return self._timeline.bookmark

    def resume(self, bookmark: str) -> None:
        self._timeline = Timeline.resumed(bookmark)
        self._boot_id = self._timeline.boot_id
        self._reassembly = Reassembly(self._timeline.next_sequence)
        self._begun = True
        self.interrupted()

    def setup(self, rate_hz: float | None) -> Sequence[Step]:
        """The state comes before the data, which may be another boot's."""
        steps: list[Step] = [Subscribe(wire.CONTROL_UUID), Query(wire.STATE_UUID)]
        if not self._begun:
            steps.append(_request(wire.Opcode.CLEAR))
        if rate_hz is not None:
            steps.append(_request(wire.Opcode.SET_RATE, round(rate_hz * 1000)))
        return [*steps, Subscribe(wire.DATA_UUID), _request(wire.Opcode.START)]

    def requests(self) -> Sequence[Step]:
        steps: list[Step] = [Query(wire.STATE_UUID)] if self._survey_wanted else []
        self._survey_wanted = False
        missing = None if self._reassembly is None else self._reassembly.ask()
        return steps if missing is None else [*steps, _request(wire.Opcode.RESEND, *missing)]

    def revive(self) -> Sequence[Step]:
        return (Query(wire.STATE_UUID), _request(wire.Opcode.START))

    def interrupted(self) -> None:
        self._connected_anew, self._survey_wanted = True, False
        if self._reassembly is not None:
            self._reassembly.interrupted()

    def finish(self) -> list[Samples | Gap]:
        return [] if self._reassembly is None else self._settle(self._reassembly.finish())

    def feed(self, characteristic: str, data: bytes, arrival_s: float) -> list[Samples | Gap]:
        if characteristic == wire.DATA_UUID:
            return self._on_data(wire.DataPacket.decode(data), arrival_s)
        if characteristic == wire.STATE_UUID:
            return self._on_state(wire.State.decode(data), arrival_s)
        if characteristic == wire.CONTROL_UUID:
            return self._on_response(wire.Response.decode(data))
        return []

    def _on_state(self, state: wire.State, arrival_s: float) -> list[Samples | Gap]:
        items = self._restart() if self._is_another_boot(state) else []
        self._boot_id = state.boot_id
        self._counts_per_step = 1 << (_WIRE_BITS - state.bits)
        self._arrival_s = max(self._arrival_s, arrival_s)
        if self._reassembly is not None:
            held = wire.sequence_step(state.oldest_sequence, state.next_sequence)
            self._survey = _Survey(arrival_s, state.next_sequence, held, state.rate_hz)
            items += self._settle(self._reassembly.forget_before(state.oldest_sequence))
        return items

    def _on_response(self, response: wire.Response) -> list[Samples | Gap]:
        granted = response.result is wire.Result.OK
        if response.opcode == wire.Opcode.RESEND:
            return [] if self._reassembly is None else self._settle(self._reassembly.answered(granted))
        if granted:
            self._begun |= response.opcode == wire.Opcode.CLEAR
            self._refusals.pop(response.opcode, None)
        else:
            known = response.opcode in set(wire.Opcode)
            request = wire.Opcode(response.opcode).name if known else hex(response.opcode)
            reason = response.result.name.lower().replace("_", " ")
            self._refusals[response.opcode] = f"The sensor refuses {request}: {reason}."
        return []

    def _on_data(self, packet: wire.DataPacket, arrival_s: float) -> list[Samples | Gap]:
        restarted = wire.Flags.RESTARTED in packet.flags and self._connected_anew
        items = self._restart() if restarted or self._is_dated_anew(packet) else []
        self._connected_anew = False
        if self._reassembly is None:
            self._reassembly, self._begun = Reassembly(packet.sequence), True
        self._survey_wanted |= arrival_s - self._arrival_s > _SILENCE_S
        self._arrival_s = arrival_s
        items += self._settle(self._reassembly.add(packet, arrival_s))
        self._judge_progress(self._reassembly)
        return items

    def _is_dated_anew(self, packet: wire.DataPacket) -> bool:
        """Dates that cannot be are refused, with PacketError. Several in a row are right, though: then it was the one
        before them that was wrong."""
        try:
            self._timeline.check(packet)
        except PacketError:
            self._misdated += 1
            if self._misdated < _MISDATED:
                raise
        anew, self._misdated = self._misdated >= _MISDATED, 0
        return anew

    def _is_another_boot(self, state: wire.State) -> bool:
        """A sensor that happens to draw the same boot id again begins its sequence again all the same. While data
        comes, some may overtake the state."""
        known = self._reassembly if self._connected_anew else None
        goes_back = known is not None and wire.sequence_step(known.next_number, state.next_sequence) < 0
        return goes_back or self._boot_id not in (None, state.boot_id)

    def _restart(self) -> list[Samples | Gap]:
        items = self.finish()
        self._reassembly = self._survey = None
        self._timeline.restarted()
        return items

    def _judge_progress(self, reassembly: Reassembly) -> None:
        if self._survey is None or wire.sequence_step(reassembly.next_number, self._survey.next_sequence) > 0:
            return
        if self.behind_s < _UP_TO_DATE_S:
            self._survey = None
        else:
            self._survey_wanted = True

    def _settle(self, items: Iterable[wire.DataPacket | GapReason]) -> list[Samples | Gap]:
        """A packet that proves misdated only now, beside the one before it, is as if it had not come."""
        settled: list[Samples | Gap] = []
        for item in items:
            if isinstance(item, GapReason):
                self._gap_reason = item
                continue
            try:
                gap, time_s = self._timeline.add(item, self._arrival_s, self._boot_id, self._gap_reason)
            except PacketError:
                continue
            settled += [self._samples(item, time_s)] if gap is None else [gap, self._samples(item, time_s)]
            self._gap_reason = GapReason.LOST
        return settled

    def _samples(self, packet: wire.DataPacket, time_s: FloatArray) -> Samples:
        mps2_per_count = packet.range_g * STANDARD_GRAVITY_MPS2 / _FULL_SCALE_COUNTS
        return Samples(
            time_s=time_s,
            accel_mps2=packet.counts.astype(np.float64) * mps2_per_count,
            resolution_mps2=mps2_per_count * self._counts_per_step,
            saturated=wire.Flags.SATURATED in packet.flags,
        )


def _request(opcode: wire.Opcode, *parameters: int) -> Write:
    return Write(wire.CONTROL_UUID, wire.Request(opcode, parameters).encode())
