"""Of which set a stroke was that did not count."""

import pytest

from sensor_hub.coach.uncounted import set_of
from sensor_hub.messages import SetMessage
from sensor_hub.model import Refusal
from tests.store.conftest import Lifter

LIFTER = Lifter()
SETS = [LIFTER.set_(1, [None], rep_count=1), LIFTER.set_(2, [None], rep_count=1)]
"""From 100 to 130 s, and from 200 to 230 s."""


@pytest.mark.parametrize(
    ("start_s", "number"),
    [(82.0, None), (84.0, 1), (99.0, 1), (115.0, 1), (144.0, 1), (146.0, None), (184.0, 2), (260.0, None)],
)
def test_a_stroke_of_two_seconds_is_of_the_set_it_lies_in_or_near(start_s: float, number: int | None) -> None:
    assert set_of(LIFTER.rejected(start_s), SETS) == number


def test_between_two_near_sets_it_is_the_nearer_ones() -> None:
    close = [SETS[0], SETS[1].model_copy(update={"start_s": 144.0, "end_s": 160.0})]
    assert [set_of(LIFTER.rejected(start_s), close) for start_s in (132.0, 139.0)] == [1, 2]


def test_a_set_that_nobody_has_ended_goes_on() -> None:
    running: SetMessage = LIFTER.set_(1)
    assert set_of(LIFTER.rejected(300.0), [running]) == 1
    assert set_of(LIFTER.rejected(250.0), [running, SETS[1]]) == 1


@pytest.mark.parametrize("reason", Refusal)
def test_what_nobody_did_as_a_rep_is_of_no_set(reason: Refusal) -> None:
    number = set_of(LIFTER.rejected(115.0, reason), SETS)
    assert number == (None if reason in (Refusal.RACKED, Refusal.AT_REST) else 1)


def test_without_sets_there_is_none() -> None:
    assert set_of(LIFTER.rejected(115.0), []) is None
