"""The machine's profile: what earlier sets have shown of it. A prior for the next set, never needed.

A set teaches when it ends, and only by its sure reps: full ones, whose range is known to `SURE_SHARE`, `SURE_REPS` of
them at least. A set on a rail whose angle contradicts the profile teaches nothing: it is another machine.

Steps
1. Incline: from the direction of the set's strokes and gravity at rest (direction.py).
2. Full range: the set's, as in sets.py. A larger one is believed at once, by half; a smaller one may be a lifter's
   choice and moves the profile slowly.
3. Stops: how deep the sled was when it was put on them after a set. Bumper: where the bounced reps of a set all turned.
4. First phase: what the set's strokes showed, where gravity signs the rail; on a flat rail nobody can see it. A set
   that contradicts takes the knowledge away, the next one sets it anew.
5. Typical peak acceleration: the median over the reps of the largest mean over `PEAK_S`.
6. All of these move by exponential averages whose step is limited to `OUTLIER_SIGMAS`.
"""

from dataclasses import dataclass, field, replace
from statistics import median

import numpy as np

from sensor_hub.engine.direction import OFFSET_DEG, Direction, Incline
from sensor_hub.engine.params import First, Params
from sensor_hub.engine.rail import Rail
from sensor_hub.engine.sets import largest
from sensor_hub.engine.spacing import spacing_of
from sensor_hub.engine.vectors import Vector
from sensor_hub.model import Event, FloatArray, Rep

Accelerations = tuple[FloatArray, FloatArray]
"""(n,) times and (n,) accelerations along the rail."""

SURE_REPS = 3
SURE_SHARE = 0.05
BLIND_SHARE = 0.5
"""Of the typical peak acceleration, what missing samples may hide; but never less than the calmest lifting."""
CALMEST_MPS2 = 0.25
LEAST_WEIGHT = 0.2
"""Weight of a new set, however many there were before."""
LARGER_WEIGHT = 0.5
OUTLIER_SIGMAS = 3.0
RANGE_SIGMA_M = 0.015
"""How much full ranges differ from set to set, at least."""
SAME_BUMPER_M = 0.012
"""Bounced reps that all turn within this (standard deviation) turn on a bumper."""
PEAK_S = 0.05
FIT_DEG = 10.0
"""A rail found from the first motion is known to a degree or two: further off than this it is not the profile's."""


@dataclass(frozen=True, slots=True)
class Profile:
    """A machine, as far as it is known. None where unknown; sigmas are standard uncertainties, set to set."""

    first: First = First.AUTO
    """Which phase a rep starts with; AUTO where unknown."""
    incline_deg: float | None = None
    incline_sigma_deg: float | None = None
    full_range_m: float | None = None
    full_range_sigma_m: float | None = None
    stops_m: float | None = None
    """How far below the top end of the range the sled rests on its stops."""
    bumper_m: float | None = None
    """How far below the top end of the range the bottom bumper is."""
    peak_acceleration_mps2: float | None = None
    """Typical peak acceleration along the rail within a rep."""
    sets: int = 0
    """How many sets it was learned from; 0 for one that was only entered."""

    def fits(self, incline_deg: float) -> bool:
        """Whether a rail found at this incline may be this machine's."""
        return self.incline_deg is None or abs(abs(incline_deg) - abs(self.incline_deg)) <= FIT_DEG


@dataclass(frozen=True, slots=True)
class ProfileLearned(Event):
    """An ended set has taught something; whoever keeps profiles keeps this one."""

    profile: Profile


@dataclass(frozen=True, slots=True)
class RailContradicts(Event):
    """The rail's angle is not the profile's, by more than their uncertainties allow. Told once a set."""

    incline_deg: float
    profile_incline_deg: float


@dataclass(slots=True)
class SetEvidence:
    """What one set has shown so far."""

    ranges_m: list[float] = field(default_factory=list)
    bounced_m: list[float] = field(default_factory=list)
    peaks_mps2: list[float] = field(default_factory=list)
    first: First = First.AUTO
    stops_m: float | None = None
    gravity: Vector = (0.0, 0.0, 0.0)
    direction: Direction = field(default_factory=Direction)

    def add(self, rep: Rep, first: First, peak_mps2: float) -> None:
        """A sure rep."""
        assert rep.rom_m is not None
        self.ranges_m.append(rep.rom_m)
        self.peaks_mps2.append(peak_mps2)
        self.first = first
        if rep.bounced:
            self.bounced_m.append(rep.rom_m)

    @property
    def incline(self) -> Incline | None:
        """None where the strokes have not shown it."""
        return self.direction.incline(self.gravity)

    def contradicts(self, profile: Profile) -> bool:
        """Whether the rail's angle is another than the profile's, by more than their uncertainties allow."""
        incline, known_deg = self.incline, profile.incline_deg
        if incline is None or known_deg is None:
            return False
        sigma = float(np.hypot(incline.sigma_deg, max(OFFSET_DEG, profile.incline_sigma_deg or 0.0)))
        return abs(incline.deg - abs(known_deg)) > OUTLIER_SIGMAS * sigma

    @property
    def bumper_m(self) -> float | None:
        """Where at least three bounced reps turned, all at the same depth, and no rep much deeper."""
        if len(self.bounced_m) < SURE_REPS or float(np.std(self.bounced_m)) > SAME_BUMPER_M:
            return None
        depth = median(self.bounced_m)
        return depth if max(self.ranges_m) < depth + OUTLIER_SIGMAS * SAME_BUMPER_M else None


