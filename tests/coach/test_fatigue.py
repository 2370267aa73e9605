"""Velocity loss: against the fastest so far, with an uncertainty that covers chance."""

import numpy as np
import pytest

from sensor_hub.coach.fatigue import velocity_loss, velocity_losses
from sensor_hub.engine.metrics import UNKNOWN, Figure


def speeds(*values: float | None, sigma: float = 0.01) -> list[Figure]:
    return [UNKNOWN if value is None else Figure(value, sigma) for value in values]


def test_a_rep_is_compared_with_the_fastest_before_it() -> None:
    losses = [loss.value for loss in velocity_losses(speeds(0.45, 0.5, 0.4, 0.3))]
    assert losses == pytest.approx([0.0, 0.0, 0.2, 0.4])


def test_the_sets_loss_is_that_of_its_last_known_rep() -> None:
    assert velocity_loss(speeds(0.5, 0.45, 0.4, None)).value == pytest.approx(0.2)


def test_an_unknown_rep_has_none_and_hides_none() -> None:
    losses = velocity_losses(speeds(None, 0.5, None, 0.25))
    assert losses[0] == losses[2] == UNKNOWN
    assert losses[3].value == pytest.approx(0.5)


@pytest.mark.parametrize("values", [(), (0.5,), (None, 0.4)])
def test_one_rep_has_nothing_to_be_compared_with(values: tuple[float | None, ...]) -> None:
    assert velocity_loss(speeds(*values)) == UNKNOWN


def test_the_uncertainty_is_the_spread_that_errors_of_velocity_cause() -> None:
    rng = np.random.default_rng(8)
    drawn = []
    for first, last in rng.normal([0.5, 0.3], 0.01, (4000, 2)):
        loss = velocity_loss(speeds(float(first), float(last))).value
        assert loss is not None
        drawn.append(loss)
    assert velocity_loss(speeds(0.5, 0.3)).sigma == pytest.approx(np.std(drawn), rel=0.05)
