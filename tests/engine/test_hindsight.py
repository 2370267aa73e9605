"""What a gap hid: read again from synthetic motion, and in whole recordings from which samples were taken out."""

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from sensor_hub.engine import Engine, First, Params
from sensor_hub.engine.hindsight import BEFORE_S, LONGEST, Hindsight
from sensor_hub.engine.motion import Track
from sensor_hub.engine.phases import PhaseMachine
from sensor_hub.engine.steps import Stepper
from sensor_hub.model import Event, Rep, Samples
from tests.engine.conftest import Performed, RepTruth, perform, reps_of, tell
from tests.engine.synthetic import RAIL, Journey, fresh_filter, journey, track

Cut = tuple[float, float]

REP = [(0.0, 2.0), (-0.4, 1.6), (0.0, 0.6), (0.4, 1.0), (0.0, 1.2)]
"""Down from 2.0 s to 3.6 s, up from 4.2 s to 5.2 s."""
RANGE_M = 0.4
EVEN = [(0, 0), (2, 0), (2.3, -0.15), (4.6, -0.15), (4.9, 0), (5.5, 0), (5.8, 0.5), (6.3, 0.5), (6.5, 0), (7.5, 0)]
"""Time and velocity: a lowering so even that only its ends tell it from a rest."""
MACHINE = PhaseMachine(Params(first=First.ECCENTRIC))


def without(samples: Samples, *cuts: Cut) -> Samples:
    lost = np.zeros(len(samples), bool)
    for start_s, end_s in cuts:
        lost |= (samples.time_s > start_s) & (samples.time_s < end_s)
    return Samples(samples.time_s[~lost], samples.accel_mps2[~lost], resolution_mps2=samples.resolution_mps2)


def through(points: Sequence[tuple[float, float]]) -> Journey:
    """Velocity in straight lines through these points."""
    time_s = np.arange(1, round(points[-1][0] * 100) + 1) / 100
    velocity = np.interp(time_s, *zip(*points, strict=True))
    return Journey(time_s, velocity, np.gradient(velocity, time_s))


def read_again(done: Journey, gap: Cut, range_m: float = 0.0) -> list[Track]:
    """The motion since the gap as hindsight told it, at the first standstill at which it did; empty if it never did."""
    samples = without(done.felt(0.0, noise_mps2=0.03), gap)
    stepper, motion, machine = Stepper(Params().step_s), fresh_filter(), deepcopy(MACHINE)
    hindsight: Hindsight | None = None
    tracks: list[Track] = []
    for step in stepper.feed(samples):
        one = motion.advance(step, RAIL.along(step.mean_mps2))
        tracks.append(one)
        if hindsight is None:
            hindsight = Hindsight(Params(), deepcopy(machine), tracks, range_m) if one.blind else None
        elif hindsight.advance(one):
            window = hindsight.window(tracks)
            time_s, force = stepper.history.since(window[0].time_s, window[-1].time_s)
            return hindsight.reread(window, time_s, RAIL.along_all(force))
        machine.advance(one)
    return []


def assert_true(told: list[Track], done: Journey) -> None:
    true_mps = np.interp([one.time_s for one in told], done.time_s, done.velocity_mps)
    np.testing.assert_allclose([one.velocity_mps for one in told], true_mps, atol=0.02)


@pytest.mark.parametrize("gap", [(3.2, 4.3), (2.6, 3.0)], ids=["bottom turn", "lowering"])
def test_it_is_told_at_a_standstill_at_an_end_of_the_range(gap: Cut) -> None:
    done = journey([*REP, *REP[1:]])
    told = read_again(done, gap, RANGE_M)
    assert_true(told, done)
    assert told[-1].held
    assert told[-1].time_s < 8.4


@pytest.mark.parametrize("gap", [(1.9, 2.5), (2.6, 3.4)], ids=["before it", "in it"])
def test_an_even_lowering_is_no_standstill_once_a_later_one_contradicts_it(gap: Cut) -> None:
    done = through(EVEN)
    told = read_again(done, gap)
    assert_true(told, done)
    assert [one.time_s for one in told if one.held and 2.5 < one.time_s < 4.6] == []


def test_it_knows_where_it_stands_though_the_gap_hid_how_far_it_went() -> None:
    told = read_again(journey([*REP, *REP[1:]]), (4.3, 5.1), RANGE_M)
    at_home = next(one for one in told if one.time_s > 5.3)
    assert at_home.position_m == pytest.approx(0.0, abs=0.03)


def test_a_motion_that_never_stands_is_not_read_again() -> None:
    assert read_again(journey([*REP[:2], *[(0.4, 1.0), (-0.4, 1.6)] * 4]), (3.0, 3.5), RANGE_M) == []


def hindsight_at(gap_s: float, tracks: list[Track] | None = None) -> Hindsight:
    gap = replace(track([0.0])[0], time_s=gap_s, blind=True, even_sigma_mps=None, hold_sigma_mps=None)
    return Hindsight(Params(), MACHINE, [*(tracks or []), gap], 0.0)


def test_the_window_begins_with_the_last_standstill_before_the_gap() -> None:
    tracks = track([*[0.0] * 60, *[-0.5] * 10])
    assert all(one.held == (one.time_s < 2.41) for one in tracks[10:])
    assert hindsight_at(2.9, tracks).window(tracks)[0].time_s == pytest.approx(2.4)


def test_the_window_does_not_reach_back_for_ever() -> None:
    tracks = [replace(one, hold_sigma_mps=None) for one in track([0.0] * 199)]
    assert hindsight_at(8.0, tracks).window(tracks)[0].time_s == pytest.approx(8 - BEFORE_S, abs=0.05)


