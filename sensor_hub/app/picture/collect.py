"""What a picture of a recording shows, gathered once for every renderer.

Steps
1. Acceleration along the rail: the samples on the newest axis found by then (the first axis also for what came before
   it), less what they show while the sled stands; and its mean over `SMOOTH_S`, the same without the shaking.
2. Provisional: what a live screen would have shown, from the Motion and PhaseBegan events.
3. Settled: each rep's own trace and numbers.
4. Position is drawn from where each rep starts: a rep begins at zero, and so does the provisional track under it.
   That keeps ranges comparable, and what the track drifts within a rep visible.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import zip_longest

import numpy as np

from sensor_hub.app.recording import GAP_INTERVALS, Recording
from sensor_hub.engine import RailContradicts
from sensor_hub.model import (
    MOVING_MPS,
    STANDARD_GRAVITY_MPS2,
    Calibrated,
    CandidateRejected,
    Event,
    FloatArray,
    Gap,
    Motion,
    Phase,
    PhaseBegan,
    Rep,
    RepSettled,
    Saturated,
    SetEnded,
)

SMOOTH_S = 0.1
BREAK_S = 0.5
"""A line is broken where nothing was told for this long."""


@dataclass(frozen=True, slots=True, eq=False)
class Track:
    """(n,) instants, position in m and velocity in m/s; NaN where the line is broken."""

    time_s: FloatArray
    position_m: FloatArray
    velocity_mps: FloatArray


@dataclass(frozen=True, slots=True)
class Span:
    """A phase in [start_s, end_s). told_s: when a live screen learned of it, None for a settled one."""

    phase: Phase
    start_s: float
    end_s: float
    told_s: float | None = None


@dataclass(frozen=True, slots=True, eq=False)
class DrawnRep:
    rep: Rep
    track: Track
    start_s: float
    """Of its first stroke; end_s is the end of its last."""
    end_s: float
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class DrawnSet:
    number: int
    start_s: float
    end_s: float
    reps: tuple[DrawnRep, ...]


@dataclass(frozen=True, slots=True)
class Rejected:
    """A rejected candidate; the letter names it in a picture."""

    letter: str
    candidate: CandidateRejected


@dataclass(frozen=True, slots=True)
class Notice:
    """Something about the measurement itself, at an instant: the rail found, the clip moved."""

    at_s: float
    text: str


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """A recording with everything the engine said of it. Positions are from the start of the rep beside them."""

    file: str
    rate_hz: float
    time_s: FloatArray
    acceleration_mps2: FloatArray
    """(n,) along the rail; where none was found, the force's size less its median. NaN where samples are missing."""
    smooth_mps2: FloatArray
    incline_deg: float | None
    provisional: Track
    live_phases: tuple[Span, ...]
    sets: tuple[DrawnSet, ...]
    rejected: tuple[Rejected, ...]
    gaps: tuple[Gap, ...]
    untracked: tuple[tuple[float, float], ...]
    """Where there were samples and a rail was known, but position and velocity had been given up."""
    notices: tuple[Notice, ...]

    @property
    def reps(self) -> list[DrawnRep]:
        return [rep for one in self.sets for rep in one.reps]


def collect(recording: Recording, events: Sequence[Event]) -> Picture:
    """recording: what was measured. events: everything the engine told of it, in order, Motion included."""
    sets = _sets(events)
    frames = [event for event in events if isinstance(event, Calibrated)]
    motion = _motion(events)
    untracked = _untracked(motion, recording)
    along = _along(recording, frames, motion)
    smooth = _smooth(recording.time_s, along)
    time_s, along, smooth = _broken(recording.time_s, along, smooth, apart_s=GAP_INTERVALS * recording.interval_s)
    rejected = [event for event in events if isinstance(event, CandidateRejected)]
    return Picture(
        file=recording.file,
        rate_hz=1 / recording.interval_s,
        time_s=time_s,
        acceleration_mps2=along,
        smooth_mps2=smooth,
        incline_deg=frames[-1].incline_deg if frames else None,
        provisional=_rezeroed(motion, [rep for one in sets for rep in one.reps]),
        live_phases=_live_phases(events, untracked, float(recording.time_s[-1])),
        sets=sets,
        rejected=tuple(Rejected(_letter(i), candidate) for i, candidate in enumerate(rejected)),
        gaps=tuple(recording.gaps),
        untracked=untracked,
        notices=tuple(Notice(event.at_s, text) for event in events if (text := _remark(event)) is not None),
    )


