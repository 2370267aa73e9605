"""How a tempo is written, and the sum of a set's time under tension."""

import pytest

from sensor_hub.coach.tempo import Tempo, time_under_tension, typical
from sensor_hub.engine.metrics import UNKNOWN, Figure


def test_a_measured_tempo_has_tenths() -> None:
    assert Tempo(3.14, 0.35, 1.2, 0.84).measured == "3.1-0.3-1.2-0.8"


@pytest.mark.parametrize(
    ("digits", "notation"),
    [
        ((4.2, 0.9, 2.1, 0.2), "4-1-2-0"),
        ((3.5, 0.5, 1.5, 2.5), "4-1-2-3"),
        ((2.6, 0.49, 0.6, 0.1), "3-0-X-0"),
        ((0.7, 0.0, 0.76, 0.0), "X-0-1-0"),
        ((None, None, 1.0, 1.2), "?-?-1-1"),
    ],
)
def test_the_notation_counts_seconds_and_knows_explosive_strokes(
    digits: tuple[float | None, float | None, float | None, float | None], notation: str
) -> None:
    assert Tempo(*digits).notation == notation


def test_what_is_unknown_is_a_question_mark() -> None:
    assert Tempo(3.0, 0.0, 1.0, None).measured == "3.0-0.0-1.0-?"


def test_the_typical_tempo_is_not_moved_by_one_odd_rep() -> None:
    usual, odd = Tempo(3.0, 0.5, 1.0, 1.0), Tempo(9.0, 5.0, 4.0, None)
    assert typical([usual, odd, usual]) == usual
    assert typical([]) == Tempo(None, None, None, None)


def test_time_under_tension_is_the_sum_of_what_was_measured() -> None:
    total = time_under_tension([Figure(5.1, 0.03), Figure(4.9, 0.04)])
    assert total.value == pytest.approx(10.0)
    assert total.sigma == pytest.approx(0.05)


@pytest.mark.parametrize("reps", [[], [Figure(5.0, 0.1), UNKNOWN]])
def test_a_sum_with_a_hole_in_it_is_unknown(reps: list[Figure]) -> None:
    assert time_under_tension(reps) == UNKNOWN
