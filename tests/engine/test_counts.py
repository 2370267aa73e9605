"""Every repetition once and nothing else, family by family."""

from collections import Counter

import pytest

from tests.engine.conftest import perform

SEEDS = {
    "controlled": (11, 13),
    "glass": (11, 13),
    "explosive": (11, 12),
    "bounce": (11, 12),
    "slam": (11, 12),
    "partials": (11, 12),
    "clutter": (11, 12),
    "touchandgo": (11, 12),
    "vertical": (11, 12),
    "pause_bottom": (11, 12),
    "rest_pause": (11, 12),
    "failure": (11, 12),
    "cheap": (11, 12),
    "noisy": (11, 12),
    "moved": (11, 12),
    "no_unrack": (11, 12),
    "fast_controlled": (11, 12),
}
PERFORMANCES = [(family, seed) for family, seeds in SEEDS.items() for seed in seeds]


@pytest.mark.parametrize(("family", "seed"), PERFORMANCES)
def test_every_rep_is_counted_once(family: str, seed: int) -> None:
    performed = perform(family, seed)
    assert len(performed.reps) >= 10
    assert len(performed.found) == len(performed.reps)
    assert len(performed.settled) == len(performed.reps)


@pytest.mark.parametrize(("family", "seed"), PERFORMANCES)
def test_every_set_is_told_as_one(family: str, seed: int) -> None:
    performed = perform(family, seed)
    told = Counter(event.set_number for event in performed.settled)
    assert [told[number] for number in sorted(told)] == [len(one) for one in performed.sets]


@pytest.mark.parametrize("seed", [11, 12])
def test_nobody_lifts_and_nothing_is_counted(seed: int) -> None:
    assert perform("empty", seed).settled == []


@pytest.mark.parametrize("seed", [11, 14])
def test_lost_packets_cost_reps_but_seldom_add_one(seed: int) -> None:
    performed = perform("lossy", seed)
    assert len(performed.found) >= len(performed.reps) * 0.8
    assert len(performed.settled) - len(performed.found) <= 1


def test_what_is_said_to_be_known_well_in_spite_of_lost_packets_is() -> None:
    errors_s = [
        abs(event.rep.eccentric_s - truth["eccentric_s"])
        for seed in (11, 14, 19)
        for truth, event in perform("lossy", seed).found
        if event.rep.uncertainty["eccentric_s"] < 0.05
    ]
    assert len(errors_s) >= 50
    assert sum(error_s < 0.1 for error_s in errors_s) >= 0.95 * len(errors_s)


@pytest.mark.parametrize("family", ["controlled", "partials"])
def test_reps_are_numbered_from_one_in_each_set(family: str) -> None:
    settled = perform(family, 11).settled
    for number in {event.set_number for event in settled}:
        reps = [event.rep.number for event in settled if event.set_number == number]
        assert reps == list(range(1, len(reps) + 1))