def spans_of(rep: Rep) -> tuple[Span, ...]:
    """The phases of a rep in the order in which they were lifted; a pause that is not known is left out."""
    concentric = Span(Phase.CONCENTRIC, rep.turn_s, rep.end_s)
    top_end_s = rep.end_s + (rep.top_pause_s or 0.0)
    if rep.start_s is not None and rep.bottom_s is not None:
        found = [
            Span(Phase.ECCENTRIC, rep.start_s, rep.bottom_s),
            Span(Phase.BOTTOM, rep.bottom_s, rep.turn_s),
            concentric,
            Span(Phase.TOP, rep.end_s, top_end_s),
        ]
    else:
        down_s = top_end_s + (rep.eccentric_s or 0.0)
        found = [
            concentric,
            Span(Phase.TOP, rep.end_s, top_end_s),
            Span(Phase.ECCENTRIC, top_end_s, down_s),
            Span(Phase.BOTTOM, down_s, down_s + (rep.bottom_pause_s or 0.0)),
        ]
    return tuple(span for span in found if span.end_s > span.start_s)


def _sets(events: Iterable[Event]) -> tuple[DrawnSet, ...]:
    settled = {(e.set_number, e.rep.number): e for e in events if isinstance(e, RepSettled)}
    ended = [event.set for event in events if isinstance(event, SetEnded)]
    return tuple(
        DrawnSet(
            one.number,
            one.start_s,
            one.end_s,
            tuple(_drawn(rep, settled[one.number, rep.number]) for rep in one.reps),
        )
        for one in ended
    )


def _drawn(rep: Rep, event: RepSettled) -> DrawnRep:
    """rep: as its set knows it in the end, with the pause after it."""
    start_s = rep.turn_s if rep.start_s is None else rep.start_s
    trace = event.trace
    track = Track(start_s + np.array(trace.offset_s), np.array(trace.position_m), np.array(trace.velocity_mps))
    strokes = [s for s in spans_of(rep) if s.phase in (Phase.ECCENTRIC, Phase.CONCENTRIC)]
    return DrawnRep(rep, track, start_s, strokes[-1].end_s, spans_of(rep))


def _motion(events: Iterable[Event]) -> Track:
    """The Motion events as one line, broken where nothing was told."""
    told = [(event.at_s, event.position_m, event.velocity_mps) for event in events if isinstance(event, Motion)]
    table = np.array(told).reshape(-1, 3)
    newest = np.flatnonzero(np.diff(table[:, 0], append=np.inf) > 0)
    return Track(*_broken(*table[newest].T, apart_s=BREAK_S))


def _broken(time_s: FloatArray, *values: FloatArray, apart_s: float) -> list[FloatArray]:
    """Instants and values with a NaN between any two that are further apart than that."""
    i = np.flatnonzero(np.diff(time_s) > apart_s) + 1
    return [np.insert(time_s, i, time_s[i - 1] + 0.5 * apart_s), *(np.insert(v, i, np.nan) for v in values)]


