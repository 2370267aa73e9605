"""The state machine that turns motion into strokes and strokes into repetitions.

A rep goes out from home and comes back. On a leg press home is the top: out is the eccentric, back the concentric.
On a machine that starts with the concentric (a weight stack) it is the other way round; the machine is the same.

    state    what it sees                                          next     what it tells
    -------  ----------------------------------------------------  -------  -------------------------
    HOME     moving out                                            OUT      outward phase began
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
    BACK     moving out, short of that                             OUT
    BACK     far past its start, against the profile               OUT      outward phase began (the other way round)
    any      track lost (a hand on the sensor, an impossible move)  HOME     candidate rejected: disturbed

Stopped: |v| < MOVING_MPS. Moving: beyond it, and `nudge_m` away from the last turning point, so that a tremor is no
stroke. A small move back from home (lifting the sled off its stops) only moves home.
"""

from dataclasses import dataclass, field
from enum import Enum

from sensor_hub.engine.motion import Track
from sensor_hub.engine.params import First, Params
from sensor_hub.model import MOVING_MPS, Phase

CONTRARY_SHARE = 1.5
"""A first stroke against what the profile says comes first must be this many times the shortest rep."""


class State(Enum):
    HOME = "home"
    OUT = "out"
    TURN = "turn"
    BACK = "back"


class Verdict(Enum):
    REP = "rep"
    RACKED = "the sled was put on its stops"
    PARKED = "it stayed at the far end"
    DISTURBED = "the sensor was handled or the track was lost"


@dataclass(frozen=True, slots=True)
class PhaseChange:
    phase: Phase
    start_s: float


@dataclass(frozen=True, slots=True)
class Candidate:
    """A finished stroke pair, as seen live: rough instants for the smoother to refine, and the gate values."""

    verdict: Verdict
    concentric_first: bool
    start_s: float
    far_s: float
    """When the sled was furthest from home."""
    end_s: float
    depth_m: float
    returned_share: float
    turned_at_home: bool
    """The next stroke began at once; there was no stop."""


@dataclass(slots=True)
class _Stroke:
    start_s: float = 0.0
    start_m: float = 0.0
    far_s: float = 0.0
    far_m: float = 0.0


