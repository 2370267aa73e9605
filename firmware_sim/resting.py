"""A sensor that goes on sending after its performance is over, while the sled rests on its stops."""

from collections.abc import Callable, Iterator

import numpy as np

from firmware_sim.chip import Counts
from firmware_sim.performance import Performance
from sensor_hub.model import FloatArray

_BLOCK = 16
_LOOK_BACK_S = 0.5


class RestingAfter:
    """The performance, then rest for ever; `on_over` is told the sensor's name when the performance is over.

    All samples are computed here and now, so that a radio that asks for the first one is not kept waiting.
    """

    def __init__(self, performance: Performance, seed: int, on_over: Callable[[str], None]) -> None:
        self.name = performance.name
        self.rate_hz = performance.rate_hz
        self.range_g = performance.range_g
        self.bits = performance.bits
        self._performance, self._seed, self._on_over = performance, seed, on_over
        self._time_s, self._counts = performance.samples

    def blocks(self) -> Iterator[tuple[FloatArray, Counts]]:
        """Device times (n,) in seconds from 0 and counts (n, 3), without end."""
        yield from self._performance.blocks()
        self._on_over(self.name)
        yield from self._rest()

    def _rest(self) -> Iterator[tuple[FloatArray, Counts]]:
        time_s, counts = self._time_s, self._counts
        chip = self._performance.chip
        rng = np.random.default_rng([self._seed, len(time_s)])
        mean_mps2 = counts[time_s > time_s[-1] - _LOOK_BACK_S].mean(axis=0) * chip.count_mps2
        step_s = chip.clock_rate / chip.true_rate_hz
        last_s = float(time_s[-1])
        while True:
            block_s = np.asarray(last_s + step_s * np.arange(1, _BLOCK + 1), dtype=np.float64)
            yield block_s, chip.quantised(mean_mps2 + rng.normal(0.0, chip.noise_mps2, (_BLOCK, 3)))
            last_s = float(block_s[-1])
