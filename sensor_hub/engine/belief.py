"""What the sled may have done since a gap: several courses side by side, each with its probability (courses.py).

Steps
1. Every step moves all courses on. Standstills from before the gap are known to all.
2. Where the velocity becomes even, each course becomes four: the sled moves on, or it stands at home, at the far end,
   or somewhere else. Each is as likely as the course's velocity and place make it. An even spell that is as fast as
   the one before is no news.
3. A course that goes the other way has turned at home or at the far end, or somewhere else.
4. A course is on its rail: it loses by being beyond the ends, and one that has lost its place is somewhere between.
5. Courses that are hopelessly unlikely, or not among the best, are dropped.

Nothing needs to be known of the machine: the range is a part of the state, which each stand at the far end tells.
"""

import math

import numpy as np

from sensor_hub.engine.courses import POSITION, VELOCITY, B, Courses, IntArray, P, R, Told, V, joined, log_normal
from sensor_hub.engine.motion import Track
from sensor_hub.engine.roughness import ROLLING, STANDING
from sensor_hub.model import MOVING_MPS, FloatArray

COURSES = 24
HOPELESS = 14.0
"""Logarithm of how much less likely than the best one a course is that is dropped."""
SPELL_S = 0.03
"""How long the velocity must have been even, beyond the filter's own window."""
FIRST_RANGE_M, FIRST_RANGE_SIGMA_M = 0.45, 0.15
"""Of a machine nobody has seen a rep on."""
RANGE_SHARE, LEAST_RANGE_SIGMA_M = 0.05, 0.02
"""By how much a known range is off, and ..."""
LEVEL_M, TURN_M = 0.02, 0.03
"""... how closely a stand at one of its ends and a turn there come to it."""
START_M = 0.01
"""Uncertainty of the place where it stood at first."""
ELSEWHERE = 0.06
"""Share of the stands and turns that are at neither end, ..."""
ROOM_M = 0.6
"""... anywhere within so much."""
STANDS, SOUNDING_STANDS = 0.7, 0.98
"""Share of the even spells in which a sled stands, and of those that sound like it."""
SPEEDS_MPS = 1.0
"""Velocities of sleds that move are spread over so much, ..."""
ALIKE_MPS = 0.05
"""... but those of one stroke are as close as this."""
SLOW_MPS = 0.03
"""An even spell that moves is faster than this; one that has not changed by more is as fast as the one before."""
REVERSED_MPS, REVERSED_SIGMAS = 0.06, 2.0
"""A sled that moves like this the other way has turned."""
LINGERS = 0.2
"""Logarithm of how much less likely a stand anywhere but at home gets in a second."""
OUTSIDE_M = 0.08
"""So far beyond the ends of its range a sled may be, ..."""
OUTSIDE_S, OUTSIDE_MOST = 0.3, 15.0
"""... and longer than this it hardly is."""
LOST_M = 0.1
"""Uncertainty of a position from which "between the ends" tells more."""
TOUGH, MOST = 4.0, 8.0
"""Squared sigmas by which a stand may be off for nothing, and what each step may cost beyond."""


