"""A difference is told where it could be measured, and not where chance or the sensor could have made it."""

from itertools import pairwise
from statistics import mean

import numpy as np
import pytest

from sensor_hub.coach.contrast import Effort, compare_sessions, contrast, lifted_reps
from sensor_hub.messages import RepMessage, SetMessage, Side
from tests.store.conftest import Lifter


def values(*found: float, sigma: float = 0.0) -> list[tuple[float, float]]:
    return [(one, sigma) for one in found]


def test_a_difference_larger_than_spread_and_measuring_is_clear() -> None:
    found = contrast(values(2.0, 2.1, 1.9, 2.0), values(3.0, 3.1, 2.9, 3.0))
    assert (found.difference, found.clear) == (pytest.approx(1.0), True)
    assert found.a is not None
    assert (found.a.count, found.a.mean, found.a.sigma) == (4, pytest.approx(2.0), pytest.approx(0.0408, abs=1e-4))


def test_an_error_that_all_reps_share_does_not_average_out() -> None:
    many = [2.0 + 0.01 * (one % 3) for one in range(60)]
    apart = [one + 0.1 for one in many]
    assert contrast(values(*many), values(*apart)).clear
    assert contrast(values(*many, sigma=0.05), values(*apart, sigma=0.05)).clear is False


def test_of_few_values_nothing_is_said() -> None:
    found = contrast(values(2.0, 2.0), values(9.0, 9.0, 9.0))
    assert (found.difference, found.within, found.clear) == (pytest.approx(7.0), None, None)
    assert contrast([], values(1.0)).a is None
    single = contrast(values(1.0), values(1.0)).a
    assert single is not None
    assert single.sigma is None


@pytest.mark.parametrize("count", [3, 5, 10, 30])
def test_where_there_is_none_a_difference_is_told_in_at_most_one_of_twenty(count: int) -> None:
    draws = np.random.default_rng(7).normal(2.0, 0.2, (4000, count))
    sides = [values(*row.tolist()) for row in draws]
    assert mean(contrast(a, b).clear is True for a, b in pairwise(sides)) <= 0.06


def session(
    load_kg: float | None, sides: list[Side | None], speed: float
) -> tuple[list[SetMessage], list[RepMessage]]:
    lifter, sets, reps = Lifter(), [], []
    for number, side in enumerate(sides, 1):
        sets.append(lifter.set_(number, [], 3).model_copy(update={"load_kg": load_kg, "side": side}))
        reps += [
            lifter.rep(number, one, mean_velocity_mps=speed + 0.01 * one, top_pause_s=top_s)
            for one, top_s in enumerate((0.1, 0.2, None), 1)
        ]
    return sets, reps


def test_speed_is_compared_at_a_load_and_side_that_both_lifted() -> None:
    a = lifted_reps(*session(80.0, [Side.LEFT, Side.RIGHT, Side.RIGHT], 0.4), None)
    b = lifted_reps(*session(80.0, [Side.RIGHT], 0.5), None)
    found = compare_sessions(a, b)
    assert found.effort == Effort(80.0, Side.RIGHT)
    speed = found.contrasts["mean_velocity_mps"]
    assert speed.a is not None
    assert (speed.a.count, speed.difference, speed.clear) == (6, pytest.approx(0.1), True)
    tops = found.contrasts["top_pause_s"]
    assert tops.b is not None
    assert (tops.b.count, tops.b.mean) == (2, pytest.approx(0.15))


def test_without_a_load_in_common_speed_is_not_compared() -> None:
    for load_kg in (60.0, None):
        a = lifted_reps(*session(80.0, [None], 0.4), None)
        b = lifted_reps(*session(load_kg, [None], 0.5), None)
        found = compare_sessions(a, b)
        assert (found.effort, "mean_velocity_mps" in found.contrasts) == (None, False)
        assert found.contrasts["eccentric_s"].clear is False
    of_session = lifted_reps(*session(None, [None], 0.5), 80.0)
    assert compare_sessions(of_session, lifted_reps(*session(80.0, [None], 0.5), None)).effort == Effort(
        80.0, None
    )
