"""A set in a few figures, of the simulator's sets and of reps made up for the purpose."""

from dataclasses import replace

import pytest

from sensor_hub.coach.summary import SetSummary, summarise
from sensor_hub.model import Rep, SetEnded
from tests.engine.conftest import RepTruth, perform

REP = Rep(
    number=1,
    start_s=10.0,
    bottom_s=13.0,
    turn_s=13.85,
    end_s=15.0,
    eccentric_s=3.0,
    bottom_pause_s=0.85,
    concentric_s=1.15,
    top_pause_s=1.0,
    rom_m=0.4,
    mean_velocity_mps=0.4,
    peak_velocity_mps=0.6,
    mean_eccentric_velocity_mps=0.13,
    peak_eccentric_velocity_mps=0.2,
    turn_acceleration_mps2=2.0,
    bounced=False,
    hard_lockout=False,
    partial=False,
    time_under_tension_s=5.0,
    mean_power_w_per_kg=2.8,
    peak_power_w_per_kg=4.5,
    uncertainty={
        "bottom_pause_s": 0.02,
        "mean_velocity_mps": 0.004,
        "time_under_tension_s": 0.03,
        "mean_power_w_per_kg": 0.1,
        "peak_power_w_per_kg": 0.2,
    },
)
SLOWER = replace(REP, mean_velocity_mps=0.3, mean_power_w_per_kg=2.1, top_pause_s=None)


def told(family: str, seed: int) -> list[tuple[list[RepTruth], SetSummary]]:
    performed = perform(family, seed)
    ended = [event.set for event in performed.events if isinstance(event, SetEnded)]
    return [(truth, summarise(one.reps)) for truth, one in zip(performed.sets, ended, strict=True)]


@pytest.mark.parametrize("seed", [11, 12])
def test_a_set_to_failure_loses_as_much_speed_as_it_really_did(seed: int) -> None:
    for truth, summary in told("failure", seed):
        speeds = [rep["mean_concentric_velocity"] for rep in truth]
        assert summary.velocity_loss == pytest.approx(1 - speeds[-1] / max(speeds), abs=0.04)
        assert summary.velocity_loss is not None
        assert summary.velocity_loss > 0.3


@pytest.mark.parametrize("family", ["controlled", "pause_bottom"])
def test_the_time_under_tension_is_the_true_sum(family: str) -> None:
    for truth, summary in told(family, 11):
        expected = sum(rep["end_s"] - rep["start_s"] for rep in truth)
        assert summary.time_under_tension_s == pytest.approx(expected, abs=0.3)
        assert summary.uncertainty["time_under_tension_s"] is not None


def test_tempo_loss_tension_and_power_of_a_set() -> None:
    summary = summarise([REP, REP, SLOWER], load_kg=100.0)
    assert (summary.tempo, summary.tempo_notation) == ("3.0-0.8-1.1-1.0", "3-1-1-1")
    assert summary.time_under_tension_s == 15.0
    assert summary.velocity_loss == pytest.approx(0.25)
    assert summary.mean_power_w == pytest.approx((280 + 280 + 210) / 3)
    assert summary.uncertainty["mean_power_w"] == pytest.approx(10.0)


def test_each_rep_has_what_the_set_and_the_load_add_to_it() -> None:
    last = summarise([REP, SLOWER], load_kg=100.0).reps[1]
    assert last.velocity_loss == pytest.approx(0.25)
    assert last.mean_power_w == pytest.approx(210.0)
    assert last.peak_power_w == pytest.approx(450.0)
    assert last.stretch_shortening_retained == pytest.approx(0.5)


def test_a_pause_that_is_not_known_is_no_digit() -> None:
    open_ended = replace(REP, top_pause_s=None)
    assert summarise([open_ended, open_ended]).tempo.endswith("-?")
    assert summarise([replace(open_ended, top_pause_s=1.3), open_ended]).tempo.endswith("-1.3")


def test_a_partial_rep_is_no_sign_of_fatigue() -> None:
    summary = summarise([REP, replace(SLOWER, partial=True), REP])
    assert summary.velocity_loss == 0.0
    assert summary.reps[1].velocity_loss is None


def test_what_nobody_knows_is_none() -> None:
    bare = replace(REP, start_s=None, time_under_tension_s=None, mean_power_w_per_kg=None, uncertainty={})
    summary = summarise([bare], load_kg=100.0)
    assert (summary.time_under_tension_s, summary.velocity_loss, summary.mean_power_w) == (None, None, None)
    assert summary.reps[0].stretch_shortening_retained is None
    assert summarise([]).tempo == "?-?-?-?"
