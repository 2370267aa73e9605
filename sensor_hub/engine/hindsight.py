"""What a gap hid, told once the sled has been seen to stand again.

Missing samples leave the velocity open: an even lowering after a gap looks like a standstill. The live filter goes on
with its best guess, for the screen. Whether there was a rep is judged from a second reading, when it can be known.

Steps
1. From the gap on, every spell in which the velocity was even, and that did not sound as if the sled rolled, may have
   been a standstill.
2. Each choice of spells that stood is a hypothesis. The window, from before the gap to now, is smoothed under it.
3. A hypothesis gains by every spell that stands where a sled stands (at home, or a full range from it). It loses by
   standstills that contradict one another, by spells that move hardly at all or sounded as if they stood, and by
   travelling further than the machine allows.
4. The best one is believed when the newest spell stands in it and either sounds like it, or stands at an end of a
   known range, or agrees with another standstill after the gap.
5. The smoothed window then goes through a state machine that is as it was before the gap.

After `give_up_s` without an answer (a set without any pause) the live reading counts.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from sensor_hub.engine.motion import Track
from sensor_hub.engine.params import Params
from sensor_hub.engine.phases import PhaseMachine
from sensor_hub.engine.roughness import Sound
from sensor_hub.engine.smoothing import smooth
from sensor_hub.engine.strokes import Candidate
from sensor_hub.model import FloatArray

BEFORE_S = 4.0
"""How far back from the gap the window starts at most: at a standstill."""
SPELL_S = 0.03
"""How long the velocity must have been even, beyond the filter's own window."""
NEWEST = 4
"""Spells that are weighed against one another."""
SLOWEST_MPS = 0.03
"""A spell that moves is faster than this."""
LEVEL_SHARE = 0.3
"""Of the range: this far from either end a sled hardly ever stands."""
SURPRISED = 30.0
"""Squared sigmas of contradiction from which standstills cannot all have been some."""
ROOM = 1.3
"""No motion goes further than the machine's range by more than this."""
RETRY_S = 0.15
"""Between two attempts within one spell."""


@dataclass(frozen=True, slots=True)
class Spell:
    """Tracks [first, last] of the window, in which the velocity was even."""

    first: int
    last: int
    sound: Sound


@dataclass(frozen=True, slots=True)
class _Hypothesis:
    score: float
    standing: tuple[Spell, ...]
    position_m: float
    """Of the newest track."""


