"""Courses of motion that a sled may have taken, side by side: a bank of Kalman filters with their probabilities."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sensor_hub.engine.motion import Track
from sensor_hub.model import FloatArray

IntArray = NDArray[np.int_]
BoolArray = NDArray[np.bool_]

P, V, B, R = range(4)
"""A state: position, velocity, offset, and the machine's range."""
VELOCITY, POSITION = np.array([0.0, 1.0, 0.0, 0.0]), np.array([1.0, 0.0, 0.0, 0.0])
OFFSET_WALK = 0.0006
FARTHEST = 60.0
"""Squared sigmas that anything is off at most: no single measurement rules a course out for ever."""


@dataclass(frozen=True, slots=True)
class Told:
    """One thing a course takes for true: over tracks [first, last] the sled stood, or at `first` it turned; at home, at
    the far end, or (None) somewhere else."""

    before: "Told | None"
    first: int
    last: int
    stood: bool
    level: str | None


@dataclass(slots=True)
class Courses:
    """(n, 4) states with (n, 4, 4) covariances, (n,) logarithms of probability, and what each has seen of late."""

    x: FloatArray
    p: FloatArray
    weight: FloatArray
    standing: BoolArray
    """Whether it stood in the newest even spell."""
    going: FloatArray
    """Direction: 1 up the rail, -1 down, 0 none."""
    extreme_m: FloatArray
    extreme_at: IntArray
    """How far it has gone in that direction, and at which track."""
    stood_m: FloatArray
    """Where it last stood."""
    told: list[Told | None]

    @classmethod
    def one(cls, x: FloatArray, p: FloatArray) -> "Courses":
        """(4,) state and (4, 4) covariance."""
        zero, here = np.zeros(1), x[None, P]
        return cls(
            x[None], p[None], zero, zero > 0, zero.copy(), here.copy(), np.zeros(1, int), here.copy(), [None]
        )

    def __len__(self) -> int:
        return len(self.told)

    @property
    def every(self) -> IntArray:
        return np.arange(len(self))

    @property
    def probability(self) -> FloatArray:
        w = np.exp(self.weight - self.weight.max())
        return np.asarray(w / w.sum())

    def taken(self, which: IntArray) -> "Courses":
        """Copies of these."""
        arrays: dict[str, Any] = {name: getattr(self, name)[which] for name in ARRAYS}
        return Courses(**arrays, told=[self.told[i] for i in which.tolist()])

    def predict(self, track: Track, dt: float, force_before: float) -> None:
        x, q = self.x, track.added_variance
        a, before = track.force_mps2 - x[:, B], force_before - x[:, B]
        x[:, P] += x[:, V] * dt + (a / 3 + before / 6) * dt * dt
        x[:, V] += a * dt
        f, noise = np.eye(4), np.zeros((4, 4))
        f[P, V], f[P, B], f[V, B] = dt, -0.5 * dt * dt, -dt
        noise[P, P], noise[P, V], noise[V, P], noise[V, V] = q * dt * dt / 3, q * dt / 2, q * dt / 2, q
        noise[B, B] = OFFSET_WALK**2 * dt
        self.p = f @ self.p @ f.T + noise

    def measure(self, which: IntArray, h: FloatArray, target: FloatArray, variance: float) -> FloatArray:
        """Update these with h @ x = target; the logarithm of how likely that was."""
        p = self.p[which]
        ph = p @ h
        s = ph @ h + variance
        off = target - self.x[which] @ h
        self.x[which] += ph * (off / s)[:, None]
        self.p[which] = p - ph[:, :, None] * (ph / s[:, None])[:, None, :]
        return log_normal(off, s)

    def rest(self, which: IntArray, at: int) -> None:
        """These stand now, at track `at`."""
        here = self.x[which, P]
        self.going[which], self.stood_m[which] = 0.0, here
        self.extreme_m[which], self.extreme_at[which] = here, at

    def follow(self, fast: BoolArray, at: int) -> None:
        """Note how far each has gone. fast: those that surely move."""
        here = self.x[:, P]
        way = np.where(fast, np.sign(self.x[:, V]), self.going)
        further = (way != self.going) | (self.going * (here - self.extreme_m) > 0) | (way == 0)
        self.extreme_m = np.where(further, here, self.extreme_m)
        self.extreme_at = np.where(further, at, self.extreme_at)
        self.going = way

    def faster(self, limit_mps: float, sigmas: float) -> BoolArray:
        """Which of them move faster than this, and than so many of their own sigmas."""
        return np.asarray(np.abs(self.x[:, V]) > np.maximum(limit_mps, sigmas * np.sqrt(self.p[:, V, V])))

    def chance_of_more(self, limit_mps: float) -> FloatArray:
        """How likely each moves faster than this, either way; never quite 0."""
        pairs = zip(self.x[:, V].tolist(), np.sqrt(self.p[:, V, V]).tolist(), strict=True)
        return np.array([max(1e-4, 1.0 - _below(limit_mps, *one) + _below(-limit_mps, *one)) for one in pairs])


ARRAYS = tuple(f.name for f in fields(Courses) if f.name != "told")


def joined(parts: Sequence[Courses]) -> Courses:
    arrays: dict[str, Any] = {name: np.concatenate([getattr(part, name) for part in parts]) for name in ARRAYS}
    return Courses(**arrays, told=[one for part in parts for one in part.told])


def log_normal(off: FloatArray, variance: FloatArray) -> FloatArray:
    return np.asarray(-0.5 * np.minimum(off * off / variance, FARTHEST) - 0.5 * np.log(2 * math.pi * variance))


def _below(limit: float, mean: float, sigma: float) -> float:
    return 0.5 * math.erfc((mean - limit) / (sigma * 2**0.5))
