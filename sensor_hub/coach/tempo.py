"""Tempo as it is written, and the time a set kept its muscles at work.

The four digits are eccentric, bottom pause, concentric and top pause in seconds, in this order even where a lift
starts with the concentric (the notation of King and Poliquin).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import floor
from statistics import median

from sensor_hub.engine.metrics import UNKNOWN, Figure

EXPLOSIVE_S = 0.75
"""A stroke shorter than this is written X: half-way between a counted second and a drive as fast as one can."""


@dataclass(frozen=True, slots=True)
class Tempo:
    """Seconds; None for what cannot be known."""

    eccentric_s: float | None
    bottom_pause_s: float | None
    concentric_s: float | None
    top_pause_s: float | None

    @property
    def digits(self) -> tuple[float | None, float | None, float | None, float | None]:
        return self.eccentric_s, self.bottom_pause_s, self.concentric_s, self.top_pause_s

    @property
    def measured(self) -> str:
        """To a tenth of a second: 3.1-0.4-1.2-0.8."""
        return "-".join("?" if digit is None else f"{digit:.1f}" for digit in self.digits)

    @property
    def notation(self) -> str:
        """As a prescription would be written: 3-0-1-1, with X for an explosive stroke."""
        return "-".join(
            _counted(digit, stroke) for digit, stroke in zip(self.digits, (True, False, True, False), strict=True)
        )


def _counted(digit_s: float | None, stroke: bool) -> str:
    if digit_s is None:
        return "?"
    return "X" if stroke and digit_s < EXPLOSIVE_S else str(floor(digit_s + 0.5))


def typical(tempos: Iterable[Tempo]) -> Tempo:
    """The medians of what is known: a set-up pause before the first rep or after one of them does not show."""
    columns = list(zip(*(tempo.digits for tempo in tempos), strict=True)) or [()] * 4
    known = [[digit for digit in column if digit is not None] for column in columns]
    return Tempo(*(median(column) if column else None for column in known))


def time_under_tension(reps: Sequence[Figure]) -> Figure:
    """The sum over a set's reps (s), as measured; unknown where that of any rep is, or there is none."""
    values = [rep.value for rep in reps if rep.value is not None]
    sigmas = [rep.sigma for rep in reps if rep.sigma is not None]
    if not reps or len(values) < len(reps) or len(sigmas) < len(reps):
        return UNKNOWN
    return Figure(sum(values), sum(sigma**2 for sigma in sigmas) ** 0.5)
