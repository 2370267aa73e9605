"""The finished stroke pair once more, with everything known: least squares over its velocity.

Steps
1. Integrate the samples along the rail from the window's first instant: v₀(t).
2. The true velocity is v₀(t) + c(t), where c starts at c₀ with an offset error b (both known from the live filter, with
   their covariance) and picks up a random increment in each step, whose variance the live filter stated.
3. Standstills inside the window are measurements v = 0, the return to the start is a weak measurement of position.
4. The increments' conditional mean and covariance, given all measurements, follow in closed form (a Gaussian prior with
   linear measurements); no iteration. From them the smoothed velocity and position, with covariances.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from sensor_hub.engine.motion import Track
from sensor_hub.model import FloatArray

STANDSTILL_STEPS = 5
"""How many steps of a standstill make one knot."""


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

    @cached_property
    def spacing_s(self) -> float:
        return float(np.median(np.diff(self.time_s)))

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


def smooth(time_s: FloatArray, force_mps2: FloatArray, tracks: Sequence[Track], closure: Closure) -> Smoothed:
    """Smooth one window.

    time_s, force_mps2: (n,) samples along the rail, gravity taken off. tracks: the live filter's steps over the same
    window, the first one its prior.
    """
    tracks = _thinned(tracks)
    prior = tracks[0]
    raw = np.concatenate([[0.0], np.cumsum(0.5 * (force_mps2[1:] + force_mps2[:-1]) * np.diff(time_s))])
    raw += prior.velocity_mps - prior.offset_mps2 * (time_s - time_s[0])
    knots = np.array([k.time_s for k in tracks])
    basis = _velocity_basis(knots, tracks)
    travel = _integrate_rows(basis, knots)
    rows, targets, noise = _measurements(knots, basis, travel, tracks, time_s, raw, closure)
    gain = rows @ rows.T + np.diag(noise)
    correction = basis @ (rows.T @ np.linalg.solve(gain, targets))
    reduced = rows @ basis.T
    reduced_travel = rows @ travel.T
    velocity = raw + np.interp(time_s, knots, correction)
    position = np.concatenate([[0.0], np.cumsum(0.5 * (velocity[1:] + velocity[:-1]) * np.diff(time_s))])
    return Smoothed(
        time_s,
        velocity,
        position,
        knots,
        basis @ basis.T - reduced.T @ np.linalg.solve(gain, reduced),
        travel @ travel.T - reduced_travel.T @ np.linalg.solve(gain, reduced_travel),
    )


def _thinned(tracks: Sequence[Track]) -> list[Track]:
    """Steps deep inside a standstill, several at a time: they carry one measurement together."""
    if len(tracks) <= 2 * STANDSTILL_STEPS:
        return list(tracks)
    held = np.array([k.held for k in tracks])
    edge = np.convolve(~held, np.ones(2 * STANDSTILL_STEPS + 1), "same") > 0
    edge[[0, -1]] = True
    kept: list[Track] = []
    variance, merged = 0.0, 0
    for track, near_edge in zip(tracks, edge, strict=True):
        variance, merged = variance + track.added_variance, merged + 1
        if not near_edge and merged < STANDSTILL_STEPS:
            continue
        sigma = track.hold_sigma_mps
        together = None if sigma is None else sigma / merged**0.5
        kept.append(replace(track, added_variance=variance, hold_sigma_mps=together))
        variance, merged = 0.0, 0
    return kept


def _velocity_basis(knots: FloatArray, tracks: Sequence[Track]) -> FloatArray:
    """(m, m+1): velocity error at each knot as a combination of independent standard normal errors.

    Columns: start velocity, offset, then each step's increment.
    """
    prior = tracks[0]
    m = len(tracks)
    basis = np.zeros((m, m + 1))
    start_sigma = max(prior.velocity_sigma_mps, 1e-6)
    slope = prior.cross_variance / start_sigma
    rest = max(prior.offset_variance - slope**2, 1e-12) ** 0.5
    elapsed = knots - knots[0]
    basis[:, 0] = start_sigma - slope * elapsed
    basis[:, 1] = -rest * elapsed
    steps = np.sqrt([k.added_variance for k in tracks[1:]])
    basis[1:, 2:] = np.tril(np.ones((m - 1, m - 1))) * steps
    return basis


def _integrate_rows(basis: FloatArray, knots: FloatArray) -> FloatArray:
    steps = 0.5 * (basis[1:] + basis[:-1]) * np.diff(knots)[:, None]
    return np.concatenate([np.zeros((1, basis.shape[1])), np.cumsum(steps, axis=0)])


def _measurements(
    knots: FloatArray,
    basis: FloatArray,
    travel: FloatArray,
    tracks: Sequence[Track],
    time_s: FloatArray,
    raw: FloatArray,
    closure: Closure,
) -> tuple[FloatArray, FloatArray, FloatArray]:
    held = [i for i, k in enumerate(tracks) if k.held and i > 0]
    rows = [basis[i] for i in held]
    targets = [-float(np.interp(knots[i], time_s, raw)) for i in held]
    noise = [sigma**2 for k in tracks[1:] if (sigma := k.hold_sigma_mps) is not None]
    k = min(int(np.searchsorted(knots, closure.start_s)), len(knots) - 2)
    i = int(np.searchsorted(time_s, knots[k]))
    rows.append(travel[-1] - travel[k])
    targets.append(-float(np.trapezoid(raw[i:], time_s[i:])))
    noise.append(closure.sigma_m**2)
    return np.array(rows), np.array(targets), np.array(noise)
