"""The engine: samples in, events out. One per sensor; live, replay and review are the same calls.

Steps per block
1. Samples become steps (steps.py).
2. The rail is found and watched (frame.py). When it is found, the motion since the last rest is read again with it.
3. Along the rail, the filter tracks velocity and position (motion.py), the state machine sees strokes (phases.py).
4. A finished candidate is smoothed, measured and judged (reps.py, turnaround.py) and joins its set (sets.py).

Requirements: device time strictly increasing, any rate from 7 Hz, any cut into blocks. Missing samples show as a
jump of time; the steps under it are blind.
"""

from collections import deque
from collections.abc import Iterable
from itertools import takewhile

from sensor_hub.engine.direction import aimed
from sensor_hub.engine.frame import IN_MOTION_MPS, FrameFinder, Rail
from sensor_hub.engine.gates import OFF_THE_RAIL, gate_values, why_not
from sensor_hub.engine.motion import MotionFilter, Track
from sensor_hub.engine.params import First, Params
from sensor_hub.engine.phases import Candidate, PhaseChange, PhaseMachine, Verdict
from sensor_hub.engine.profile import Learner, Profile, ProfileLearned
from sensor_hub.engine.reps import CLOSURE_M, LEAD_S, Measured, measure
from sensor_hub.engine.roughness import Roughness
from sensor_hub.engine.saturation import Saturation
from sensor_hub.engine.sets import SetKeeper
from sensor_hub.engine.steps import Step, Stepper
from sensor_hub.model import (
    Calibrated,
    CandidateRejected,
    Event,
    Gap,
    GapSeen,
    Motion,
    PhaseBegan,
    Rep,
    RepSettled,
    Samples,
    SetEnded,
    SetStarted,
)

KEEP_S = 90.0
"""Memory for the smoother: the longest rep that can be settled."""
HOPELESS_SHARE = 0.5
"""A stroke that live had this share of the least range is not measured before it is rejected."""
LOST_M = 0.05
"""Uncertainty of position from which the ends of the range are the better guess."""
REREAD_S = 20.0
"""Longest motion that is read again once the rail is known."""


