"""Candidates into reps, sets and rejections.

Steps
1. A candidate that is none by its strokes, that lay in a rest, or that is hopelessly short is rejected at once.
2. It is measured (reps.py). Where its strokes led off the rail, the rail is aimed along them and it is measured again.
3. It passes the gates (gates.py) or is rejected with the values it was judged by.
4. A rep joins its set (sets.py), and the machine's profile learns from it (profile.py).
"""

from collections import deque
from itertools import takewhile

import numpy as np

from sensor_hub.engine.direction import aimed
from sensor_hub.engine.doubt import as_known
from sensor_hub.engine.frame import FrameFinder
from sensor_hub.engine.gates import gate_values, why_not
from sensor_hub.engine.instants import TRAIL_S
from sensor_hub.engine.motion import Track
from sensor_hub.engine.params import First, Params
from sensor_hub.engine.profile import Learner, ProfileLearned
from sensor_hub.engine.rail import Rail
from sensor_hub.engine.reps import LEAD_S, Measured, measure
from sensor_hub.engine.saturation import Saturation
from sensor_hub.engine.sets import SetKeeper
from sensor_hub.engine.steps import History
from sensor_hub.engine.strokes import Candidate
from sensor_hub.engine.timing import Timing
from sensor_hub.engine.turnaround import AROUND_S, bounce_cause
from sensor_hub.model import (
    BounceCause,
    Calibrated,
    CandidateRejected,
    Event,
    Refusal,
    Rep,
    RepSettled,
    SetEnded,
    SetStarted,
)

HOPELESS_SHARE = 0.5
"""A stroke that live had this share of the least range is not measured before it is rejected."""


