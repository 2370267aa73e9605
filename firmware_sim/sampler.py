"""A simulated sensor's converter in time: samples leave the source when the sensor's clock says they are due."""

import asyncio
from collections.abc import Callable, Iterator
from itertools import islice

import numpy as np

from firmware_sim.packer import SampleQueue
from firmware_sim.source import SampleSource
from sensor_hub import wire


class Sampler:
    """speed: how many seconds of the source pass in one of the loop's; memory_s: how much of the loop's time the
    sensor can hold."""

    def __init__(
        self,
        source: SampleSource,
        *,
        speed: float,
        memory_s: float,
        on_samples: Callable[[], None],
        on_finished: Callable[[str], None],
    ) -> None:
        self.source = source
        self.streaming = False
        self.next_sequence = 0
        self.finished = False
        self._speed = speed
        self._capacity = max(1, round(memory_s * source.rate_hz * speed))
        self._on_samples = on_samples
        self._on_finished = on_finished
        self._previous_s: float | None = None
        self._boot_s = 0.0
        self.queue = self._empty_queue()

    @property
    def dropped(self) -> int:
        """Samples lost to a full memory since the last boot."""
        return self.queue.dropped

    def boot(self) -> None:
        """Sequence, clock and memory start anew; the sled goes on moving."""
        self.streaming = False
        self.next_sequence = 0
        self._boot_s = self._previous_s or 0.0
        self.queue = self._empty_queue()

    async def run(self, samples_per_packet: Callable[[], int]) -> None:
        """Take every sample of the source, a packet's worth at a time; a stopped sensor keeps none of them."""
        loop = asyncio.get_running_loop()
        start_s: float | None = None
        samples = _samples(self.source)
        patience = max(1, int(wire.MAX_PACKET_AGE_S * self.source.rate_hz * self._speed))
        while batch := list(islice(samples, min(patience, samples_per_packet()))):
            if start_s is None:
                start_s = loop.time() - batch[0][0] / self._speed
            due_s = start_s + batch[-1][0] / self._speed
            await asyncio.sleep(max(0.0, due_s - loop.time()))
            for time_s, counts in batch:
                self._take(time_s, counts)
            self._on_samples()
        self.finished = True
        self._on_finished(self.source.name)

    def _take(self, time_s: float, counts: list[int]) -> None:
        if self._previous_s is not None:
            self.next_sequence += max(1, round((time_s - self._previous_s) * self.source.rate_hz)) - 1
        self._previous_s = time_s
        if self.streaming:
            self.queue.push(self.next_sequence, round((time_s - self._boot_s) * 1e6), counts)
        self.next_sequence += 1

    def _empty_queue(self) -> SampleQueue:
        return SampleQueue(
            self._capacity,
            range_g=int(self.source.range_g),
            bits=self.source.bits,
            period_us=round(1e6 / self.source.rate_hz),
        )


def _samples(source: SampleSource) -> Iterator[tuple[float, list[int]]]:
    for time_s, counts in source.blocks():
        yield from zip(np.asarray(time_s).tolist(), np.asarray(counts).tolist(), strict=True)
