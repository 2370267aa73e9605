"""The engine: samples in, events out. One per sensor; live, replay and review are the same calls.

Steps per block
1. Samples become steps (steps.py).
2. The rail is found and watched (frame.py). When it is found, the motion since the last rest is read again with it.
3. Along the rail, the filter tracks velocity and position (motion.py), the state machine sees strokes (phases.py).
4. What a gap hid is read again once that can be known (hindsight.py).
5. A finished candidate is smoothed, measured and judged (judge.py) and joins its set.

Requirements: device time strictly increasing, any rate from 7 Hz, any cut into blocks. Missing samples show as a
jump of time; the steps under it are blind.
"""

from collections import deque
from collections.abc import Iterable
from copy import deepcopy

from sensor_hub.engine.frame import FrameFinder
from sensor_hub.engine.hindsight import Hindsight
from sensor_hub.engine.judge import Judge
from sensor_hub.engine.motion import MotionFilter, Track
from sensor_hub.engine.params import Params
from sensor_hub.engine.phases import PhaseMachine
from sensor_hub.engine.profile import Learner, Profile
from sensor_hub.engine.rail import IN_MOTION_MPS, Rail
from sensor_hub.engine.reps import CLOSURE_M
from sensor_hub.engine.roughness import Roughness
from sensor_hub.engine.saturation import Saturation
from sensor_hub.engine.steps import Step, Stepper
from sensor_hub.engine.strokes import Candidate, PhaseChange
from sensor_hub.model import (
    BounceCause,
    Event,
    Gap,
    GapSeen,
    Motion,
    PhaseBegan,
    Refusal,
    RepSettled,
    Samples,
)

KEEP_S = 90.0
"""Memory for the smoother: the longest rep that can be settled."""
LOST_M = 0.05
"""Uncertainty of position from which the ends of the range are the better guess."""
BELIEVED = 0.8
"""Probability from which a stroke is told live while a gap leaves the motion open."""
REREAD_S = 20.0
"""Longest motion that is read again once the rail is known."""