class Judge:
    """frame, history and tracks are the engine's own: the rail, the newest samples, the live filter's steps."""

    def __init__(
        self,
        params: Params,
        frame: FrameFinder,
        history: History,
        tracks: deque[Track],
        learner: Learner,
        saturation: Saturation,
    ) -> None:
        self._p = params
        self._frame = frame
        self._history = history
        self._tracks = tracks
        self._learner = learner
        self._saturation = saturation
        self.timing = Timing()
        self.sets = SetKeeper(params)
        self.rested_until_s = float("-inf")
        """Before this the sensor seemed at rest when its rail was found."""
        self._events: list[Event] = []
        self._now_s = 0.0

    def judge(self, candidate: Candidate, now_s: float) -> list[Event]:
        """What becomes of a finished candidate; a `RepSettled` is among it where it is a rep."""
        self._now_s = now_s
        if candidate.refusal is not None:
            self._reject(candidate, candidate.refusal)
            if candidate.refusal is Refusal.RACKED and self.sets.open:
                self._learner.racked(candidate.depth_m)
        elif candidate.end_s < self.rested_until_s:
            self._reject(candidate, Refusal.AT_REST)
        elif candidate.depth_m < HOPELESS_SHARE * self.sets.least_range_m:
            self._reject(candidate, Refusal.SHORT)
        else:
            self._count(candidate)
        return self._drain()

    def end_set(self, now_s: float) -> list[Event]:
        """Close the running set, if there is one."""
        self._now_s = now_s
        self._close_set()
        return self._drain()

    def told_rail(self, turned_deg: float | None, now_s: float) -> Calibrated:
        """turned_deg: by how much the clip has moved, if it has."""
        rail = self._rail
        return Calibrated(now_s, rail.axis, rail.incline_deg, turned_deg is not None, turned_deg)

    def bounce_cause(self, turn_s: float) -> BounceCause | None:
        """What reversed a sled that bounced about an instant, by the newest samples alone."""
        start_s, end_s = turn_s - 2 * AROUND_S, turn_s + 2 * AROUND_S
        if self._saturation.cut_off(start_s, end_s):
            return None
        time_s, force = self._history.since(start_s, end_s)
        accel = self._rail.along_all(force)
        steps = 0.5 * (accel[1:] + accel[:-1]) * np.diff(time_s)
        return bounce_cause(time_s, np.concatenate([[0.0], np.cumsum(steps)]), turn_s, self._p)

    @property
    def _rail(self) -> Rail:
        assert self._frame.rail is not None
        return self._frame.rail

    def _drain(self) -> list[Event]:
        events, self._events = self._events, []
        return events

    def _count(self, candidate: Candidate) -> None:
        if self.sets.open and candidate.start_s - self.sets.end_s > self._p.set_pause_s:
            self._close_set()
        measured = self._measured(candidate)
        if measured is None:
            return
        out_s, back_s = measured.out_start_s, measured.back_end_s
        if not self.sets.open:
            self.sets.begin(out_s)
            self._events.append(SetStarted(self._now_s, self.sets.number, out_s))
        seen, news = self._saturation.judged(as_known(measured), out_s, back_s, self.sets.number, self._now_s)
        rep = self.sets.add(self.timing.judged(seen, out_s, back_s), out_s, back_s)
        self._events += [*news, RepSettled(self._now_s, self.sets.number, rep, measured.trace)]
        self._learn(rep, measured, candidate.concentric_first)

    def _learn(self, rep: Rep, measured: Measured, concentric_first: bool) -> None:
        """What this rep tells of the machine."""
        time_s, force = self._history.since(measured.out_start_s, measured.back_end_s)
        first = First.CONCENTRIC if concentric_first else First.ECCENTRIC
        accel = time_s, self._rail.along_all(force)
        self._learner.learn(rep, first, measured.direction, accel, self._rail)
        self._events += self._learner.contradiction(self._now_s)

    def _measured(self, candidate: Candidate) -> Measured | None:
        """The rep, or None where it is rejected."""
        measured = self._measure(candidate)
        why = self._why_not(measured)
        if measured is not None and why in (None, Refusal.OFF_RAIL) and self._aim(measured):
            measured = self._measure(candidate)
            why = self._why_not(measured)
        if measured is None or why is not None:
            self._reject(candidate, why or Refusal.UNSEEN, measured)
            return None
        self._frame.confirm()
        return measured

    def _aim(self, measured: Measured) -> bool:
        """Point the rail along the strokes, if they led off it. Where samples are too few for that, all recent motion
        tells."""
        if measured.direction.strokes < 2 and self._frame.aim():
            self._events.append(self.told_rail(None, self._now_s))
            return True
        found = aimed(self._rail, measured.direction, self._frame.confirmed)
        if found is None:
            return False
        self._frame.rail = found[0]
        self._events.append(self.told_rail(found[1] if self._frame.confirmed else None, self._now_s))
        return True

    def _measure(self, candidate: Candidate) -> Measured | None:
        tracks = self._window(candidate)
        if not tracks:
            return None
        time_s, force = self._history.since(tracks[0].time_s, tracks[-1].time_s)
        number = len(self.sets.reps) + 1 if self.sets.open else 1
        return measure(candidate, number, time_s, force, tracks, self._rail, self._p)

    def _why_not(self, measured: Measured | None) -> Refusal | None:
        share = self._along_share(measured)
        return why_not(measured, self.sets.least_range_m, share, self._frame.confirmed, self._p)

    def _along_share(self, measured: Measured | None) -> float:
        """Share of the motion that was along the rail: of the strokes' own, or where too few samples show them of the
        last seconds'."""
        own = None if measured is None else measured.direction.share_along(self._rail.axis)
        return self._frame.along_share if own is None else own

    def _window(self, candidate: Candidate) -> list[Track]:
        """Tracks from shortly before the start, after the rep before, to now; or to shortly after the end, where a gap
        has made it judged late."""
        earliest = max(candidate.start_s - LEAD_S, self.sets.end_s)
        newest_first = takewhile(lambda track: track.time_s >= earliest, reversed(self._tracks))
        return [track for track in newest_first if track.time_s <= candidate.end_s + TRAIL_S][::-1]

    def _reject(self, candidate: Candidate, reason: Refusal, measured: Measured | None = None) -> None:
        gates = gate_values(candidate, measured, self.sets.least_range_m, self._along_share(measured))
        self._events.append(CandidateRejected(self._now_s, candidate.start_s, candidate.end_s, reason, gates))

    def _close_set(self) -> None:
        if self.sets.open:
            self._events.append(SetEnded(self._now_s, self.sets.close()))
            if (learned := self._learner.end_set()) is not None:
                self._events.append(ProfileLearned(self._now_s, learned))
