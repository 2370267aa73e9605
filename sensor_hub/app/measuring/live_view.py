"""The sled now, for a screen: at most 20 times a second, durations of the running rep included.

What runs is provisional. A rep that settles replaces its own digits, and from the first one on the range is that of
the settled reps of the set, laid where the provisional position ended the newest of them: drift cannot widen it.
A bounce is told at the turn, by the rule of `sensor_hub.engine.turnaround` on the provisional velocity; its cause a
tenth of a second later, by the samples about it.
"""

import math
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from sensor_hub.engine import Params, Profile
from sensor_hub.engine.turnaround import bounced
from sensor_hub.model import BounceCause, Motion, Phase, PhaseBegan, RepSettled

INTERVAL_S = 0.05
WITH_CAUSE_S = 0.3
"""By then its cause is known, or stays unknown until the rep has settled."""
BEFORE_S = 0.5
"""What of the way down counts before a pause at the bottom that was told."""
TURN_S = 0.2
"""So long after the turn a bounce may show."""
CauseOf = Callable[[float], BounceCause | None]
"""What reversed the sled about an instant."""
_WAY_DOWN = (Phase.ECCENTRIC, Phase.BOTTOM)
_REMEMBERED = 256
"""Provisional motions kept: some seconds, more than a rep takes to settle after its end."""
_DURATIONS = {
    Phase.ECCENTRIC: "eccentric_s",
    Phase.BOTTOM: "bottom_pause_s",
    Phase.CONCENTRIC: "concentric_s",
    Phase.TOP: "top_pause_s",
}


