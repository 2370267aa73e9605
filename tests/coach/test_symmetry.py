"""Left against right: direction, size, and whether it is more than chance."""

import numpy as np
import pytest

from sensor_hub.coach.symmetry import difference

STRONG, WEAK = [0.50, 0.51, 0.49, 0.50], [0.40, 0.41, 0.39, 0.40]


def test_it_is_a_share_of_the_better_side_and_points_to_it() -> None:
    found, mirrored = difference(STRONG, WEAK), difference(WEAK, STRONG)
    assert found is not None
    assert mirrored is not None
    assert found.share == pytest.approx(0.2)
    assert mirrored.share == pytest.approx(-0.2)
    assert found.clear
    assert mirrored.clear


def test_a_difference_within_the_spread_of_the_reps_is_not_clear() -> None:
    found = difference([0.4, 0.5, 0.45], [0.42, 0.48, 0.5])
    assert found is not None
    assert not found.clear


@pytest.mark.parametrize(("left", "right"), [(STRONG[:2], WEAK), (STRONG, []), ([0.5, 0.5, 0.0], WEAK)])
def test_too_few_reps_tell_nothing(left: list[float], right: list[float]) -> None:
    assert difference(left, right) is None


def test_the_uncertainty_is_the_spread_that_chance_causes() -> None:
    rng = np.random.default_rng(3)
    found = [
        one
        for _ in range(600)
        if (one := difference(rng.normal(0.5, 0.03, 8).tolist(), rng.normal(0.4, 0.02, 8).tolist()))
    ]
    assert len(found) == 600
    assert np.mean([one.sigma for one in found]) == pytest.approx(np.std([one.share for one in found]), rel=0.1)
