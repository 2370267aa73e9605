"""What to do next time: more load, the same, or less, by rules that a coach can read and change.

1. Less, when the load was too heavy: range shrank, lowering sped up and velocity collapsed, all three.
2. The same, when reps were missing, or tempo or range were not kept; the first of these is the reason.
3. The same, when what would decide it could not be measured.
4. More, when reps, tempo and range were all kept.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import mean
from typing import Protocol

from pydantic import BaseModel, ConfigDict, Field

from sensor_hub.coach.adherence import TimedRep, adherence
from sensor_hub.prescription import Prescription

_ASKED_OF_TEMPO = ("eccentric_s", "bottom_pause_s", "concentric_s")
LEAST_REPS = 4
"""Fewer reps in a set show no trend."""


class OverloadRules(BaseModel):
    """When there is more load next time, and when less. Shares are 0 to 1."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    tempo_kept: float = Field(
        0.8, ge=0.0, le=1.0, description="More load: share of the tempo's digits that were kept, at least."
    )
    full_range: float = Field(
        0.9, ge=0.0, le=1.0, description="A rep is cut short below this share of the lifter's usual range."
    )
    range_kept: float = Field(
        0.9, ge=0.0, le=1.0, description="More load: share of the reps that were not cut short, at least."
    )
    range_lost: float = Field(
        0.1, ge=0.0, le=1.0, description="Too heavy: by which share a set's last reps were shorter than its first."
    )
    lowering_faster: float = Field(
        0.25, ge=0.0, le=1.0, description="Too heavy: by which share the last reps were lowered quicker."
    )
    velocity_lost: float = Field(
        0.4, ge=0.0, le=1.0, description="Too heavy: by which share the last reps were pushed slower."
    )
    more: float = Field(0.05, gt=0.0, le=0.2, description="Share by which the load goes up.")
    less: float = Field(0.1, gt=0.0, le=0.5, description="Share by which the load goes down.")
    step_kg: float = Field(
        2.5, gt=0.0, le=50.0, description="Loads are whole multiples of it: the smallest pair of plates."
    )


class Step(StrEnum):
    MORE = "more"
    SAME = "same"
    LESS = "less"


class Reason(StrEnum):
    ALL_KEPT = "all_kept"
    TOO_HEAVY = "too_heavy"
    REPS_MISSING = "reps_missing"
    TEMPO_NOT_KEPT = "tempo_not_kept"
    RANGE_NOT_KEPT = "range_not_kept"
    NOT_MEASURED = "not_measured"


@dataclass(frozen=True, slots=True)
class Trend:
    """How a set's last third differs from its first, as shares of the first; None where that is unknown."""

    range_lost: float | None
    lowering_faster: float | None
    velocity_lost: float | None


@dataclass(frozen=True, slots=True)
class Done:
    """What was done, in the terms of the rules; None where it could not be measured."""

    reps: int
    reps_asked: int
    tempo_kept: float | None
    ranges_kept: tuple[float, ...] | None
    """Each rep's range as a share of the usual one."""
    trends: tuple[Trend, ...]
    """A set each."""


@dataclass(frozen=True, slots=True)
class Advice:
    step: Step
    reason: Reason
    load_kg: float | None
    """What to load; None where nobody said what was loaded."""


class MeasuredRep(TimedRep, Protocol):
    @property
    def rom_m(self) -> float | None: ...
    @property
    def mean_velocity_mps(self) -> float | None: ...


def take_stock(sets: Sequence[Sequence[MeasuredRep]], asked: Prescription, usual_rom_m: float | None) -> Done:
    """usual_rom_m: the median of the lifter's earlier full reps on this machine."""
    ranges = [rep.rom_m for reps in sets for rep in reps if rep.rom_m is not None]
    return Done(
        reps=sum(min(len(reps), asked.reps) for reps in sets[: asked.sets]),
        reps_asked=asked.sets * asked.reps,
        tempo_kept=_tempo_kept(sets, asked),
        ranges_kept=tuple(rom_m / usual_rom_m for rom_m in ranges) if ranges and usual_rom_m else None,
        trends=tuple(map(trend, sets)),
    )


def trend(reps: Sequence[MeasuredRep]) -> Trend:
    if len(reps) < LEAST_REPS:
        return Trend(None, None, None)
    third = max(1, len(reps) // 3)
    first, last = reps[:third], reps[-third:]
    return Trend(
        range_lost=_fallen(first, last, "rom_m"),
        lowering_faster=_fallen(first, last, "eccentric_s"),
        velocity_lost=_fallen(first, last, "mean_velocity_mps"),
    )


def advise(done: Done, load_kg: float | None, rules: OverloadRules) -> Advice:
    """What to load next time, after load_kg."""
    if any(_is_too_heavy(found, rules) for found in done.trends):
        return Advice(Step.LESS, Reason.TOO_HEAVY, _lighter(load_kg, rules))
    held_back = _held_back(done, rules)
    if held_back:
        return Advice(Step.SAME, held_back, load_kg)
    return Advice(Step.MORE, Reason.ALL_KEPT, _heavier(load_kg, rules))


def _held_back(done: Done, rules: OverloadRules) -> Reason | None:
    if done.reps < done.reps_asked:
        return Reason.REPS_MISSING
    if done.tempo_kept is None or done.ranges_kept is None:
        return Reason.NOT_MEASURED
    if done.tempo_kept < rules.tempo_kept:
        return Reason.TEMPO_NOT_KEPT
    full = mean(share >= rules.full_range for share in done.ranges_kept)
    return Reason.RANGE_NOT_KEPT if full < rules.range_kept else None


def _is_too_heavy(found: Trend, rules: OverloadRules) -> bool:
    signs = (
        (found.range_lost, rules.range_lost),
        (found.lowering_faster, rules.lowering_faster),
        (found.velocity_lost, rules.velocity_lost),
    )
    return all(value is not None and value >= limit for value, limit in signs)


def _tempo_kept(sets: Sequence[Sequence[MeasuredRep]], asked: Prescription) -> float | None:
    """1 where no tempo was asked for."""
    if asked.digits is None:
        return 1.0
    phases = adherence(sets, asked.digits)
    judged = sum(phases[phase].judged for phase in _ASKED_OF_TEMPO)
    kept = sum(phases[phase].judged * (phases[phase].kept_share or 0.0) for phase in _ASKED_OF_TEMPO)
    return kept / judged if judged else None


def _fallen(first: Sequence[MeasuredRep], last: Sequence[MeasuredRep], name: str) -> float | None:
    before = [value for rep in first if (value := getattr(rep, name)) is not None]
    after = [value for rep in last if (value := getattr(rep, name)) is not None]
    return 1.0 - mean(after) / mean(before) if before and after else None


def _heavier(load_kg: float | None, rules: OverloadRules) -> float | None:
    """At least one step more."""
    if load_kg is None:
        return None
    return max(_stepped(load_kg * (1.0 + rules.more), rules), _stepped(load_kg, rules) + rules.step_kg)


def _lighter(load_kg: float | None, rules: OverloadRules) -> float | None:
    """At least one step less, never less than one step."""
    if load_kg is None:
        return None
    lighter = min(_stepped(load_kg * (1.0 - rules.less), rules), _stepped(load_kg, rules) - rules.step_kg)
    return max(lighter, rules.step_kg)


def _stepped(load_kg: float, rules: OverloadRules) -> float:
    return round(load_kg / rules.step_kg) * rules.step_kg
