"""Strokes: smooth moves along the rail with velocity and acceleration in closed form.

People do not all move alike, so a stroke's shape is drawn from three families: a skewed hump (Beta), a rise, a
cruise and a fall (Plateau), and a chain of overlapping surges (Surges). Any of them may have a sticking point. A
stroke may also begin or end in motion, as one that runs into a bumper or a locked knee does. Strokes that follow
each other closely overlap: their velocities add, so that the sled turns without standing still.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np

from sensor_hub.model import MOVING_MPS, FloatArray

_UNIT = np.linspace(0.0, 1.0, 1001)


class Shape(Protocol):
    """Velocity over a stroke's unit time, not scaled: 0 at both ends, with a slope that is 0 there too."""

    def speed(self, u: FloatArray) -> FloatArray: ...

    def slope(self, u: FloatArray) -> FloatArray: ...


@dataclass(frozen=True)
class Beta:
    """u^p (1-u)^q: one hump, its peak at p / (p + q)."""

    p: float
    q: float

    def speed(self, u: FloatArray) -> FloatArray:
        return np.asarray(u**self.p * (1.0 - u) ** self.q)

    def slope(self, u: FloatArray) -> FloatArray:
        return np.asarray(u ** (self.p - 1.0) * (1.0 - u) ** (self.q - 1.0) * (self.p * (1.0 - u) - self.q * u))


@dataclass(frozen=True)
class Plateau:
    """Rises over a share of the time, cruises, falls over another; `tilt` is how much faster the cruise ends."""

    rise: float
    fall: float
    tilt: float = 0.0

    def speed(self, u: FloatArray) -> FloatArray:
        return _ramp(u / self.rise) * _ramp((1.0 - u) / self.fall) * (1.0 + self.tilt * (u - 0.5))

    def slope(self, u: FloatArray) -> FloatArray:
        up, down, cruise = (
            _ramp(u / self.rise),
            _ramp((1.0 - u) / self.fall),
            1.0 + self.tilt * (u - 0.5),
        )
        rising = _ramp_slope(u / self.rise) / self.rise
        falling = -_ramp_slope((1.0 - u) / self.fall) / self.fall
        return rising * down * cruise + up * falling * cruise + up * down * self.tilt


@dataclass(frozen=True)
class Surges:
    """Overlapping bumps (1-s²)², as of a lifter who corrects on the way. Centres and half-widths in unit time."""

    centres: tuple[float, ...]
    half_widths: tuple[float, ...]
    heights: tuple[float, ...]

    def speed(self, u: FloatArray) -> FloatArray:
        total = np.zeros_like(u)
        for centre, half, height in zip(self.centres, self.half_widths, self.heights, strict=True):
            total += height * np.maximum(1.0 - ((u - centre) / half) ** 2, 0.0) ** 2
        return total

    def slope(self, u: FloatArray) -> FloatArray:
        total = np.zeros_like(u)
        for centre, half, height in zip(self.centres, self.half_widths, self.heights, strict=True):
            s = (u - centre) / half
            total -= height * 4.0 * s * np.maximum(1.0 - s**2, 0.0) / half
        return total


@dataclass(frozen=True)
class Sticking:
    """A shape that loses part of its speed around one place: the sticking point of a hard concentric."""

    shape: Shape
    centre: float
    width: float
    depth: float

    def speed(self, u: FloatArray) -> FloatArray:
        return self.shape.speed(u) * (1.0 - self._dip(u))

    def slope(self, u: FloatArray) -> FloatArray:
        dip = self._dip(u)
        dip_slope = dip * -2.0 * (u - self.centre) / self.width**2
        return self.shape.slope(u) * (1.0 - dip) - self.shape.speed(u) * dip_slope

    def _dip(self, u: FloatArray) -> FloatArray:
        return np.asarray(self.depth * np.exp(-(((u - self.centre) / self.width) ** 2)))


