"""What a coach reads off the smoothed velocity of one rep, beyond its times, range and speeds.

docs/metrics.md has each definition with its source and its limits. In short, on a rail inclined by θ:

1. Propulsive: the concentric up to where, after its peak, the sled decelerates by more than g·sin θ
   (Sánchez-Medina 2010, moved from the vertical to a slope).
2. Power per kilogram of moved load: (a + g·sin θ)·v. Its mean over the concentric, which starts and ends at the same
   speed, is g·sin θ times the mean velocity.
3. Sticking point: the deepest minimum of velocity between two maxima of the concentric (van den Tillaar 2014). It must
   cost a tenth of the speed before it and stand out from the velocity's uncertainty.
4. Eccentric control: one minus the coefficient of variation of the speed over the middle of the way down.

The incline is read off the rep's own two strokes (direction.py), which show it better than the first motion did.
Accelerations and speeds are means over a short time, which rollers, plates and tremor do not survive.
"""

from dataclasses import dataclass, replace

import numpy as np

from sensor_hub.engine.direction import Direction, Incline
from sensor_hub.engine.rail import Rail
from sensor_hub.engine.smoothing import Smoothed
from sensor_hub.model import STANDARD_GRAVITY_MPS2, FloatArray, Rep

SUDDEN_S = 0.05
"""Width of the mean where something short is looked for: the start of braking, a sticking point."""
STEADY_S = 0.1
"""Width of the mean for power and evenness."""
SPARSE_S = 0.06
"""Samples further apart than this show neither braking, nor a sticking point, nor peak power."""
FLAT_DEG = 10.0
"""Below this incline friction takes most of the power, and no sensor on the sled sees friction."""
RAIL_SIGMA_DEG = 2.0
"""Standard uncertainty of the incline that the first motion showed, where the rep's own strokes show none."""
SCALE_SHARE = 0.005
"""Sensitivity error of such a chip, standard uncertainty."""
STICKING_SHARE = 0.1
"""Share of the speed before it that a sticking point costs at least."""
STICKING_WIDTH = 0.05
"""Share of the concentric's time over which speed is averaged to find it: the slower the rep, the more tremor shows."""
SURE_SIGMAS = 3.0
MIDDLE = (0.2, 0.8)
"""Share of the way down over which evenness is judged: without the start and the braking at the bottom."""


@dataclass(frozen=True, slots=True)
class Stroke:
    """One way along the rail, with the standard uncertainty of its first instant."""

    start_s: float
    end_s: float
    start_sigma_s: float


@dataclass(frozen=True, slots=True)
class Figure:
    """A metric and its standard uncertainty in the same unit; both None where it cannot be known."""

    value: float | None = None
    sigma: float | None = None


UNKNOWN = Figure()


def with_metrics(rep: Rep, s: Smoothed, concentric: Stroke, eccentric: Stroke, incline: Incline) -> Rep:
    """The rep with the derived metrics and their uncertainties."""
    velocity, share = propulsive(s, concentric, incline)
    mean_w, peak_w = mean_power(rep, incline), peak_power(s, concentric, incline)
    place, depth = sticking_point(s, concentric)
    control = eccentric_control(s, eccentric)
    return replace(
        rep,
        mean_propulsive_velocity_mps=velocity.value,
        propulsive_share=share.value,
        mean_power_w_per_kg=mean_w.value,
        peak_power_w_per_kg=peak_w.value,
        sticking_point_share=place.value,
        sticking_velocity_share=depth.value,
        eccentric_control=control.value,
        uncertainty={
            **rep.uncertainty,
            "mean_propulsive_velocity_mps": velocity.sigma,
            "propulsive_share": share.sigma,
            "mean_power_w_per_kg": mean_w.sigma,
            "peak_power_w_per_kg": peak_w.sigma,
            "sticking_point_share": place.sigma,
            "sticking_velocity_share": depth.sigma,
            "eccentric_control": control.sigma,
        },
    )


def incline_of(direction: Direction, rail: Rail) -> Incline:
    """The rail's incline as the rep's strokes show it; the rail says which end is up."""
    found = direction.incline(rail.gravity) or Incline(abs(rail.incline_deg), RAIL_SIGMA_DEG)
    return replace(found, deg=float(np.copysign(found.deg, rail.incline_deg)))


