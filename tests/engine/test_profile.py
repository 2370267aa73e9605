"""The machine's profile: what sets teach, what it tells the next one, and that a wrong one spoils no count."""

from dataclasses import replace

import numpy as np
import pytest

from firmware_sim.scenario import load
from sensor_hub.engine import Engine, First, Params, Profile, ProfileLearned, RailContradicts
from sensor_hub.engine.direction import Direction
from sensor_hub.engine.profile import Learner, SetEvidence, taught
from sensor_hub.model import Calibrated, Event, Phase, PhaseBegan, Rep, Samples, SetEnded
from tests.engine.conftest import SCENARIOS, Performed, perform, perform_acts, render, reps_of, tell
from tests.engine.synthetic import RAIL, journey

REST = {"kind": "rest", "seconds": 9}
HALF_FIRST = {
    "kind": "set",
    "reps": 5,
    "tempo": "1.5-0.3-1-0.5",
    "partial": [1],
    "rest_s": 8,
    "range_variation": 0.0,
}
FULL = {**HALF_FIRST, "partial": []}
STACK = [(0.0, 6.0), *[(0.5, 1.0), (0.0, 0.8), (-0.5, 2.0), (0.0, 1.2)] * 5, (0.0, 20.0)]
LEVEL = [(0.0, 6.0), *[(0.4, 1.0), (0.0, 0.6), (-0.4, 2.0), (0.0, 1.0)] * 4, (0.0, 20.0)]

WRONG = {
    "too wide": Profile(First.ECCENTRIC, 45.0, 2.0, 1.1, 0.02, sets=9),
    "too narrow": Profile(First.ECCENTRIC, 45.0, 2.0, 0.15, 0.02, sets=9),
    "another slope": Profile(First.CONCENTRIC, 12.0, 1.0, 0.9, 0.02, sets=9),
    "the other phase first": Profile(First.CONCENTRIC, 45.0, 2.0, 0.9, 0.02, sets=9),
}


def run(
    samples: Samples, profile: Profile | None = None, params: Params | None = None
) -> tuple[Engine, list[Event]]:
    engine = Engine(params, profile)
    return engine, tell(engine, samples) + engine.finish()


def counts(events: list[Event]) -> list[int]:
    return [len(event.set.reps) for event in events if isinstance(event, SetEnded)]


def learned(performed: Performed) -> Profile:
    return [event.profile for event in performed.events if isinstance(event, ProfileLearned)][-1]


@pytest.mark.parametrize(("family", "seed"), [("controlled", 11), ("vertical", 11), ("partials", 11)])
def test_every_ended_set_teaches_the_machine(family: str, seed: int) -> None:
    performed = perform(family, seed)
    told = [event.profile for event in performed.events if isinstance(event, ProfileLearned)]
    assert [profile.sets for profile in told] == list(range(1, len(performed.sets) + 1))
    profile = told[-1]
    ranges = [rep["rom_m"] for rep in performed.reps]
    assert profile.first is First.ECCENTRIC
    assert profile.incline_deg == pytest.approx(performed.incline_deg, abs=3.0)
    assert profile.full_range_m == pytest.approx(max(ranges), rel=0.07)
    assert profile.stops_m is not None
    assert 0.0 < profile.stops_m < 0.15
    assert profile.peak_acceleration_mps2 is not None
    assert 0.5 < profile.peak_acceleration_mps2 < 20.0


def test_reps_that_bounce_show_the_bumper_and_controlled_ones_do_not() -> None:
    bouncing = perform_acts(REST, {**FULL, "reps": 6, "bounced": [2, 3, 5, 6]})
    bounced = [rep["rom_m"] for rep in bouncing.reps if rep["bounce"]]
    assert len(bounced) == 4
    assert learned(bouncing).bumper_m == pytest.approx(np.median(bounced), abs=0.02)
    assert learned(perform("controlled", 11)).bumper_m is None


def test_with_the_profile_a_partial_first_rep_is_known_for_one() -> None:
    samples = perform_acts(REST, HALF_FIRST).samples
    assert reps_of(run(samples)[1])[0].rep.partial is False
    known = learned(perform_acts(REST, FULL))
    _, events = run(samples, known)
    assert [event.rep.partial for event in reps_of(events)] == [True, False, False, False, False]