class Learner:
    """Keeps the profile and the running set's evidence."""

    def __init__(self, profile: Profile | None, params: Params) -> None:
        self.profile = profile or Profile()
        self._p = params
        self._known = Profile()
        """The profile, as long as the rail may be its."""
        self._evidence = SetEvidence()
        self._told = False

    def signed(self, params: Params) -> Params:
        """The parameters for finding the rail: on a flat one, the first phase tells up from down."""
        known = self.profile.first if self.profile.fits(0.0) else First.AUTO
        return params if params.first is not First.AUTO else replace(params, first=known)

    def prior(self, incline_deg: float) -> Profile:
        """What is known of the machine with this rail: nothing, if it cannot be the profile's."""
        self._known = self.profile if self.profile.fits(incline_deg) else Profile()
        return self._known

    @property
    def blind_mps2(self) -> float:
        """The acceleration that missing samples may hide: less where the machine is known to be lifted calmly."""
        peaks = self._evidence.peaks_mps2
        peak = median(peaks) if len(peaks) >= SURE_REPS else self._known.peak_acceleration_mps2
        most = self._p.blind_mps2
        return most if peak is None else min(most, max(CALMEST_MPS2, BLIND_SHARE * peak))

    def learn(self, rep: Rep, first: First, direction: Direction, accel: Accelerations, rail: Rail) -> None:
        """One counted rep, with its strokes' direction and its acceleration along the rail."""
        sigma = rep.uncertainty.get("rom_m")
        if rep.partial is not False or rep.rom_m is None or sigma is None or sigma > SURE_SHARE * rep.rom_m:
            return
        evidence = self._evidence
        evidence.gravity = rail.gravity
        evidence.direction += direction
        evidence.add(rep, first, _peak_mps2(*accel))

    def racked(self, depth_m: float) -> None:
        """The sled was put on its stops, so far below the top end of the range."""
        self._evidence.stops_m = depth_m

    def contradiction(self, at_s: float) -> list[RailContradicts]:
        """That the running set's rail has another angle than the profile's; told once a set."""
        incline, known_deg = self._evidence.incline, self.profile.incline_deg
        if self._told or known_deg is None or incline is None or not self._evidence.contradicts(self.profile):
            return []
        self._told = True
        return [RailContradicts(at_s, incline.deg, known_deg)]

    def end_set(self) -> Profile | None:
        """The profile with what the set has taught; None where it taught nothing."""
        evidence, self._evidence, self._told = self._evidence, SetEvidence(), False
        if len(evidence.ranges_m) < SURE_REPS or evidence.contradicts(self.profile):
            return None
        incline, learned = evidence.incline, taught(self.profile, evidence)
        if incline is not None and incline.deg < self._p.flat_deg:
            learned = replace(learned, first=self.profile.first)
        self.profile = learned
        return learned


def taught(profile: Profile, evidence: SetEvidence) -> Profile:
    """The profile after one more set."""
    full_range_m = largest(evidence.ranges_m)
    incline, weight = evidence.incline, max(1.0 / (profile.sets + 1), LEAST_WEIGHT)
    incline_deg, incline_sigma = profile.incline_deg, profile.incline_sigma_deg
    if incline is not None:
        incline_deg, incline_sigma = _average(incline_deg, incline_sigma, incline.deg, incline.sigma_deg, weight)
    larger = profile.full_range_m is not None and full_range_m > profile.full_range_m
    range_m, range_sigma = _average(
        profile.full_range_m,
        profile.full_range_sigma_m,
        full_range_m,
        RANGE_SIGMA_M,
        max(weight, LARGER_WEIGHT) if larger else weight,
        limited=not larger,
    )
    agrees = profile.first in (First.AUTO, evidence.first)
    return Profile(
        first=evidence.first if agrees else First.AUTO,
        incline_deg=incline_deg,
        incline_sigma_deg=incline_sigma,
        full_range_m=range_m,
        full_range_sigma_m=range_sigma,
        stops_m=_blend(profile.stops_m, evidence.stops_m),
        bumper_m=_bumper(profile, evidence),
        peak_acceleration_mps2=_blend(profile.peak_acceleration_mps2, median(evidence.peaks_mps2)),
        sets=profile.sets + 1,
    )


def _average(
    old: float | None, old_sigma: float | None, new: float, new_sigma: float, weight: float, limited: bool = True
) -> tuple[float, float]:
    """Exponential mean and spread. An outlier moves them by no more than a limited step."""
    if old is None:
        return new, new_sigma
    sigma = max(old_sigma or 0.0, new_sigma)
    most = OUTLIER_SIGMAS * sigma if limited else float("inf")
    step = min(max(new - old, -most), most)
    spread = ((1 - weight) * ((old_sigma or new_sigma) ** 2 + weight * step**2)) ** 0.5
    return old + weight * step, max(spread, new_sigma)


def _blend(old: float | None, new: float | None) -> float | None:
    if old is None or new is None:
        return new if old is None else old
    return old + LEAST_WEIGHT * (new - old)


def _bumper(profile: Profile, evidence: SetEvidence) -> float | None:
    """A bumper that reps go past is none."""
    deepest = sorted(evidence.ranges_m)[-2]
    known = profile.bumper_m
    if known is not None and deepest > known + OUTLIER_SIGMAS * SAME_BUMPER_M:
        known = None
    return _blend(known, evidence.bumper_m)


def _peak_mps2(time_s: FloatArray, accel_mps2: FloatArray) -> float:
    """Largest mean over PEAK_S of the acceleration along the rail, either way."""
    width = max(1, round(PEAK_S / spacing_of(time_s)))
    sums = np.concatenate([[0.0], np.cumsum(accel_mps2)])
    means = (sums[width:] - sums[:-width]) / width
    return float(np.abs(means).max()) if len(means) else 0.0
