"""Whether a sensor rests: over `rest_window_s` the step means of the specific force stay together on each axis."""

from collections import deque

from sensor_hub.engine.params import Params
from sensor_hub.engine.steps import Step
from sensor_hub.engine.vectors import Vector

LEAST_STEPS = 6
"""A rest is read off at least so many steps, however long they are."""


class RestDetector:
    """Whether the last `rest_window_s` were rest, and their mean."""

    def __init__(self, params: Params) -> None:
        self._p = params
        self._durations: deque[float] = deque()
        self._axes: tuple[deque[float], deque[float], deque[float]] = (deque(), deque(), deque())
        self._length_s = 0.0
        self._sums: Vector = (0.0, 0.0, 0.0)
        self._middle: Vector = (0.0, 0.0, 0.0)
        self._near = 0
        """How many of the newest means are known to lie within half a swing of the middle."""

    def advance(self, step: Step) -> Vector | None:
        """Mean specific force of the window when it was all rest."""
        durations, (xs, ys, zs) = self._durations, self._axes
        if step.blind:
            for values in (durations, xs, ys, zs):
                values.clear()
            self._length_s, self._sums = 0.0, (0.0, 0.0, 0.0)
            return None
        x, y, z = step.mean_mps2
        sum_x, sum_y, sum_z = self._sums
        sum_x, sum_y, sum_z = sum_x + x, sum_y + y, sum_z + z
        durations.append(step.duration_s)
        xs.append(x)
        ys.append(y)
        zs.append(z)
        self._length_s += step.duration_s
        n = len(durations)
        window_s = self._p.rest_window_s
        while n > LEAST_STEPS and self._length_s - durations[0] >= window_s:
            self._length_s -= durations.popleft()
            sum_x, sum_y, sum_z = sum_x - xs.popleft(), sum_y - ys.popleft(), sum_z - zs.popleft()
            n -= 1
        self._sums = sum_x, sum_y, sum_z
        if self._length_s < 0.9 * window_s or n < LEAST_STEPS or not self._even(x, y, z, n):
            return None
        return (sum_x / n, sum_y / n, sum_z / n)

    def _even(self, x: float, y: float, z: float, n: int) -> bool:
        """Whether the means stay together. The window is gone through only where the newest does not tell."""
        half = 0.5 * self._p.rest_swing_mps2
        a, b, c = self._middle
        near = -half <= x - a <= half and -half <= y - b <= half and -half <= z - c <= half
        self._near = self._near + 1 if near else 0
        if self._near >= n:
            return True
        middle = []
        for values in self._axes:
            if abs(values[-1] - values[0]) > 2 * half:
                return False
            low, high = min(values), max(values)
            if high - low > 2 * half:
                return False
            middle.append(0.5 * (low + high))
        self._middle, self._near = (middle[0], middle[1], middle[2]), n
        return True
