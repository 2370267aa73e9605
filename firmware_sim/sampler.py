"""A simulated sensor's converter in time: samples leave the source when the sensor's clock says they are due."""

import asyncio
from collections.abc import Callable, Iterator
from itertools import islice

import numpy as np

from firmware_sim.source import SampleSource


class Sampler:
    """speed: how many seconds of the source pass in one of the loop's. on_sample: number, device time in µs since
    the boot, counts, for every sample while streaming; on_batch: after each packet's worth of them."""

    def __init__(
        self,
        source: SampleSource,
        *,
        speed: float,
        on_sample: Callable[[int, int, list[int]], None],
        on_batch: Callable[[], None],
        on_end: Callable[[], None],
    ) -> None:
        self.streaming = False
        self.next_sequence = 0
        self.finished = False
        self._source = source
        self._speed = speed
        self._on_sample = on_sample
        self._on_batch = on_batch
        self._on_end = on_end
        self._previous_s: float | None = None
        self._boot_s = 0.0

    def boot(self) -> None:
        """Sequence and clock start anew; the sled goes on moving."""
        self.streaming = False
        self.next_sequence = 0
        self._boot_s = self._previous_s or 0.0

    async def run(self, samples_per_packet: Callable[[], int]) -> None:
        """Take every sample of the source, a packet's worth at a time; a stopped sensor keeps none of them."""
        loop = asyncio.get_running_loop()
        start_s: float | None = None
        samples = _samples(self._source)
        while batch := list(islice(samples, samples_per_packet())):
            if start_s is None:
                start_s = loop.time() - batch[0][0] / self._speed
            due_s = start_s + batch[-1][0] / self._speed
            await asyncio.sleep(max(0.0, due_s - loop.time()))
            for time_s, counts in batch:
                self._take(time_s, counts)
            self._on_batch()
        self.finished = True
        self._on_end()

    def _take(self, time_s: float, counts: list[int]) -> None:
        if self._previous_s is not None:
            self.next_sequence += max(1, round((time_s - self._previous_s) * self._source.rate_hz)) - 1
        self._previous_s = time_s
        if self.streaming:
            self._on_sample(self.next_sequence, round((time_s - self._boot_s) * 1e6), counts)
        self.next_sequence += 1


def _samples(source: SampleSource) -> Iterator[tuple[float, list[int]]]:
    for time_s, counts in source.blocks():
        yield from zip(np.asarray(time_s).tolist(), np.asarray(counts).tolist(), strict=True)
