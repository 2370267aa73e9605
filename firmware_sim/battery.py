"""A coin cell that only ever goes down."""

from dataclasses import dataclass

LOW_PERCENT = 15


@dataclass(frozen=True, slots=True)
class Battery:
    """percent_at_start: 0 to 100; life_h: hours from full to empty; instants in seconds since the start."""

    percent_at_start: float = 87.0
    life_h: float = 120.0

    def percent(self, at_s: float) -> int:
        return max(0, min(100, int(self.percent_at_start - 100.0 * at_s / (self.life_h * 3600.0))))

    def low(self, at_s: float) -> bool:
        return self.percent(at_s) < LOW_PERCENT
