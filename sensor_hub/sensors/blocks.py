"""When samples were taken that come in blocks with one time stamp each.

The real rate of a sensor differs from its nominal one by up to a few per cent, so it is measured. How:

1. A block's last sample is expected one measured period per sample after that of the block before it.
2. How far its stamp is from there corrects the instant and the period by the gains of a straight line fitted to all
   blocks of the last ten seconds (expanding-memory filter, later fading; Brookner, Tracking and Kalman Filtering Made
   Easy, 1998). A stamp's coarse ticks are averaged away.
3. The block's samples lie evenly between the last sample before it and its own last one.
4. A stamp later by more than half a block tells that blocks were lost, and the measured period how many samples.
5. A stamp earlier by as much was seen before, and the block is left out. Several in a row are right, though: then it
   was the stamp before them that was wrong.
6. The sensor's clock began anew where the stamps' progress and the arrivals' differ by more than any radio holds
   packets back, or where it went back over an interruption. An offset puts the first new sample where its arrival
   says it belongs.
7. A bookmark tells all this, so that another process goes on from it. That has another clock of arrival: should the
   sensor have begun anew meanwhile, it shows only in stamps that went back, and nobody can tell how long ago.
"""

import math
from dataclasses import dataclass

import numpy as np

from sensor_hub.errors import PacketError
from sensor_hub.model import FloatArray, Gap, GapReason

_MEMORY_S = 10.0
_HELD_BACK_S = 30.0
_LONGEST_ABSENCE_S = 86400.0
_STALE_BLOCKS = 3
_MEASURED_BLOCKS = 8
_LARGEST_RATE_ERROR = 0.1
_PERIOD_ERROR = 0.05
_MEASURED_PERIOD_ERROR = 0.001


@dataclass(slots=True)
class _Last:
    """The newest block: its stamp in ticks and the instant that stamp means, its last sample's instant, its size.

    arrival_s: None where it arrived in another process.
    """

    stamp: int
    stamp_s: float
    end_s: float
    count: int
    arrival_s: float | None


