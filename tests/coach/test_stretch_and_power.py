"""What is left of the stretch after a pause; watts of a load."""

import pytest

from sensor_hub.coach.power import power
from sensor_hub.coach.stretch import stretch_shortening_retained
from sensor_hub.engine.metrics import UNKNOWN, Figure


@pytest.mark.parametrize(("pause_s", "retained"), [(0.0, 1.0), (0.85, 0.5), (1.7, 0.25)])
def test_the_help_of_a_stretch_halves_every_085_s(pause_s: float, retained: float) -> None:
    assert stretch_shortening_retained(Figure(pause_s, 0.01)).value == pytest.approx(retained)


def test_its_uncertainty_is_the_slope_times_the_pauses() -> None:
    low, high = (stretch_shortening_retained(Figure(pause_s, 0.02)).value or 0.0 for pause_s in (0.58, 0.62))
    assert stretch_shortening_retained(Figure(0.6, 0.02)).sigma == pytest.approx((low - high) / 2, rel=0.01)


def test_a_pause_that_nobody_knows_retains_nobody_knows_what() -> None:
    assert stretch_shortening_retained(UNKNOWN) == UNKNOWN


def test_watts_are_those_of_a_kilogram_times_the_load() -> None:
    assert power(Figure(2.5, 0.1), 120.0) == Figure(300.0, 12.0)


@pytest.mark.parametrize(("per_kg", "load_kg"), [(UNKNOWN, 100.0), (Figure(2.5, 0.1), None)])
def test_without_a_load_or_a_velocity_there_are_none(per_kg: Figure, load_kg: float | None) -> None:
    assert power(per_kg, load_kg) == UNKNOWN
