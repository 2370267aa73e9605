"""Samples into steps: runs of a whole number of samples, about `Params.step_s` long.

A step carries what integration needs and forgets the rest. Steps are counted from the stream's start (or the
last gap), never from a block's start, and every sum is taken in the order of the samples: however a stream is
cut into blocks, its steps are the same to the last bit.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from sensor_hub.model import FloatArray, Samples

RATE_SAMPLES = 8
"""The rate is read off this many first samples."""
CURVATURE_OF_WHITE_NOISE = 6.0
"""Variance of the second difference of white noise with variance one."""


@dataclass(frozen=True, slots=True)
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
        self._waiting_t: FloatArray = np.empty(0)
        self._waiting_f: FloatArray = np.empty((0, 3))
        self._edge_t: FloatArray = np.empty(0)
        self._edge_f: FloatArray = np.empty((0, 3))
        self.interval_s = 0.0
        self.history = History()

    def feed(self, block: Samples) -> Iterator[Step]:
        t = np.concatenate([self._waiting_t, block.time_s])
        f = np.concatenate([self._waiting_f, block.accel_mps2])
        self._waiting_t, self._waiting_f = t, f
        if not self._size and not self._measure_rate():
            return
        self.history.append(block.time_s if len(self.history) else t, block.accel_mps2 if len(self.history) else f)
        count = len(t) // self._size
        if count:
            self._waiting_t, self._waiting_f = t[count * self._size :], f[count * self._size :]
            yield from self._cut(t[: count * self._size], f[: count * self._size], self._size)
        self.history.trim(self._keep_s)

    def flush(self) -> Iterator[Step]:
        """The samples that do not fill a step, as a short one: before a gap and at the end."""
        t, f = self._waiting_t, self._waiting_f
        self._waiting_t, self._waiting_f = t[:0], f[:0]
        if self._size and len(t):
            yield from self._cut(t, f, len(t))

    def _measure_rate(self) -> bool:
        if len(self._waiting_t) < RATE_SAMPLES:
            return False
        self.interval_s = float(np.median(np.diff(self._waiting_t[:RATE_SAMPLES])))
        self._size = max(1, round(self._step_s / self.interval_s))
        return True

    def _cut(self, t: FloatArray, f: FloatArray, size: int) -> Iterator[Step]:
        if not len(self._edge_t):
            lead = t[0] - self.interval_s * np.array([2.0, 1.0])
            self._edge_t, self._edge_f = lead, np.stack([f[0], f[0]])
        tt, ff = np.concatenate([self._edge_t, t]), np.concatenate([self._edge_f, f])
        self._edge_t, self._edge_f = tt[-2:], ff[-2:]
        dt = np.diff(tt)[1:].reshape(-1, size)
        trapezoid = (0.5 * (ff[1:-1] + ff[2:])).reshape(-1, size, 3)
        curvature = (ff[2:] - 2 * ff[1:-1] + ff[:-2]).reshape(-1, size, 3)
        area = np.zeros((len(dt), 3))
        rough = np.zeros(len(dt))
        length = np.zeros(len(dt))
        for j in range(size):
            area += trapezoid[:, j] * dt[:, j, None]
            length += dt[:, j]
            c = curvature[:, j]
            rough += (c[:, 0] ** 2 + c[:, 1] ** 2 + c[:, 2] ** 2) * dt[:, j] ** 2 / CURVATURE_OF_WHITE_NOISE
        ends = t.reshape(-1, size)[:, -1]
        mean = area / length[:, None]
        blind_s = 1.5 * self.interval_s
        for i in range(len(dt)):
            if dt[i].max() > blind_s:
                yield from self._around_gap(tt, ff, i * size, size)
                continue
            m = mean[i]
            yield Step(
                float(ends[i]),
                float(length[i]),
                (float(m[0]), float(m[1]), float(m[2])),
                float(rough[i]) ** 0.5,
            )

    def _around_gap(self, tt: FloatArray, ff: FloatArray, start: int, size: int) -> Iterator[Step]:
        """A step with missing samples inside, one interval at a time."""
        for k in range(start + 2, start + 2 + size):
            dt = float(tt[k] - tt[k - 1])
            m = 0.5 * (ff[k] + ff[k - 1])
            blind = dt > 1.5 * self.interval_s
            yield Step(float(tt[k]), dt, (float(m[0]), float(m[1]), float(m[2])), 0.0, blind=blind)


class History:
    """The newest samples, for the smoother: (n,) times and (n, 3) specific force."""

    def __init__(self) -> None:
        self._t: FloatArray = np.empty(4096)
        self._f: FloatArray = np.empty((4096, 3))
        self._lo = self._hi = 0

    def __len__(self) -> int:
        return self._hi - self._lo

    def append(self, t: FloatArray, f: FloatArray) -> None:
        n = len(t)
        if self._hi + n > len(self._t):
            self._make_room(n)
        self._t[self._hi : self._hi + n] = t
        self._f[self._hi : self._hi + n] = f
        self._hi += n

    def trim(self, keep_s: float) -> None:
        """Forget what is older than `keep_s`, a quarter late so that it is seldom done."""
        if self._hi > self._lo and self._t[self._hi - 1] - self._t[self._lo] > 1.25 * keep_s:
            self._lo += int(np.searchsorted(self._t[self._lo : self._hi], self._t[self._hi - 1] - keep_s))

    def since(self, start_s: float, end_s: float) -> tuple[FloatArray, FloatArray]:
        """Copies of the samples in [start_s, end_s]."""
        t = self._t[self._lo : self._hi]
        i, j = np.searchsorted(t, start_s), np.searchsorted(t, end_s, side="right")
        return t[i:j].copy(), self._f[self._lo : self._hi][i:j].copy()

    def _make_room(self, n: int) -> None:
        kept = len(self)
        size = max(4096, 2 * (kept + n))
        t, f = np.empty(size), np.empty((size, 3))
        t[:kept], f[:kept] = self._t[self._lo : self._hi], self._f[self._lo : self._hi]
        self._t, self._f, self._lo, self._hi = t, f, 0, kept
