"""The truth is what the trajectory says, by the definitions."""

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from firmware_sim.performance import Performance
from firmware_sim.rail import GRID_HZ
from sensor_hub.model import FloatArray

Perform = Callable[[str], Performance]
LIFTED = ["demo", "bounce", "slam", "touchandgo", "partials", "failure", "no_unrack", "rest_pause", "glass"]


def reps_of(truth: dict[str, Any]) -> Iterator[dict[str, Any]]:
    return (rep for one in truth["sets"] for rep in one["reps"])


def integrated(values: FloatArray) -> FloatArray:
    return np.concatenate([[0.0], np.cumsum(values[1:] + values[:-1]) / 2.0 / GRID_HZ])


@pytest.mark.parametrize("name", LIFTED)
def test_integrating_the_acceleration_twice_gives_the_position_of_each_rep(perform: Perform, name: str) -> None:
    performance = perform(name)
    path = performance.trajectory
    for rep in reps_of(performance.truth()):
        part = slice(round(rep["start_s"] * GRID_HZ) - 300, round(rep["end_s"] * GRID_HZ) + 300)
        velocity = path.velocity_mps[part][0] + integrated(path.acceleration_mps2[part])
        position = path.position_m[part][0] + integrated(velocity)
        assert np.abs(velocity - path.velocity_mps[part]).max() < 5e-3
        assert np.abs(position - path.position_m[part]).max() < 1e-3


@pytest.mark.parametrize("name", LIFTED)
def test_the_sled_ends_on_its_stops(perform: Perform, name: str) -> None:
    path = perform(name).trajectory
    assert path.position_m[-1] == pytest.approx(0.0, abs=1e-3)
    assert np.abs(path.velocity_mps[-500:]).max() == 0.0


@pytest.mark.parametrize("name", LIFTED)
def test_every_instant_is_where_the_speed_passes_2_cm_per_s(perform: Perform, name: str) -> None:
    performance = perform(name)
    path = performance.trajectory
    for rep in reps_of(performance.truth()):
        for key, sign in (("start_s", -1), ("bottom_s", -1), ("turn_s", 1), ("end_s", 1)):
            true_s = rep[key] / performance.chip.clock_rate
            assert np.interp(true_s, path.time_s, path.velocity_mps) == pytest.approx(0.02 * sign, abs=1e-4)


@pytest.mark.parametrize("name", LIFTED)
def test_phases_fill_the_rep_without_gap_or_overlap(perform: Perform, name: str) -> None:
    for one in perform(name).truth()["sets"]:
        for rep in one["reps"]:
            assert rep["bottom_s"] - rep["start_s"] == pytest.approx(rep["eccentric_s"], abs=1e-5)
            assert rep["turn_s"] - rep["bottom_s"] == pytest.approx(rep["bottom_pause_s"], abs=1e-5)
            assert rep["end_s"] - rep["turn_s"] == pytest.approx(rep["concentric_s"], abs=1e-5)
            assert rep["end_s"] - rep["start_s"] == pytest.approx(rep["time_under_tension_s"], abs=1e-5)
            assert min(rep["eccentric_s"], rep["concentric_s"]) > 0.3
            assert rep["bottom_pause_s"] > 0.0
        for before, after in pairwise(one["reps"]):
            assert after["start_s"] - before["end_s"] == pytest.approx(before["top_pause_s"], abs=1e-5)
        assert one["reps"][-1]["top_pause_s"] is None


@pytest.mark.parametrize("name", ["bounce", "fast_controlled", "explosive", "touchandgo"])
def test_bounces_reverse_a_fast_descent_within_150_ms_and_controlled_turns_do_not(
    perform: Perform, name: str
) -> None:
    performance = perform(name)
    path = performance.trajectory
    flags = set()
    for rep in reps_of(performance.truth()):
        turn = round(rep["turn_s"] * GRID_HZ)
        fast = np.flatnonzero(path.velocity_mps[turn - 400 : turn] <= -0.3)
        reversed_within_s = (400 - fast[-1]) / GRID_HZ if len(fast) else np.inf
        assert rep["bounce"] == (reversed_within_s <= 0.152)
        assert rep["bounce"] or reversed_within_s > 0.18
        flags.add(rep["bounce"])
    assert flags == ({True, False} if name == "bounce" else {False})


@pytest.mark.parametrize("name", ["slam", "explosive"])
def test_hard_lockouts_lose_the_last_speed_within_60_ms_and_controlled_ends_do_not(
    perform: Perform, name: str
) -> None:
    performance = perform(name)
    path = performance.trajectory
    flags = set()
    for rep in reps_of(performance.truth()):
        end = round(rep["end_s"] * GRID_HZ)
        fast = np.flatnonzero(path.velocity_mps[end - 400 : end] >= 0.3)
        lost_within_s = (400 - fast[-1]) / GRID_HZ if len(fast) else np.inf
        assert rep["lockout_slam"] == (lost_within_s <= 0.062)
        assert rep["lockout_slam"] or lost_within_s > 0.068
        flags.add(rep["lockout_slam"])
    assert flags == ({True, False} if name == "slam" else {False})


def test_partials_are_under_70_percent_of_the_sets_range(perform: Perform) -> None:
    for one in perform("partials").truth()["sets"]:
        full_m = max(rep["rom_m"] for rep in one["reps"])
        assert [rep["partial"] for rep in one["reps"]] == [rep["rom_m"] < 0.7 * full_m for rep in one["reps"]]
        assert sum(rep["partial"] for rep in one["reps"]) in (3, 4)


def test_the_demo_holds_what_its_scenario_says(perform: Perform) -> None:
    first, *others = perform("demo").truth()["sets"]
    assert [rep["bounce"] for rep in first["reps"]] == [False, False, True, False, False]
    assert [rep["lockout_slam"] for rep in first["reps"]] == [False, False, False, False, True]
    for other in others:
        assert [rep["partial"] for rep in other["reps"]] == [False, False, False, True]


def test_the_tempo_is_the_prescribed_one_give_or_take(perform: Perform) -> None:
    for rep in perform("demo-two").truth()["sets"][0]["reps"]:
        tempo = (rep["eccentric_s"], rep["bottom_pause_s"], rep["concentric_s"])
        assert tempo == pytest.approx((4.0, 1.0, 2.0), rel=0.35)


def test_long_holds_at_the_top_stay_inside_one_set(perform: Perform) -> None:
    for one in perform("rest_pause").truth()["sets"]:
        pauses = [rep["top_pause_s"] for rep in one["reps"][:-1]]
        assert sum(pause > 5.5 for pause in pauses) >= 2


def test_nobody_lifts_in_empty(perform: Perform) -> None:
    performance = perform("empty")
    assert performance.truth()["sets"] == []
    assert performance.trajectory.position_m.max() > 0.01, "the sled is lifted off its stops all the same"