@dataclass(slots=True)
class PhaseMachine:
    params: Params
    state: State = State.HOME
    phase: Phase = Phase.IDLE
    phase_start_s: float = 0.0
    concentric_first: bool = False
    range_m: float = 0.0
    """Full range of the machine, as far as it is known."""
    _decided: bool = False
    _known: bool = False
    """Decided by the machine or its owner, not by a stroke."""
    _sign: int = -1
    """Direction of out: -1 down the rail."""
    _expected: bool = False
    """A profile says which phase comes first: it takes a full stroke to outvote it, and one to confirm it."""
    _stroke: _Stroke = field(default_factory=_Stroke)
    _still_since: float | None = None
    _low: tuple[float, float] = (0.0, 0.0)
    _high: tuple[float, float] = (0.0, 0.0)
    _going: int = 0
    """Direction of the confirmed movement: 1 up the rail, -1 down, 0 none."""
    _home_m: float = 0.0
    _paused_s: float = 0.0
    """Since when the sled has been at the far end."""

    def __post_init__(self) -> None:
        self._decided = self._known = self.params.first is not First.AUTO
        self._set_direction(self.params.first is First.CONCENTRIC)

    def mount(self, incline_deg: float, expected: First = First.AUTO) -> None:
        """What the rail's slope says of the machine, and its profile. A full stroke the other way outvotes a profile
        that is not also what the slope says."""
        slope = self.params.flat_deg <= abs(incline_deg) < self.params.upright_deg
        if self.params.first is not First.AUTO:
            return
        if slope and expected is not First.CONCENTRIC:
            self._decided = self._known = True
            self._set_direction(False)
        elif expected is not First.AUTO:
            self._decided = self._known = False
            self._expected = True
            self._set_direction(expected is First.CONCENTRIC)

    @property
    def between_reps(self) -> bool:
        """At home, or on the stops a little below."""
        return self.at_home or (self.state is State.TURN and self._shallow(self._depth_m))

    @property
    def at_home(self) -> bool:
        return self.state is State.HOME

    @property
    def home_m(self) -> float:
        """Where the sled last stood still at home: what reps that turn without a stop come back to."""
        return self._home_m

    @property
    def start_m(self) -> float:
        """Position at which the running or last stroke pair started."""
        return self._stroke.start_m

    def new_set(self, reps: int) -> None:
        """A set of so many reps has ended. Fewer than two do not settle which phase comes first on this machine."""
        self._decided = self._decided and (reps > 1 or self._known)
        self.state, self.phase = State.HOME, Phase.IDLE

    def lose(self, track: Track) -> Candidate | None:
        """The track is lost: close what was open."""
        candidate = None if self.at_home else self._candidate(Verdict.DISTURBED, track, 0.0, False)
        self.restart(track.time_s)
        return candidate

    def finish(self, track: Track) -> Candidate | None:
        """The recording ends here: a rep that was most of the way back counts."""
        returned = self._returned(track)
        if self.state is not State.BACK or returned < self.params.half_share:
            return None
        return self._candidate(Verdict.REP, track, returned, False)

    def restart(self, time_s: float) -> None:
        """A new frame or a new track begins, at position 0 and at home. What is known of the machine stays."""
        self.state, self.phase, self.phase_start_s = State.HOME, Phase.IDLE, time_s
        self._low = self._high = (time_s, 0.0)
        self._stroke.start_m = self._home_m = 0.0
        self._still_since, self._going = None, 0

    def advance(self, track: Track) -> list[PhaseChange | Candidate]:
        still_s, out, back = self._sense(track)
        match self.state:
            case State.HOME:
                return self._home(track, still_s, out)
            case State.OUT:
                return self._out(track, still_s, back)
            case State.TURN:
                return self._turn(track, still_s, out, back)
            case State.BACK:
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
        self._low = min(self._low, (t, p), key=_position)
        self._high = max(self._high, (t, p), key=_position)
        if self._going >= 0 and v < 0 and self._high[1] - p > self.params.nudge_m:
            self._going, self._low = -1, (t, p)
        elif self._going <= 0 and v > 0 and p - self._low[1] > self.params.nudge_m:
            self._going, self._high = 1, (t, p)
        return 0.0, self._going == self._sign, self._going == -self._sign

    def _home(self, track: Track, still_s: float, out: bool) -> list[PhaseChange | Candidate]:
        if track.held:
            self._home_m = track.position_m
        away = self._sign * (track.position_m - self._stroke.start_m)
        contrary_m = self.params.min_range_m * (CONTRARY_SHARE if self._expected else 1.0)
        if not self._decided and -away > contrary_m and not still_s:
            self._set_direction(not self.concentric_first)
            out = True
        if not out:
            return []
        self._begin(track)
        self.state = State.OUT
        return [self._phase(Phase.CONCENTRIC if self.concentric_first else Phase.ECCENTRIC, self._stroke.start_s)]

    def _out(self, track: Track, still_s: float, back: bool) -> list[PhaseChange | Candidate]:
        self._reach(track)
        if back:
            return self._turn_back()
        if still_s >= self.params.still_s:
            self.state, self._paused_s = State.TURN, track.time_s
            return [self._phase(Phase.TOP if self.concentric_first else Phase.BOTTOM, track.time_s - still_s)]
        return []

    def _turn(self, track: Track, still_s: float, out: bool, back: bool) -> list[PhaseChange | Candidate]:
        self._reach(track)
        if back:
            return self._turn_back()
        depth = self._depth_m
        if out:
            long_ago = track.time_s - self._paused_s > self.params.racked_s
            if depth < 0.5 * self.params.min_range_m or (long_ago and depth < 2 * self.params.min_range_m):
                self._begin(track)
            self.state = State.OUT
            return [self._phase(Phase.CONCENTRIC if self.concentric_first else Phase.ECCENTRIC, track.time_s)]
        if self._shallow(depth) and still_s > self.params.racked_s:
            return self._give_up(Verdict.RACKED, track)
        if still_s > self.params.parked_s:
            return self._give_up(Verdict.PARKED, track)
        return []

    def _back(self, track: Track, still_s: float, out: bool) -> list[PhaseChange | Candidate]:
        self._reach(track)
        if self._expected and not self._decided and self._beyond_start(track) > self.params.min_range_m:
            return self._other_way()
        returned = self._returned(track)
        pause = Phase.BOTTOM if self.concentric_first else Phase.TOP
        if out:
            if returned < self.params.half_share:
                self.state = State.OUT
                return [self._phase(Phase.CONCENTRIC if self.concentric_first else Phase.ECCENTRIC, track.time_s)]
            done = self._candidate(Verdict.REP, track, returned, True)
            self._begin(track)
            self.state = State.OUT
            outward = Phase.CONCENTRIC if self.concentric_first else Phase.ECCENTRIC
            return [done, self._phase(outward, self._stroke.start_s)]
        if still_s < self.params.still_s:
            return []
        if returned >= self.params.returned_share or (
            still_s > self.params.sticking_s and returned >= self.params.half_share
        ):
            done = self._candidate(Verdict.REP, track, returned, False)
            self.state = State.HOME
            self._stroke.start_m = track.position_m
            return [done, self._phase(pause, track.time_s - still_s)]
        if returned < self.params.half_share:
            self.state = State.TURN
            return [self._phase(Phase.TOP if self.concentric_first else Phase.BOTTOM, track.time_s - still_s)]
        return []

    @property
    def _depth_m(self) -> float:
        return abs(self._stroke.far_m - self._stroke.start_m)

    def _shallow(self, depth_m: float) -> bool:
        return depth_m < max(1.2 * self.params.min_range_m, self.params.racked_share * self.range_m)

    def _turn_back(self) -> list[PhaseChange | Candidate]:
        self.state = State.BACK
        self._decided = self._decided or not self._expected or self._depth_m >= self.params.min_range_m
        returning = Phase.ECCENTRIC if self.concentric_first else Phase.CONCENTRIC
        return [self._phase(returning, self._stroke.far_s)]

    def _beyond_start(self, track: Track) -> float:
        """How far the sled has gone past its start, away from the far point."""
        return self._sign * (self._stroke.start_m - track.position_m)

    def _other_way(self) -> list[PhaseChange | Candidate]:
        """What was taken for the return is this machine's outward stroke."""
        self._set_direction(not self.concentric_first)
        self._decided, self.state = True, State.OUT
        self._stroke.start_s, self._stroke.start_m = self._stroke.far_s, self._stroke.far_m
        return [self._phase(Phase.CONCENTRIC if self.concentric_first else Phase.ECCENTRIC, self._stroke.start_s)]

    def _give_up(self, verdict: Verdict, track: Track) -> list[PhaseChange | Candidate]:
        candidate = self._candidate(verdict, track, self._returned(track), False)
        self.state = State.HOME
        self._stroke.start_m = track.position_m
        return [candidate, self._phase(Phase.IDLE, track.time_s)]

    def _begin(self, track: Track) -> None:
        start_s, start_m = self._high if self._sign < 0 else self._low
        self._stroke = _Stroke(start_s, start_m, track.time_s, track.position_m)

    def _reach(self, track: Track) -> None:
        if self._sign * (track.position_m - self._stroke.far_m) > 0:
            self._stroke.far_s, self._stroke.far_m = track.time_s, track.position_m

    def _returned(self, track: Track) -> float:
        depth = self._stroke.far_m - self._stroke.start_m
        return 1.0 if depth == 0 else (self._stroke.far_m - track.position_m) / depth

    def _candidate(self, verdict: Verdict, track: Track, returned: float, turned: bool) -> Candidate:
        s = self._stroke
        end_s = (self._high if self._sign < 0 else self._low)[0] if turned else track.time_s
        return Candidate(
            verdict, self.concentric_first, s.start_s, s.far_s, end_s, self._depth_m, returned, turned
        )

    def _phase(self, phase: Phase, start_s: float) -> PhaseChange:
        self.phase, self.phase_start_s = phase, start_s
        return PhaseChange(phase, start_s)

    def _set_direction(self, concentric_first: bool) -> None:
        self.concentric_first = concentric_first
        self._sign = 1 if concentric_first else -1


def _position(point: tuple[float, float]) -> float:
    return point[1]
