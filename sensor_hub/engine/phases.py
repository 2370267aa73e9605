"""The state machine that turns motion into strokes and strokes into repetitions.

A rep goes out from home and comes back. On a leg press home is the top: out is the eccentric, back the concentric.
On a machine that starts with the concentric (a weight stack) it is the other way round; the machine is the same.

    state    what it sees                                          next     what it tells
    -------  ----------------------------------------------------  -------  -------------------------
    HOME     moving out                                            OUT      outward phase began
    HOME     a whole stroke the other way, the order being open    OUT      outward phase began, the other way round
    OUT      stopped for still_s                                   TURN     pause at the far end began
    OUT      moving back                                           BACK     returning phase began
    TURN     moving back                                           BACK     returning phase began
    TURN     moving out again                                      OUT      outward phase began (anew, if the sled
                                                                            had only been nudged, or long ago)
    TURN     rest of racked_s after a short descent                HOME     candidate rejected: racked
    TURN     rest of parked_s                                      HOME     candidate rejected: parked
    BACK     stopped, back by returned_share                       HOME     rep; pause at home began
    BACK     stopped for sticking_s, back by half_share            HOME     rep; pause at home began
    BACK     stopped, back by less than half_share                 TURN     pause at the far end began (again)
    BACK     moving out, back by half_share                        OUT      rep; outward phase began
    BACK     moving out, short of that                             OUT      outward phase began (a new stroke if
                                                                            the far point proves misjudged)
    OUT,TURN stopped at home again (samples were lost)             HOME     rep; pause at home began
    BACK     a whole stroke beyond a start hardly left             OUT      outward phase began, the other way round,
                                                                            where the order is open (order.py);
                                                                   HOME     elsewhere: it only moved home
    any      track lost (a hand on the sensor, an impossible move)  HOME     candidate rejected: handled, lost

Stopped: |v| < MOVING_MPS. Moving: beyond it, and `nudge_m` away from the last turning point, so that a tremor is no
stroke. A small move back from home (lifting the sled off its stops) only moves home.
"""

import math
from dataclasses import dataclass, field
from enum import Enum

from sensor_hub.engine.motion import Track
from sensor_hub.engine.order import Order
from sensor_hub.engine.params import Params
from sensor_hub.engine.strokes import Candidate, PhaseChange
from sensor_hub.model import MOVING_MPS, Phase, Refusal

SHORT_RETURNS = 2
"""So many strokes as long as reps, all short of half-way back: the far point was misjudged."""
LONGEST = 1.3
"""No stroke is longer than the machine's full range by more than this: its start was misjudged."""


class State(Enum):
    HOME = "home"
    OUT = "out"
    TURN = "turn"
    BACK = "back"


HOME, OUT, TURN, BACK = State
"""By name: looking a member up in its class takes longer than a dozen sums do."""


@dataclass(slots=True)
class _Stroke:
    start_s: float = 0.0
    start_m: float = 0.0
    far_s: float = 0.0
    far_m: float = 0.0


