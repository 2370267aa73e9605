"""Is there a difference between two sessions, or two athletes, that could be measured?

1. Each side is the mean of its values. Its standard uncertainty has two parts: the spread of the values over the root
   of their number, and the uncertainty that a single value was measured with, taken as the same error in all of them:
   an offset does not average out.
2. A difference is clear where it is larger than what chance gives 5 times in 100: Student's t of the smaller side's
   degrees of freedom (Welch, on the careful side) for the spread, the factor 2 for the measuring, added as squares
   (GUM).
3. Of fewer than LEAST values a side it is not said whether there is a difference.
4. Speed is compared at one load and side alone, that of which both have most reps.

Sets of an athlete count as one value each, for the reps of a set are not independent of one another.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import hypot, sqrt
from statistics import mean, stdev

from sensor_hub.coach.progress import SetProgress
from sensor_hub.coach.student import t_975
from sensor_hub.messages import RepMessage, SetMessage, Side

LEAST = 3
MEASURING = 2.0
PHASES = ("eccentric_s", "bottom_pause_s", "concentric_s", "top_pause_s")
SPEED = "mean_velocity_mps"
TEMPO = "tempo_kept"

Value = tuple[float, float]
"""And its standard uncertainty, 0 where none was stated."""


@dataclass(frozen=True, slots=True)
class Figure:
    """Mean of `count` values, and its standard uncertainty; None of a single one, whose spread nobody knows."""

    count: int
    mean: float
    sigma: float | None


@dataclass(frozen=True, slots=True)
class Contrast:
    """difference: b - a; within: so much of it may be chance and measuring (95 %); clear: larger than that, None where
    that cannot be said."""

    a: Figure | None
    b: Figure | None
    difference: float | None
    within: float | None
    clear: bool | None


@dataclass(frozen=True, slots=True)
class Effort:
    load_kg: float
    side: Side | None


@dataclass(frozen=True, slots=True)
class LiftedRep:
    """effort: None where nobody said the load."""

    rep: RepMessage
    effort: Effort | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """contrasts: by metric; effort: at which speed is compared, None where both have none in common."""

    contrasts: Mapping[str, Contrast]
    effort: Effort | None


def contrast(a: Sequence[Value], b: Sequence[Value]) -> Contrast:
    sides = (_figure(a), _figure(b))
    if sides[0] is None or sides[1] is None:
        return Contrast(*sides, None, None, None)
    difference = sides[1].mean - sides[0].mean
    if min(len(a), len(b)) < LEAST:
        return Contrast(*sides, difference, None, None)
    t = t_975(min(len(a), len(b)) - 1)
    within = hypot(*(t * _chance(side) for side in (a, b)), *(MEASURING * _measuring(side) for side in (a, b)))
    return Contrast(*sides, difference, within, abs(difference) > within)


def compare_sessions(a: Sequence[LiftedRep], b: Sequence[LiftedRep]) -> Comparison:
    contrasts = {name: contrast(list(_values(a, name)), list(_values(b, name))) for name in (*PHASES, "rom_m")}
    effort = _in_common(a, b)
    if effort is not None:
        at = [[one for one in side if one.effort == effort] for side in (a, b)]
        contrasts[SPEED] = contrast(list(_values(at[0], SPEED)), list(_values(at[1], SPEED)))
    return Comparison(contrasts, effort)


def compare_athletes(a: Sequence[SetProgress], b: Sequence[SetProgress]) -> Mapping[str, Contrast]:
    """Share of the tempo that was kept, of all of it and phase by phase. Load and range depend on who lifts, and
    are not compared."""
    names = (TEMPO, *PHASES)
    return {name: contrast(list(_kept(a, name)), list(_kept(b, name))) for name in names}


def lifted_reps(sets: Iterable[SetMessage], reps: Sequence[RepMessage], load_kg: float | None) -> list[LiftedRep]:
    """load_kg: the session's, where nothing was said of a set."""
    found = []
    for one in sets:
        load = load_kg if one.load_kg is None else one.load_kg
        effort = None if load is None else Effort(load, one.side)
        found += [LiftedRep(rep, effort) for rep in reps if rep.set_number == one.number]
    return found


def _figure(values: Sequence[Value]) -> Figure | None:
    if not values:
        return None
    middle = mean(value for value, _ in values)
    return Figure(len(values), middle, hypot(_chance(values), _measuring(values)) if len(values) > 1 else None)


def _chance(values: Sequence[Value]) -> float:
    return stdev(value for value, _ in values) / sqrt(len(values))


def _measuring(values: Sequence[Value]) -> float:
    return mean(sigma for _, sigma in values)


def _values(lifted: Iterable[LiftedRep], name: str) -> Iterable[Value]:
    for one in lifted:
        value = getattr(one.rep, name)
        if value is not None:
            yield value, one.rep.uncertainty.get(name) or 0.0


def _kept(sets: Iterable[SetProgress], name: str) -> Iterable[Value]:
    for one in sets:
        shares = {TEMPO: one.tempo_kept} | {phase: found.kept_share for phase, found in one.phases.items()}
        share = shares.get(name)
        if share is not None:
            yield share, 0.0


def _in_common(a: Sequence[LiftedRep], b: Sequence[LiftedRep]) -> Effort | None:
    first, second = (Counter(one.effort for one in side if one.effort is not None) for side in (a, b))
    both = first & second
    return max(both, key=lambda effort: (both[effort], effort.load_kg)) if both else None
