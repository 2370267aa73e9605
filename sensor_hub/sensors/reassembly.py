"""Packets in the order of their samples, each sample once, whatever was lost, resent or overtaken on the way.

1. Samples have numbers: sequence numbers that do not wrap. A packet beyond the newest one known leaves a hole. A leap
   over more than `LEAP_SAMPLES` needs a second packet to be believed.
2. What falls into a hole makes it smaller; what is known already is dropped. Packets are cut to what is new.
3. A packet is handed out when nothing is missing before it; until then it is held.
4. A hole is asked for, one request at a time, together with those close behind it. It is asked for again in a new
   connection, when what was asked for later comes (a sensor serves requests in order, so the answer was lost), or
   after `ASK_AGAIN_S` without progress.
5. A hole is given up when the sensor refuses it or holds it no longer, after `PATIENCE_S` without progress while
   other data came, or when more is held than `HELD_SAMPLES`, or in more pieces than `HOLES`. Silence is nobody's
   fault and does not count.
"""

from bisect import bisect_right
from dataclasses import dataclass, replace

from sensor_hub import wire
from sensor_hub.model import GapReason

ASK_AGAIN_S = 0.5
PATIENCE_S = 2.0
HELD_SAMPLES = 1 << 15
"""More than a minute at 400 Hz."""
HOLES = 1 << 10
LEAP_SAMPLES = 1 << 10
_SILENCE_S = 0.25
"""Of the time between two packets no more than this counts as time in which data came."""
_CLOSE_SAMPLES = 32
"""So few known samples between two holes come along for nothing."""
_NEVER = -1

Handed = wire.DataPacket | GapReason


@dataclass(slots=True)
class _Hole:
    """Samples start to stop - 1. request: number of the request that was for it, `_NEVER` before."""

    start: int
    stop: int
    reason: GapReason
    noticed_s: float
    request: int = _NEVER
    refused: bool = False


