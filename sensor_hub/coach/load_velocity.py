"""The load-velocity profile: how fast each load goes up, and the load that could just be moved once (e1RM).

1. Of each load the fastest rep counts, and only of sets that were pushed as fast as possible.
2. A straight line of mean concentric velocity against load (least squares).
3. Nothing is told of fewer than three loads, of a line that does not fall, or that explains less than 0.8 of the
   variation; nor of an e1RM whose interval is wider than a fifth of it to either side.
4. The e1RM is where the line meets the velocity of a maximum. Its 95 % interval holds the line's uncertainty at that
   point, the scatter of one attempt, and how much that velocity differs between people.

Sources: González-Badillo and Sánchez-Medina 2010 (the line); Conceição 2016 (leg press at its maximum: mean propulsive
velocity 0.21, sd 0.06 m/s); the gate of three loads and 0.8 is the one that Phoenix uses.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from math import hypot
from statistics import mean

from sensor_hub.coach.student import t_975

MAXIMUM_MPS = 0.21
MAXIMUM_SIGMA_MPS = 0.06
LEAST_LOADS = 3
LEAST_R2 = 0.8
WIDEST_SHARE = 0.2
_Z_975 = 1.96


class Missing(StrEnum):
    """Why there is no e1RM."""

    LOADS = "loads"
    """Fewer than three different loads."""
    SLOPE = "slope"
    """More load did not make it slower."""
    FIT = "fit"
    """The line explains too little."""
    HEAVIER = "heavier"
    """The loads are too light, or too few, to say where the line ends."""


@dataclass(frozen=True, slots=True)
class Attempt:
    load_kg: float
    mean_velocity_mps: float


@dataclass(frozen=True, slots=True)
class LoadVelocity:
    """The fastest rep of each load, lightest first, the line v = intercept + slope * load, and what it leads to."""

    attempts: tuple[Attempt, ...]
    intercept_mps: float | None = None
    slope_mps_per_kg: float | None = None
    r2: float | None = None
    e1rm_kg: float | None = None
    interval_kg: tuple[float, float] | None = None
    """95 %."""
    missing: Missing | None = None


def load_velocity(attempts: Iterable[Attempt]) -> LoadVelocity:
    """Of attempts made as fast as possible, in any order, several a load."""
    fastest = _fastest(attempts)
    if len(fastest) < LEAST_LOADS:
        return LoadVelocity(fastest, missing=Missing.LOADS)
    line = _Line.through(fastest)
    missing = _first_doubt(line)
    e1rm_kg = None if line.slope >= 0 else (MAXIMUM_MPS - line.intercept) / line.slope
    half_kg = None if e1rm_kg is None else line.half_width_kg(e1rm_kg)
    if missing is None and e1rm_kg is not None and half_kg is not None:
        if half_kg > WIDEST_SHARE * e1rm_kg or e1rm_kg < fastest[-1].load_kg:
            missing = Missing.HEAVIER
        else:
            interval = (e1rm_kg - half_kg, e1rm_kg + half_kg)
            return LoadVelocity(fastest, line.intercept, line.slope, line.r2, e1rm_kg, interval)
    return LoadVelocity(fastest, line.intercept, line.slope, line.r2, missing=missing)


def _fastest(attempts: Iterable[Attempt]) -> tuple[Attempt, ...]:
    best: dict[float, Attempt] = {}
    for attempt in attempts:
        known = best.get(attempt.load_kg)
        if known is None or attempt.mean_velocity_mps > known.mean_velocity_mps:
            best[attempt.load_kg] = attempt
    return tuple(best[load_kg] for load_kg in sorted(best))


def _first_doubt(line: "_Line") -> Missing | None:
    if line.slope >= 0:
        return Missing.SLOPE
    return Missing.FIT if line.r2 < LEAST_R2 else None


@dataclass(frozen=True, slots=True)
class _Line:
    intercept: float
    slope: float
    r2: float
    count: int
    centre_kg: float
    spread_kg2: float
    scatter_mps: float

    @classmethod
    def through(cls, attempts: tuple[Attempt, ...]) -> "_Line":
        loads, speeds = [a.load_kg for a in attempts], [a.mean_velocity_mps for a in attempts]
        centre, middle = mean(loads), mean(speeds)
        spread = sum((load - centre) ** 2 for load in loads)
        slope = sum((load - centre) * (v - middle) for load, v in zip(loads, speeds, strict=True)) / spread
        intercept = middle - slope * centre
        left = sum((v - intercept - slope * load) ** 2 for load, v in zip(loads, speeds, strict=True))
        total = sum((v - middle) ** 2 for v in speeds)
        r2 = 1.0 - left / total if total else 0.0
        return cls(intercept, slope, r2, len(attempts), centre, spread, (left / (len(attempts) - 2)) ** 0.5)

    def half_width_kg(self, load_kg: float) -> float:
        """Of the 95 % interval of the load at which the line reaches a maximum's velocity."""
        t = t_975(self.count - 2)
        share = 1.0 + 1.0 / self.count + (load_kg - self.centre_kg) ** 2 / self.spread_kg2
        return float(hypot(t * self.scatter_mps * share**0.5, _Z_975 * MAXIMUM_SIGMA_MPS) / abs(self.slope))
