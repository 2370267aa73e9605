"""A hand that turns the sensor, and one that only shifts it."""

import math

import pytest

from sensor_hub.engine import Params
from sensor_hub.engine.handling import Handling
from sensor_hub.engine.steps import Step
from sensor_hub.engine.vectors import Vector

GRAVITY: Vector = (0.0, 0.0, 9.81)
UP: Vector = (0.0, 0.0, 1.0)
ASIDE: Vector = (0.8, 0.0, 0.0)
"""Velocity across a rail that stands upright."""


def felt(*force: Vector, seconds: float = 3.0) -> Handling:
    """The forces by turns, a step of 0.04 s each."""
    handling = Handling(Params())
    for i in range(round(seconds / 0.04)):
        handling.advance(Step(0.04 * i, 0.04, force[i % len(force)], 0.0), GRAVITY)
    return handling


def leaning(deg: float) -> Vector:
    return (9.81 * math.sin(math.radians(deg)), 0.0, 9.81 * math.cos(math.radians(deg)))


def test_gravity_that_turns_while_it_moves_aside_is_a_hand() -> None:
    assert felt(leaning(20.0)).handled(ASIDE, UP, GRAVITY)


def test_what_is_pushed_and_stopped_is_only_shifted() -> None:
    assert not felt((3.0, 0.0, 9.81), (-3.0, 0.0, 9.81)).handled(ASIDE, UP, GRAVITY)


def test_a_lean_alone_is_none() -> None:
    assert not felt(leaning(20.0)).handled((0.0, 0.0, 0.8), UP, GRAVITY)


@pytest.mark.parametrize("seconds", [2.0, 20.0])
def test_force_along_the_rail_is_no_lean(seconds: float) -> None:
    assert not felt((0.0, 0.0, 12.0), seconds=seconds).handled(ASIDE, UP, GRAVITY)


def test_after_a_rest_gravity_is_known_again() -> None:
    handling = felt(leaning(20.0))
    handling.rest()
    assert not handling.handled(ASIDE, UP, GRAVITY)
