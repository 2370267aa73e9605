"""Samples at the end of the sensor's range: what the sled did beyond it nobody measured.

A block says that some of its samples were; they are those at its largest value. Each may hide a velocity of
`HIDDEN_SHARE` of the range times its interval, either way. The steps they fall into carry that as roughness, so that
the filter and the smoother are as unsure of the velocity as they should be.
"""

from collections import deque
from dataclasses import replace

import numpy as np

from sensor_hub.engine.steps import Step
from sensor_hub.model import Event, Rep, Samples, Saturated

HIDDEN_SHARE = 0.8
"""Force beyond the range, as a share of it: standard uncertainty of a sample that was cut off."""
SAME_END = 0.999
"""The two ends of a converter are a count apart."""


class Saturation:
    """keep_s: how long a sample is remembered. vibration_share: as in Params, what a step's roughness is taken by."""

    def __init__(self, keep_s: float, vibration_share: float) -> None:
        self._keep_s = keep_s
        self._share = vibration_share
        self._ahead: deque[tuple[float, float]] = deque()
        """Times and sizes (m/s²) of the samples that were cut off and are in no step yet."""
        self._past: deque[tuple[float, float]] = deque()
        self._told_in = 0

    def see(self, block: Samples) -> None:
        if not block.saturated:
            return
        size = np.abs(block.accel_mps2).max(axis=1)
        cut_off = size >= SAME_END * size.max()
        self._ahead.extend(zip(block.time_s[cut_off].tolist(), size[cut_off].tolist(), strict=True))

    def judged(
        self, rep: Rep, start_s: float, end_s: float, set_number: int, at_s: float
    ) -> tuple[Rep, list[Event]]:
        """A rep over [start_s, end_s] as it may be told, and the news of it that is told once a set."""
        inside = [size for time_s, size in self._past if start_s <= time_s <= end_s]
        if not inside:
            return rep, []
        news: list[Event] = []
        if set_number != self._told_in:
            news.append(Saturated(at_s, set_number, limit_mps2=max(inside)))
        self._told_in = set_number
        known = replace(
            rep,
            bounce_cause=None,
            turn_acceleration_mps2=None,
            peak_power_w_per_kg=None,
            uncertainty={**rep.uncertainty, "turn_acceleration_mps2": None, "peak_power_w_per_kg": None},
        )
        return known, news

    def cut_off(self, start_s: float, end_s: float) -> bool:
        """Whether samples between two instants were."""
        return any(start_s <= time_s <= end_s for time_s, _ in self._past)

    def widened(self, step: Step, interval_s: float) -> Step:
        """The next step, rougher by what its saturated samples may hide. interval_s: between samples."""
        hidden = 0.0
        while self._ahead and self._ahead[0][0] <= step.end_s:
            self._past.append(self._ahead.popleft())
            hidden += HIDDEN_SHARE * self._past[-1][1] * interval_s / self._share
        while self._past and step.end_s - self._past[0][0] > self._keep_s:
            self._past.popleft()
        return replace(step, rough_mps=float(np.hypot(step.rough_mps, hidden))) if hidden else step