@pytest.mark.parametrize("wrong", WRONG)
@pytest.mark.parametrize(
    ("family", "seed"), [("controlled", 11), ("partials", 11), ("glass", 11), ("vertical", 11)]
)
def test_a_wrong_profile_spoils_no_count(family: str, seed: int, wrong: str) -> None:
    performed = perform(family, seed)
    _, events = run(performed.samples, WRONG[wrong])
    assert counts(events) == counts(performed.events) == [len(one) for one in performed.sets]
    assert all(event.rep.start_s is not None for event in reps_of(events))


def test_three_sure_reps_outvote_a_wrong_range() -> None:
    _, events = run(perform("controlled", 11).samples, WRONG["too wide"])
    partial = [event.rep.partial for event in reps_of(events)]
    assert partial[:2] == [True, True]
    assert not any(partial[2:])


def test_the_right_profile_changes_no_count_and_no_measure() -> None:
    performed = perform("controlled", 11)
    _, events = run(performed.samples, learned(performed))
    assert [replace(event.rep, partial=None) for event in reps_of(events)] == [
        replace(event.rep, partial=None) for event in performed.settled
    ]


def test_a_rail_of_another_angle_is_told_once_a_set_and_teaches_nothing() -> None:
    performed = perform("controlled", 11)
    engine, events = run(performed.samples, WRONG["another slope"])
    told = [event for event in events if isinstance(event, RailContradicts)]
    assert len(told) == len(performed.sets)
    assert told[0].profile_incline_deg == 12.0
    assert told[0].incline_deg == pytest.approx(performed.incline_deg, abs=3.0)
    assert told[0].at_s < performed.sets[0][-1]["end_s"]
    assert engine.profile == WRONG["another slope"]


@pytest.mark.parametrize("off_deg", [-3.0, 3.0])
def test_an_angle_within_the_uncertainty_contradicts_nothing(off_deg: float) -> None:
    performed = perform("controlled", 11)
    known = replace(learned(performed), incline_deg=performed.incline_deg + off_deg)
    assert not any(isinstance(event, RailContradicts) for event in run(performed.samples, known)[1])


@pytest.mark.parametrize("first", First)
def test_a_weight_stack_is_counted_whatever_its_profile_says_comes_first(first: First) -> None:
    known = Profile(first, 90.0, 1.5, 0.5, 0.02, sets=9)
    engine, events = run(journey(STACK).felt(noise_mps2=0.05), known)
    assert [event.rep.start_s for event in reps_of(events)] == [None] * 5
    assert engine.profile.first in (First.CONCENTRIC, First.AUTO)
    assert (engine.profile.first is First.AUTO) == (first is First.ECCENTRIC)


def test_a_known_weight_stack_tells_the_concentric_sooner() -> None:
    began: list[float] = []
    for known in (Profile(First.CONCENTRIC, 90.0, 1.5, 0.5, 0.02, sets=9), None):
        _, events = run(journey(STACK).felt(noise_mps2=0.05), known)
        phases = [event for event in events if isinstance(event, PhaseBegan)]
        assert phases[0].phase is Phase.CONCENTRIC
        began.append(phases[0].at_s)
    assert began[0] < began[1] - 0.1


def level(profile: Profile | None, turned: float, params: Params | None = None) -> tuple[Engine, list[Event]]:
    """A horizontal rail, with the sensor one way round or the other."""
    return run(journey(LEVEL).felt(0.0, np.diag([turned, turned, 1.0]), noise_mps2=0.03), profile, params)


@pytest.mark.parametrize("turned", [1.0, -1.0])
@pytest.mark.parametrize("told_by", ["profile", "params"])
def test_on_a_level_rail_the_first_phase_gives_the_sign(turned: float, told_by: str) -> None:
    profile = Profile(First.CONCENTRIC) if told_by == "profile" else None
    engine, events = level(profile, turned, Params(first=First.CONCENTRIC) if told_by == "params" else None)
    (found,) = [event for event in events if isinstance(event, Calibrated)]
    assert found.axis == pytest.approx((turned, 0.0, 0.0), abs=0.05)
    assert [event.rep.concentric_s for event in reps_of(events)] == pytest.approx([0.9] * 4, abs=0.12)
    assert engine.profile.first is (First.CONCENTRIC if told_by == "profile" else First.AUTO)


def test_on_a_level_rail_nobody_can_learn_what_comes_first() -> None:
    engine, events = level(None, 1.0)
    assert counts(events) == [4]
    assert engine.profile.first is First.AUTO
    assert engine.profile.incline_deg == pytest.approx(0.0, abs=1.0)


