"""The finished stroke pair once more, with everything known: least squares over its velocity.

Steps
1. Integrate the samples along the rail from the window's first instant: v₀(t).
2. The true velocity is v₀(t) + c(t), where c starts at c₀ with an offset error b (both known from the live filter, with
   their covariance) and picks up a random increment in each step, whose variance the live filter stated.
3. Standstills inside the window are measurements v = 0, the return to the start is a weak measurement of position.
4. Velocity and position, given all measurements, follow in closed form (a Gaussian prior with linear measurements, from
   the covariance that steps 2 and 3 imply); no iteration. So do their covariances.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from sensor_hub.engine.motion import Track
from sensor_hub.engine.spacing import spacing_of
from sensor_hub.model import FloatArray

STANDSTILL_STEPS = 5
"""How many steps of a standstill make one knot."""
STROKE_STEPS = 3
"""How many steps in the middle of a stroke make one knot."""


@dataclass(frozen=True)
class Smoothed:
    """(n,) sample times, velocity and position (from 0 at the first sample); at (m,) knots the covariance of
    velocity (m, m) and of position (m, m)."""

    time_s: FloatArray
    velocity_mps: FloatArray
    position_m: FloatArray
    knot_s: FloatArray
    velocity_covariance: FloatArray
    position_covariance: FloatArray
    surprise: float = 0.0
    """Squared contradiction between the measurements, in sigmas: about their number where all are true."""

    @cached_property
    def spacing_s(self) -> float:
        return spacing_of(self.time_s)

    def velocity_sigma(self, at_s: float) -> float:
        i = min(int(np.searchsorted(self.knot_s, at_s)), len(self.knot_s) - 1)
        return float(max(self.velocity_covariance[i, i], 0.0) ** 0.5)

    def distance_sigma(self, start_s: float, end_s: float) -> float:
        """Standard uncertainty of the travel between two instants."""
        last = len(self.knot_s) - 1
        i, j = (min(int(np.searchsorted(self.knot_s, t)), last) for t in (start_s, end_s))
        p = self.position_covariance
        return float(max(p[i, i] + p[j, j] - 2 * p[i, j], 0.0) ** 0.5)


@dataclass(frozen=True, slots=True)
class Closure:
    """The sled is back at the end of the window where it was at `start_s`, with this standard uncertainty."""

    start_s: float
    sigma_m: float


def smooth(
    time_s: FloatArray, force_mps2: FloatArray, tracks: Sequence[Track], closure: Closure | None = None
) -> Smoothed:
    """Smooth one window.

    time_s, force_mps2: (n,) samples along the rail, gravity taken off. tracks: the live filter's steps over the same
    window, the first one its prior. Without a closure nothing is known of where the window ends.
    """
    tracks = _thinned(tracks)
    prior = tracks[0]
    raw = np.concatenate([[0.0], np.cumsum(0.5 * (force_mps2[1:] + force_mps2[:-1]) * np.diff(time_s))])
    raw += prior.velocity_mps - prior.offset_mps2 * (time_s - time_s[0])
    knots = np.array([k.time_s for k in tracks])
    velocity = _velocity_covariance(knots, tracks)
    cross = _integrate_rows(velocity, knots)
    travel = _integrate_rows(cross.T, knots)
    seen = _measurements(knots, tracks, time_s, raw, velocity, cross, travel, closure)
    gain = seen.of_each_other + np.diag(seen.noise)
    solved = np.linalg.solve(gain, np.column_stack([seen.targets, seen.of_velocity, seen.of_travel]))
    weighed, of_velocity, of_travel = np.split(solved, [1, len(knots) + 1], axis=1)
    smoothed = raw + np.interp(time_s, knots, seen.of_velocity.T @ weighed[:, 0])
    position = np.concatenate([[0.0], np.cumsum(0.5 * (smoothed[1:] + smoothed[:-1]) * np.diff(time_s))])
    return Smoothed(
        time_s,
        smoothed,
        position,
        knots,
        velocity - seen.of_velocity.T @ of_velocity,
        travel - seen.of_travel.T @ of_travel,
        float(seen.targets @ weighed[:, 0]),
    )


def _thinned(tracks: Sequence[Track]) -> list[Track]:
    """Steps deep inside a standstill, several at a time: they carry one measurement together. In the middle of a stroke
    likewise, except about a gap: what it hid came at once."""
    if len(tracks) <= 2 * STANDSTILL_STEPS:
        return list(tracks)
    held = np.array([k.held for k in tracks])
    blind = np.array([k.blind for k in tracks])
    about = np.ones(2 * STANDSTILL_STEPS + 1)
    standing = np.convolve(~held, about, "same") == 0
    rolling = (np.convolve(held, about, "same") == 0) & (np.convolve(blind, np.ones(3), "same") == 0)
    most = np.where(standing, STANDSTILL_STEPS, np.where(rolling, STROKE_STEPS, 1))
    most[[0, -1]] = 1
    kept: list[Track] = []
    variance, merged = 0.0, 0
    for track, together in zip(tracks, most.tolist(), strict=True):
        variance, merged = variance + track.added_variance, merged + 1
        if merged < together:
            continue
        kept.append(track if merged == 1 else _together(track, variance, merged))
        variance, merged = 0.0, 0
    return kept


def _together(last: Track, variance: float, steps: int) -> Track:
    sigma = last.hold_sigma_mps
    return replace(last, added_variance=variance, hold_sigma_mps=None if sigma is None else sigma / steps**0.5)


def _velocity_covariance(knots: FloatArray, tracks: Sequence[Track]) -> FloatArray:
    """(m, m): of the integrated velocity's error at the knots: what the start velocity and the offset leave, which go
    together, and a random walk of the steps' increments."""
    prior = tracks[0]
    start_sigma = max(prior.velocity_sigma_mps, 1e-6)
    slope = prior.cross_variance / start_sigma
    rest = max(prior.offset_variance - slope**2, 1e-12)
    elapsed = knots - knots[0]
    start = start_sigma - slope * elapsed
    walked = np.cumsum([0.0, *(k.added_variance for k in tracks[1:])])
    random_walk: FloatArray = np.minimum.outer(walked, walked)
    return np.outer(start, start) + rest * np.outer(elapsed, elapsed) + random_walk


