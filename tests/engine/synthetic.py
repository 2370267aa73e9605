"""Motion with known answers: strokes of minimum jerk and rests, and what a sensor on the rail would feel of them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from sensor_hub.engine.motion import MotionFilter, Track
from sensor_hub.engine.params import Params
from sensor_hub.engine.rail import Rail
from sensor_hub.engine.roughness import Roughness
from sensor_hub.engine.steps import Step
from sensor_hub.model import MOVING_MPS, STANDARD_GRAVITY_MPS2, FloatArray, Samples

STEP_S = 0.04
CHIP_NOISE_MPS = 1e-4
"""Roughness of a step: what a chip's noise alone makes of it."""

Move = tuple[float, float]
"""Travel along the rail (m, 0 for a rest) and its duration (s)."""

RAIL = Rail(axis=(1.0, 0.0, 0.0), gravity=(0.0, 0.0, STANDARD_GRAVITY_MPS2), offset_sigma_mps2=0.02)


@dataclass(frozen=True, eq=False)
class Journey:
    """(n,) time, velocity and acceleration along the rail."""

    time_s: FloatArray
    velocity_mps: FloatArray
    accel_mps2: FloatArray

    def felt(
        self, incline_deg: float = 90.0, rotation: FloatArray | None = None, noise_mps2: float = 0.0, seed: int = 5
    ) -> Samples:
        """Samples of a sensor whose frame is the rail's (along, across, off it), or is rotated against it."""
        incline, n = np.radians(incline_deg), len(self.time_s)
        force = np.zeros((n, 3))
        force[:, 0] = self.accel_mps2 + STANDARD_GRAVITY_MPS2 * np.sin(incline)
        force[:, 2] = STANDARD_GRAVITY_MPS2 * np.cos(incline)
        if rotation is not None:
            force = force @ rotation.T
        return Samples(self.time_s, force + noise_mps2 * np.random.default_rng(seed).standard_normal((n, 3)))

    def moving_s(self) -> list[tuple[float, float]]:
        """When the sled moved, by the definition of moving: (start, end) of each stroke."""
        moving = np.abs(self.velocity_mps) >= MOVING_MPS
        edges = np.flatnonzero(np.diff(moving.astype(int))) + 1
        return [(float(self.time_s[a]), float(self.time_s[b])) for a, b in edges.reshape(-1, 2)]


def journey(moves: Sequence[Move], rate_hz: float = 100.0) -> Journey:
    ends = np.cumsum([duration_s for _, duration_s in moves])
    time_s = np.arange(1, round(ends[-1] * rate_hz) + 1) / rate_hz
    velocity, accel = np.zeros_like(time_s), np.zeros_like(time_s)
    for (travel_m, duration_s), end_s in zip(moves, ends, strict=True):
        share = (time_s - (end_s - duration_s)) / duration_s
        inside = (share >= 0) & (share < 1)
        s = share[inside]
        velocity[inside] = 30 * travel_m / duration_s * (s**2 - 2 * s**3 + s**4)
        accel[inside] = 60 * travel_m / duration_s**2 * (s - 3 * s**2 + 2 * s**3)
    return Journey(time_s, velocity, accel)


def steps(accel_mps2: Sequence[float], start_s: float = 0.0) -> Iterator[Step]:
    """Steps along RAIL with these mean accelerations."""
    for number, accel in enumerate(accel_mps2, start=1):
        yield Step(start_s + number * STEP_S, STEP_S, (float(accel), 0.0, STANDARD_GRAVITY_MPS2), CHIP_NOISE_MPS)


def fresh_filter() -> MotionFilter:
    """A live filter on RAIL that has seen nothing yet."""
    return MotionFilter(Params(), RAIL, Roughness(Params()))


def track(accel_mps2: Sequence[float], motion: MotionFilter | None = None, start_s: float = 0.0) -> list[Track]:
    """A live filter over these accelerations."""
    motion = motion or fresh_filter()
    return [motion.advance(step, RAIL.along(step.mean_mps2)) for step in steps(accel_mps2, start_s)]
