"""Rate and loss of a sensor over about the last minute."""

from collections import deque
from dataclasses import dataclass

from sensor_hub.model import Gap, Samples

_WINDOW_S = 60.0
_INTERVALS = 64


@dataclass(frozen=True, slots=True)
class _Entry:
    start_s: float
    end_s: float
    received: int
    lost: int | None
    """None where nobody knows how many."""


class StreamMeter:
    """Fed with the stream's items in order; instants in device seconds."""

    def __init__(self) -> None:
        self._entries: deque[_Entry] = deque()
        self._arrivals_s: deque[float] = deque(maxlen=_INTERVALS + 1)

    def add(self, item: Samples | Gap) -> None:
        if isinstance(item, Samples):
            entry = _Entry(float(item.time_s[0]), float(item.time_s[-1]), len(item), 0)
        else:
            entry = _Entry(item.start_s, item.end_s, 0, item.lost)
        self._entries.append(entry)
        while self._entries[0].end_s < entry.end_s - _WINDOW_S:
            self._entries.popleft()

    def packet(self, arrival_s: float) -> None:
        """A notification has arrived."""
        self._arrivals_s.append(arrival_s)

    @property
    def packet_interval_s(self) -> float | None:
        """Mean time between the last notifications; None until there are two."""
        intervals = len(self._arrivals_s) - 1
        return (self._arrivals_s[-1] - self._arrivals_s[0]) / intervals if intervals > 0 else None

    @property
    def rate_hz(self) -> float | None:
        """Received and missing samples over device time, but for gaps of unknown number; None until a second has
        passed."""
        if not self._entries:
            return None
        unknown = [entry.end_s - entry.start_s for entry in self._entries if entry.lost is None]
        span_s = self._entries[-1].end_s - self._entries[0].start_s - sum(unknown)
        samples = sum(entry.received + (entry.lost or 0) for entry in self._entries)
        return (samples - 1 - len(unknown)) / span_s if span_s >= 1.0 else None

    @property
    def loss_ratio(self) -> float | None:
        """Missing samples over all; where nobody knows how many are missing, as many as the rate makes of the time."""
        rate_hz = self.rate_hz or 0.0
        received = sum(entry.received for entry in self._entries)
        lost = sum(_lost(entry, rate_hz) for entry in self._entries)
        return lost / (received + lost) if received + lost else None


def _lost(entry: _Entry, rate_hz: float) -> float:
    return max(0.0, (entry.end_s - entry.start_s) * rate_hz - 1.0) if entry.lost is None else entry.lost