class Belief:
    """first: the track it starts with; home_m: where home is; sign: direction of out; range_m: 0 if unknown."""

    def __init__(self, first: Track, home_m: float, sign: int, range_m: float) -> None:
        self.home_m, self.sign = home_m, sign
        range_sigma_m = max(RANGE_SHARE * range_m, LEAST_RANGE_SIGMA_M) if range_m else FIRST_RANGE_SIGMA_M
        x = np.array([first.position_m, first.velocity_mps, first.offset_mps2, range_m or FIRST_RANGE_M])
        start_m = START_M if first.held else LOST_M
        p = np.diag([start_m**2, first.velocity_sigma_mps**2, first.offset_variance, range_sigma_m**2])
        p[V, B] = p[B, V] = first.cross_variance
        self.courses = Courses.one(x, p)
        self._time_s, self._force_mps2 = first.time_s, first.force_mps2
        self._index = 0
        self._lasted_s = 0.0
        """The newest step."""
        self._even_since_s: float | None = None
        self._asked = False
        """Whether the running even spell has been taken into account."""
        self._gained_mps, self._strayed_mps = 0.0, math.inf
        """Velocity gained since the last even spell, now and at most."""

    def know(self, track: Track) -> None:
        """A track from before the gap, whose standstill is believed."""
        self._move_on(track)
        c = self.courses
        if track.hold_sigma_mps is not None:
            c.measure(c.every, VELOCITY, np.zeros(1), track.hold_sigma_mps**2)
            c.rest(c.every, self._index)
        c.follow(c.faster(REVERSED_MPS, REVERSED_SIGMAS), self._index)

    def advance(self, track: Track) -> None:
        """A track since the gap."""
        self._move_on(track)
        self._stay_in_range(track.blind)
        self._listen(track)
        self.courses.weight += self._inside(self.courses) * self._lasted_s / OUTSIDE_S
        self._turn()
        self.courses.follow(self.courses.faster(REVERSED_MPS, REVERSED_SIGMAS), self._index)
        self._drop()

    def story(self, i: int) -> list[Told]:
        """What course i takes for true, the oldest first."""
        story, one = [], self.courses.told[i]
        while one is not None:
            story.append(one)
            one = one.before
        return story[::-1]

    def chance(self, way: int) -> float:
        """How likely the sled moves this way: 1 up the rail, -1 down."""
        c = self.courses
        pairs = zip(c.x[:, V].tolist(), np.sqrt(c.p[:, V, V]).tolist(), strict=True)
        ahead = [0.5 * math.erfc((MOVING_MPS - way * v) / (s * 2**0.5)) for v, s in pairs]
        return float(c.probability @ ahead)

    def level(self, i: int, level: str) -> tuple[float, float]:
        """Where course i has this end of the range, and how closely a stand or turn comes to it (m)."""
        if level == "home":
            return self.home_m, LEVEL_M
        c = self.courses
        return self.home_m + self.sign * float(c.x[i, R]), math.hypot(LEVEL_M, float(c.p[i, R, R]) ** 0.5)

    def _move_on(self, track: Track) -> None:
        self._index += 1
        self._lasted_s = track.time_s - self._time_s
        self.courses.predict(track, self._lasted_s, self._force_mps2)
        self._time_s, self._force_mps2 = track.time_s, track.force_mps2

    def _listen(self, track: Track) -> None:
        """Take an even velocity into account once it has lasted. One that the last one never left is the last."""
        if track.blind:
            self._strayed_mps = math.inf
        if not self._asked:
            self._gained_mps += (track.force_mps2 - float(self.courses.x[0, B])) * self._lasted_s
            self._strayed_mps = max(self._strayed_mps, abs(self._gained_mps))
        if track.even_sigma_mps is None or track.sound is ROLLING:
            self._even_since_s, self._asked = None, False
            return
        if self._even_since_s is None:
            self._even_since_s = track.time_s
        if self._asked:
            self._go_on_standing(track.even_sigma_mps)
        elif track.time_s - self._even_since_s >= SPELL_S:
            self._asked = True
            if self._strayed_mps > SLOW_MPS:
                self._ask(track.even_sigma_mps, SOUNDING_STANDS if track.sound is STANDING else STANDS)
            self._gained_mps = self._strayed_mps = 0.0

    def _go_on_standing(self, sigma_mps: float) -> None:
        c, which = self.courses, np.flatnonzero(self.courses.standing)
        if not len(which):
            return
        surprise = c.x[which, V] ** 2 / (c.p[which, V, V] + sigma_mps**2)
        c.measure(which, VELOCITY, np.zeros(1), sigma_mps**2)
        c.weight[which] -= 0.5 * np.clip(surprise - TOUGH, 0.0, MOST)
        for i in which.tolist():
            one = c.told[i]
            assert one is not None
            c.told[i] = Told(one.before, one.first, self._index, True, one.level)
            if one.level != "home":
                c.weight[i] -= LINGERS * self._lasted_s

    def _ask(self, sigma_mps: float, stands: float) -> None:
        """Does it move on, or stand, and where?"""
        moves, stood = self.courses.taken(self.courses.every), self.courses.taken(self.courses.every)
        moves.weight += math.log(1 - stands) + self._inside(moves) + np.log(moves.chance_of_more(SLOW_MPS))
        moves.weight += np.where(moves.standing, 0.0, self._alike())
        stood.weight += math.log(stands * SPEEDS_MPS) + log_normal(stood.x[:, V], stood.p[:, V, V] + ALIKE_MPS**2)
        stood.measure(stood.every, VELOCITY, np.zeros(1), sigma_mps**2)
        moves.standing[:], stood.standing[:] = False, True
        before = np.array([one is not None and one.stood for one in stood.told])
        still = before & (stood.going == 0) & (np.abs(stood.x[:, P] - stood.stood_m) < LEVEL_M)
        parts = [moves, stood.taken(np.flatnonzero(still))]
        for level in ("home", "far", None) if not still.all() else ():
            part = stood.taken(np.flatnonzero(~still))
            part.weight += self._come_to(part, part.every, level, np.zeros(1), LEVEL_M)
            part.told = [Told(one, self._index, self._index, True, level) for one in part.told]
            parts.append(part)
        self.courses = joined(parts)
        self.courses.rest(np.flatnonzero(self.courses.standing), self._index)

    def _alike(self) -> float:
        """Logarithm of how likely a stroke is as fast again as in its last even spell."""
        if self._strayed_mps == math.inf:
            return 0.0
        off = self._gained_mps / ALIKE_MPS
        return max(0.0, -0.5 * off * off - math.log(ALIKE_MPS / SPEEDS_MPS * (2 * math.pi) ** 0.5))

    def _come_to(
        self, c: Courses, which: IntArray, level: str | None, since_m: FloatArray, sigma_m: float
    ) -> FloatArray:
        """Logarithm of how likely these were at this level, `since_m` ago; updates them with it."""
        if level is None:
            return math.log(ELSEWHERE) + self._inside(c)[which]
        h = POSITION if level == "home" else np.array([1.0, 0.0, 0.0, -float(self.sign)])
        share = math.log(0.5 * (1 - ELSEWHERE) * ROOM_M)
        return share + c.measure(which, h, self.home_m + since_m, sigma_m**2)

    def _inside(self, c: Courses) -> FloatArray:
        """Logarithm of how likely each place is on a rail with these ends."""
        out_m = self.sign * (c.x[:, P] - self.home_m)
        beyond_m = np.maximum(np.maximum(-out_m, out_m - c.x[:, R]) - OUTSIDE_M, 0.0)
        return np.asarray(-np.minimum(0.5 * beyond_m**2 / (c.p[:, P, P] + LEVEL_M**2), OUTSIDE_MOST))

    def _stay_in_range(self, blind: bool) -> None:
        """Courses that have lost their place: somewhere between the ends, once a second and after a gap."""
        c = self.courses
        which = np.flatnonzero(c.p[:, P, P] > LOST_M**2)
        if len(which):
            middle_m = self.home_m + 0.5 * self.sign * c.x[which, R]
            sigma_m = float(c.x[which, R].mean()) / 12**0.5 + OUTSIDE_M
            c.measure(which, POSITION, middle_m, sigma_m**2 / (1.0 if blind else self._lasted_s))

    def _turn(self) -> None:
        """Each course that goes the other way has turned at the end it went to, or somewhere else."""
        c = self.courses
        turned = np.flatnonzero(c.faster(REVERSED_MPS, REVERSED_SIGMAS) & (c.going * c.x[:, V] < 0))
        if not len(turned):
            return
        ended = c.taken(turned)
        since_m = ended.x[:, P] - ended.extreme_m
        outward = ended.going * self.sign > 0
        c.weight[turned] += self._come_to(c, turned, None, since_m, TURN_M)
        for level, which in (("far", np.flatnonzero(outward)), ("home", np.flatnonzero(~outward))):
            if len(which):
                ended.weight[which] += self._come_to(ended, which, level, since_m[which], TURN_M)
        ended.told = [
            Told(one, at, at, False, "far" if out else "home")
            for one, at, out in zip(ended.told, ended.extreme_at.tolist(), outward.tolist(), strict=True)
        ]
        self.courses = joined([c, ended])

    def _drop(self) -> None:
        weight = self.courses.weight
        best = np.argsort(-weight, kind="stable")[:COURSES]
        best = best[weight[best] > weight[best[0]] - HOPELESS]
        self.courses = self.courses.taken(best)
        self.courses.weight -= self.courses.weight[0]