class Hindsight:
    """One gap (and those that follow before it is resolved). machine: as it was before the gap."""

    def __init__(self, params: Params, machine: PhaseMachine, gap_s: float) -> None:
        self._p = params
        self.machine = machine
        self.gap_s = gap_s
        """End of the newest gap."""
        self.since_s = gap_s
        self.unjudged: list[Candidate] = []
        """What the live reading took for candidates."""
        self._next_try_s = gap_s
        self._quiet_from_s = math.inf

    def due(self, track: Track) -> bool:
        """Whether the newest track may bring the answer."""
        if track.blind:
            self.gap_s = track.time_s
        if not _quiet(track):
            self._quiet_from_s = math.inf
            return False
        self._quiet_from_s = min(self._quiet_from_s, track.time_s)
        if track.time_s - self._quiet_from_s < SPELL_S or track.time_s < self._next_try_s:
            return False
        self._next_try_s = track.time_s + RETRY_S
        return True

    def over(self, now_s: float) -> bool:
        return now_s - self.gap_s > self._p.give_up_s or now_s - self.since_s > 2 * self._p.give_up_s

    def window(self, tracks: Sequence[Track]) -> list[Track]:
        """The tracks from the last standstill before the gap, at most BEFORE_S earlier, to now."""
        near = [k for k in tracks if k.time_s > self.since_s - BEFORE_S]
        before = sum(k.time_s < self.since_s for k in near)
        held = [i for i in range(before) if near[i].held]
        return near[held[-1] :] if held else near

    def resolve(
        self, tracks: Sequence[Track], time_s: FloatArray, force_mps2: FloatArray, range_m: float
    ) -> list[Track] | None:
        """The window's tracks as they were, None while that cannot be told.

        tracks: the live filter's, those of `window`; time_s, force_mps2: (n,) samples over the same window.
        """
        spells = self._spells(tracks)
        if not spells or len(time_s) < 4:
            return None
        newest, others = spells[-1], spells[:-1]
        if newest.last != len(tracks) - 1:
            return None
        best = max(
            (
                self._weigh(tracks, spells, (*standing, newest), time_s, force_mps2, range_m)
                for count in range(len(others) + 1)
                for standing in combinations(others, count)
            ),
            key=lambda h: h.score,
        )
        if not self._believable(best, newest, range_m):
            return None
        return self._reread(tracks, best.standing, time_s, force_mps2)

    def _spells(self, tracks: Sequence[Track]) -> list[Spell]:
        spells: list[Spell] = []
        first: int | None = None
        for i, track in enumerate(tracks):
            if track.time_s <= self.since_s:
                continue
            even = _quiet(track)
            if even and first is None:
                first = i
            if first is not None and (not even or i == len(tracks) - 1):
                last = i if even else i - 1
                if tracks[last].time_s - tracks[first].time_s >= SPELL_S:
                    spells.append(Spell(first, last, tracks[last].sound))
                first = None
        return spells[-NEWEST:]

    def _weigh(
        self,
        tracks: Sequence[Track],
        spells: list[Spell],
        standing: tuple[Spell, ...],
        time_s: FloatArray,
        force_mps2: FloatArray,
        range_m: float,
    ) -> _Hypothesis:
        s = smooth(time_s, force_mps2, self._told(tracks, standing))
        at = np.array([k.time_s for k in tracks])
        velocity = np.interp(at, s.time_s, s.velocity_mps)
        position = tracks[0].position_m + np.interp(at, s.time_s, s.position_m)
        score = -self._cramped(position, range_m) - max(0.0, s.surprise - SURPRISED) / SURPRISED
        for spell in spells:
            speed = abs(float(velocity[spell.first : spell.last + 1].mean()))
            if spell in standing:
                score += self._worth(float(position[spell.last]), range_m)
            elif speed < SLOWEST_MPS or spell.sound is Sound.STANDING:
                score -= 1.0
        return _Hypothesis(score, standing, float(position[-1]))

    def _told(self, tracks: Sequence[Track], standing: tuple[Spell, ...]) -> list[Track]:
        """The tracks with these standstills after the gap and no others."""
        held = {i for spell in standing for i in range(spell.first, spell.last + 1)}
        return [
            k if k.time_s <= self.since_s else replace(k, hold_sigma_mps=k.even_sigma_mps if i in held else None)
            for i, k in enumerate(tracks)
        ]

    def _reread(
        self, tracks: Sequence[Track], standing: tuple[Spell, ...], time_s: FloatArray, force_mps2: FloatArray
    ) -> list[Track]:
        told = self._told(tracks, standing)
        s = smooth(time_s, force_mps2, told)
        at = np.array([k.time_s for k in told])
        velocity = np.interp(at, s.time_s, s.velocity_mps).tolist()
        position = (tracks[0].position_m + np.interp(at, s.time_s, s.position_m)).tolist()
        return [
            replace(
                k, position_m=p, velocity_mps=v, velocity_sigma_mps=s.velocity_sigma(k.time_s), corrected_m=0.0
            )
            for k, p, v in zip(told, position, velocity, strict=True)
        ]

    def _cramped(self, position_m: FloatArray, range_m: float) -> float:
        room = ROOM * range_m if range_m else self._p.max_range_m
        return 4.0 * max(0.0, float(np.ptp(position_m)) / room - 1.0)

    def _worth(self, position_m: float, range_m: float) -> float:
        if not range_m:
            return 1.0
        away = min(abs(position_m - level) for level in self.machine.ends(range_m))
        return max(-1.0, 1.0 - (away / (LEVEL_SHARE * range_m)) ** 2)

    def _believable(self, best: _Hypothesis, newest: Spell, range_m: float) -> bool:
        if self._worth(best.position_m, range_m) < 0.0:
            return False
        if newest.sound is Sound.STANDING or len(best.standing) > 1:
            return best.score > 0.0
        return range_m > 0 and self._worth(best.position_m, range_m) > 0.3


def _quiet(track: Track) -> bool:
    """Whether the sled may have stood."""
    return track.even_sigma_mps is not None and track.sound is not Sound.ROLLING
