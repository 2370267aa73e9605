"""An athlete over weeks: each set in a few figures, left against right, the load-velocity profile, the next load.

1. Every set is summed up by itself; nothing is averaged over sets of different loads.
2. Left against right: the newest day on which both sides pressed the same load.
3. The load-velocity profile knows sets asked to be pushed as fast as possible (X) only: a counted push says nothing
   about what somebody could.
4. What to load next follows from the newest day's sets at the newest prescription.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from statistics import mean, median

from sensor_hub.coach.adherence import PhaseAdherence, adherence
from sensor_hub.coach.load_velocity import Attempt, LoadVelocity, load_velocity
from sensor_hub.coach.overload import Advice, MeasuredRep, OverloadRules, advise, take_stock
from sensor_hub.coach.symmetry import Difference, difference
from sensor_hub.messages import Side
from sensor_hub.prescription import Prescription

COMPARED = ("rom_m", "mean_velocity_mps")


@dataclass(frozen=True, slots=True)
class LiftedSet:
    """started: in the gym's own time, for its date is a training day."""

    session: str
    number: int
    started: datetime
    load_kg: float | None
    side: Side | None
    asked: Prescription | None
    reps: Sequence[MeasuredRep]


@dataclass(frozen=True, slots=True)
class SetProgress:
    """tempo_kept: share of all judged digits; None without a prescribed tempo."""

    session: str
    number: int
    started: datetime
    load_kg: float | None
    side: Side | None
    reps: int
    reps_asked: int | None
    tempo_kept: float | None
    phases: Mapping[str, PhaseAdherence]
    rom_m: float | None
    """Median."""
    mean_velocity_mps: float | None
    """Of the fastest rep."""


@dataclass(frozen=True, slots=True)
class Progress:
    sets: tuple[SetProgress, ...]
    """In the order in which they were done."""
    sides: Mapping[str, Difference]
    """By metric; empty where no day has both sides at one load."""
    load_velocity: LoadVelocity
    next_load: Advice | None
    """None without a prescription."""


def progress(sets: Sequence[LiftedSet], rules: OverloadRules) -> Progress:
    in_order = sorted(sets, key=lambda one: one.started)
    return Progress(
        sets=tuple(map(_summed_up, in_order)),
        sides=_sides(in_order),
        load_velocity=load_velocity(_attempts(in_order)),
        next_load=_next_load(in_order, rules),
    )


def _summed_up(one: LiftedSet) -> SetProgress:
    digits = one.asked.digits if one.asked else None
    phases = adherence([one.reps], digits) if digits else {}
    judged = sum(phase.judged for phase in phases.values())
    kept = sum(phase.judged * (phase.kept_share or 0.0) for phase in phases.values())
    ranges = [rep.rom_m for rep in one.reps if rep.rom_m is not None]
    speeds = [rep.mean_velocity_mps for rep in one.reps if rep.mean_velocity_mps is not None]
    return SetProgress(
        session=one.session,
        number=one.number,
        started=one.started,
        load_kg=one.load_kg,
        side=one.side,
        reps=len(one.reps),
        reps_asked=one.asked.reps if one.asked else None,
        tempo_kept=kept / judged if judged else None,
        phases=phases,
        rom_m=median(ranges) if ranges else None,
        mean_velocity_mps=max(speeds) if speeds else None,
    )


def _sides(in_order: Sequence[LiftedSet]) -> Mapping[str, Difference]:
    pairs: dict[tuple[date, float | None], dict[Side, list[MeasuredRep]]] = {}
    for one in in_order:
        if one.side in (Side.LEFT, Side.RIGHT):
            sides = pairs.setdefault((one.started.date(), one.load_kg), {Side.LEFT: [], Side.RIGHT: []})
            sides[one.side].extend(one.reps)
    both = [sides for sides in pairs.values() if sides[Side.LEFT] and sides[Side.RIGHT]]
    if not both:
        return {}
    found = {
        name: difference(*(_known(both[-1][side], name) for side in (Side.LEFT, Side.RIGHT))) for name in COMPARED
    }
    return {name: one for name, one in found.items() if one is not None}


def _known(reps: Sequence[MeasuredRep], name: str) -> list[float]:
    return [value for rep in reps if (value := getattr(rep, name)) is not None]


def _attempts(sets: Sequence[LiftedSet]) -> list[Attempt]:
    return [
        Attempt(one.load_kg, rep.mean_velocity_mps)
        for one in sets
        if one.load_kg and one.side in (None, Side.BOTH) and one.asked and _is_explosive(one.asked)
        for rep in one.reps
        if rep.mean_velocity_mps is not None
    ]


def _is_explosive(asked: Prescription) -> bool:
    return asked.digits is not None and asked.digits[2] == 0.0


def _next_load(in_order: Sequence[LiftedSet], rules: OverloadRules) -> Advice | None:
    """The usual range is that of the days before, or of the same day where there is none."""
    asked = next((one.asked for one in reversed(in_order) if one.asked), None)
    if asked is None:
        return None
    newest = [one for one in in_order if one.asked == asked]
    day = newest[-1].started.date()
    today = [one for one in newest if one.started.date() == day]
    before = [one for one in in_order if one.started.date() < day and one.side == today[-1].side] or today
    ranges = [rep.rom_m for one in before for rep in one.reps if rep.rom_m is not None]
    loads = [one.load_kg for one in today if one.load_kg is not None]
    done = take_stock([one.reps for one in today], asked, median(ranges) if ranges else None)
    return advise(done, mean(loads) if loads else None, rules)