def _rezeroed(track: Track, reps: Sequence[DrawnRep]) -> Track:
    """The track with its position counted from where the nearest rep (running, last, or first) started."""
    valid = np.isfinite(track.position_m)
    if not reps or not valid.any():
        return track
    starts = np.array([rep.start_s for rep in reps])
    ends = np.array([rep.end_s for rep in reps])
    zeros = np.interp(starts, track.time_s[valid], track.position_m[valid])
    change_s = np.where(starts[1:] - ends[:-1] > BREAK_S, 0.5 * (starts[1:] + ends[:-1]), starts[1:])
    return Track(
        track.time_s, track.position_m - zeros[np.searchsorted(change_s, track.time_s)], track.velocity_mps
    )


def _untracked(motion: Track, recording: Recording) -> tuple[tuple[float, float], ...]:
    told_s = np.append(motion.time_s[np.isfinite(motion.position_m)], recording.time_s[-1])
    holes = [(float(told_s[i]), float(told_s[i + 1])) for i in np.flatnonzero(np.diff(told_s) > BREAK_S)]
    gaps = recording.gaps
    return tuple(hole for hole in holes if not any(gap.start_s <= 0.5 * sum(hole) <= gap.end_s for gap in gaps))


def _live_phases(
    events: Iterable[Event], untracked: Sequence[tuple[float, float]], end_s: float
) -> tuple[Span, ...]:
    """What the screen said; a phase that nobody saw to its end lasts as long as the track did."""
    began = [event for event in events if isinstance(event, PhaseBegan)]
    spans = []
    for event, after in zip_longest(began, began[1:]):
        seen_to_s = min(
            [
                end_s if after is None else after.start_s,
                *(start for start, _ in untracked if start > event.start_s),
            ]
        )
        if event.phase is not Phase.IDLE and seen_to_s > event.start_s:
            spans.append(Span(event.phase, event.start_s, seen_to_s, event.at_s))
    return tuple(spans)


def _along(recording: Recording, frames: Sequence[Calibrated], motion: Track) -> FloatArray:
    if not frames:
        size = np.linalg.norm(recording.accel_mps2, axis=1)
        return np.asarray(size - np.median(size))
    along = np.empty(len(recording.time_s))
    edges = [0, *(int(np.searchsorted(recording.time_s, frame.at_s)) for frame in frames[1:]), len(along)]
    told_s, told_mps = np.append(recording.time_s[0], motion.time_s), np.append(0.0, np.abs(motion.velocity_mps))
    speed = np.interp(recording.time_s, told_s, told_mps)
    for frame, i, j in zip(frames, edges[:-1], edges[1:], strict=True):
        raw = recording.accel_mps2[i:j] @ np.array(frame.axis)
        at_rest = raw[speed[i:j] < MOVING_MPS]
        along[i:j] = raw - np.median(at_rest if len(at_rest) else raw)
    return along


def _smooth(time_s: FloatArray, values: FloatArray) -> FloatArray:
    """Mean over the samples within SMOOTH_S, however they are spaced."""
    sums = np.concatenate([[0.0], np.cumsum(values)])
    i = np.searchsorted(time_s, time_s - SMOOTH_S / 2)
    j = np.searchsorted(time_s, time_s + SMOOTH_S / 2, side="right")
    return np.asarray((sums[j] - sums[i]) / (j - i))


def _remark(event: Event) -> str | None:
    """What the event says about the measurement itself, short enough to stand beside a line."""
    match event:
        case Calibrated(incline_deg=incline, turned_deg=None):
            return f"rail found: incline {incline:.1f}°"
        case Calibrated(incline_deg=incline, turned_deg=turned):
            return f"clip moved by {turned:.0f}°, rail found anew: incline {incline:.1f}°"
        case RailContradicts(incline_deg=incline, profile_incline_deg=known):
            return f"incline {incline:.1f}°, but the profile says {known:.1f}°"
        case Saturated(limit_mps2=limit):
            return f"beyond the sensor's range of {limit / STANDARD_GRAVITY_MPS2:.0f} g"
    return None


def _letter(index: int) -> str:
    """A, B, … Z, AA, AB, …"""
    before, last = divmod(index, 26)
    return (_letter(before - 1) if before else "") + chr(ord("A") + last)