class LiveView:
    """cause_of: the engine's word on a bounce about an instant."""

    def __init__(self, params: Params | None = None, cause_of: CauseOf = lambda turn_s: None) -> None:
        self._params = params or Params()
        self._cause_of = cause_of
        self._last_s = -math.inf
        self._rep: tuple[int, int] = (0, 0)
        """Numbers of the running set and rep."""
        self._running: PhaseBegan | None = None
        self._first = Phase.ECCENTRIC
        """What the running rep began with."""
        self._durations: dict[str, float] = {}
        self._settled: RepSettled | None = None
        """The running rep, once it has settled."""
        self._seen: tuple[float, float] | None = None
        """Lowest and highest provisional position of the set."""
        self._done: tuple[float, float] | None = None
        """How far below and above their beginning the settled reps of the set went."""
        self._home_m = 0.0
        self._recent: deque[tuple[float, float, float]] = deque(maxlen=_REMEMBERED)
        """Times, provisional positions and velocities."""
        self._bounced: bool | None = None
        self._bounce_cause: BounceCause | None = None
        self._down_s: float | None = None
        """An instant on the way down, while the turn after it may still show a bounce."""

    def phase(self, event: PhaseBegan) -> None:
        """A phase began and ends the one before; a new rep begins with empty digits, a new set with no range."""
        before = self._running
        if before is not None and before.phase in _DURATIONS:
            self._durations[_DURATIONS[before.phase]] = max(0.0, event.start_s - before.start_s)
        if event.set_number != self._rep[0]:
            self._seen = self._done = None
        rep = (event.set_number, event.rep_number)
        if rep != self._rep:
            self._rep, self._durations, self._settled = rep, {}, None
            self._bounced = self._bounce_cause = None
            self._first = event.phase
        self._take_back(event.phase)
        turned = event.phase is Phase.CONCENTRIC and before is not None and before.phase in _WAY_DOWN
        self._down_s = before.start_s if before is not None and turned else None
        if event.phase in _WAY_DOWN:
            self._bounced = self._bounce_cause = None
        self._running = event

    def settled(self, event: RepSettled) -> None:
        """A rep is final: its digits replace the provisional ones, its range joins the set's."""
        if (event.set_number, event.rep.number) == self._rep:
            self._settled = event
        course = event.trace.position_m
        far_m = max(course, key=abs)
        low, high = self._done or (0.0, 0.0)
        self._done = (min(low, far_m), max(high, far_m))
        time_s, position_m, _ = zip(*self._recent, strict=True) if self._recent else ((0.0,), (0.0,), ())
        self._home_m = float(np.interp(_ended_s(event), time_s, position_m)) - course[-1]

    def motion(self, motion: Motion, machine: Profile | None = None) -> Mapping[str, Any] | None:
        """Fields of the next live message, None where it would come too soon. machine: what is known of it."""
        self._recent.append((motion.at_s, motion.position_m, motion.velocity_mps))
        self._see_turn(motion.at_s)
        low, high = self._seen or (motion.position_m, motion.position_m)
        self._seen = (min(low, motion.position_m), max(high, motion.position_m))
        if motion.at_s - self._last_s < 0.9 * INTERVAL_S:
            return None
        self._last_s = motion.at_s
        elapsed = max(0.0, motion.at_s - self._phase_start_s(motion))
        running = {_DURATIONS[motion.phase]: elapsed} if motion.phase in _DURATIONS else {}
        low, high = self._range()
        return {
            "at_s": motion.at_s,
            "calibrated": True,
            "position_m": motion.position_m,
            "velocity_mps": motion.velocity_mps,
            "phase": motion.phase,
            "phase_elapsed_s": elapsed,
            "rep_count": motion.rep_count,
            "range_low_m": low,
            "range_high_m": high,
            "bounced": self._bounced,
            "bounce_cause": self._bounce_cause,
            "full_range_m": machine and machine.full_range_m,
            "bumper_m": machine and machine.bumper_m,
            **self._durations,
            **self._settled_durations(),
            **running,
        }

    def uncalibrated(self, at_s: float) -> Mapping[str, Any] | None:
        """Fields of a live message while the rail is not known yet."""
        if at_s - self._last_s < 0.9 * INTERVAL_S:
            return None
        self._last_s = at_s
        still = {"position_m": 0.0, "velocity_mps": 0.0, "phase": Phase.IDLE, "phase_elapsed_s": 0.0}
        return {"at_s": at_s, "calibrated": False, "set_number": 0, "rep_count": 0, **still}

    def _see_turn(self, now_s: float) -> None:
        """Just after a turn, look whether it is a bounce, and of what; a step later may show more of it."""
        if self._down_s is None or self._running is None or self._bounce_cause is not None:
            return
        if now_s - self._running.start_s > (WITH_CAUSE_S if self._bounced else TURN_S):
            self._down_s = None
            return
        down = [one for one in self._recent if one[0] >= self._down_s - BEFORE_S]
        if len(down) < 3:
            return
        time_s, position_m, velocity_mps = np.array(down).T
        lowest = int(np.argmin(position_m))
        if not self._bounced:
            self._bounced = bounced(time_s, velocity_mps, lowest, self._params)
        if self._bounced:
            self._bounce_cause = self._cause_of(float(time_s[lowest]))

    def _take_back(self, phase: Phase) -> None:
        """A phase that begins again was not over, and what seemed to follow it was nothing."""
        order = list(_DURATIONS)
        if self._first in order and phase in order:
            order = order[order.index(self._first) :] + order[: order.index(self._first)]
            for later in order[order.index(phase) :]:
                self._durations.pop(_DURATIONS[later], None)

    def _phase_start_s(self, motion: Motion) -> float:
        """The pause after a settled rep begins where the rep ended."""
        if self._settled is None:
            return motion.phase_start_s
        pause = Phase.TOP if self._settled.rep.start_s is not None else Phase.BOTTOM
        return _ended_s(self._settled) if motion.phase is pause else motion.phase_start_s

    def _settled_durations(self) -> Mapping[str, float]:
        if self._settled is None:
            return {}
        known = {name: getattr(self._settled.rep, name) for name in _DURATIONS.values()}
        return {name: value for name, value in known.items() if value is not None}

    def _range(self) -> tuple[float, float]:
        if self._done is None:
            assert self._seen is not None
            return self._seen
        return self._home_m + self._done[0], self._home_m + self._done[1]


def _ended_s(event: RepSettled) -> float:
    rep = event.rep
    return (rep.turn_s if rep.start_s is None else rep.start_s) + event.trace.offset_s[-1]
