"""What a gap hid, told once the sled has been seen to stand again.

Missing samples leave the velocity open: an even lowering after a gap looks like a standstill. The live filter goes on
with its best guess, for the screen. Whether there was a rep is judged from a second reading, when it can be known.

Steps
1. From the last standstill before the gap on, all that the sled may have done is followed side by side (belief.py).
2. When the sled seems to stand, and does so in nearly all that is likely, the likeliest course is believed.
3. The window, from before the gap to now, is smoothed with what that course takes for true: where the sled stood, and
   at which end of its range it stood and turned.
4. The smoothed window then goes through a state machine that is as it was before the gap.

After `give_up_s` without an answer (a set without any pause) the likeliest course counts, unless it has lost itself:
then the live reading does.
"""

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from sensor_hub.engine.belief import SPELL_S, Belief
from sensor_hub.engine.courses import B, V
from sensor_hub.engine.motion import Track
from sensor_hub.engine.params import Params
from sensor_hub.engine.phases import PhaseMachine
from sensor_hub.engine.roughness import ROLLING
from sensor_hub.engine.smoothing import Place, smooth
from sensor_hub.engine.strokes import Candidate
from sensor_hub.model import FloatArray

BEFORE_S = 4.0
"""How far back from the gap the window starts at most: at a standstill."""
SURE = 0.97
"""Probability that the sled stands from which that is believed, ..."""
LIKELY = 0.6
"""... and that it stands where the likeliest course has it."""
LOST_MPS = 0.1
"""A course whose velocity is less certain tells nothing."""
LONGEST = 4.0
"""A window in which the gaps do not cease lasts so many times as long as `give_up_s`."""
RETRY_S = 0.15
"""Between two attempts within one spell."""


class Hindsight:
    """One gap (and those that follow before it is resolved). machine: as it was before the gap; tracks: the live
    filter's, up to the gap's; range_m: the machine's full range, 0 if unknown."""

    def __init__(self, params: Params, machine: PhaseMachine, tracks: Sequence[Track], range_m: float) -> None:
        self._p = params
        self.machine = machine
        self.since_s = self.gap_s = tracks[-1].time_s
        """End of the first gap and of the newest."""
        self.unjudged: list[Candidate] = []
        """What the live reading took for candidates."""
        self._next_try_s = self.since_s
        self._quiet_from_s = math.inf
        window = self.window(tracks)
        self._belief = Belief(window[0], machine.ends(range_m)[0], machine.order.sign, range_m)
        for track in window[1:-1]:
            self._belief.know(track)
        for track in window[1:][-1:]:
            self._belief.advance(track)

    def advance(self, track: Track) -> bool:
        """Take the newest track; whether it may bring the answer."""
        self._belief.advance(track)
        if track.blind:
            self.gap_s = track.time_s
        if track.even_sigma_mps is None or track.sound is ROLLING:
            self._quiet_from_s = math.inf
            return False
        self._quiet_from_s = min(self._quiet_from_s, track.time_s)
        if track.time_s - self._quiet_from_s < SPELL_S or track.time_s < self._next_try_s:
            return False
        self._next_try_s = track.time_s + RETRY_S
        return self._stands()

    def over(self, now_s: float) -> bool:
        return now_s - self.gap_s > self._p.give_up_s or now_s - self.since_s > LONGEST * self._p.give_up_s

    def window(self, tracks: Sequence[Track]) -> list[Track]:
        """The tracks from the last standstill before the gap, at most BEFORE_S earlier, to now."""
        near = [k for k in tracks if k.time_s > self.since_s - BEFORE_S]
        before = sum(k.time_s < self.since_s for k in near)
        held = [i for i in range(before) if near[i].held]
        return near[held[-1] :] if held else near

    @property
    def likely(self) -> bool:
        """Whether the likeliest course knows how fast the sled is."""
        return float(self._belief.courses.p[self._best, V, V]) < LOST_MPS**2

    def reread(self, tracks: Sequence[Track], time_s: FloatArray, force_mps2: FloatArray) -> list[Track]:
        """The window's tracks as they were by the likeliest course.

        tracks: the live filter's, those of `window`; time_s, force_mps2: (n,) samples over the same window.
        """
        told = self._told(tracks)
        s = smooth(time_s, force_mps2, told, places=self._places(tracks))
        at = np.array([k.time_s for k in tracks])
        velocity = np.interp(at, s.time_s, s.velocity_mps).tolist()
        position = (tracks[0].position_m + np.interp(at, s.time_s, s.position_m)).tolist()
        return [
            replace(
                k, position_m=p, velocity_mps=v, velocity_sigma_mps=s.velocity_sigma(k.time_s), corrected_m=0.0
            )
            for k, p, v in zip(told, position, velocity, strict=True)
        ]

    @property
    def _best(self) -> int:
        return int(np.argmax(self._belief.courses.weight))

    def chance(self, way: int) -> float:
        """How likely the sled moves this way: 1 up the rail, -1 down."""
        return self._belief.chance(way)

    def _stands(self) -> bool:
        courses, best = self._belief.courses, self._best
        probability = courses.probability
        if not courses.standing[best] or float(probability[courses.standing].sum()) < SURE:
            return False
        levels = [one.level if one is not None else None for one in courses.told]
        alike = courses.standing & np.array([level == levels[best] for level in levels])
        return float(probability[alike].sum()) > LIKELY

    def _told(self, tracks: Sequence[Track]) -> list[Track]:
        """The tracks with the standstills and the offset of the likeliest course."""
        courses, best = self._belief.courses, self._best
        held = {i for one in self._belief.story(best) if one.stood for i in range(one.first, one.last + 1)}
        offset_mps2, variance = float(courses.x[best, B]), float(courses.p[best, B, B])
        return [
            k
            if k.time_s < self.since_s
            else replace(
                k,
                hold_sigma_mps=k.even_sigma_mps if i in held else None,
                offset_mps2=offset_mps2,
                offset_variance=variance,
                cross_variance=0.0,
            )
            for i, k in enumerate(tracks)
        ]

    def _places(self, tracks: Sequence[Track]) -> list[Place]:
        """How far apart it stood and turned: from where the window begins, or if it did not stand there from the first
        such place."""
        start, told = tracks[0], []
        if start.held:
            told.append((start.time_s, start.position_m, 0.0))
        for one in self._belief.story(self._best):
            if one.level is not None:
                at_s = tracks[one.last if one.stood else one.first].time_s
                told.append((at_s, *self._belief.level(self._best, one.level)))
        return [
            Place(told[0][0], at_s, at_m - told[0][1], math.hypot(sigma_m, told[0][2]))
            for at_s, at_m, sigma_m in told[1:]
        ]