def propulsive(s: Smoothed, stroke: Stroke, incline: Incline) -> tuple[Figure, Figure]:
    """Mean velocity (m/s) of the propulsive part, and that part's share of the concentric's time."""
    part = _part(s, stroke)
    if part is None or s.spacing_s > SPARSE_S:
        return UNKNOWN, UNKNOWN
    velocity, at_s = s.velocity_mps[part], s.time_s[part]
    peak = int(np.argmax(velocity))
    braking = np.flatnonzero(_acceleration(s, at_s[peak:], SUDDEN_S) < -_gravity_along(incline))
    braked = len(braking) > 0
    end_s = float(at_s[peak + braking[0]]) if braked else stroke.end_s
    lasted_s, whole_s = end_s - stroke.start_s, stroke.end_s - stroke.start_s
    if lasted_s <= s.spacing_s:
        return UNKNOWN, UNKNOWN
    start_m, end_m, end_mps = _position(s, stroke.start_s), _position(s, end_s), _velocity(s, end_s)
    mean = (end_m - start_m) / lasted_s
    end_sigma_s = SUDDEN_S / 12**0.5 if braked else stroke.start_sigma_s
    sigma = _norm(
        s.distance_sigma(stroke.start_s, end_s), mean * stroke.start_sigma_s, (end_mps - mean) * end_sigma_s
    )
    share_sigma = _norm(end_sigma_s, stroke.start_sigma_s) / whole_s if braked else 0.0
    return Figure(mean, _norm(sigma / lasted_s, SCALE_SHARE * mean)), Figure(lasted_s / whole_s, share_sigma)


def mean_power(rep: Rep, incline: Incline) -> Figure:
    """Mean concentric power per kilogram of moved load (W/kg), without friction; unknown on a flat rail."""
    mean, sigma = rep.mean_velocity_mps, rep.uncertainty.get("mean_velocity_mps")
    if mean is None or sigma is None or incline.deg < FLAT_DEG:
        return UNKNOWN
    along = _gravity_along(incline)
    return Figure(along * mean, _norm(along * sigma, mean * _gravity_sigma(incline)))


def peak_power(s: Smoothed, stroke: Stroke, incline: Incline) -> Figure:
    """Highest concentric power per kilogram of moved load (W/kg), accelerations averaged over STEADY_S."""
    part = _part(s, stroke)
    if part is None or s.spacing_s > SPARSE_S or incline.deg < FLAT_DEG:
        return UNKNOWN
    at_s, velocity, along = s.time_s[part], s.velocity_mps[part], _gravity_along(incline)
    power = (_acceleration(s, at_s, STEADY_S) + along) * velocity
    blunter = (_acceleration(s, at_s, 2 * STEADY_S) + along) * velocity
    k = int(np.argmax(power))
    peak, peak_s, speed = float(power[k]), float(at_s[k]), float(velocity[k])
    force_sigma = _norm(
        _difference_sigma(s, peak_s - STEADY_S / 2, peak_s + STEADY_S / 2) / STEADY_S,
        2**0.5 * _rattle(s, part) / STEADY_S,
        _gravity_sigma(incline),
    )
    blunted = (peak - float(blunter.max())) / 3
    """What a mean over twice the time takes off is four times what this one has taken off already."""
    sigma = _norm(force_sigma * speed, s.velocity_sigma(peak_s) * peak / speed, blunted, SCALE_SHARE * peak)
    return Figure(peak, sigma)


def sticking_point(s: Smoothed, stroke: Stroke) -> tuple[Figure, Figure]:
    """Where (share of the concentric's way, from the bottom) and how deep (speed as a share of the peak before)."""
    part = _part(s, stroke)
    if part is None or s.spacing_s > SPARSE_S:
        return UNKNOWN, UNKNOWN
    at_s, width_s = s.time_s[part], max(SUDDEN_S, STICKING_WIDTH * (stroke.end_s - stroke.start_s))
    speed = _speed(s, at_s, width_s)
    before, after = np.maximum.accumulate(speed), np.maximum.accumulate(speed[::-1])[::-1]
    drops = np.minimum(before, after) - speed
    k = int(np.argmax(drops))
    first, second = int(np.argmax(speed[: k + 1])), k + int(np.argmax(speed[k:]))
    drop, peak = float(drops[k]), float(before[k])
    sigma = _norm(max(_difference_sigma(s, at_s[k], at_s[i]) for i in (first, second)), _rattle(s, part))
    if drop < STICKING_SHARE * peak or drop < SURE_SIGMAS * sigma:
        return UNKNOWN, UNKNOWN
    way = s.position_m[part] - _position(s, stroke.start_s)
    way /= _position(s, stroke.end_s) - _position(s, stroke.start_s)
    near = way[first : second + 1][speed[first : second + 1] <= speed[k] + sigma]
    place_sigma = _norm(float(near.max() - near.min()) / 12**0.5, float(speed[k]) * s.spacing_s)
    blunter = _speed(s, at_s[[k, first]], 2 * width_s)
    blunted = (float(blunter[0] / blunter[1]) - float(speed[k]) / peak) / 3
    depth = max(0.0, float(speed[k]) / peak - blunted)
    depth_sigma = _norm(sigma / peak, (1 - depth) * sigma / peak, blunted / 2)
    return Figure(float(way[k]), place_sigma), Figure(depth, depth_sigma)