def _integrate_rows(rows: FloatArray, knots: FloatArray) -> FloatArray:
    """The covariance of velocities (rows) with anything, into that of travels with it."""
    travels = np.zeros_like(rows)
    np.cumsum((rows[1:] + rows[:-1]) * (0.5 * np.diff(knots))[:, None], axis=0, out=travels[1:])
    return travels


@dataclass(frozen=True, slots=True)
class _Measurements:
    """(q,) measured errors with their variances, and their covariance with one another, with velocity and travel."""

    targets: FloatArray
    noise: FloatArray
    of_each_other: FloatArray
    of_velocity: FloatArray
    of_travel: FloatArray


def _measurements(
    knots: FloatArray,
    tracks: Sequence[Track],
    time_s: FloatArray,
    raw: FloatArray,
    velocity: FloatArray,
    cross: FloatArray,
    travel: FloatArray,
    closure: Closure | None,
) -> _Measurements:
    """What each standstill says of the velocity's error, and the return of the travel's."""
    held = [i for i, k in enumerate(tracks) if k.held and i > 0]
    targets = -np.interp(knots[held], time_s, raw)
    noise = np.array([sigma**2 for k in tracks[1:] if (sigma := k.hold_sigma_mps) is not None])
    of_velocity, of_travel = velocity[held], cross[:, held].T
    of_each_other = of_velocity[:, held]
    if closure is None:
        return _Measurements(targets, noise, of_each_other, of_velocity, of_travel)
    start = min(int(np.searchsorted(knots, closure.start_s)), len(knots) - 2)
    i = int(np.searchsorted(time_s, knots[start]))
    of_velocity = np.vstack([of_velocity, cross[-1] - cross[start]])
    of_travel = np.vstack([of_travel, travel[-1] - travel[start]])
    return _Measurements(
        np.append(targets, -np.trapezoid(raw[i:], time_s[i:])),
        np.append(noise, closure.sigma_m**2),
        np.column_stack([of_velocity[:, held], of_travel[:, -1] - of_travel[:, start]]),
        of_velocity,
        of_travel,
    )
