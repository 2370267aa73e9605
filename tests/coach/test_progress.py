"""Weeks of sets, summed up: each figure counted by hand."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest

from sensor_hub.coach.load_velocity import Missing
from sensor_hub.coach.overload import OverloadRules, Reason, Step
from sensor_hub.coach.progress import LiftedSet, Progress, progress
from sensor_hub.messages import Side
from sensor_hub.prescription import Prescription

MONDAY = datetime(2026, 11, 2, 18, 0)
SLOW = Prescription(sets=2, reps=4, tempo="4-1-2-0")
FAST = Prescription(sets=1, reps=2, tempo="2-0-X-0")


@dataclass(frozen=True)
class Measured:
    eccentric_s: float | None = 4.0
    bottom_pause_s: float | None = 1.0
    concentric_s: float = 2.0
    top_pause_s: float | None = None
    rom_m: float | None = 0.40
    mean_velocity_mps: float | None = 0.20
    uncertainty: dict[str, float | None] = field(default_factory=dict)


def lifted(
    day: int,
    reps: Sequence[Measured],
    load_kg: float | None = 80.0,
    side: Side | None = Side.BOTH,
    asked: Prescription | None = SLOW,
) -> LiftedSet:
    return LiftedSet(f"s{day}", 1, MONDAY + timedelta(days=day), load_kg, side, asked, reps)


def of(*sets: LiftedSet) -> Progress:
    return progress(sets, OverloadRules())


def test_sets_come_in_their_order_with_their_own_figures() -> None:
    quick = replace(Measured(), eccentric_s=2.0, rom_m=0.30, mean_velocity_mps=0.31)
    first, second = of(lifted(2, [Measured(), quick]), lifted(0, [Measured()] * 3, asked=None)).sets
    assert (first.reps, first.reps_asked, first.tempo_kept) == (3, None, None)
    assert (second.reps, second.reps_asked, second.tempo_kept) == (2, 4, pytest.approx(5 / 6))
    assert second.phases["eccentric_s"].error_s == pytest.approx(-1.0)
    assert (second.rom_m, second.mean_velocity_mps) == (pytest.approx(0.35), 0.31)


def test_sides_are_compared_where_both_pressed_the_same_load_on_one_day() -> None:
    strong, weak = [Measured(mean_velocity_mps=0.30)] * 3, [Measured(mean_velocity_mps=0.24)] * 3
    apart = of(lifted(0, strong, side=Side.LEFT), lifted(1, weak, side=Side.RIGHT))
    assert apart.sides == {}
    unlike = of(lifted(0, strong, 40.0, Side.LEFT), lifted(0, weak, 50.0, Side.RIGHT))
    assert unlike.sides == {}
    found = of(lifted(0, strong, side=Side.LEFT), lifted(0, weak, side=Side.RIGHT)).sides
    assert found["mean_velocity_mps"].share == pytest.approx(0.2)
    assert found["mean_velocity_mps"].clear
    assert found["rom_m"].share == 0.0


def test_only_pushes_as_fast_as_possible_make_a_load_velocity_profile() -> None:
    def at(load_kg: float, asked: Prescription | None) -> LiftedSet:
        speed = 0.21 - 0.004 * (load_kg - 200.0)
        return lifted(int(load_kg), [Measured(mean_velocity_mps=speed)], load_kg, asked=asked)

    assert of(*(at(load_kg, FAST) for load_kg in (100, 140, 170))).load_velocity.e1rm_kg == pytest.approx(200.0)
    counted = of(*(at(load_kg, asked) for load_kg, asked in ((100, FAST), (140, SLOW), (170, None))))
    assert counted.load_velocity.missing is Missing.LOADS
    assert len(counted.load_velocity.attempts) == 1


def test_the_next_load_follows_from_the_newest_day() -> None:
    assert of(lifted(0, [Measured()] * 4, asked=None)).next_load is None
    kept = [lifted(day, [Measured()] * 4) for day in (0, 0, 2, 2)]
    advice = of(*kept).next_load
    assert advice is not None
    assert (advice.step, advice.load_kg) == (Step.MORE, 85.0)
    short = [replace(one, reps=[Measured(rom_m=0.30)] * 4) if one.session == "s2" else one for one in kept]
    advice = of(*short).next_load
    assert advice is not None
    assert (advice.step, advice.reason, advice.load_kg) == (Step.SAME, Reason.RANGE_NOT_KEPT, 80.0)


def test_nobody_has_lifted_yet() -> None:
    assert of().sets == ()
    assert of().next_load is None
    assert of().load_velocity.missing is Missing.LOADS
