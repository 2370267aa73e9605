"""Samples into steps: runs of a whole number of samples, about `Params.step_s` long.

A step carries what integration needs and forgets the rest. Steps are counted from the stream's start (or the
last gap), never from a block's start, and every sum is taken in the order of the samples: however a stream is
cut into blocks, its steps are the same to the last bit.
"""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from sensor_hub.engine.spacing import spacing_of
from sensor_hub.model import FloatArray, Samples

COARSE_S = 0.08
"""Steps this long are single samples far apart: a stroke is a handful of them."""
RATE_SAMPLES = 8
"""The rate is read off this many first samples."""
CURVATURE_OF_WHITE_NOISE = 6.0
"""Variance of the second difference of white noise with variance one."""
LONGEST_BLOCK = 4096
"""A longer block is taken in pieces, so that memory does not grow with it."""
BEFORE = 2
"""Samples before a step that its second differences reach back to."""


@dataclass(slots=True)
class Step:
    end_s: float
    duration_s: float
    mean_mps2: tuple[float, float, float]
    """Trapezoidal mean of the specific force over the step."""
    rough_mps: float
    """Velocity that second differences (noise and impacts, not motion) would add up to if they were random."""
    blind: bool = False
    """The samples under this step are missing; its mean is only bridged."""


class Stepper:
    """Cuts blocks into steps and keeps the recent samples for the smoother."""

    def __init__(self, step_s: float, keep_s: float = 90.0) -> None:
        self._step_s = step_s
        self._keep_s = keep_s
        self._size = 0
        self._waiting = 0
        """How many of the newest samples are not in a step yet."""
        self.interval_s = 0.0
        self.history = History()

    def feed(self, block: Samples) -> Iterator[Step]:
        for i in range(0, len(block), LONGEST_BLOCK):
            self.history.append(block.time_s[i : i + LONGEST_BLOCK], block.accel_mps2[i : i + LONGEST_BLOCK])
            self._waiting += min(LONGEST_BLOCK, len(block) - i)
            if not self._size and not self._measure_rate():
                continue
            count = self._waiting // self._size
            if count:
                ready = self.history.newest(BEFORE + self._waiting)[: BEFORE + count * self._size]
                self._waiting -= count * self._size
                yield from self._cut(ready, self._size)
            self.history.trim(self._keep_s, self._waiting)

    def flush(self) -> Iterator[Step]:
        """The samples that do not fill a step, as a short one: before a gap and at the end."""
        size, self._waiting = self._waiting, 0
        if self._size and size:
            yield from self._cut(self.history.newest(BEFORE + size), size)

    def _measure_rate(self) -> bool:
        if self._waiting < RATE_SAMPLES:
            return False
        first = self.history.newest(self._waiting)[:RATE_SAMPLES, 0]
        self.interval_s = spacing_of(first)
        self._size = max(1, round(self._step_s / self.interval_s))
        self.history.lead_in(self.interval_s)
        return True

    def _cut(self, rows: FloatArray, size: int) -> Iterable[Step]:
        """(2 + n, 4) rows of time and force, n a multiple of size, into steps."""
        change = rows[1:] - rows[:-1]
        dt = change[1:, :1]
        double_area = (rows[1:-1, 1:] + rows[2:, 1:]) * dt
        curvature = (change[1:, 1:] - change[:-1, 1:]) * dt
        parts = np.concatenate([double_area, dt, curvature * curvature], axis=1).reshape(-1, size, 7)
        sums = parts[:, 0].copy()
        for j in range(1, size):
            sums += parts[:, j]
        ends = rows[BEFORE + size - 1 :: size, 0].tolist()
        if dt.max() > 1.5 * self.interval_s:
            return self._cut_around_gaps(rows, size, ends, sums.tolist())
        return map(_step, ends, *sums.T.tolist())

    def _cut_around_gaps(
        self, rows: FloatArray, size: int, ends: list[float], sums: list[list[float]]
    ) -> list[Step]:
        """A step with missing samples inside becomes one for each of its intervals."""
        steps: list[Step] = []
        for i, (end_s, row) in enumerate(zip(ends, sums, strict=True)):
            inside = rows[BEFORE + i * size - 1 : BEFORE + (i + 1) * size].tolist()
            lengths = [after[0] - before[0] for before, after in pairwise(inside)]
            if max(lengths) <= 1.5 * self.interval_s:
                steps.append(_step(end_s, *row))
                continue
            for dt, before, after in zip(lengths, inside, inside[1:], strict=False):
                x, y, z = (0.5 * (a + b) for a, b in zip(after[1:], before[1:], strict=True))
                steps.append(Step(after[0], dt, (x, y, z), 0.0, dt > 1.5 * self.interval_s))
        return steps


def _step(end_s: float, x: float, y: float, z: float, length_s: float, xx: float, yy: float, zz: float) -> Step:
    """Sums of force times twice the interval (3), of intervals, of squared curvature times interval (3)."""
    half = 0.5 / length_s
    rough = math.sqrt((xx + yy + zz) / CURVATURE_OF_WHITE_NOISE)
    return Step(end_s, length_s, (x * half, y * half, z * half), rough)


class History:
    """The newest samples as rows of time and specific force (3), for the steps and the smoother.

    In front of the first there are always two more, to which the first one's second difference reaches back.
    """

    def __init__(self) -> None:
        self._rows: FloatArray = np.empty((1024, 4))
        self._lo = self._hi = BEFORE

    def __len__(self) -> int:
        return self._hi - self._lo

    def append(self, t: FloatArray, f: FloatArray) -> None:
        end = self._hi + len(t)
        if end > len(self._rows):
            self._make_room(len(t))
            end = self._hi + len(t)
        self._rows[self._hi : end, 0] = t
        self._rows[self._hi : end, 1:] = f
        self._hi = end

    def newest(self, count: int) -> FloatArray:
        """A view of the newest (count, 4) rows."""
        return self._rows[self._hi - count : self._hi]

    def lead_in(self, interval_s: float) -> None:
        """What was before the first sample: the same force."""
        first = self._rows[self._lo]
        for k in range(1, BEFORE + 1):
            self._rows[self._lo - k] = first
            self._rows[self._lo - k, 0] -= k * interval_s

    def trim(self, keep_s: float, least: int) -> None:
        """Forget what is older than `keep_s` but for the `least` newest, a quarter late so that it is seldom done."""
        rows, lo, hi = self._rows, self._lo, self._hi
        newest_s = rows.item(hi - 1, 0)
        if hi > lo and newest_s - rows.item(lo, 0) > 1.25 * keep_s:
            self._lo = min(lo + int(np.searchsorted(rows[lo:hi, 0], newest_s - keep_s)), hi - least)

    def since(self, start_s: float, end_s: float) -> tuple[FloatArray, FloatArray]:
        """Copies of the samples in [start_s, end_s]: (n,) times and (n, 3) specific force."""
        rows = self._rows[self._lo : self._hi]
        i, j = np.searchsorted(rows[:, 0], start_s), np.searchsorted(rows[:, 0], end_s, side="right")
        return rows[i:j, 0].copy(), rows[i:j, 1:].copy()

    def _make_room(self, count: int) -> None:
        kept = self._rows[self._lo - BEFORE : self._hi]
        rows = np.empty((max(1024, len(kept) + count + len(kept) // 2), 4))
        rows[: len(kept)] = kept
        self._rows, self._lo, self._hi = rows, BEFORE, len(kept)
