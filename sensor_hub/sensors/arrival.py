"""When samples were taken that nobody dated: from how many there were and when they arrived.

A sensor samples evenly, at a rate that is only roughly known. Its samples arrive in bursts, each late by an unknown,
never negative delay. Nothing numbers them, so a loss shows only as samples that never catch up.

1. `WARM_UP_S` of samples are held back until the rate can be told; the first `STALE_S` of a connection are left out,
   since some sensors begin with what they had kept from before it.
2. Of every `WINDOW_S` the least delayed burst is kept, `WINDOWS` windows back. The line under them (envelope.py)
   tells the period and the phase. While they span little, the nominal rate counts too, or the one known from before;
   not where it is plainly wrong.
3. A time that was given stays. The next ones are evenly spaced, by the period and a share of what the phase is off.
4. A burst later than the radio explains is held back. If those after it catch up, nothing was lost. If they stop
   catching up, the difference was lost: a Gap, up to the first sample that came when it was due again. What came
   before that is left out: whether it is from before the loss or from after it cannot be told.
5. The uncertainty is what the least delays scatter about the line, and what the rate's own uncertainty makes of a
   stroke.
"""

from collections import deque
from dataclasses import dataclass, replace

import numpy as np

from sensor_hub.model import FloatArray, Gap, GapReason, Samples
from sensor_hub.sensors.envelope import Line, Point, lower_envelope

STALE_S = 0.25
WARM_UP_S = 0.5
WINDOW_S = 0.5
WINDOWS = 60
NOMINAL_SHARE = 0.015
"""Standard uncertainty of a nominal rate, as a share of it."""
KNOWN_SHARE = 0.001
"""The same for a rate that was measured at least so well before the connection was lost."""
WRONG_SHARE = 0.10
"""A sensor whose rate is off by more than this does not keep the one it was set to."""
FOLLOW_S = 4.0
"""In about this time a phase that is off is made up for."""
LEAST_LATE_S = 0.1
LATE_SPREADS = 4.0
"""A burst this much later than the least delayed ones, in seconds and in their usual spread, is held back."""
DUE_PERIODS = 1.5
"""What came no later than this was not late; of a burst, the newest sample is younger than a period."""
CAUGHT_UP_S = 0.3
"""Bursts that for so long come no nearer to when they were due will not."""
LOSSES, AGAIN_S = 3, 8.0
"""So many losses within so long: the rate itself has changed."""
STROKE_S = 2.0
"""The length of time whose uncertainty is stated."""
LEAST_SCATTER_S = 0.001
SCATTER_SHARE = 0.5
"""Of the least delays' scatter the line shows this share, at most: it follows them slowly."""
LEAST_SHARE, STATED_SHARE = 0.6, 1.2
"""A stated uncertainty stands until the true one exceeds it or is less than this share of it; a new one is set so many
times the true one."""
SPREAD_SHARE = 0.02
"""Of what is usual, a burst tells this share."""
CAUGHT_UP_STEP_S = 0.005
"""What comes by so much less late has come nearer to it."""
BURST_S = 0.01
"""Of one connection event no burst comes later than this after another."""
MOST_BEND = 0.02
"""The spacing of samples is changed by no more than this share, to make up for a phase that is off."""


@dataclass(frozen=True, slots=True, eq=False)
class Dated:
    """rows: (n, k) as they were fed; time_s: (n,) rising and evenly spaced; sigma_s: standard uncertainty of the time
    between two samples that are a stroke apart."""

    time_s: FloatArray
    rows: FloatArray
    sigma_s: float


@dataclass(frozen=True, slots=True)
class Scale:
    """Of rows that hold acceleration and rotation (3 counts each): what a count is. full_scale: counts from which on
    an acceleration may have been cut off."""

    accel_mps2: float
    gyro_radps: float
    full_scale: int

    def samples(self, item: Dated | Gap) -> Samples | Gap:
        if isinstance(item, Gap):
            return item
        accel, gyro = item.rows[:, :3], item.rows[:, 3:]
        return Samples(
            time_s=item.time_s,
            accel_mps2=accel * self.accel_mps2,
            gyro_radps=gyro * self.gyro_radps,
            resolution_mps2=abs(self.accel_mps2),
            saturated=bool((np.abs(accel) >= self.full_scale).any()),
            time_sigma_s=item.sigma_s,
        )


