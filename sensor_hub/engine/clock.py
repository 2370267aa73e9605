"""Device time to host time, from packets that arrive late by an unknown, never negative delay.

A packet says "the newest sample in me was taken at device time d"; it arrives at host time h = host(d) + delay.
Delays vary with the radio's connection events, repeats and shadows, but again and again one is near the least
possible. So the true line host(d) lies under all points (d, h), touching the lowest:

1. Of every `_WINDOW_S` of device time only the packet with the least h - d is kept, `_WINDOWS` windows back.
2. The line is the edge, under the centre of those points, of their lower convex hull: of all lines with no point
   below, the one nearest to the points. (The method is known from network clocks: Moon, Skelly, Towsley, INFOCOM
   1999.) It needs no noise model, and a burst of late packets does not move it.
3. While there are fewer than `_WINDOWS_FOR_RATE` windows, the clocks are taken to run at the same rate, or at the
   rate that was known before the device restarted: its crystal is still the same.

What remains is the least delay itself (about half a millisecond) plus, where the packet rate and the connection
interval are nearly commensurate, part of an interval that changes slowly.
"""

from collections import deque
from dataclasses import dataclass

_WINDOW_S = 2.0
_WINDOWS = 150
_WINDOWS_FOR_RATE = 5


@dataclass(frozen=True, slots=True)
class _Point:
    device_s: float
    ahead_s: float
    """Host time minus device time."""


class DeviceClock:
    """One sensor's clock. Feed it every packet, in order of arrival; reset it when the sensor has restarted."""

    def __init__(self) -> None:
        self._known_slope = 0.0
        self._begin()

    def reset(self) -> None:
        """The device's clock starts anew; how fast it runs is still known."""
        if self.rate_error_ppm is not None:
            self._known_slope = self._slope
        self._begin()

    def _begin(self) -> None:
        self._settled: deque[_Point] = deque(maxlen=_WINDOWS)
        self._lowest: _Point | None = None
        self._window = 0
        self._anchor = _Point(0.0, 0.0)
        self._slope = self._known_slope

    def observe(self, device_s: float, host_s: float) -> None:
        """A packet whose newest sample was taken at device_s arrived at host_s, in the host clock's seconds."""
        point = _Point(device_s, host_s - device_s)
        window = int(device_s // _WINDOW_S)
        if self._lowest is not None and window != self._window:
            self._settled.append(self._lowest)
            self._lowest = None
        self._window = window
        if self._lowest is None or point.ahead_s < self._lowest.ahead_s:
            self._lowest = point
            self._fit([*self._settled, point])

    def to_host(self, device_s: float) -> float:
        """Host time of a device time, in the host clock's seconds. Raises ValueError before the first packet."""
        if self._lowest is None:
            raise ValueError("A device clock must have observed a packet before it can map a time.")
        return device_s + self._anchor.ahead_s + self._slope * (device_s - self._anchor.device_s)

    @property
    def rate_error_ppm(self) -> float | None:
        """How much faster the device's clock runs than the host's; None until that can be told."""
        if len(self._settled) < _WINDOWS_FOR_RATE:
            return None
        return -self._slope / (1.0 + self._slope) * 1e6

    def _fit(self, points: list[_Point]) -> None:
        if len(self._settled) < _WINDOWS_FOR_RATE:
            self._anchor = min(points, key=lambda point: point.ahead_s - self._slope * point.device_s)
            return
        centre_s = sum(point.device_s for point in points) / len(points)
        hull = _lower_hull(points)
        right = next(i for i in range(1, len(hull)) if i == len(hull) - 1 or hull[i].device_s >= centre_s)
        self._anchor = hull[right - 1]
        self._slope = _slope(hull[right - 1], hull[right])


def _lower_hull(points: list[_Point]) -> list[_Point]:
    """Points by rising device time; at least two of them stay."""
    hull: list[_Point] = []
    for point in points:
        while len(hull) >= 2 and _slope(hull[-2], point) <= _slope(hull[-2], hull[-1]):
            hull.pop()
        hull.append(point)
    return hull


def _slope(left: _Point, right: _Point) -> float:
    return (right.ahead_s - left.ahead_s) / (right.device_s - left.device_s)
