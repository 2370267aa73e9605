"""When samples were taken, by the board's clock, from looks into a chip's FIFO.

A chip's rate is off by 1-3 % and drifts, and the board looks at its FIFO whenever it finds the time. But a look says
more than its own date: the newest sample in the FIFO was taken before the look ended, and the one after it was not
taken before the look began. Dates are a straight line over sample numbers:

1. Each look says how much later the line must move at least, and at most.
2. After 32 samples the line moves as little as all looks since then allow; where they contradict each other (the
   slope was wrong), to the middle between them. It never steps back as far as half a sample, so dates always rise.
3. The slope, the time between samples, follows: by the step over the number of samples since the line began, at most
   512 but all since it last moved, so that a wrong nominal rate is soon forgotten and jitter is not followed.

Looks need not be regular: a late one only says less. All dates are whole numbers: µs, with eight more bits inside.
"""

import time

from micropython import const

SETTLED_AFTER = const(64)
"""How many samples it takes until the line can be trusted."""
_MOVE_AFTER = const(32)
_LONGEST_MEMORY = const(512)
_FRACTION_BITS = const(8)


class Clock:
    """µs since it was made, without end. Ask it more often than the ticks wrap (9 minutes on an ESP32)."""

    def __init__(self, ticks_us=time.ticks_us):
        self._ticks_us = ticks_us
        self._ticks = ticks_us()
        self._us = 0

    def now_us(self):
        ticks = self._ticks_us()
        self._us += time.ticks_diff(ticks, self._ticks)
        self._ticks = ticks
        return self._us


class Line:
    """Dates over sample numbers. period_us: nominal time between samples."""

    def __init__(self, period_us):
        self.period = period_us << _FRACTION_BITS
        self._began = self._number = 0
        self._date = None
        self._later = self._earlier = 0

    def date_us(self, number):
        return self._exact(number) >> _FRACTION_BITS

    def newest_at(self, at_us):
        """The number of the last sample taken by then."""
        return self._number + ((at_us << _FRACTION_BITS) - self._date) // self.period

    def settled(self, number):
        return self._date is not None and number - self._began >= SETTLED_AFTER

    def look(self, newest, before_us, after_us):
        """The sample `newest` was the last in the FIFO, at some time between. Gives whether the line moved."""
        after = after_us << _FRACTION_BITS
        if self._date is None:
            self._began = newest
            self._begin(newest, after - self.period // 2)
        expected = self._exact(newest)
        self._later = max(self._later, (before_us << _FRACTION_BITS) - self.period - expected)
        self._earlier = min(self._earlier, after - expected)
        return newest - self._number >= _MOVE_AFTER and self._move(newest, expected)

    def _move(self, newest, expected):
        step = self._later + self._earlier
        if self._later > 0 > self._earlier:
            step //= 2
        step = max(step, -self.period // 2)
        self.period += step // max(newest - self._number, min(newest - self._began, _LONGEST_MEMORY))
        self._begin(newest, expected + step)
        return step != 0

    def _begin(self, number, date):
        self._number, self._date = number, date
        self._later = self._earlier = 0

    def _exact(self, number):
        return self._date + (number - self._number) * self.period