@dataclass(frozen=True)
class Stroke:
    """A move of `travel_m` (signed) from `start_s` over `duration_s`, entered and left at the given velocities."""

    start_s: float
    duration_s: float
    travel_m: float
    shape: Shape = Beta(2.0, 2.0)
    entry_mps: float = 0.0
    exit_mps: float = 0.0
    exit_share: float = 1.0
    """The share of the time, at its end, over which the velocity of the exit builds up."""

    @property
    def end_s(self) -> float:
        return self.start_s + self.duration_s

    @cached_property
    def hump_mps(self) -> float:
        """Scale of the shape that makes the travel right."""
        carried = 0.5 * self.entry_mps + 0.5 * self.exit_share * self.exit_mps
        area = float(np.trapezoid(self.shape.speed(_UNIT), _UNIT))
        return (self.travel_m / self.duration_s - carried) / area

    def velocity_mps(self, time_s: FloatArray) -> FloatArray:
        """Velocity at instants within the stroke."""
        u = np.clip((time_s - self.start_s) / self.duration_s, 0.0, 1.0)
        leaving = smooth_step((u - 1.0 + self.exit_share) / self.exit_share)
        return (
            self.hump_mps * self.shape.speed(u) + self.entry_mps * (1.0 - smooth_step(u)) + self.exit_mps * leaving
        )

    def acceleration_mps2(self, time_s: FloatArray) -> FloatArray:
        """The exact derivative of the velocity."""
        u = np.clip((time_s - self.start_s) / self.duration_s, 0.0, 1.0)
        leaving = smooth_slope((u - 1.0 + self.exit_share) / self.exit_share) / self.exit_share
        slope = self.hump_mps * self.shape.slope(u) - self.entry_mps * smooth_slope(u) + self.exit_mps * leaving
        return np.asarray(slope / self.duration_s)

    def moving_s(self) -> tuple[float, float]:
        """First and last instant at which it moves by the definition of moving."""
        time_s = self.start_s + _UNIT * self.duration_s
        moving = np.flatnonzero(np.abs(self.velocity_mps(time_s)) >= MOVING_MPS)
        if not len(moving):
            return self.start_s, self.end_s
        return float(time_s[moving[0]]), float(time_s[moving[-1]])

    def braking_s(self, from_mps: float = np.inf) -> float:
        """How long the last `from_mps` of its speed (its whole peak where that is lower) take to be lost."""
        speed = np.abs(self.velocity_mps(self.start_s + _UNIT * self.duration_s))
        level = min(from_mps, float(speed.max()) * 0.999)
        fast, moving = np.flatnonzero(speed >= level), np.flatnonzero(speed >= MOVING_MPS)
        return float((_UNIT[moving[-1]] - _UNIT[fast[-1]]) * self.duration_s) if len(moving) else self.duration_s


def turning_s(before: Stroke, after: Stroke) -> float:
    """How long two overlapping strokes take from the last 0.3 m/s of the first to moving the other way."""
    time_s = np.arange(before.start_s, after.end_s, 0.001)
    total = np.zeros_like(time_s)
    for stroke in (before, after):
        during = (time_s >= stroke.start_s) & (time_s < stroke.end_s)
        total[during] += stroke.velocity_mps(time_s[during])
    total *= np.sign(before.travel_m)
    turned = int(np.flatnonzero(total <= -MOVING_MPS)[0])
    fast = np.flatnonzero(total[:turned] >= 0.3)
    return float(time_s[turned] - time_s[fast[-1]]) if len(fast) else float("inf")


def contact(start_s: float, duration_s: float, entry_mps: float, exit_mps: float) -> Stroke:
    """A blow: the velocity changes in one smooth push, however short."""
    travel = duration_s * (entry_mps + exit_mps) / 2.0
    return Stroke(start_s, duration_s, travel, Beta(2.0, 2.0), entry_mps, exit_mps)


def smooth_step(x: FloatArray) -> FloatArray:
    """0 to 1 over x from 0 to 1, with no slope or curvature at the ends."""
    x = np.clip(x, 0.0, 1.0)
    return x**3 * (10.0 - 15.0 * x + 6.0 * x**2)


def smooth_slope(x: FloatArray) -> FloatArray:
    """Derivative of smooth_step."""
    x = np.clip(x, 0.0, 1.0)
    return 30.0 * x**2 * (1.0 - x) ** 2


def smooth_curve(x: FloatArray) -> FloatArray:
    """Second derivative of smooth_step."""
    x = np.clip(x, 0.0, 1.0)
    return 60.0 * x * (1.0 - x) * (1.0 - 2.0 * x)


def _ramp(x: FloatArray) -> FloatArray:
    """0 to 1 with no slope at the ends, but quicker off them than smooth_step."""
    x = np.clip(x, 0.0, 1.0)
    return x**2 * (3.0 - 2.0 * x)


def _ramp_slope(x: FloatArray) -> FloatArray:
    x = np.clip(x, 0.0, 1.0)
    return 6.0 * x * (1.0 - x)


def draw_shape(rng: np.random.Generator, seconds: float, *, even: bool) -> Shape:
    """A shape that a lifter might show in a stroke of so many seconds; even: only cruises that hide in the noise."""
    if even:
        return Plateau(rng.uniform(0.15, 0.4), rng.uniform(0.2, 0.45))
    family = int(rng.integers(3))
    if family == 0 and seconds < 2.5:
        return Beta(rng.uniform(1.6, 2.6), rng.uniform(1.6, 3.0))
    if family == 1:
        count = int(rng.integers(2, 4) + seconds)
        centres = (np.arange(count) + 1.0 + rng.uniform(-0.15, 0.15, count)) / (count + 1.0)
        half_widths = np.minimum(np.minimum(centres, 1.0 - centres), rng.uniform(1.5, 2.0, count) / (count + 1.0))
        return Surges(tuple(centres), tuple(half_widths), tuple(rng.uniform(0.7, 1.3, count)))
    rise, fall = np.clip(rng.uniform(0.2, 0.8, 2) / seconds, 0.1, 0.45)
    return Plateau(float(rise), float(fall), rng.uniform(-0.5, 0.5))
