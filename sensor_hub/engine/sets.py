"""Reps into sets: when one starts and ends, what its full range is, which reps are partial.

A set starts with its first counted rep and ends when no other has begun for `set_pause_s`, the sled was put on its
stops, or the track was lost. Its full range is the largest of its reps so far, unless that one stands out from all
others; until three reps are in, the set before has a say, so that a set that starts with a partial rep is judged by
it. Before the first set the machine's profile has that say, until three reps have told; it never refuses a stroke.
Only reps whose range is known well count: one measured across a gap sets no mark.
"""

from dataclasses import dataclass, field, replace

from sensor_hub.engine.params import Params
from sensor_hub.model import Rep, Set

SURE_SHARE = 0.08
"""Largest standard uncertainty of a range, as its share, that still tells a partial rep from a full one."""
LEAST_RANGE_M = 0.05
"""A machine's shortest stroke, whatever its range."""
SET_SPEAKS = 3
"""Reps after which a set's own ranges alone say what is full."""
STANDS_OUT = 1.25
"""A range this much larger than any other was not a range but a mistake."""


@dataclass(slots=True)
class SetKeeper:
    params: Params
    number: int = 0
    reps: list[Rep] = field(default_factory=list)
    open: bool = False
    start_s: float = 0.0
    end_s: float = 0.0
    _pauses_from_s: float = 0.0
    expected_m: float = 0.0
    """Full range by the machine's profile, 0 where it does not know."""
    _full_range_m: float = 0.0
    """Largest rep of the sets before, in this frame."""
    _seen: int = 0
    """Reps of known range so far."""

    @property
    def full_range_m(self) -> float:
        return self._judged_with([])

    @property
    def least_range_m(self) -> float:
        """What a stroke must reach to be a rep."""
        seen_m = _full_range(self.reps if self.open else [], self._full_range_m)
        least_m = max(LEAST_RANGE_M, self.params.min_range_share * (seen_m or self.expected_m))
        if seen_m:
            return least_m
        return min(least_m, self.params.min_range_m) if self.expected_m else self.params.min_range_m

    def begin(self, start_s: float) -> None:
        self.number += 1
        self.reps, self.open, self.start_s = [], True, start_s

    def add(self, rep: Rep, start_s: float, end_s: float) -> Rep:
        """Judge the range of a rep that ran over [start_s, end_s], close the pause before it, and keep it."""
        if self.reps:
            self._close_pause(start_s - self._pauses_from_s)
        if rep.rom_m is not None and _sure_of_range(rep):
            full = self._judged_with([rep])
            self._seen += 1
            rep = replace(rep, partial=rep.rom_m < self.params.partial_share * full)
        self.reps.append(rep)
        self.end_s = self._pauses_from_s = end_s
        return rep

    def close(self) -> Set:
        ended = Set(self.number, self.start_s, self.end_s, tuple(self.reps))
        self._full_range_m = _full_range(self.reps, self._full_range_m)
        self.open = False
        return ended

    def _judged_with(self, more: list[Rep]) -> float:
        reps = [*(self.reps if self.open else []), *more]
        profile_m = self.expected_m if self._seen < SET_SPEAKS else 0.0
        return _full_range(reps, max(self._full_range_m, profile_m))

    def _close_pause(self, pause_s: float) -> None:
        last = self.reps[-1]
        if last.start_s is not None:
            self.reps[-1] = replace(last, top_pause_s=pause_s)
        else:
            self.reps[-1] = replace(last, bottom_pause_s=pause_s)


def _full_range(reps: list[Rep], before_m: float) -> float:
    """The largest range; the set before has a say until three reps are in."""
    votes = [r.rom_m for r in reps if r.rom_m is not None and _sure_of_range(r)]
    if before_m and len(votes) < SET_SPEAKS:
        votes += [before_m, before_m]
    return largest(votes)


def largest(ranges_m: list[float]) -> float:
    """The largest range, unless it stands out from all others; 0 where there is none."""
    ranges_m = sorted(ranges_m)
    if len(ranges_m) > SET_SPEAKS and ranges_m[-1] > STANDS_OUT * ranges_m[-2]:
        return ranges_m[-2]
    return max(ranges_m, default=0.0)


def _sure_of_range(rep: Rep) -> bool:
    sigma = rep.uncertainty.get("rom_m")
    return rep.rom_m is not None and sigma is not None and sigma < SURE_SHARE * rep.rom_m