def eccentric_control(s: Smoothed, stroke: Stroke) -> Figure:
    """1 for a lowering at one speed, less the more the speed varied, 0 where it varied as much as it measured."""
    start_m, end_m = _position(s, stroke.start_s), _position(s, stroke.end_s)
    part = _part(s, stroke)
    if part is None or start_m == end_m:
        return UNKNOWN
    way = (s.position_m[part] - start_m) / (end_m - start_m)
    middle = s.time_s[part][(way >= MIDDLE[0]) & (way <= MIDDLE[1])]
    if len(middle) < 4:
        return UNKNOWN
    speed = -_speed(s, middle, STEADY_S)
    mean, spread = float(speed.mean()), float(speed.std())
    sigma = _norm(_uneven_sigma(s, middle[0], middle[-1]), spread * s.velocity_sigma(float(middle.mean())) / mean)
    return Figure(max(0.0, 1.0 - spread / mean), sigma / mean)


def _part(s: Smoothed, stroke: Stroke) -> slice | None:
    """The samples of a stroke; None where there are too few of them."""
    i, j = (int(k) for k in np.searchsorted(s.time_s, [stroke.start_s, stroke.end_s]))
    return slice(i, j) if j - i >= 4 else None


def _gravity_along(incline: Incline) -> float:
    return STANDARD_GRAVITY_MPS2 * float(np.sin(np.radians(incline.deg)))


def _gravity_sigma(incline: Incline) -> float:
    across = STANDARD_GRAVITY_MPS2 * float(np.cos(np.radians(incline.deg)))
    return across * float(np.radians(incline.sigma_deg))


def _acceleration(s: Smoothed, at_s: FloatArray, width_s: float) -> FloatArray:
    """Mean acceleration over a width around each instant."""
    half = max(width_s, 2 * s.spacing_s) / 2
    rise = np.interp(at_s + half, s.time_s, s.velocity_mps) - np.interp(at_s - half, s.time_s, s.velocity_mps)
    return np.asarray(rise / (2 * half))


def _speed(s: Smoothed, at_s: FloatArray, width_s: float) -> FloatArray:
    """Mean velocity over a width around each instant."""
    half = max(width_s, 2 * s.spacing_s) / 2
    way = np.interp(at_s + half, s.time_s, s.position_m) - np.interp(at_s - half, s.time_s, s.position_m)
    return np.asarray(way / (2 * half))


def _rattle(s: Smoothed, part: slice) -> float:
    """What the short mean takes off the velocity, root mean square (m/s)."""
    return float(np.sqrt(np.mean((s.velocity_mps[part] - _speed(s, s.time_s[part], SUDDEN_S)) ** 2)))


def _position(s: Smoothed, at_s: float) -> float:
    return float(np.interp(at_s, s.time_s, s.position_m))


def _velocity(s: Smoothed, at_s: float) -> float:
    return float(np.interp(at_s, s.time_s, s.velocity_mps))


def _difference_sigma(s: Smoothed, first_s: float, second_s: float) -> float:
    """Standard uncertainty of the difference of the velocities at two instants."""
    last = len(s.knot_s) - 1
    i, j = (min(int(np.searchsorted(s.knot_s, t)), last) for t in (first_s, second_s))
    c = s.velocity_covariance
    return float(max(c[i, i] + c[j, j] - 2 * c[i, j], 0.0) ** 0.5)


def _uneven_sigma(s: Smoothed, start_s: float, end_s: float) -> float:
    """Root mean square of the velocity's error between two instants, about the error's own mean there."""
    i, j = (int(k) for k in np.searchsorted(s.knot_s, [start_s, end_s]))
    c = s.velocity_covariance[i : j + 1, i : j + 1]
    return float(max(np.trace(c) / len(c) - c.mean(), 0.0) ** 0.5) if len(c) else 0.0


def _norm(*parts: float) -> float:
    return float(sum(part**2 for part in parts) ** 0.5)
