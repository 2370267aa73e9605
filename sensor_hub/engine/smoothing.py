"""The finished stroke pair once more, with everything known: least squares over its velocity.

Steps
1. Integrate the samples along the rail from the window's first instant: v₀(t).
2. The true velocity is v₀(t) + c(t), where c starts at c₀ with an offset error b (both known from the live filter, with
   their covariance) and picks up a random increment in each step, whose variance the live filter stated. Under a
   gap the sled may moreover have gone there and back: a displacement of its own, whatever the velocity at both ends.
   And no rail is straight, no roller round: the sensor tilts a little with the place where the sled is, and gravity
   leaks into the signal, there and back alike.
3. Standstills inside the window are measurements v = 0, the return to the start is a weak measurement of position.
4. Velocity and position, given all measurements, follow in closed form (a Gaussian prior with linear measurements, from
   the covariance that steps 2 and 3 imply); no iteration. So do their covariances.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from sensor_hub.engine.knots import Knots, knots_of
from sensor_hub.engine.motion import Track
from sensor_hub.engine.spacing import spacing_of
from sensor_hub.model import FloatArray

IntArray = NDArray[np.int_]

RAIL_MPS2 = 0.003
RAIL_M = 0.05
"""Gravity that leaks along the rail where it bends (0.02 degrees) or a roller turns: standard deviation, and how far
apart places must be to have little in common."""


@dataclass(frozen=True, slots=True)
class Hidden:
    """A stretch without samples, and the standard uncertainty of the velocity in its middle."""

    start_s: float
    end_s: float
    sigma_mps: float

    def holds(self, at_s: float) -> bool:
        return self.start_s <= at_s <= self.end_s

    @property
    def instant_sigma_s(self) -> float:
        """Of an instant that may lie anywhere in it."""
        return (self.end_s - self.start_s) / 12**0.5


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
    gaps: tuple["Hidden", ...] = ()
    surprise: float = 0.0
    """Squared contradiction between the measurements, in sigmas: about their number where all are true."""

    @cached_property
    def spacing_s(self) -> float:
        return spacing_of(self.time_s)

    def blind(self, start_s: float, end_s: float) -> bool:
        """Whether samples are missing between two instants."""
        return any(gap.start_s < end_s and gap.end_s > start_s for gap in self.gaps)

    def velocity_sigma(self, at_s: float) -> float:
        i = self._knot(at_s)
        return float(max(self.velocity_covariance[i, i], 0.0) ** 0.5)

    def joint_covariance(self, start_s: float, end_s: float) -> FloatArray:
        """(3, 3): of the velocities at two instants and the travel between them."""
        i, j = self._knot(start_s), self._knot(end_s)
        v, (with_speed, with_way) = self.velocity_covariance, self._integrals
        start, end = with_speed[j, i] - with_speed[i, i], with_speed[j, j] - with_speed[i, j]
        seen = with_way[j, j] - with_way[i, j] - with_way[j, i] + with_way[i, i]
        way = max(float(seen), self.distance_sigma(start_s, end_s) ** 2)
        return np.array([[v[i, i], v[i, j], start], [v[i, j], v[j, j], end], [start, end, way]])

    def distance_sigma(self, start_s: float, end_s: float) -> float:
        """Standard uncertainty of the travel between two instants. One under a gap may be at either end of it."""
        start_s, end_s = self.before(start_s), self.after(end_s)
        i, j, p = self._knot(start_s), self._knot(end_s), self.position_covariance
        return float(max(p[i, i] + p[j, j] - 2 * p[i, j], 0.0) ** 0.5)

    def before(self, at_s: float) -> float:
        """The instant, or the start of the gap it lies under."""
        return min([at_s, *(gap.start_s for gap in self.gaps if gap.holds(at_s))])

    def after(self, at_s: float) -> float:
        """The instant, or the end of the gap it lies under."""
        return max([at_s, *(gap.end_s for gap in self.gaps if gap.holds(at_s))])

    @cached_property
    def _integrals(self) -> tuple[FloatArray, FloatArray]:
        """(m, m) each: the covariance of the seen travel up to one knot with the velocity at another, and with the
        travel up to it."""
        with_speed = _integrate_rows(self.velocity_covariance, self.knot_s)
        return with_speed, _integrate_rows(with_speed.T, self.knot_s)

    def _knot(self, at_s: float) -> int:
        """The first knot not before the instant."""
        return min(int(self.knot_s.searchsorted(at_s)), len(self.knot_s) - 1)


@dataclass(frozen=True, slots=True)
class Closure:
    """The sled is back at the end of the window where it was at `start_s`, with this standard uncertainty."""

    start_s: float
    sigma_m: float


@dataclass(frozen=True, slots=True)
class Place:
    """The sled is at `at_s` so far from where it was at `from_s`, with this standard uncertainty."""

    from_s: float
    at_s: float
    travel_m: float
    sigma_m: float


def smooth(
    time_s: FloatArray,
    force_mps2: FloatArray,
    tracks: Sequence[Track],
    closure: Closure | None = None,
    places: Sequence[Place] = (),
) -> Smoothed:
    """Smooth one window.

    time_s, force_mps2: (n,) samples along the rail, gravity taken off. tracks: the live filter's steps over the same
    window, the first one its prior. Without a closure nothing is known of where the window ends.
    """
    prior, knots = tracks[0], knots_of(tracks)
    raw = np.concatenate([[0.0], np.cumsum(0.5 * (force_mps2[1:] + force_mps2[:-1]) * np.diff(time_s))])
    raw += prior.velocity_mps - prior.offset_mps2 * (time_s - time_s[0])
    velocity = _velocity_covariance(knots, prior) + _leaked(knots)
    cross = _integrate_rows(velocity, knots.time_s)
    hidden = _hidden_travel(knots)
    travel = _integrate_rows(cross.T, knots.time_s) + hidden
    known = _travels(knots, time_s, raw, closure, places)
    seen = _measurements(knots, time_s, raw, velocity, cross, travel, known)
    gain = seen.of_each_other + np.diag(seen.noise)
    solved = np.linalg.solve(gain, np.column_stack([seen.targets, seen.of_velocity, seen.of_travel]))
    m = len(knots.time_s)
    weighed, of_velocity, of_travel = solved[:, 0], solved[:, 1 : m + 1], solved[:, m + 1 :]
    smoothed = raw + np.interp(time_s, knots.time_s, seen.of_velocity.T @ weighed)
    position = np.concatenate([[0.0], np.cumsum(0.5 * (smoothed[1:] + smoothed[:-1]) * np.diff(time_s))])
    if len(known.last) and hidden[-1, -1] > 0:
        unseen = (hidden[known.last] - hidden[known.first]).T @ weighed[-len(known.last) :]
        position += _at_gaps(time_s, knots.time_s, unseen)
    return Smoothed(
        time_s,
        smoothed,
        position,
        knots.time_s,
        velocity - seen.of_velocity.T @ of_velocity,
        travel - seen.of_travel.T @ of_travel,
        _gaps(knots),
        float(seen.targets @ weighed),
    )


def _velocity_covariance(knots: Knots, prior: Track) -> FloatArray:
    """(m, m): of the integrated velocity's error at the knots: what the start velocity and the offset leave, which go
    together, and a random walk of the steps' increments."""
    start_sigma = max(prior.velocity_sigma_mps, 1e-6)
    slope = prior.cross_variance / start_sigma
    rest = max(prior.offset_variance - slope**2, 1e-12)
    elapsed = knots.time_s - knots.time_s[0]
    start = start_sigma - slope * elapsed
    walked = np.cumsum(knots.added_variance) - knots.added_variance[0]
    random_walk: FloatArray = np.minimum.outer(walked, walked)
    return np.outer(start, start) + rest * np.outer(elapsed, elapsed) + random_walk