class BlockClock:
    """ticks_per_s: of the stamps; modulus: where they wrap; stamps_last: whether a stamp is that of a block's last
    sample, or of its first."""

    def __init__(self, *, ticks_per_s: int, modulus: int, stamps_last: bool) -> None:
        self._ticks_per_s = ticks_per_s
        self._modulus = modulus
        self._stamps_last = stamps_last
        self._rate_hz = 0.0
        self._period_s = 0.0
        self._blocks = 0
        self._last: _Last | None = None
        self._reason = GapReason.LOST
        self._stale = 0

    def begin(self, rate_hz: float) -> None:
        """The sensor was asked for this nominal rate; what was measured of another one is forgotten."""
        if rate_hz != self._rate_hz:
            self._rate_hz, self._period_s, self._blocks = rate_hz, 1.0 / rate_hz, 0

    @property
    def block_s(self) -> float:
        """What the newest block spans; 0 before there is one."""
        return 0.0 if self._last is None else self._last.count * self._period_s

    @property
    def bookmark(self) -> str | None:
        """Where it is, for `resume`; None before the first block."""
        if (last := self._last) is None:
            return None
        place = (self._ticks_per_s, last.stamp, last.stamp_s, last.end_s, last.count)
        return " ".join(map(repr, (*place, self._rate_hz, self._period_s, self._blocks)))

    def resume(self, bookmark: str) -> None:
        """Go on where another clock told this bookmark. Raises PacketError where it is none of such a clock."""
        try:
            ticks_per_s, stamp, stamp_s, end_s, count, rate_hz, period_s, blocks = bookmark.split(" ")
            last = _Last(int(stamp), float(stamp_s), float(end_s), int(count), None)
            rate = (float(rate_hz), float(period_s), int(blocks))
        except ValueError:
            raise PacketError(f"{bookmark!r} is no bookmark of a sensor that stamps its packets.") from None
        known = (last.stamp_s, last.end_s, last.count, *rate)
        if (
            int(ticks_per_s) != self._ticks_per_s
            or not all(0 <= value < math.inf for value in known)
            or not rate[1]
        ):
            raise PacketError(f"{bookmark!r} is a bookmark of another sensor.")
        self._last, (self._rate_hz, self._period_s, self._blocks) = last, rate
        self.interrupted()

    def interrupted(self) -> None:
        """The connection was lost: what is missing next is missing for that reason."""
        self._reason = GapReason.DISCONNECTED

    def date(self, stamp: int, count: int, arrival_s: float) -> tuple[Gap | None, FloatArray] | None:
        """The gap before a block, if any, and its (count,) instants; None where it was seen before."""
        last = self._last
        if last is None:
            end_s = (count - 1) * self._period_s
            self._accept(stamp, end_s if self._stamps_last else 0.0, end_s, count, arrival_s)
            return None, self._even(end_s, count)
        progress_s = self._signed(stamp - last.stamp) / self._ticks_per_s
        if self._began_anew(progress_s, None if last.arrival_s is None else arrival_s - last.arrival_s):
            return self._restart(last, stamp, count, arrival_s)
        stamp_s = last.stamp_s + progress_s
        measured_s = stamp_s if self._stamps_last else stamp_s + (count - 1) * self._period_s
        late_s = measured_s - (last.end_s + count * self._period_s)
        half_block_s = 0.5 * min(count, last.count) * self._period_s
        if late_s < -half_block_s:
            self._stale += 1
            return None if self._stale < _STALE_BLOCKS else self._restart(last, stamp, count, arrival_s)
        if late_s > half_block_s:
            time_s = self._even(measured_s, count)
            lost = self._lost(late_s / self._period_s, count if count == last.count else 1)
            gap = Gap(last.end_s, float(time_s[0]), lost, self._reason)
            self._accept(stamp, stamp_s, measured_s, count, arrival_s)
            return gap, time_s
        end_s = self._track(last.end_s, count, late_s)
        self._accept(stamp, stamp_s, end_s, count, arrival_s)
        return None, np.linspace(last.end_s, end_s, count + 1)[1:]

    def _track(self, start_s: float, count: int, late_s: float) -> float:
        self._blocks += 1
        memory = max(2.0, _MEMORY_S / (count * self._period_s))
        k = min(self._blocks + 1.0, memory)
        end_s = start_s + count * self._period_s + late_s * 2 * (2 * k - 1) / (k * (k + 1))
        period_s = self._period_s + late_s / count * 6 / (k * (k + 1))
        slowest_s = 1.0 / self._rate_hz / (1 - _LARGEST_RATE_ERROR)
        fastest_s = 1.0 / self._rate_hz / (1 + _LARGEST_RATE_ERROR)
        self._period_s = min(max(period_s, fastest_s), slowest_s)
        return end_s

    def _began_anew(self, progress_s: float, waited_s: float | None) -> bool:
        if self._reason is GapReason.DISCONNECTED and progress_s <= 0:
            return True
        if waited_s is None:
            return progress_s > _LONGEST_ABSENCE_S
        return abs(progress_s - waited_s) > _HELD_BACK_S

    def _restart(self, last: _Last, stamp: int, count: int, arrival_s: float) -> tuple[Gap, FloatArray]:
        span_s = (count - 1) * self._period_s
        waited_s = 0.0 if last.arrival_s is None else arrival_s - last.arrival_s
        start_s = last.end_s + max(waited_s - span_s, 2 * self._period_s)
        time_s = self._even(start_s + span_s, count)
        end_s = float(time_s[-1])
        self._accept(stamp, end_s if self._stamps_last else start_s, end_s, count, arrival_s)
        return Gap(last.end_s, float(time_s[0]), None, GapReason.RESTARTED), time_s

    def _accept(self, stamp: int, stamp_s: float, end_s: float, count: int, arrival_s: float) -> None:
        self._last = _Last(stamp, stamp_s, end_s, count, arrival_s)
        self._reason = GapReason.LOST
        self._stale = 0

    def _lost(self, samples: float, unit: int) -> int | None:
        """The nearest multiple of `unit`, where the period is known well enough to tell it from the next one."""
        error = _PERIOD_ERROR if self._blocks < _MEASURED_BLOCKS else _MEASURED_PERIOD_ERROR
        if self._reason is GapReason.LOST and samples * error < 0.5 * unit:
            return max(1, round(samples / unit)) * unit
        return round(samples) if self._blocks >= _MEASURED_BLOCKS else None

    def _even(self, end_s: float, count: int) -> FloatArray:
        return np.linspace(end_s - (count - 1) * self._period_s, end_s, count)

    def _signed(self, ticks: int) -> int:
        half = self._modulus // 2
        return (ticks + half) % self._modulus - half
