"""Device time to host time, from packets that arrive late by an unknown, never negative delay.

A packet says "the newest sample in me was taken at device time d"; it arrives at host time h = host(d) + delay.
Delays vary with the radio's connection events, repeats and shadows, but again and again one is near the least
possible. So the true line host(d) lies under all points (d, h), touching the lowest:

1. Of every `_WINDOW_S` of device time only the packet with the least h - d is kept, `_WINDOWS` windows back.
2. The line is the one that touches those points from below (sensors/envelope.py). It needs no noise model, and a
   burst of late packets does not move it.
3. While there are fewer than `_WINDOWS_FOR_RATE` windows, the clocks are taken to run at the same rate, or at the
   rate that was known before the device restarted: its crystal is still the same.

What remains is the least delay itself (about half a millisecond) plus, where the packet rate and the connection
interval are nearly commensurate, part of an interval that changes slowly.
"""

from collections import deque

from sensor_hub.sensors.envelope import Line, Point, lower_envelope

_WINDOW_S = 2.0
_WINDOWS = 150
_WINDOWS_FOR_RATE = 5


class DeviceClock:
    """One sensor's clock. Feed it every packet, in order of arrival; reset it when the sensor has restarted."""

    def __init__(self) -> None:
        self._known_slope = 0.0
        self._begin()

    def reset(self) -> None:
        """The device's clock starts anew; how fast it runs is still known."""
        if self.rate_error_ppm is not None:
            self._known_slope = self._line.slope
        self._begin()

    def _begin(self) -> None:
        self._settled: deque[Point] = deque(maxlen=_WINDOWS)
        """Device time, and host time minus it."""
        self._lowest: Point | None = None
        self._window = 0
        self._line = Line(0.0, 0.0, self._known_slope)

    def observe(self, device_s: float, host_s: float) -> None:
        """A packet whose newest sample was taken at device_s arrived at host_s, in the host clock's seconds."""
        point = device_s, host_s - device_s
        window = int(device_s // _WINDOW_S)
        if self._lowest is not None and window != self._window:
            self._settled.append(self._lowest)
            self._lowest = None
        self._window = window
        if self._lowest is None or point[1] < self._lowest[1]:
            self._lowest = point
            self._fit([*self._settled, point])

    @property
    def is_set(self) -> bool:
        """Whether a packet was observed."""
        return self._lowest is not None

    def to_host(self, device_s: float) -> float:
        """Host time of a device time, in the host clock's seconds. Raises ValueError before the first packet."""
        if self._lowest is None:
            raise ValueError("A device clock must have observed a packet before it can map a time.")
        return device_s + self._line.at(device_s)

    @property
    def rate_error_ppm(self) -> float | None:
        """How much faster the device's clock runs than the host's; None until that can be told."""
        if len(self._settled) < _WINDOWS_FOR_RATE:
            return None
        return -self._line.slope / (1.0 + self._line.slope) * 1e6

    def _fit(self, points: list[Point]) -> None:
        slope = self._line.slope
        if len(self._settled) < _WINDOWS_FOR_RATE:
            self._line = Line(*min(points, key=lambda point: point[1] - slope * point[0]), slope)
        else:
            self._line = lower_envelope(points) or self._line
