"""The rules by which a load goes up, stays or goes down, each with the case that decides it."""

from dataclasses import dataclass, field, replace

import pytest

from sensor_hub.coach.overload import Advice, OverloadRules, Reason, Step, advise, take_stock
from sensor_hub.prescription import Prescription

ASKED = Prescription(sets=2, reps=6, tempo="4-1-2-0")


@dataclass(frozen=True)
class Measured:
    eccentric_s: float | None = 4.0
    bottom_pause_s: float | None = 1.0
    concentric_s: float = 2.0
    top_pause_s: float | None = 0.1
    rom_m: float | None = 0.40
    mean_velocity_mps: float | None = 0.20
    uncertainty: dict[str, float | None] = field(default_factory=dict)


TIRED = Measured(eccentric_s=2.5, concentric_s=3.4, rom_m=0.33, mean_velocity_mps=0.11)


def advice(*sets: list[Measured], load_kg: float | None = 80.0, usual_rom_m: float | None = 0.40) -> Advice:
    return advise(take_stock(sets, ASKED, usual_rom_m), load_kg, OverloadRules())


def test_more_load_after_everything_was_kept() -> None:
    assert advice([Measured()] * 6, [Measured()] * 7) == Advice(Step.MORE, Reason.ALL_KEPT, 85.0)


@pytest.mark.parametrize(
    ("sets", "reason"),
    [
        (([Measured()] * 6, [Measured()] * 5), Reason.REPS_MISSING),
        (([Measured()] * 6,), Reason.REPS_MISSING),
        (([Measured(eccentric_s=2.0, concentric_s=1.0)] * 6,) * 2, Reason.TEMPO_NOT_KEPT),
        (([Measured(rom_m=0.34)] * 6,) * 2, Reason.RANGE_NOT_KEPT),
        (([Measured(rom_m=None)] * 6,) * 2, Reason.NOT_MEASURED),
    ],
)
def test_the_same_load_where_something_was_not_kept(sets: tuple[list[Measured], ...], reason: Reason) -> None:
    assert advice(*sets) == Advice(Step.SAME, reason, 80.0)


def test_too_heavy_when_range_shrinks_lowering_speeds_up_and_velocity_collapses() -> None:
    assert advice([Measured()] * 6, [*[Measured()] * 4, TIRED, TIRED]) == Advice(Step.LESS, Reason.TOO_HEAVY, 72.5)


@pytest.mark.parametrize(
    "tired",
    [
        replace(TIRED, eccentric_s=4.0),
        replace(TIRED, rom_m=0.40),
        replace(TIRED, mean_velocity_mps=0.20),
        replace(TIRED, rom_m=None),
    ],
)
def test_two_of_the_three_signs_are_not_enough(tired: Measured) -> None:
    assert advice([Measured()] * 6, [*[Measured()] * 4, tired, tired]).step is not Step.LESS


def test_a_few_reps_cut_short_are_not_hidden_by_the_others() -> None:
    cut = Measured(rom_m=0.33)
    assert advice([Measured()] * 6, [*[Measured()] * 4, cut, cut]).reason is Reason.RANGE_NOT_KEPT


def test_a_coach_may_change_the_rules() -> None:
    strict = OverloadRules(tempo_kept=1.0, step_kg=5.0, more=0.1)
    one_quick = take_stock([[Measured()] * 6, [*[Measured()] * 5, Measured(eccentric_s=3.0)]], ASKED, 0.40)
    assert advise(one_quick, 80.0, strict).reason is Reason.TEMPO_NOT_KEPT
    all_kept = take_stock([[Measured()] * 6] * 2, ASKED, 0.40)
    assert advise(all_kept, 80.0, strict).load_kg == 90.0


@pytest.mark.parametrize(("load_kg", "next_kg"), [(None, None), (10.0, 12.5), (81.0, 85.0), (200.0, 210.0)])
def test_loads_are_whole_steps_and_always_move(load_kg: float | None, next_kg: float | None) -> None:
    assert advice([Measured()] * 6, [Measured()] * 6, load_kg=load_kg).load_kg == next_kg
