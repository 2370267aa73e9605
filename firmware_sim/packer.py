"""The sensor's ring buffer between its converter and its radio, and how it fills packets from it. Pure.

Samples count from 0 since the boot by their place in the ring, which has no holes; their sequence numbers may have.
"""

from bisect import bisect_left
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sensor_hub import wire

_EVEN_SPACING_US = 100


@dataclass(frozen=True, slots=True)
class _Sample:
    sequence: int
    time_us: int
    counts: tuple[int, int, int]


class SampleRing:
    """Keeps the newest `capacity` samples, sent or not, and knows which were not sent yet.

    full_scale: |counts| from which a sample counts as saturated; period_us: nominal spacing.
    """

    def __init__(self, capacity: int, *, range_g: int, bits: int, period_us: int) -> None:
        self.dropped = 0
        """Samples that were overwritten before they were sent."""
        self._samples: list[_Sample] = []
        self._capacity = capacity
        self._range_g = range_g
        self._full_scale = (1 << 15) - (1 << (16 - bits))
        self._period_us = period_us
        self._end = 0
        self._unsent = 0
        self._asked: deque[range] = deque(maxlen=wire.RESEND_RANGES)
        self._dropping = False
        self._booted = True

    @property
    def oldest_sequence(self) -> int | None:
        """None while it is empty."""
        return self._at(self._oldest).sequence if self._end else None

    def push(self, sequence: int, time_us: int, counts: Sequence[int]) -> None:
        x, y, z = counts
        sample = _Sample(sequence, time_us, (x, y, z))
        if self._end < self._capacity:
            self._samples.append(sample)
        else:
            self._samples[self._end % self._capacity] = sample
        self._end += 1
        if self._unsent < self._oldest:
            self._unsent += 1
            self.dropped += 1
            self._dropping = True

    def resend(self, first: int, count: int) -> bool:
        """Samples first to first + count - 1, modulo 2³², go out before the others; False where none is held."""
        if not self._end:
            return False
        newest = self._at(self._end - 1).sequence
        first = newest + wire.sequence_step(newest, first)
        asked = range(self._place(first), self._place(first + count))
        if asked:
            self._asked.append(asked)
        return bool(asked)

    def forget_requests(self) -> None:
        self._asked.clear()

    def clear(self) -> None:
        """Nothing waits to be sent any more; what is held can still be asked for."""
        self._unsent = self._end
        self._asked.clear()

    def pack(self, limit: int, *, battery_low: bool = False) -> wire.DataPacket | None:
        """Take at most `limit` consecutive, evenly spaced samples: asked for, or else unsent, oldest first."""
        asked = self._take_asked(limit)
        taken = asked or self._run(self._unsent, min(self._end, self._unsent + limit))
        if not taken:
            return None
        flags = wire.Flags.BATTERY_LOW if battery_low else wire.Flags(0)
        if asked:
            flags |= wire.Flags.RESENT
        else:
            self._unsent = taken.stop
            flags |= wire.Flags.DROPPED if self._dropping else wire.Flags(0)
            flags |= wire.Flags.RESTARTED if self._booted else wire.Flags(0)
            self._dropping = self._booted = False
        return self._packet([self._at(place) for place in taken], flags)

    @property
    def _oldest(self) -> int:
        return max(0, self._end - self._capacity)

    def _at(self, place: int) -> _Sample:
        return self._samples[place % self._capacity]

    def _place(self, sequence: int) -> int:
        """Of the first sample held that has this number or a later one."""
        held = range(self._oldest, self._end)
        return held.start + bisect_left(held, sequence, key=lambda place: self._at(place).sequence)

    def _take_asked(self, limit: int) -> range:
        while self._asked:
            asked = self._asked.popleft()
            start = max(asked.start, self._oldest)
            if start < asked.stop:
                taken = self._run(start, min(asked.stop, start + limit))
                if taken.stop < asked.stop:
                    self._asked.appendleft(range(taken.stop, asked.stop))
                return taken
        return range(0)

    def _run(self, start: int, stop: int) -> range:
        """As many places from the start as follow each other without a hole, evenly enough for one period."""
        if stop - start < 2:
            return range(start, stop)
        first, second = self._at(start), self._at(start + 1)
        period_us = second.time_us - first.time_us
        for ahead in range(1, stop - start):
            sample = self._at(start + ahead)
            uneven_us = abs(sample.time_us - first.time_us - ahead * period_us)
            if sample.sequence != first.sequence + ahead or uneven_us > _EVEN_SPACING_US:
                return range(start, start + ahead)
        return range(start, stop)

    def _packet(self, run: list[_Sample], flags: wire.Flags) -> wire.DataPacket:
        counts = np.array([sample.counts for sample in run], dtype=np.int16)
        if np.abs(counts.astype(np.int32)).max() >= self._full_scale:
            flags |= wire.Flags.SATURATED
        period_us = self._period_us
        if len(run) > 1:
            period_us = round((run[-1].time_us - run[0].time_us) / (len(run) - 1))
        return wire.DataPacket(run[0].sequence, run[0].time_us, period_us, self._range_g, flags, counts)
