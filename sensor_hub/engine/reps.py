"""A candidate into a rep: smooth its window, read the instants off the velocity, measure, judge.

Steps
1. Window: from the last standstill before the candidate (at most `LEAD_S` earlier) to the newest step.
2. Smooth it (smoothing.py).
3. Read off the instants at which its strokes start and end (instants.py).
4. Metrics between those instants (and metrics.py for what is derived from them); uncertainty from the smoother's
   covariance and the sensor's unknown scale.
5. Gates: range, return, speed. A candidate that fails one is kept with the values that were judged.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from sensor_hub.engine.across import AcrossError, across_error
from sensor_hub.engine.direction import Direction
from sensor_hub.engine.instants import Instant, Instants, find_instants, spread
from sensor_hub.engine.metrics import SCALE_SHARE, Stroke, incline_of, with_metrics
from sensor_hub.engine.motion import Track
from sensor_hub.engine.params import Params
from sensor_hub.engine.rail import Rail
from sensor_hub.engine.smoothing import Closure, Smoothed, smooth
from sensor_hub.engine.strokes import Candidate
from sensor_hub.engine.trace import trace_of
from sensor_hub.engine.turnaround import bounce_cause, bounced, hard_lockout, turn_acceleration
from sensor_hub.model import MOVING_MPS, FloatArray, Rep, RepTrace

LEAD_S = 1.5
"""How far before the start the window reaches."""
TURN_S = 0.3
"""A turn with samples missing this close to it was not seen."""
CLOSURE_M = 0.015
"""How closely a rep returns to its start: knees extend to the same place, more or less."""
SHORT_CLOSURE_M = 0.1
"""The same for a rep that seemed to stop short of it, or was cut off on its way back."""
STOPPED_MPS = 0.015
"""Uncertainty of "velocity is zero" where a rep was seen to end in a stop, too short as yet for a standstill."""


@dataclass(frozen=True, slots=True)
class Measured:
    rep: Rep
    trace: RepTrace
    gates: dict[str, float | None]
    out_start_s: float
    back_end_s: float
    holed: bool
    """Samples are missing in it."""
    direction: Direction = field(default_factory=Direction)
    """Of its two strokes, whatever the rail was taken to be."""


def measure(
    candidate: Candidate,
    number: int,
    time_s: FloatArray,
    force_mps2: FloatArray,
    tracks: Sequence[Track],
    rail: Rail,
    params: Params,
) -> Measured | None:
    """Settle one candidate; None where the window holds too little to measure.

    time_s, force_mps2: (n,) and (n, 3), the samples over the window of `tracks` in the sensor's frame.
    """
    if len(time_s) < 4 or len(tracks) < 3:
        return None
    ended = next((k for k in reversed(tracks) if k.time_s <= candidate.end_s), tracks[0])
    stopped = not candidate.turned_at_home and (ended.held or abs(ended.velocity_mps) < MOVING_MPS)
    back = candidate.returned_share >= params.returned_share and (stopped or candidate.turned_at_home)
    closure = Closure(candidate.start_s, CLOSURE_M if back else SHORT_CLOSURE_M)
    if stopped and ended is tracks[-1] and not ended.held:
        tracks = [*tracks[:-1], replace(ended, hold_sigma_mps=STOPPED_MPS)]
    sign = 1.0 if candidate.concentric_first else -1.0
    force = rail.along_all(force_mps2)
    smoothed = smooth(time_s, force, tracks, closure)
    instants = find_instants(smoothed, sign, candidate)
    if instants is not None and _starts_elsewhere(smoothed, closure, instants.out_start):
        smoothed = smooth(time_s, force, tracks, replace(closure, start_s=instants.out_start.at_s))
        instants = find_instants(smoothed, sign, candidate)
    if instants is None:
        return None
    strokes = _span(instants.out_start, instants.out_end), _span(instants.back_start, instants.back_end)
    across = across_error(time_s, force_mps2, rail, strokes)
    measured = _measured(candidate, number, smoothed, instants, across, sign, params)
    direction = _direction(time_s, force_mps2, strokes)
    ecc, conc = reversed(strokes) if candidate.concentric_first else strokes
    rep = with_metrics(measured.rep, smoothed, conc, ecc, incline_of(direction, rail))
    return replace(measured, rep=rep, direction=direction)


def _starts_elsewhere(s: Smoothed, closure: Closure, start: Instant) -> bool:
    """Whether a gap made live see the start where the sled was not at home yet: it does not come back there."""
    if not s.gaps:
        return False
    at_m, taken_m = np.interp([start.at_s, closure.start_s], s.time_s, s.position_m)
    return abs(float(at_m - taken_m)) > 2 * closure.sigma_m


def _direction(time_s: FloatArray, force_mps2: FloatArray, strokes: Sequence[Stroke]) -> Direction:
    shown = Direction()
    for stroke in strokes:
        i, j = np.searchsorted(time_s, [stroke.start_s, stroke.end_s])
        shown = shown.with_stroke(time_s[i:j], force_mps2[i:j])
    return shown


def _span(start: Instant, end: Instant) -> Stroke:
    return Stroke(start.at_s, end.at_s, start.sigma_s)


def _measured(
    candidate: Candidate, number: int, s: Smoothed, at: Instants, across: AcrossError, sign: float, params: Params
) -> Measured:
    out_mps = _stroke(s, at.out_start, at.out_end, across, sign, outward=True)
    back_mps = _stroke(s, at.back_start, at.back_end, across, -sign, outward=False)
    conc, ecc = (out_mps, back_mps) if candidate.concentric_first else (back_mps, out_mps)
    pause_s = at.back_start.at_s - at.out_end.at_s
    rom_m = out_mps.travel_m
    down_first = not candidate.concentric_first
    uncertainty: dict[str, float | None] = {
        "eccentric_s": ecc.duration_sigma_s,
        "concentric_s": conc.duration_sigma_s,
        "rom_m": _with_scale(out_mps.travel_sigma_m, rom_m),
        "mean_velocity_mps": conc.mean_sigma_mps,
        "peak_velocity_mps": conc.peak_sigma_mps,
        "mean_eccentric_velocity_mps": ecc.mean_sigma_mps,
        "peak_eccentric_velocity_mps": ecc.peak_sigma_mps,
        "bottom_pause_s" if down_first else "top_pause_s": spread(s, at.out_end, at.back_start),
        "time_under_tension_s": spread(s, at.out_start, at.back_end),
    }
    end = min(int(np.searchsorted(s.time_s, conc.end_s)), len(s.time_s) - 1)
    far_s = float(s.time_s[at.far])
    turn_seen = down_first and not s.blind(far_s - TURN_S, far_s + TURN_S)
    thrown = bounced(s.time_s, s.velocity_mps, at.far, params) if turn_seen else None
    rep = Rep(
        number=number,
        start_s=ecc.start_s if down_first else None,
        bottom_s=ecc.end_s if down_first else None,
        turn_s=conc.start_s,
        end_s=conc.end_s,
        eccentric_s=ecc.end_s - ecc.start_s,
        bottom_pause_s=pause_s if down_first else None,
        concentric_s=conc.end_s - conc.start_s,
        top_pause_s=None if down_first else pause_s,
        rom_m=rom_m,
        mean_velocity_mps=conc.mean_mps,
        peak_velocity_mps=conc.peak_mps,
        mean_eccentric_velocity_mps=ecc.mean_mps,
        peak_eccentric_velocity_mps=ecc.peak_mps,
        turn_acceleration_mps2=turn_acceleration(s.time_s, s.velocity_mps, at.far) if turn_seen else None,
        bounced=thrown,
        bounce_cause=bounce_cause(s.time_s, s.velocity_mps, far_s, params) if thrown else None,
        hard_lockout=None
        if s.blind(conc.end_s - TURN_S, conc.end_s + TURN_S)
        else hard_lockout(s.time_s, s.velocity_mps, end, params),
        partial=None,
        time_under_tension_s=at.back_end.at_s - at.out_start.at_s,
        uncertainty=uncertainty,
    )
    gates: dict[str, float | None] = {
        "rom_m": rom_m,
        "returned_share": candidate.returned_share,
        "mean_velocity_mps": rep.mean_velocity_mps,
        "mean_eccentric_velocity_mps": rep.mean_eccentric_velocity_mps,
        "eccentric_s": rep.eccentric_s,
        "concentric_s": rep.concentric_s,
    }
    trace = trace_of(s, at.out_start.at_s, at.back_end.at_s)
    start_s, end_s = at.out_start.at_s, at.back_end.at_s
    return Measured(rep, trace, gates, start_s, end_s, s.blind(start_s, end_s))


@dataclass(frozen=True, slots=True)
class _StrokeFigures:
    start_s: float
    end_s: float
    travel_m: float
    travel_sigma_m: float
    mean_mps: float
    peak_mps: float
    duration_sigma_s: float
    mean_sigma_mps: float
    peak_sigma_mps: float


def _stroke(
    s: Smoothed, start: Instant, end: Instant, across: AcrossError, sign: float, outward: bool
) -> _StrokeFigures:
    """A stroke that starts or ends at home under a gap: there the sled stood before, or after."""
    ends_s = [s.before(start.at_s), end.at_s] if outward else [start.at_s, s.after(end.at_s)]
    travel_m = sign * float(np.diff(np.interp(ends_s, s.time_s, s.position_m))[0])
    i, j = np.searchsorted(s.time_s, start.at_s), np.searchsorted(s.time_s, end.at_s, side="right")
    speed = sign * s.velocity_mps[i:j]
    k = min(int(i) + (int(np.argmax(speed)) if len(speed) else 0), len(s.time_s) - 1)
    peak = float(speed.max()) if len(speed) else 0.0
    duration = end.at_s - start.at_s
    mean = travel_m / duration
    across_m = across.of(_span(start, end))
    travel_sigma = max(s.distance_sigma(start.at_s, end.at_s), across_m)
    mean_sigma = max(_mean_sigma(s, start, end, mean), across_m / duration)
    return _StrokeFigures(
        start.at_s,
        end.at_s,
        travel_m,
        travel_sigma,
        mean,
        peak,
        spread(s, start, end),
        _with_scale(mean_sigma, mean),
        float(
            np.hypot(
                _with_scale(float(np.hypot(s.velocity_sigma(float(s.time_s[k])), across.velocity_mps)), peak),
                _hidden_peak(s, start.at_s, end.at_s, sign, peak),
            )
        ),
    )


def _hidden_peak(s: Smoothed, start_s: float, end_s: float, sign: float, peak_mps: float) -> float:
    """By how much a gap inside the stroke may hide a higher one, as a standard uncertainty."""
    beyond = [0.0]
    for gap in s.gaps:
        if gap.start_s < end_s and gap.end_s > start_s:
            middle = sign * float(np.interp(0.5 * (gap.start_s + gap.end_s), s.time_s, s.velocity_mps))
            beyond.append(0.5 * (middle + 2 * gap.sigma_mps - peak_mps))
    return max(beyond)


def _mean_sigma(s: Smoothed, start: Instant, end: Instant, mean_mps: float) -> float:
    """Standard uncertainty of the mean velocity of a stroke. A velocity that is too high adds travel, but it shows the
    stroke longer, too, by times in which the sled is slow: most of that cancels."""
    duration_s = end.at_s - start.at_s
    slower = (MOVING_MPS - mean_mps) / duration_s
    weights = np.array([slower * abs(start.per_mps), slower * abs(end.per_mps), 1.0 / duration_s])
    seen = float(weights @ s.joint_covariance(start.at_s, end.at_s) @ weights)
    return float(np.hypot(max(seen, 0.0) ** 0.5, slower * (start.own_sigma_s + end.own_sigma_s)))


def _with_scale(sigma: float, value: float) -> float:
    return float(np.hypot(sigma, SCALE_SHARE * value))