@dataclass(slots=True)
class PhaseMachine:
    params: Params
    state: State = HOME
    phase: Phase = Phase.IDLE
    phase_start_s: float = 0.0
    range_m: float = 0.0
    """Full range of the machine, as far as it is known."""
    order: Order = field(init=False)
    """Which phase comes first."""
    _stroke: _Stroke = field(default_factory=_Stroke)
    _still_since: float | None = None
    _low: tuple[float, float] = (0.0, 0.0)
    _high: tuple[float, float] = (0.0, 0.0)
    _going: int = 0
    """Direction of the confirmed movement: 1 up the rail, -1 down, 0 none."""
    _home_m: float = 0.0
    _paused_s: float = 0.0
    """Since when the sled has been at the far end."""
    _short_returns: int = 0
    _gap_s: float = math.inf
    """End of the last gap, until the sled has stood again."""

    def __post_init__(self) -> None:
        self.order = Order(self.params)

    @property
    def between_reps(self) -> bool:
        """At home, or on the stops a little below."""
        return self.at_home or (self.state is TURN and self._shallow(self._depth_m))

    @property
    def at_home(self) -> bool:
        return self.state is HOME

    @property
    def home_m(self) -> float:
        """Where the sled last stood still at home: what reps that turn without a stop come back to."""
        return self._home_m

    def ends(self, range_m: float) -> tuple[float, float]:
        """Positions of both ends of the travel on a machine with this range: home first."""
        return self._home_m, self._home_m + self.order.sign * range_m

    @property
    def start_m(self) -> float:
        """Position at which the running or last stroke pair started."""
        return self._stroke.start_m

    def new_set(self, reps: int) -> None:
        """A set of so many reps has ended."""
        self.order.new_set(reps)
        self.state, self.phase = HOME, Phase.IDLE

    def lose(self, track: Track, why: Refusal) -> Candidate | None:
        """The track is lost: close what was open."""
        candidate = None if self.at_home else self._candidate(why, track, 0.0, False)
        self.restart(track.time_s)
        return candidate

    def correct(self, by_m: float) -> None:
        """The track's position has been corrected by so much: what was seen since the last gap goes with it."""
        s = self._stroke
        if s.start_s > self._gap_s:
            s.start_m += by_m
        if s.far_s > self._gap_s:
            s.far_m += by_m
        if self._low[0] > self._gap_s:
            self._low = (self._low[0], self._low[1] + by_m)
        if self._high[0] > self._gap_s:
            self._high = (self._high[0], self._high[1] + by_m)

    def finish(self, track: Track) -> Candidate | None:
        """The recording ends here: a rep that was most of the way back counts."""
        returned = self._returned(track)
        if self.state is not BACK or returned < self.params.half_share:
            return None
        return self._candidate(None, track, returned, False)

    def restart(self, time_s: float) -> None:
        """A new frame or a new track begins, at position 0 and at home. What is known of the machine stays."""
        self.state, self.phase, self.phase_start_s = HOME, Phase.IDLE, time_s
        self._low = self._high = (time_s, 0.0)
        self._stroke.start_m = self._home_m = 0.0
        self._still_since, self._going = None, 0

    def advance(self, track: Track) -> list[PhaseChange | Candidate]:
        if track.blind:
            self._gap_s = track.time_s
        elif track.corrected_m:
            self.correct(track.corrected_m)
        if track.held:
            self._gap_s = math.inf
        still_s, out, back = self._sense(track)
        if self.state is HOME:
            return self._home(track, still_s, out)
        if self.state is OUT:
            return self._out(track, still_s, back)
        if self.state is TURN:
            return self._turn(track, still_s, out, back)
        return self._back(track, still_s, out)

    def _sense(self, track: Track) -> tuple[float, bool, bool]:
        """How long the sled has not moved; whether it now moves out; back."""
        p, v, t = track.position_m, track.velocity_mps, track.time_s
        if abs(v) < MOVING_MPS or track.held:
            self._still_since = t if self._still_since is None else self._still_since
            self._low = self._high = (t, p)
            self._going = 0
            return t - self._still_since, False, False
        self._still_since = None
        if p < self._low[1]:
            self._low = (t, p)
        if p > self._high[1]:
            self._high = (t, p)
        if self._going >= 0 and v < 0 and self._high[1] - p > self.params.nudge_m:
            self._going, self._low = -1, (t, p)
        elif self._going <= 0 and v > 0 and p - self._low[1] > self.params.nudge_m:
            self._going, self._high = 1, (t, p)
        return 0.0, self._going == self.order.sign, self._going == -self.order.sign

    def _home(self, track: Track, still_s: float, out: bool) -> list[PhaseChange | Candidate]:
        if track.held:
            self._home_m = track.position_m
        away = self.order.sign * (track.position_m - self._stroke.start_m)
        if not self.order.decided and -away > self.order.contrary_m and not still_s:
            self.order.turn_round()
            out = True
        if not out:
            return []
        self._begin(track)
        self.state = OUT
        return [self._phase(self.order.outward, self._stroke.start_s)]

    def _out(self, track: Track, still_s: float, back: bool) -> list[PhaseChange | Candidate]:
        self._reach(track)
        if back:
            return self._turn_back()
        if self._unseen_return(track, still_s):
            return self._come_home(track, still_s)
        if still_s >= self.params.still_s:
            self.state, self._paused_s = TURN, track.time_s
            return [self._phase(self.order.far_pause, track.time_s - still_s)]
        return []

    def _turn(self, track: Track, still_s: float, out: bool, back: bool) -> list[PhaseChange | Candidate]:
        self._reach(track)
        if back:
            return self._turn_back()
        if self._unseen_return(track, still_s):
            return self._come_home(track, still_s)
        depth = self._depth_m
        if out:
            long_ago = track.time_s - self._paused_s > self.params.racked_s
            if depth < 0.5 * self.params.min_range_m or (long_ago and depth < 2 * self.params.min_range_m):
                self._begin(track)
            self.state = OUT
            return [self._phase(self.order.outward, track.time_s)]
        if self._shallow(depth) and still_s > self.params.racked_s:
            return self._give_up(Refusal.RACKED, track)
        if still_s > self.params.parked_s:
            return self._give_up(Refusal.PARKED, track)
        return []

    def _back(self, track: Track, still_s: float, out: bool) -> list[PhaseChange | Candidate]:
        self._reach(track)
        if self._nudged(track):
            return self._start_over(track)
        returned = self._returned(track)
        if out:
            if returned < self.params.half_share:
                return self._out_again(track)
            done = self._candidate(None, track, returned, True)
            self._begin(track)
            self.state = OUT
            return [done, self._phase(self.order.outward, self._stroke.start_s)]
        if still_s < self.params.still_s:
            return []
        if returned >= self.params.returned_share or (
            still_s > self.params.sticking_s and returned >= self.params.half_share
        ):
            return self._come_home(track, still_s)
        if returned < self.params.half_share:
            self.state = TURN
            return [self._phase(self.order.far_pause, track.time_s - still_s)]
        return []

    def _out_again(self, track: Track) -> list[PhaseChange | Candidate]:
        """Out again before it was half-way back: a pulse at the far end, unless it keeps happening."""
        climbed_m = abs(self._stroke.far_m - (self._high if self.order.sign < 0 else self._low)[1])
        self._short_returns += climbed_m > self.params.min_range_m
        self.state, start_s = OUT, track.time_s
        if self._short_returns >= SHORT_RETURNS:
            self._begin(track)
            start_s = self._stroke.start_s
        return [self._phase(self.order.outward, start_s)]

    def _unseen_return(self, track: Track, still_s: float) -> bool:
        """It stands at home again, though it was last seen to move out: samples were lost on the way back."""
        deep = self._depth_m >= self.params.min_range_m
        return deep and still_s >= self.params.still_s and self._returned(track) >= self.params.returned_share

    def _come_home(self, track: Track, still_s: float) -> list[PhaseChange | Candidate]:
        done = self._candidate(None, track, self._returned(track), False)
        self.state = HOME
        self._stroke.start_m = track.position_m
        return [done, self._phase(self.order.home_pause, track.time_s - still_s)]

    def _nudged(self, track: Track) -> bool:
        """A little way out and then a whole stroke beyond the start: the way out was none."""
        beyond = abs(track.position_m - self._stroke.far_m) - self._depth_m
        return self._depth_m < 0.5 * self.params.min_range_m and beyond > self.params.min_range_m

    def _start_over(self, track: Track) -> list[PhaseChange | Candidate]:
        """Where the order of phases is open this stroke is the first of a rep; elsewhere it only moves home."""
        s = self._stroke
        if self.order.decided:
            self.state, s.start_m = HOME, track.position_m
            return []
        self.order.turn_round()
        self._stroke = _Stroke(s.far_s, s.far_m, track.time_s, track.position_m)
        self.state = OUT
        return [self._phase(self.order.outward, s.far_s)]

    @property
    def _depth_m(self) -> float:
        return abs(self._stroke.far_m - self._stroke.start_m)

    def _shallow(self, depth_m: float) -> bool:
        return depth_m < max(1.2 * self.params.min_range_m, self.params.racked_share * self.range_m)

    def _turn_back(self) -> list[PhaseChange | Candidate]:
        self.state = BACK
        left_s = (self._low if self.order.sign < 0 else self._high)[0]
        return [self._phase(self.order.returning, max(left_s, self._stroke.far_s))]

    def _give_up(self, why: Refusal, track: Track) -> list[PhaseChange | Candidate]:
        candidate = self._candidate(why, track, self._returned(track), False)
        self.state = HOME
        self._stroke.start_m = track.position_m
        return [candidate, self._phase(Phase.IDLE, track.time_s)]

    def _begin(self, track: Track) -> None:
        self._short_returns = 0
        start_s, start_m = self._high if self.order.sign < 0 else self._low
        self._stroke = _Stroke(start_s, start_m, track.time_s, track.position_m)

    def _reach(self, track: Track) -> None:
        if self.order.sign * (track.position_m - self._stroke.far_m) > 0:
            self._stroke.far_s, self._stroke.far_m = track.time_s, track.position_m

    def _returned(self, track: Track) -> float:
        depth = self._depth_m
        if self.range_m:
            depth = min(depth, LONGEST * self.range_m)
        return 1.0 if depth == 0 else self.order.sign * (self._stroke.far_m - track.position_m) / depth

    def _candidate(self, refusal: Refusal | None, track: Track, returned: float, turned: bool) -> Candidate:
        s = self._stroke
        end_s = (self._high if self.order.sign < 0 else self._low)[0] if turned else track.time_s
        return Candidate(
            refusal, self.order.concentric_first, s.start_s, s.far_s, end_s, self._depth_m, returned, turned
        )

    def _phase(self, phase: Phase, start_s: float) -> PhaseChange:
        self.phase, self.phase_start_s = phase, start_s
        return PhaseChange(phase, start_s)