def test_it_gives_up() -> None:
    patience_s = Params().give_up_s
    hindsight = hindsight_at(10.0)
    assert not hindsight.over(10.0 + 0.9 * patience_s)
    assert hindsight.over(10.0 + 1.1 * patience_s)


def test_another_gap_is_waited_for_but_not_for_ever() -> None:
    patience_s = Params().give_up_s
    hindsight = hindsight_at(10.0)
    for after in (0.9, 1.8, 2.7, 3.6):
        moving = track([0.0])[0]
        hindsight.advance(replace(moving, time_s=10.0 + after * patience_s, blind=True, even_sigma_mps=None))
    assert not hindsight.over(10.0 + 0.99 * LONGEST * patience_s)
    assert hindsight.over(10.0 + 1.01 * LONGEST * patience_s)


THIRD = 2
CALM = [("controlled", 11), ("controlled", 13), ("slow", 11), ("slow", 12), ("touchandgo", 11), ("touchandgo", 13)]


def hole(where: str, rep: RepTruth) -> Cut:
    """Half a second in the middle of a stroke, a third of one about a turn."""
    middle_s, half_s = {
        "bottom turn": (rep["turn_s"], 0.15),
        "top turn": (rep["end_s"], 0.15),
        "lowering": (rep["start_s"] + 0.5 * rep["eccentric_s"], 0.25),
        "concentric": (rep["turn_s"] + 0.5 * rep["concentric_s"], 0.15),
        "whole concentric": (rep["turn_s"] + 0.5 * rep["concentric_s"], 0.5 * rep["concentric_s"] + 0.05),
    }[where]
    return middle_s - half_s, middle_s + half_s


@cache
def torn(family: str, seed: int, where: str) -> list[Event]:
    """What is told of a performance with a hole in the third rep of each set."""
    performed, engine = perform(family, seed), Engine()
    cuts = [hole(where, reps[THIRD]) for reps in performed.sets]
    return tell(engine, without(performed.samples, *cuts)) + engine.finish()


def matched(performed: Performed, events: list[Event]) -> tuple[list[tuple[RepTruth, Rep]], list[Rep]]:
    """True reps with those told about the same turn, and those told beside them."""
    free, pairs = [event.rep for event in reps_of(events)], []
    for truth in performed.reps:
        near = min(free, key=lambda rep: abs(rep.turn_s - truth["turn_s"]), default=None)
        if near is not None and abs(near.turn_s - truth["turn_s"]) < 0.8:
            free.remove(near)
            pairs.append((truth, near))
    return pairs, free


def struck(family: str, seed: int, where: str) -> list[tuple[Rep, Rep]]:
    """The third rep of each set as it is told with the hole and without."""
    performed = perform(family, seed)
    turns = {reps[THIRD]["turn_s"] for reps in performed.sets}
    with_hole = {truth["turn_s"]: rep for truth, rep in matched(performed, torn(family, seed, where))[0]}
    whole = {truth["turn_s"]: rep for truth, rep in matched(performed, performed.events)[0]}
    return [(with_hole[turn_s], whole[turn_s]) for turn_s in turns]


@pytest.mark.parametrize("where", ["bottom turn", "top turn", "lowering", "concentric"])
@pytest.mark.parametrize(("family", "seed"), CALM)
def test_a_hole_in_each_set_costs_at_most_one_rep_and_adds_none(family: str, seed: int, where: str) -> None:
    performed = perform(family, seed)
    pairs, added = matched(performed, torn(family, seed, where))
    assert len(pairs) >= len(performed.reps) - 1
    assert added == []


@pytest.mark.parametrize("where", ["lowering", "concentric"])
@pytest.mark.parametrize(("family", "seed"), CALM)
def test_what_a_hole_in_a_stroke_damages_is_less_sure(family: str, seed: int, where: str) -> None:
    for holed, whole in struck(family, seed, where):
        name = "rom_m" if where == "lowering" else "mean_velocity_mps"
        assert (holed.uncertainty[name] or 0.0) > (whole.uncertainty[name] or 0.0)


@pytest.mark.parametrize("where", ["bottom turn", "top turn", "lowering", "concentric"])
@pytest.mark.parametrize(("family", "seed"), CALM)
def test_no_flag_of_such_a_rep_is_wrong(family: str, seed: int, where: str) -> None:
    names = {"bounced": "bounce", "hard_lockout": "lockout_slam", "partial": "partial"}
    performed = perform(family, seed)
    for truth, rep in matched(performed, torn(family, seed, where))[0]:
        for ours, theirs in names.items():
            assert getattr(rep, ours) in (None, truth[theirs])


@pytest.mark.parametrize(("family", "seed"), [("controlled", 11), ("controlled", 13), ("slow", 11), ("slow", 13)])
def test_a_concentric_nobody_saw_costs_its_rep_and_at_most_one_other(family: str, seed: int) -> None:
    performed = perform(family, seed)
    pairs, added = matched(performed, torn(family, seed, "whole concentric"))
    hidden = {reps[THIRD]["turn_s"] for reps in performed.sets}
    lost = {truth["turn_s"] for truth in performed.reps} - {truth["turn_s"] for truth, _ in pairs}
    assert len(lost - hidden) <= 1
    assert len(pairs) + len(added) <= len(performed.reps)


@pytest.mark.parametrize("seed", [12, 14, 15, 16, 17])
def test_every_rep_is_counted_over_a_poor_radio(seed: int) -> None:
    performed = perform("lossy", seed)
    assert len(performed.found) == len(performed.settled) == len(performed.reps)