class Reassembly:
    """Begins at a sample's number. Instants are seconds in which data came.

    `next_number` is the first sample that was neither handed out nor given up, `held_samples` is how many wait.
    """

    def __init__(self, first_number: int) -> None:
        self.next_number = first_number
        self._end = first_number
        """One past the newest sample known."""
        self._gone = first_number
        """Samples before this one are not to be had any more."""
        self._leap: wire.DataPacket | None = None
        """A packet that nobody has confirmed yet."""
        self._holes: list[_Hole] = []
        self._held: dict[int, wire.DataPacket] = {}
        self.held_samples = 0
        self._reason = GapReason.LOST
        self._arrival_s: float | None = None
        self._now_s = 0.0
        self._progress_s = 0.0
        self._requests = 0
        self._asked_s = 0.0
        """When the last request was made."""
        self._unanswered = False
        self._served = (_NEVER, 0)
        """Request and sample of what came last on request."""

    def add(self, packet: wire.DataPacket, arrival_s: float) -> list[Handed]:
        """What can be handed out now, in order; a reason stands where samples are given up."""
        if self._arrival_s is not None:
            self._now_s += min(max(0.0, arrival_s - self._arrival_s), _SILENCE_S)
        self._arrival_s = arrival_s
        if self._is_believed(packet):
            self._take(packet)
        return self._hand_out()

    def ask(self) -> tuple[int, int] | None:
        """First sequence and number of the samples that are to be asked for now."""
        if self._unanswered and self._now_s - self._asked_s < ASK_AGAIN_S:
            return None
        holes = iter(self._holes)
        first = next((hole for hole in holes if self._due(hole)), None)
        if first is None:
            return None
        stop = first.stop
        first.request = self._requests
        for hole in holes:
            if hole.start - stop > _CLOSE_SAMPLES:
                break
            hole.request, stop = self._requests, hole.stop
        self._requests += 1
        self._asked_s, self._unanswered = self._now_s, True
        return first.start % wire.SEQUENCE_MODULUS, stop - first.start

    def answered(self, granted: bool) -> list[Handed]:
        """The sensor's answer to the last request."""
        if self._unanswered and not granted:
            for hole in self._holes:
                hole.refused |= hole.request == self._requests - 1
        self._unanswered = False
        return self._hand_out()

    def forget_before(self, sequence: int) -> list[Handed]:
        """The sensor holds nothing older than this sample."""
        self._gone = max(self._gone, self._number(sequence))
        return self._hand_out()

    def finish(self) -> list[Handed]:
        """Everything that is held; nobody waits for what is missing."""
        if self._leap is not None:
            self._take(self._leap)
        self._gone = self._end
        return self._hand_out()

    def interrupted(self) -> None:
        """The sensor has forgotten what it was asked for; what is missing next is missing for that reason."""
        self._reason = GapReason.DISCONNECTED
        self._arrival_s, self._unanswered = None, False
        self._progress_s = self._now_s
        for hole in self._holes:
            hole.request = _NEVER

    def _number(self, sequence: int) -> int:
        return self.next_number + wire.sequence_step(self.next_number, sequence)

    def _is_believed(self, packet: wire.DataPacket) -> bool:
        leap, self._leap = self._leap, None
        if self._number(packet.sequence) - self._end <= LEAP_SAMPLES:
            return True
        if leap is None or not 0 < wire.sequence_step(leap.sequence, packet.sequence) <= LEAP_SAMPLES:
            self._leap = packet
            return False
        self._take(leap)
        return True

    def _take(self, packet: wire.DataPacket) -> None:
        first = self._number(packet.sequence)
        if wire.Flags.DROPPED in packet.flags:
            self._gone = max(self._gone, first)
        self._fill_holes(packet, first)
        self._extend(packet, first)
        self._leap = None

    def _due(self, hole: _Hole) -> bool:
        if hole.refused:
            return False
        if hole.request == _NEVER or (hole.request, hole.start) < self._served:
            return True
        return self._now_s - max(self._asked_s, self._progress_s) >= ASK_AGAIN_S

    def _fill_holes(self, packet: wire.DataPacket, first: int) -> None:
        stop = first + len(packet.counts)
        index = bisect_right(self._holes, first, key=lambda hole: hole.stop)
        while index < len(self._holes) and (hole := self._holes[index]).start < stop:
            start, end = max(first, hole.start), min(stop, hole.stop)
            self._hold(packet, first, start, end)
            left = [replace(hole, stop=start)] if hole.start < start else []
            right = [replace(hole, start=end, noticed_s=self._now_s)] if end < hole.stop else []
            self._holes[index : index + 1] = left + right
            if wire.Flags.RESENT in packet.flags:
                self._progress_s, self._served = self._now_s, (hole.request, start)
            index += len(left) + len(right)

    def _extend(self, packet: wire.DataPacket, first: int) -> None:
        stop = first + len(packet.counts)
        if stop <= self._end:
            return
        if first > self._end:
            self._holes.append(_Hole(self._end, first, self._reason, self._now_s))
        self._reason = GapReason.LOST
        self._hold(packet, first, max(first, self._end), stop)
        self._end = stop

    def _hold(self, packet: wire.DataPacket, first: int, start: int, stop: int) -> None:
        self._held[start] = packet.part(start - first, stop - first)
        self.held_samples += stop - start

    def _hand_out(self) -> list[Handed]:
        items: list[Handed] = []
        while True:
            packet = self._held.pop(self.next_number, None)
            if packet is not None:
                items.append(packet)
                self.next_number += len(packet.counts)
                self.held_samples -= len(packet.counts)
            elif self._holes and (stop := self._given_up(self._holes[0])) > self.next_number:
                items.append(self._holes[0].reason)
                self._holes[0].start = self.next_number = stop
                if stop == self._holes[0].stop:
                    del self._holes[0]
            else:
                return items

    def _given_up(self, hole: _Hole) -> int:
        """The first sample of the hole that is still waited for; its end where none is."""
        waited_s = self._now_s - max(hole.noticed_s, self._progress_s)
        if hole.refused or waited_s >= PATIENCE_S:
            return hole.stop
        if self.held_samples > HELD_SAMPLES or len(self._holes) > HOLES:
            return hole.stop
        return min(hole.stop, self._gone)