def _leaked(knots: Knots) -> FloatArray:
    """(m, m): of the velocity that a force along the rail adds which depends on the place."""
    apart = np.subtract.outer(knots.position_m, knots.position_m) / RAIL_M
    force = RAIL_MPS2**2 * np.exp(-0.5 * apart * apart)
    return _integrate_rows(_integrate_rows(force, knots.time_s).T, knots.time_s)


def _gaps(knots: Knots) -> tuple[Hidden, ...]:
    t, q = knots.time_s.tolist(), knots.added_variance.tolist()
    return tuple(Hidden(t[i - 1], t[i], 0.5 * q[i] ** 0.5) for i in np.flatnonzero(knots.blind).tolist() if i)


def _hidden_travel(knots: Knots) -> FloatArray:
    """(m, m): of what a random walk of the velocity under a gap, pinned at both ends, adds to the travel."""
    lasted = np.diff(knots.time_s, prepend=knots.time_s[0])
    walked = np.cumsum(np.where(knots.blind, knots.added_variance * lasted**2 / 12, 0.0))
    hidden: FloatArray = np.minimum.outer(walked, walked)
    return hidden


def _at_gaps(time_s: FloatArray, knots: FloatArray, travel: FloatArray) -> FloatArray:
    """Travel at the knots to the samples: it jumps at a knot that ends a gap."""
    return travel[np.searchsorted(knots, time_s, side="right") - 1]