class Engine:
    """profile: what is known of the machine from before; a prior, never needed. motion: whether each step's provisional
    motion is told, too, which a screen shows and a report leaves out."""

    def __init__(self, params: Params | None = None, profile: Profile | None = None, motion: bool = True) -> None:
        self._p = params or Params()
        self._tells_motion = motion
        self._learner = Learner(profile, self._p)
        self._stepper = Stepper(self._p.step_s, KEEP_S)
        self._saturation = Saturation(KEEP_S, self._p.vibration_share)
        self._frame = FrameFinder(self._learner.signed(self._p))
        self._phases = PhaseMachine(self._p)
        self._filter: MotionFilter | None = None
        self._tracks: deque[Track] = deque()
        self._judge = Judge(
            self._p, self._frame, self._stepper.history, self._tracks, self._learner, self._saturation
        )
        self._sets = self._judge.sets
        self._roughness = Roughness(self._p)
        self._unread: deque[Step] = deque()
        self._doubted: PhaseChange | None = None
        """The newest phase, as long as it is not told."""
        self._hindsight: Hindsight | None = None
        self._events: list[Event] = []
        self._now_s = 0.0

    @property
    def _rail(self) -> Rail | None:
        return self._frame.rail

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

    def bounce_cause(self, turn_s: float) -> BounceCause | None:
        """What reversed a sled that bounced about an instant just past; None where nobody can tell, or not yet."""
        return None if self._rail is None else self._judge.bounce_cause(turn_s)

    def feed(self, block: Samples | Gap) -> list[Event]:
        """Take the next block or gap, in order; return what it showed."""
        if isinstance(block, Gap):
            self._events.append(GapSeen(self._now_s, block))
        else:
            self._saturation.see(block)
            self._judge.timing.see(block)
            self._take(self._stepper.feed(block))
        return self._drain()

    def finish(self) -> list[Event]:
        """The recording has ended: settle what can be settled."""
        self._take(self._stepper.flush())
        if self._hindsight is not None:
            self._believe_live(self._hindsight)
        if self._tracks and (candidate := self._phases.finish(self._tracks[-1])) is not None:
            self._settle(candidate)
        self._end_set()
        return self._drain()

    def _drain(self) -> list[Event]:
        events, self._events = self._events, []
        return events

    def _take(self, steps: Iterable[Step]) -> None:
        frame = self._frame
        for plain in steps:
            step = self._saturation.widened(plain, self._stepper.interval_s)
            self._now_s = step.end_s
            if frame.advance(step):
                self._change_rail()
            elif self._phases.at_home and frame.renew():
                self._renew_rail()
            if frame.rail is not None:
                self._advance(step, frame.rail)
            else:
                self._unread.append(step)
                while self._unread and step.end_s - self._unread[0].end_s > REREAD_S:
                    self._unread.popleft()

    def _change_rail(self) -> None:
        self._hindsight = None
        self._end_set()
        self._judge.rested_until_s = self._frame.motion_start_s
        unread = [s for s in self._unread if s.end_s > self._frame.read_from_s]
        self._unread.clear()
        self._phases.restart(unread[0].end_s if unread and self._rail else self._now_s)
        self._tracks.clear()
        if self._rail is None:
            self._filter = None
            return
        self._filter = self._prepared(self._rail, unread)
        known = self._learner.prior(self._rail.incline_deg)
        self._phases.order.mount(self._rail.incline_deg, known.first)
        self._sets.expected_m = known.full_range_m or 0.0
        self._events.append(self._judge.told_rail(self._frame.turned_deg, self._now_s))
        for step in unread:
            self._advance(step, self._rail)

    def _renew_rail(self) -> None:
        """The same rail with gravity as it is now: the track goes on from where the sled stands."""
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

    def _advance(self, step: Step, rail: Rail) -> None:
        """One step along the known rail. After a loss of track nothing counts until the next rest."""
        if self._filter is None:
            if not self._frame.resting:
                return
            self._filter = MotionFilter(self._p, rail, self._roughness)
        if step.blind:
            self._filter.blind_mps2 = self._learner.blind_mps2
        track = self._filter.advance(step, rail.along(step.mean_mps2))
        if self._frame.disturbed or (self._hindsight is None and self._impossible(track)):
            self._lose(track)
            return
        if track.held and self._filter.position_sigma_m > LOST_M:
            self._find_position(self._filter)
        tracks = self._tracks
        tracks.append(track)
        while track.time_s - tracks[0].time_s > KEEP_S:
            tracks.popleft()
        hindsight = self._hindsight
        if track.blind and track.velocity_sigma_mps > self._p.doubt_mps and hindsight is None:
            self._hindsight = Hindsight(self._p, deepcopy(self._phases), tracks, self._sets.full_range_m)
        self._see(track)
        if hindsight is not None:
            self._look_back(hindsight, track, rail)
        if self._tells_motion:
            self._tell_motion(track)

    def _look_back(self, hindsight: Hindsight, track: Track, rail: Rail) -> None:
        """Read the motion since a gap again as soon as it is known what the gap hid."""
        told, over = hindsight.advance(track), hindsight.over(track.time_s)
        if told or (over and hindsight.likely):
            window = hindsight.window(self._tracks)
            time_s, force = self._stepper.history.since(window[0].time_s, window[-1].time_s)
            self._read_again(hindsight, hindsight.reread(window, time_s, rail.along_all(force)))
        elif over:
            self._believe_live(hindsight)

    def _read_again(self, hindsight: Hindsight, reread: list[Track]) -> None:
        """Put the motion as it was in the place of the live filter's, and the state machine through it."""
        told = None if self._doubted else self._phases.phase
        self._phases, self._doubted = hindsight.machine, None
        for _ in reread:
            self._tracks.pop()
        if self._filter is not None:
            self._filter.resume(reread[-1], LOST_M**2)
        for track in reread:
            self._tracks.append(track)
            if track.time_s >= hindsight.since_s:
                for seen in self._phases.advance(track):
                    if isinstance(seen, Candidate):
                        self._settle(seen)
        self._hindsight = None
        if self._phases.phase is not told:
            self._tell_phase(PhaseChange(self._phases.phase, self._phases.phase_start_s))

    def _believe_live(self, hindsight: Hindsight) -> None:
        """What the gap hid cannot be known: the live reading counts."""
        for candidate in hindsight.unjudged:
            self._settle(candidate)
        self._hindsight = None

    def _see(self, track: Track) -> None:
        for seen in self._phases.advance(track):
            if isinstance(seen, PhaseChange):
                self._doubted = seen
            elif self._hindsight is not None:
                self._hindsight.unjudged.append(seen)
            else:
                self._settle(seen)
        if self._doubted is not None:
            self._tell_what_is_sure(self._doubted)
        sets = self._sets
        if sets.open and track.time_s - sets.end_s > self._p.set_pause_s and self._phases.between_reps:
            self._end_set()

    def _find_position(self, motion: MotionFilter) -> None:
        """A standstill after a gap: where the sled stands is unsure, but it stands at the top or at the bottom."""
        range_m = self._sets.full_range_m
        if not range_m:
            return
        near, other = sorted(self._phases.ends(range_m), key=lambda level: abs(level - motion.position_m))
        if abs(near - motion.position_m) < 0.5 * abs(other - motion.position_m):
            motion.close(near, CLOSURE_M)

    def _impossible(self, track: Track) -> bool:
        too_fast = abs(track.velocity_mps) > self._p.max_velocity_mps
        return too_fast or abs(track.position_m - self._phases.start_m) > self._p.max_travel_m

    def _lose(self, track: Track) -> None:
        """A hand on the sensor: wait for the next rest. A track that drifted away: start anew, in motion."""
        assert self._rail is not None
        self._hindsight = None
        candidate = self._phases.lose(track, Refusal.HANDLED if self._frame.disturbed else Refusal.LOST)
        if candidate is not None:
            self._settle(candidate)
        self._tracks.clear()
        self._filter = (
            None if self._frame.disturbed else MotionFilter(self._p, self._rail.in_motion(), self._roughness)
        )

    def _tell_motion(self, track: Track) -> None:
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

    def _tell_what_is_sure(self, change: PhaseChange) -> None:
        """What a gap did to the velocity makes a way back of an even way out: a stroke is told once it is likely."""
        order, hindsight = self._phases.order, self._hindsight
        ways = {order.returning: -order.sign, order.outward: order.sign}
        if change.phase is not self._phases.phase:
            self._doubted = None
        elif hindsight is None or change.phase not in ways or hindsight.chance(ways[change.phase]) > BELIEVED:
            self._tell_phase(change)

    def _tell_phase(self, change: PhaseChange) -> None:
        self._doubted = None
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

    def _settle(self, candidate: Candidate) -> None:
        """Have it judged. A rep told in hindsight says nothing of where the sled is now."""
        events = self._judge.judge(candidate, self._now_s)
        self._events += events
        if any(isinstance(event, RepSettled) for event in events):
            self._phases.order.confirm()
            self._phases.range_m = self._sets.full_range_m
            if self._hindsight is None:
                self._close_position(candidate)
        if candidate.refusal in (Refusal.RACKED, Refusal.PARKED):
            self._end_set()

    def _close_position(self, candidate: Candidate) -> None:
        if self._filter is not None and candidate.turned_at_home:
            before_m = self._filter.position_m
            self._filter.close(self._phases.home_m, CLOSURE_M)
            self._phases.correct(self._filter.position_m - before_m)

    def _end_set(self) -> None:
        self._phases.new_set(len(self._sets.reps))
        self._events += self._judge.end_set(self._now_s)
