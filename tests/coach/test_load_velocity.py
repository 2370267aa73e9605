"""The profile and its e1RM: against lines drawn by the test, and how often the interval holds the truth."""

import random

import pytest

from sensor_hub.coach.load_velocity import (
    MAXIMUM_MPS,
    MAXIMUM_SIGMA_MPS,
    Attempt,
    LoadVelocity,
    Missing,
    load_velocity,
)


def on_a_line(*loads_kg: float, maximum_kg: float = 200.0, slope: float = -0.004) -> list[Attempt]:
    return [Attempt(load, MAXIMUM_MPS + slope * (load - maximum_kg)) for load in loads_kg]


def test_a_line_leads_to_the_load_that_moves_at_a_maximums_velocity() -> None:
    found = load_velocity(on_a_line(100, 140, 170))
    assert found.missing is None
    assert found.e1rm_kg == pytest.approx(200.0)
    assert found.r2 == pytest.approx(1.0)
    assert found.slope_mps_per_kg == pytest.approx(-0.004)
    assert found.interval_kg == pytest.approx((200 - 1.96 * 0.06 / 0.004, 200 + 1.96 * 0.06 / 0.004))


def test_only_the_fastest_rep_of_a_load_counts() -> None:
    slower = [Attempt(100, 0.3), Attempt(140, 0.1)]
    assert load_velocity(slower + on_a_line(170, 100, 140)) == load_velocity(on_a_line(100, 140, 170))


@pytest.mark.parametrize(
    ("attempts", "missing"),
    [
        ([], Missing.LOADS),
        (on_a_line(100, 150) * 4, Missing.LOADS),
        (on_a_line(100, 120, 140, slope=0.002), Missing.SLOPE),
        ([Attempt(100, 0.5), Attempt(120, 0.35), Attempt(140, 0.48), Attempt(160, 0.4)], Missing.FIT),
        (on_a_line(20, 30, 40, slope=-0.002), Missing.HEAVIER),
        ([Attempt(100, 0.40), Attempt(120, 0.30), Attempt(170, 0.20), Attempt(190, 0.09)], Missing.HEAVIER),
    ],
)
def test_without_enough_to_go_by_it_says_what_is_missing(attempts: list[Attempt], missing: Missing) -> None:
    found = load_velocity(attempts)
    assert (found.missing, found.e1rm_kg, found.interval_kg) == (missing, None, None)


def test_the_interval_holds_the_truth_as_often_as_it_says() -> None:
    rng = random.Random(5)
    held = [
        _holds(found, truth) for found, truth in (_lifter(rng) for _ in range(3000)) if found.e1rm_kg is not None
    ]
    assert len(held) > 2000
    assert 0.93 <= sum(held) / len(held) <= 0.99


def _lifter(rng: random.Random) -> tuple[LoadVelocity, float]:
    """A person whose maximum is 200 kg at a velocity of their own, measured at six loads with scatter."""
    own = rng.gauss(MAXIMUM_MPS, MAXIMUM_SIGMA_MPS)
    loads = (60.0, 90.0, 120.0, 140.0, 160.0, 180.0)
    return load_velocity(Attempt(load, own - 0.006 * (load - 200.0) + rng.gauss(0, 0.02)) for load in loads), 200.0


def _holds(found: LoadVelocity, truth_kg: float) -> bool:
    assert found.interval_kg is not None
    return found.interval_kg[0] <= truth_kg <= found.interval_kg[1]