def _nearest(knots: FloatArray, at_s: float) -> int:
    return min(int(np.searchsorted(knots, at_s)), len(knots) - 2)


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


@dataclass(frozen=True, slots=True)
class _Travels:
    """(k,) travels between two knots that are known, by how much the integral falls short of them, and how well."""

    first: IntArray
    last: IntArray
    short_m: FloatArray
    variance: FloatArray


def _travels(
    knots: Knots, time_s: FloatArray, raw: FloatArray, closure: Closure | None, places: Sequence[Place]
) -> _Travels:
    newest = len(knots.time_s) - 1
    spans = [
        (
            *np.minimum(np.searchsorted(knots.time_s, [one.from_s, one.at_s]), newest).tolist(),
            one.travel_m,
            one.sigma_m,
        )
        for one in places
    ]
    if closure is not None:
        spans.append((_nearest(knots.time_s, closure.start_s), newest, 0.0, closure.sigma_m))
    short_m = []
    for first, last, travel_m, _ in spans:
        i, j = np.searchsorted(time_s, knots.time_s[[first, last]])
        short_m.append(travel_m - float(np.trapezoid(raw[i : j + 1], time_s[i : j + 1])))
    return _Travels(
        np.array([first for first, *_ in spans], int),
        np.array([last for _, last, *_ in spans], int),
        np.array(short_m),
        np.array([sigma_m**2 for *_, sigma_m in spans]),
    )


def _measurements(
    knots: Knots,
    time_s: FloatArray,
    raw: FloatArray,
    velocity: FloatArray,
    cross: FloatArray,
    travel: FloatArray,
    known: _Travels,
) -> _Measurements:
    """What each standstill says of the velocity's error, and each known travel of the travel's."""
    held = 1 + np.flatnonzero(~np.isnan(knots.hold_sigma_mps[1:]))
    targets = -np.interp(knots.time_s[held], time_s, raw)
    noise = knots.hold_sigma_mps[held] ** 2
    of_velocity, of_travel = velocity[held], cross[:, held].T
    of_each_other = of_velocity[:, held]
    if not len(known.last):
        return _Measurements(targets, noise, of_each_other, of_velocity, of_travel)
    moved_velocity, moved_travel = cross[known.last] - cross[known.first], travel[known.last] - travel[known.first]
    among = moved_travel[:, known.last] - moved_travel[:, known.first]
    return _Measurements(
        np.concatenate([targets, known.short_m]),
        np.concatenate([noise, known.variance]),
        np.block([[of_each_other, moved_velocity[:, held].T], [moved_velocity[:, held], among]]),
        np.vstack([of_velocity, moved_velocity]),
        np.vstack([of_travel, moved_travel]),
    )
