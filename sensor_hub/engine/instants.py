"""When a rep's strokes start and end, read off the smoothed velocity, and how sure that is.

Steps
1. The outward stroke starts where |v| last fell short of 0.02 m/s before the sled had left home by `CLEAR_M`; it ends
   at the last such instant before the far point; the return likewise, mirrored in time.
2. A velocity error moves an instant to where the velocity is off the threshold by as much; samples far apart, and
   gaps, leave it open by themselves.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from sensor_hub.engine.smoothing import Smoothed
from sensor_hub.engine.strokes import Candidate
from sensor_hub.model import MOVING_MPS, FloatArray

TRAIL_S = 0.3
"""How far before a candidate's start and after its end its instants are looked for."""
UNSEEN_S = 0.5
"""Standard uncertainty of an instant that lies outside the window."""
START_S = 0.05
"""How long a stroke takes to get going: samples closer than this show more of when than their spacing."""
CLEAR_M = 0.01


@dataclass(frozen=True, slots=True)
class Instant:
    """When the sled began or ceased to move, with its standard uncertainty."""

    at_s: float
    sigma_s: float
    per_mps: float
    """How much later the instant is for a velocity that is higher by one unit, outwards."""
    own_sigma_s: float
    """The part of its uncertainty that does not come from the velocity."""


@dataclass(frozen=True, slots=True)
class Instants:
    """Of both strokes of a rep."""

    far: int
    """Index of the sample furthest from home."""
    out_start: Instant
    out_end: Instant
    back_start: Instant
    back_end: Instant


def find_instants(s: Smoothed, sign: float, candidate: Candidate) -> Instants | None:
    """None where they do not follow one another. sign: of the velocity on the way out."""
    t, out, p = s.time_s, sign * s.velocity_mps, sign * s.position_m
    i0 = int(np.searchsorted(t, candidate.start_s - TRAIL_S))
    i1 = int(np.searchsorted(t, candidate.end_s + TRAIL_S))
    if i1 - i0 < 4:
        return None
    far = i0 + int(np.argmax(p[i0:i1]))
    near_start = i0 + int(np.argmin(p[i0 : far + 1]))
    near_end = far + int(np.argmin(p[far:i1]))
    left = np.flatnonzero(p[near_start : far + 1] > p[near_start] + CLEAR_M)
    back = np.flatnonzero(p[far : near_end + 1] > p[near_end] + CLEAR_M)
    if not len(left) or not len(back):
        return None
    a = _settle(s, -1, lambda level: _rise_before(t, out, near_start + int(left[0]), level))
    b = _settle(s, 1, lambda level: _last_beyond(t, out, far, level))
    c = _settle(s, 1, lambda level: _first_beyond(t, -out, far, level))
    d = _settle(s, -1, lambda level: _fall_after(t, -out, far + int(back[-1]), level))
    if not a.at_s < b.at_s <= c.at_s < d.at_s:
        return None
    return Instants(far, a, b, c, d)


def spread(s: Smoothed, start: Instant, end: Instant) -> float:
    """Standard uncertainty of the time between two instants. Samples far apart smear a stroke at both ends alike."""
    weights = np.array([-start.per_mps, end.per_mps, 0.0])
    seen = float(weights @ s.joint_covariance(start.at_s, end.at_s) @ weights)
    return float(np.hypot(max(seen, 0.0) ** 0.5, start.own_sigma_s + end.own_sigma_s))


def _settle(s: Smoothed, later: int, crossing: Callable[[float], float]) -> Instant:
    """A velocity error moves the crossing to where the velocity is off the threshold by as much. later: 1 where a
    velocity that is higher outwards makes it later, -1 where it makes it earlier."""
    at_s = crossing(MOVING_MPS)
    sigma = s.velocity_sigma(at_s)
    early, late = crossing(MOVING_MPS + sigma), crossing(max(MOVING_MPS - sigma, 0.1 * MOVING_MPS))
    moved = float(np.hypot(early - at_s, late - at_s)) / 2**0.5
    unseen = UNSEEN_S if at_s in (s.time_s[0], s.time_s[-1]) else 0.0
    for gap in s.gaps:
        if gap.start_s - s.spacing_s < at_s < gap.end_s + s.spacing_s:
            unseen = max(unseen, gap.instant_sigma_s)
    own, per_mps = s.spacing_s / 12**0.5 * min(1.0, s.spacing_s / START_S), later * moved / sigma
    if unseen > moved:
        moved, own, per_mps = 0.0, float(np.hypot(own, unseen)), 0.0
    return Instant(at_s, float(np.hypot(moved, own)), per_mps, own)


def _rise_before(t: FloatArray, v: FloatArray, inside: int, level: float) -> float:
    """The last instant before index `inside` at which v rose through the level."""
    slow = np.flatnonzero(v[: inside + 1] < level)
    return float(t[0]) if not len(slow) else _interpolate(t, v, int(slow[-1]), level)


def _fall_after(t: FloatArray, v: FloatArray, inside: int, level: float) -> float:
    slow = np.flatnonzero(v[inside:] < level)
    return float(t[-1]) if not len(slow) else _interpolate(t, v, inside + int(slow[0]) - 1, level)


def _last_beyond(t: FloatArray, v: FloatArray, far: int, level: float) -> float:
    """The last instant before the far point at which v was still beyond the level."""
    fast = np.flatnonzero(v[: far + 1] >= level)
    return float(t[far]) if not len(fast) else _interpolate(t, v, int(fast[-1]), level)


def _first_beyond(t: FloatArray, v: FloatArray, far: int, level: float) -> float:
    fast = np.flatnonzero(v[far:] >= level)
    return float(t[far]) if not len(fast) else _interpolate(t, v, far + int(fast[0]) - 1, level)


def _interpolate(t: FloatArray, v: FloatArray, i: int, level: float) -> float:
    """Where v passes the level between samples i and i + 1."""
    i = max(0, min(i, len(t) - 2))
    rise = v[i + 1] - v[i]
    share = 0.5 if rise == 0 else float(np.clip((level - v[i]) / rise, 0.0, 1.0))
    return float(t[i] + share * (t[i + 1] - t[i]))