@dataclass(frozen=True, slots=True, eq=False)
class _Burst:
    rows: FloatArray
    last: int
    """Number of its newest sample."""
    arrival_s: float


class ArrivalClock:
    """nominal_hz: the rate that the sensor was asked for."""

    def __init__(self, nominal_hz: float) -> None:
        self._nominal_s = 1.0 / nominal_hz
        self._expected_s, self._expected_sigma = self._nominal_s, NOMINAL_SHARE
        self._gap_reason = GapReason.LOST
        self._last_s: float | None = None
        self._losses_s: deque[float] = deque([-np.inf] * LOSSES, maxlen=LOSSES)
        self._begin()

    def _begin(self) -> None:
        self._since_s: float | None = None
        self._number = -1
        self._held: list[_Burst] = []
        self._settled: deque[Point] = deque(maxlen=WINDOWS)
        self._lowest: Point | None = None
        self._line: Line | None = None
        self._follows = False
        self._period_s, self._rate_sigma = self._expected_s, self._expected_sigma
        self._spread_s = 0.0
        self._scatter_s = 0.0
        self._bend = 0.0
        self._stated_s = 0.0
        self._least_late_s = np.inf
        self._least_late_at_s = 0.0

    def interrupted(self, reason: GapReason = GapReason.DISCONNECTED, nominal_hz: float | None = None) -> None:
        """What comes next does not follow on what came: the connection was lost, or the rate was set anew. Where it was
        not, it is still as it was measured."""
        self._gap_reason = reason
        if nominal_hz is not None and nominal_hz * self._nominal_s != 1.0:
            self._nominal_s = 1.0 / nominal_hz
            self._expect(self._nominal_s, NOMINAL_SHARE)
        elif self._line is not None and self._rate_sigma < KNOWN_SHARE:
            self._expect(self._period_s, KNOWN_SHARE)
        self._begin()

    def _expect(self, period_s: float, sigma: float) -> None:
        self._expected_s, self._expected_sigma = period_s, sigma

    def feed(self, rows: FloatArray, arrival_s: float) -> list[Dated | Gap]:
        """rows: (n, k) samples, oldest first, n > 0, that arrived together, on a clock that never steps back."""
        if self._since_s is None:
            self._since_s = arrival_s
        if arrival_s - self._since_s < STALE_S:
            return []
        self._number += len(rows)
        burst = _Burst(rows, self._number, arrival_s)
        self._held.append(burst)
        if self._line is None:
            return self._start(arrival_s)
        late_s = self._late_s(self._line, burst)
        if late_s <= self._usual_s:
            self._spread_s += SPREAD_SHARE * (max(0.0, late_s) - self._spread_s)
        if late_s <= (self._usual_s if len(self._held) == 1 else DUE_PERIODS * self._period_s + self._scatter_s):
            return self._release()
        if late_s < self._least_late_s - CAUGHT_UP_STEP_S:
            self._least_late_s, self._least_late_at_s = late_s, arrival_s
        if arrival_s - self._least_late_at_s < CAUGHT_UP_S:
            return []
        return self._lose(self._line, arrival_s)

    def finish(self) -> list[Dated | Gap]:
        """What is held back, as if nothing had been lost."""
        return self._release() if self._line is not None and self._held else []

    def _start(self, arrival_s: float) -> list[Dated | Gap]:
        if arrival_s - self._held[0].arrival_s < WARM_UP_S:
            return []
        self._fit([(burst.last, burst.arrival_s) for burst in self._held])
        if self._line is None:
            return []
        self._scatter_s = min(self._scatter_s, self._period_s)
        self._spread_s = max(0.0, float(np.mean([self._late_s(self._line, burst) for burst in self._held])))
        return self._release()

    def _lose(self, line: Line, arrival_s: float) -> list[Dated | Gap]:
        """What was late does not catch up."""
        self._losses_s.append(arrival_s)
        if arrival_s - self._losses_s[0] < AGAIN_S:
            self.interrupted(GapReason.LOST)
            self._expect(self._nominal_s, NOMINAL_SHARE)
            return []
        lost = round(self._least_late_s / self._period_s)
        live_s = self._least_late_at_s + BURST_S
        self._held = [replace(burst, last=burst.last + lost) for burst in self._held if burst.arrival_s > live_s]
        self._number += lost
        self._least_late_s = np.inf
        self._follows, self._gap_reason = False, GapReason.LOST
        return self._release() if self._held else []

    def _late_s(self, line: Line, burst: _Burst) -> float:
        return burst.arrival_s - line.at(burst.last)

    @property
    def _usual_s(self) -> float:
        return LEAST_LATE_S + LATE_SPREADS * self._spread_s

    def _release(self) -> list[Dated | Gap]:
        assert self._line is not None
        bursts, self._held = self._held, []
        self._least_late_s = np.inf
        for burst in bursts:
            if self._late_s(self._line, burst) <= self._usual_s:
                self._observe(burst)
        rows = np.concatenate([burst.rows for burst in bursts])
        return self._date(rows, bursts[-1].last)

    def _observe(self, burst: _Burst) -> None:
        """Take the burst into the line, where it is the least delayed one of its window."""
        assert self._line is not None
        point = (burst.last, burst.arrival_s)
        if self._lowest is not None and point[1] // WINDOW_S != self._lowest[1] // WINDOW_S:
            self._settled.append(self._lowest)
            self._lowest = None
        if self._lowest is None or point[1] - self._lowest[1] < self._period_s * (point[0] - self._lowest[0]):
            self._lowest = point
            if point[1] - (self._settled or [point])[0][1] > WARM_UP_S:
                self._fit([*self._settled, point])

    def _fit(self, points: list[Point]) -> None:
        """The line under the least delayed bursts; as long as it tells the rate less well than is known already, the
        lowest one at that rate. The newest burst may not be the least delayed one of its window yet."""
        line = lower_envelope(points)
        if line is None or line.slope <= 0.0:
            return
        self._scatter_s = float(np.sqrt(np.mean(np.square([y - line.at(x) for x, y in points[:-1]]))))
        measured_sigma = max(LEAST_SCATTER_S, self._scatter_s) / (points[-1][1] - points[0][1])
        plainly_wrong = abs(line.slope / self._expected_s - 1.0) > WRONG_SHARE
        trust = 1.0 if plainly_wrong else 1.0 / (1.0 + (measured_sigma / self._expected_sigma) ** 2)
        self._period_s = self._expected_s + trust * (line.slope - self._expected_s)
        self._rate_sigma = measured_sigma * trust**0.5
        period_s = self._period_s
        lowest = min(points, key=lambda point: point[1] - period_s * point[0])
        self._line = line if trust > 0.5 else Line(*lowest, period_s)

    def _date(self, rows: FloatArray, last: int) -> list[Dated | Gap]:
        assert self._line is not None
        items: list[Dated | Gap] = []
        count = len(rows)
        follows, self._follows = self._follows, True
        before_s = self._last_s
        gap_start_s = None if follows else before_s
        if not follows:
            start_s = self._line.at(last - count)
            before_s = start_s if before_s is None else max(start_s, before_s + self._period_s)
        assert before_s is not None
        off_s = self._line.at(last) - (before_s + count * self._period_s)
        off_share = float(np.clip(off_s / FOLLOW_S, -MOST_BEND, MOST_BEND))
        self._bend = abs(off_share)
        period_s = self._period_s * (1.0 + off_share)
        time_s = np.round(before_s + period_s * np.arange(1, count + 1), 6)
        self._last_s = before_s + period_s * count
        if gap_start_s is not None:
            items.append(Gap(round(gap_start_s, 6), float(time_s[0]), None, self._gap_reason))
        items.append(Dated(time_s, rows, self._sigma()))
        return items

    def _sigma(self) -> float:
        """Changed seldom: blocks that are stored together have one."""
        scatter_s = max(LEAST_SCATTER_S, SCATTER_SHARE * self._scatter_s)
        sigma_s = float(np.linalg.norm((scatter_s, self._rate_sigma * STROKE_S, self._bend * STROKE_S)))
        if not LEAST_SHARE * self._stated_s < sigma_s < self._stated_s:
            self._stated_s = STATED_SHARE * sigma_s
        return self._stated_s
