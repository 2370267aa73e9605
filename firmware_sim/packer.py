"""The sensor's small memory between its converter and its radio, and how it fills packets from it. Pure."""

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


class SampleQueue:
    """Holds up to `capacity` samples; when full the oldest is dropped, and the next packet says so.

    full_scale: |counts| from which a sample counts as saturated; period_us: nominal spacing.
    """

    def __init__(self, capacity: int, *, range_g: int, bits: int, period_us: int) -> None:
        self._samples: deque[_Sample] = deque()
        self._capacity = capacity
        self._range_g = range_g
        self._full_scale = (1 << 15) - (1 << (16 - bits))
        self._period_us = period_us
        self._dropping = False
        self._booted = True
        self.dropped = 0

    def __len__(self) -> int:
        return len(self._samples)

    def push(self, sequence: int, time_us: int, counts: Sequence[int]) -> None:
        if len(self._samples) == self._capacity:
            self._samples.popleft()
            self.dropped += 1
            self._dropping = True
        x, y, z = counts
        self._samples.append(_Sample(sequence, time_us, (x, y, z)))

    def clear(self) -> None:
        self._samples.clear()

    def pack(self, limit: int, *, battery_low: bool = False) -> wire.DataPacket | None:
        """Take the oldest evenly spaced samples, at most `limit`; None where there are none."""
        run = [self._samples.popleft() for _ in range(self._run_length(limit))]
        if not run:
            return None
        counts = np.array([sample.counts for sample in run], dtype=np.int16)
        flags = wire.Flags.BATTERY_LOW if battery_low else wire.Flags(0)
        if np.abs(counts.astype(np.int32)).max() >= self._full_scale:
            flags |= wire.Flags.SATURATED
        if self._dropping:
            flags |= wire.Flags.DROPPED
        if self._booted:
            flags |= wire.Flags.RESTARTED
        self._dropping = self._booted = False
        period_us = self._period_us
        if len(run) > 1:
            period_us = round((run[-1].time_us - run[0].time_us) / (len(run) - 1))
        return wire.DataPacket(run[0].sequence, run[0].time_us, period_us, self._range_g, flags, counts)

    def _run_length(self, limit: int) -> int:
        """How many samples from the front follow each other without a hole, evenly enough for one period."""
        ahead = min(limit, len(self._samples))
        if ahead < 2:
            return ahead
        first, second = self._samples[0], self._samples[1]
        period_us = second.time_us - first.time_us
        for index in range(1, ahead):
            sample = self._samples[index]
            uneven_us = abs(sample.time_us - first.time_us - index * period_us)
            if sample.sequence != first.sequence + index or uneven_us > _EVEN_SPACING_US:
                return index
        return ahead