class Engine:
    """profile: what is known of the machine from before; a prior, never needed."""

    def __init__(self, params: Params | None = None, profile: Profile | None = None) -> None:
        self._p = params or Params()
        self._learner = Learner(profile, self._p)
        self._stepper = Stepper(self._p.step_s, KEEP_S)
        self._saturation = Saturation(KEEP_S, self._p.vibration_share)
        self._frame = FrameFinder(self._learner.signed(self._p))
        self._phases = PhaseMachine(self._p)
        self._sets = SetKeeper(self._p)
        self._filter: MotionFilter | None = None
        self._rail: Rail | None = None
        self._tracks: deque[Track] = deque()
        self._roughness = Roughness(self._p)
        self._unread: deque[Step] = deque()
        self._events: list[Event] = []
        self._now_s = 0.0

    @property
    def calibrated(self) -> bool:
        return self._rail is not None

    @property
    def incline_deg(self) -> float | None:
        return None if self._rail is None else self._rail.incline_deg

    @property
    def axis(self) -> tuple[float, float, float] | None:
        return None if self._rail is None else self._rail.axis

    @property
    def profile(self) -> Profile:
        """The machine as far as it is known, with what was learned here."""
        return self._learner.profile

    def feed(self, block: Samples | Gap) -> list[Event]:
        """Take the next block or gap, in order; return what it showed."""
        if isinstance(block, Gap):
            self._events.append(GapSeen(self._now_s, block))
        else:
            self._saturation.see(block)
            self._take(self._stepper.feed(block))
        return self._drain()

    def finish(self) -> list[Event]:
        """The recording has ended: settle what can be settled."""
        self._take(self._stepper.flush())
        if self._tracks and (candidate := self._phases.finish(self._tracks[-1])) is not None:
            self._judge(candidate)
        self._end_set()
        return self._drain()

    def _drain(self) -> list[Event]:
        events, self._events = self._events, []
        return events

    def _take(self, steps: Iterable[Step]) -> None:
        for plain in steps:
            step = self._saturation.widened(plain, self._stepper.interval_s)
            self._now_s = step.end_s
            changed = self._frame.advance(step)
            if changed:
                self._change_rail()
            elif self._phases.at_home and self._frame.renew():
                self._renew_rail()
            if self._rail is not None:
                self._advance(step)
            else:
                self._unread.append(step)
                while self._unread and step.end_s - self._unread[0].end_s > REREAD_S:
                    self._unread.popleft()

    def _change_rail(self) -> None:
        self._rail = self._frame.rail
        self._end_set()
        unread = [s for s in self._unread if s.end_s > self._frame.motion_start_s]
        self._unread.clear()
        self._phases.restart(unread[0].end_s if unread and self._rail else self._now_s)
        self._tracks.clear()
        if self._rail is None:
            self._filter = None
            return
        self._filter = self._prepared(self._rail, unread)
        known = self._learner.prior(self._rail.incline_deg)
        self._phases.mount(self._rail.incline_deg, known.first)
        self._sets.expected_m = known.full_range_m or 0.0
        self._tell_rail(self._frame.turned_deg)
        for step in unread:
            self._advance(step)

    def _tell_rail(self, turned_deg: float | None) -> None:
        """turned_deg: by how much the clip has moved, if it has."""
        assert self._rail is not None
        rail, moved = self._rail, turned_deg is not None
        self._events.append(Calibrated(self._now_s, rail.axis, rail.incline_deg, moved, turned_deg))

    def _renew_rail(self) -> None:
        """The same rail with gravity as it is now: the track goes on from where the sled stands."""
        self._rail = self._frame.rail
        self._tracks.clear()
        if self._rail is not None and self._filter is not None:
            position_m = self._filter.position_m
            self._filter = MotionFilter(self._p, self._rail, self._roughness)
            self._filter.position_m = position_m

    def _prepared(self, rail: Rail, unread: list[Step]) -> MotionFilter:
        """A filter for the motion to be read again. One that starts in motion reads it twice, first for the offset."""
        first = MotionFilter(self._p, rail, self._roughness)
        if rail.start_speed_mps < IN_MOTION_MPS:
            return first
        for step in unread:
            first.advance(step, rail.along(step.mean_mps2))
        return MotionFilter(self._p, rail.with_offset(first.offset_mps2, first.offset_sigma_mps2), self._roughness)

    def _advance(self, step: Step) -> None:
        """One step along the known rail. After a loss of track nothing counts until the next rest."""
        assert self._rail is not None
        if self._filter is None:
            if not self._frame.resting:
                return
            self._filter = MotionFilter(self._p, self._rail, self._roughness)
        if step.blind:
            self._filter.blind_mps2 = self._learner.blind_mps2
        track = self._filter.advance(step, self._rail.along(step.mean_mps2))
        if self._frame.disturbed or self._impossible(track):
            self._lose(track)
            return
        if track.held and self._filter.position_sigma_m > LOST_M:
            self._find_position(self._filter)
        self._tracks.append(track)
        while track.time_s - self._tracks[0].time_s > KEEP_S:
            self._tracks.popleft()
        self._see(track)
        self._events.append(
            Motion(
                self._now_s,
                track.position_m,
                track.velocity_mps,
                self._phases.phase,
                self._phases.phase_start_s,
                self._sets.number,
                len(self._sets.reps),
            )
        )

    def _see(self, track: Track) -> None:
        for seen in self._phases.advance(track):
            if isinstance(seen, PhaseChange):
                self._tell_phase(seen)
            else:
                self._judge(seen)
        rested_s = track.time_s - self._sets.end_s
        if self._sets.open and rested_s > self._p.set_pause_s and self._phases.between_reps:
            self._end_set()

    def _find_position(self, motion: MotionFilter) -> None:
        """A standstill after a gap: where the sled stands is unsure, but it stands at the top or at the bottom."""
        range_m = self._sets.full_range_m
        if not range_m:
            return
        home = self._phases.home_m
        far = home - range_m if not self._phases.concentric_first else home + range_m
        near, other = sorted((home, far), key=lambda level: abs(level - motion.position_m))
        if abs(near - motion.position_m) < 0.5 * abs(other - motion.position_m):
            motion.close(near, CLOSURE_M)

    def _impossible(self, track: Track) -> bool:
        travel = abs(track.position_m - self._phases.start_m)
        return abs(track.velocity_mps) > self._p.max_velocity_mps or travel > self._p.max_travel_m

    def _lose(self, track: Track) -> None:
        """A hand on the sensor: wait for the next rest. A track that drifted away: start anew, in motion."""
        assert self._rail is not None
        candidate = self._phases.lose(track)
        if candidate is not None:
            self._reject(candidate)
        self._tracks.clear()
        self._filter = (
            None if self._frame.disturbed else MotionFilter(self._p, self._rail.in_motion(), self._roughness)
        )

    def _tell_phase(self, change: PhaseChange) -> None:
        rep = len(self._sets.reps) if self._sets.open else 0
        home = self._phases.at_home
        self._events.append(
            PhaseBegan(
                self._now_s,
                change.phase,
                change.start_s,
                self._sets.number if self._sets.open else self._sets.number + 1,
                max(1, rep if home else rep + 1),
            )
        )

    def _judge(self, candidate: Candidate) -> None:
        if candidate.verdict is not Verdict.REP:
            self._reject(candidate)
            if candidate.verdict is Verdict.RACKED and self._sets.open:
                self._learner.racked(candidate.depth_m)
            if candidate.verdict in (Verdict.RACKED, Verdict.PARKED):
                self._end_set()
            return
        if candidate.depth_m < HOPELESS_SHARE * self._sets.least_range_m:
            self._reject(candidate, why="too short a stroke")
            return
        if self._sets.open and candidate.start_s - self._sets.end_s > self._p.set_pause_s:
            self._close_set()
        measured = self._measured(candidate)
        if measured is None:
            return
        self._close_position(candidate)
        if not self._sets.open:
            self._sets.begin(measured.out_start_s)
            self._events.append(SetStarted(self._now_s, self._sets.number, measured.out_start_s))
        out_s, back_s = measured.out_start_s, measured.back_end_s
        seen, news = self._saturation.judged(measured.rep, out_s, back_s, self._sets.number, self._now_s)
        rep = self._sets.add(seen, out_s, back_s)
        self._phases.range_m = self._sets.full_range_m
        self._events += [*news, RepSettled(self._now_s, self._sets.number, rep, measured.trace)]
        self._learn(rep, measured, candidate.concentric_first)

    def _learn(self, rep: Rep, measured: Measured, concentric_first: bool) -> None:
        """What this rep tells of the machine."""
        assert self._rail is not None
        time_s, force = self._stepper.history.since(measured.out_start_s, measured.back_end_s)
        first = First.CONCENTRIC if concentric_first else First.ECCENTRIC
        accel = time_s, self._rail.along_all(force)
        self._learner.learn(rep, first, measured.direction, accel, self._rail)
        self._events += self._learner.contradiction(self._now_s)

    def _measured(self, candidate: Candidate) -> Measured | None:
        """The rep, or None where it is rejected. Where its strokes led off the rail, the rail is aimed along them."""
        measured = self._measure(candidate)
        why = self._why_not(measured)
        if measured is not None and why in (None, OFF_THE_RAIL) and self._aim(measured):
            measured = self._measure(candidate)
            why = self._why_not(measured)
        if measured is None or why is not None:
            self._reject(candidate, measured, why)
            return None
        self._frame.confirm()
        return measured

    def _aim(self, measured: Measured) -> bool:
        found = None if self._rail is None else aimed(self._rail, measured.direction)
        if found is None:
            return False
        self._rail = self._frame.rail = found[0]
        self._tell_rail(found[1] if self._frame.confirmed else None)
        return True

    def _measure(self, candidate: Candidate) -> Measured | None:
        assert self._rail is not None
        tracks = self._window(candidate.start_s)
        if not tracks:
            return None
        time_s, force = self._stepper.history.since(tracks[0].time_s, tracks[-1].time_s)
        number = len(self._sets.reps) + 1 if self._sets.open else 1
        return measure(candidate, number, time_s, force, tracks, self._rail, self._p)

    def _why_not(self, measured: Measured | None) -> str | None:
        return why_not(measured, self._sets.least_range_m, self._frame.along_share, self._p)

    def _window(self, start_s: float) -> list[Track]:
        """Tracks from a standstill shortly before the start, after the rep before, to now."""
        earliest = max(start_s - LEAD_S, self._sets.end_s)
        newest_first = takewhile(lambda track: track.time_s >= earliest, reversed(self._tracks))
        return list(newest_first)[::-1]

    def _close_position(self, candidate: Candidate) -> None:
        if self._filter is not None and candidate.turned_at_home:
            self._filter.close(self._phases.home_m, CLOSURE_M)

    def _reject(self, candidate: Candidate, measured: Measured | None = None, why: str | None = None) -> None:
        gates = gate_values(candidate, measured, self._sets.least_range_m, self._frame.along_share)
        reason = why or candidate.verdict.value
        self._events.append(CandidateRejected(self._now_s, candidate.start_s, candidate.end_s, reason, gates))

    def _end_set(self) -> None:
        self._phases.new_set(len(self._sets.reps))
        self._close_set()

    def _close_set(self) -> None:
        if self._sets.open:
            self._events.append(SetEnded(self._now_s, self._sets.close()))
            if (learned := self._learner.end_set()) is not None:
                self._events.append(ProfileLearned(self._now_s, learned))