def rep(rom_m: float, sigma_m: float = 0.004, partial: bool | None = False) -> Rep:
    numbers = dict.fromkeys(
        ("start_s", "bottom_s", "bottom_pause_s", "top_pause_s", "turn_acceleration_mps2"), None
    )
    speeds = dict.fromkeys(("mean_velocity_mps", "peak_velocity_mps"), 0.4)
    slower = dict.fromkeys(("mean_eccentric_velocity_mps", "peak_eccentric_velocity_mps"), 0.3)
    return Rep(
        **numbers, **speeds, **slower, number=1, turn_s=1.0, end_s=2.0, eccentric_s=1.0, concentric_s=1.0, rom_m=rom_m,
        bounced=False, hard_lockout=False, partial=partial, uncertainty={"rom_m": sigma_m},
    )  # fmt: skip


STROKES = (journey([(-0.4, 1.0), (0.4, 1.0)]).time_s, journey([(-0.4, 1.0), (0.4, 1.0)]).accel_mps2)


def evidence(*ranges_m: float) -> SetEvidence:
    seen = SetEvidence()
    for rom_m in ranges_m:
        seen.add(rep(rom_m), First.ECCENTRIC, 4.0)
    return seen


@pytest.mark.parametrize(
    "unsure",
    [rep(0.4, sigma_m=0.03), rep(0.2, partial=True), rep(0.4, partial=None)],
    ids=["range", "partial", "?"],
)
def test_unsure_and_partial_reps_teach_nothing(unsure: Rep) -> None:
    learner = Learner(None, Params())
    for one in (rep(0.4), rep(0.4), unsure):
        learner.learn(one, First.ECCENTRIC, Direction(), STROKES, RAIL)
    assert learner.end_set() is None
    for one in (rep(0.4), rep(0.4), unsure, rep(0.4)):
        learner.learn(one, First.ECCENTRIC, Direction(), STROKES, RAIL)
    known = learner.end_set()
    assert known is not None
    assert known.full_range_m == 0.4


@pytest.mark.parametrize(("peak_mps2", "hidden_mps2"), [(0.1, 0.25), (1.0, 0.5), (9.0, 1.2), (None, 1.2)])
def test_missing_samples_hide_less_where_the_machine_is_lifted_calmly(
    peak_mps2: float | None, hidden_mps2: float
) -> None:
    learner = Learner(Profile(incline_deg=45.0, peak_acceleration_mps2=peak_mps2), Params())
    assert learner.blind_mps2 == 1.2
    learner.prior(44.0)
    assert learner.blind_mps2 == pytest.approx(hidden_mps2)
    learner.prior(10.0)
    assert learner.blind_mps2 == 1.2


def test_calm_lifting_over_a_poor_link_is_followed_with_the_profile() -> None:
    calm, poor = load(SCENARIOS / "glass.toml"), load(SCENARIOS / "lossy.toml")
    found, true = 0, 0
    for seed in (102, 103, 107):
        performed = render(calm.model_copy(update={"radio": poor.radio}), seed)
        known = Profile(
            incline_deg=performed.incline_deg, incline_sigma_deg=1.3, peak_acceleration_mps2=0.7, sets=9
        )
        found += len(reps_of(run(performed.samples, known)[1]))
        true += len(performed.reps)
    assert 0.85 * true < found <= true


def test_a_larger_range_is_believed_sooner_than_a_smaller() -> None:
    known = Profile(full_range_m=0.4, full_range_sigma_m=0.015, sets=9)
    assert taught(known, evidence(0.5, 0.5, 0.5)).full_range_m == pytest.approx(0.45)
    smaller = taught(known, evidence(0.3, 0.3, 0.3)).full_range_m
    assert smaller is not None
    assert 0.38 < smaller < 0.4


def test_what_comes_first_is_unlearned_by_one_set_and_learned_by_the_next() -> None:
    known = Profile(first=First.CONCENTRIC, sets=4)
    once = taught(known, evidence(0.4, 0.4, 0.4))
    assert once.first is First.AUTO
    assert taught(once, evidence(0.4, 0.4, 0.4)).first is First.ECCENTRIC


def test_a_bumper_that_reps_go_past_is_none() -> None:
    known = Profile(bumper_m=0.40, full_range_m=0.40, full_range_sigma_m=0.015, sets=4)
    assert taught(known, evidence(0.38, 0.39, 0.40)).bumper_m == 0.40
    assert taught(known, evidence(0.47, 0.48, 0.48)).bumper_m is None


def test_a_profile_changes_nothing_about_cuts_into_blocks() -> None:
    samples, known = perform("controlled", 11).samples, WRONG["too wide"]
    whole = Engine(profile=known)
    assert run(samples, known)[1] == whole.feed(samples) + whole.finish()
