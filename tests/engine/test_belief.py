"""Courses a sled may have taken, and which of them is believed."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from sensor_hub.engine.belief import COURSES, Belief
from sensor_hub.engine.motion import Track
from tests.engine.synthetic import STEP_S, track

RANGE_M = 0.4


def held(at_s: float, position_m: float = 0.0) -> Track:
    """A sled that stands, with an offset known to 3 mm/s²."""
    stands = replace(track([0.0])[0], time_s=at_s, velocity_sigma_mps=0.001, offset_variance=9e-6)
    return replace(stands, position_m=position_m, cross_variance=0.0, hold_sigma_mps=0.002)


def followed(
    accel: Sequence[float], gap_s: float = 0.0, range_m: float = RANGE_M, start_m: float = 0.0, sign: int = -1
) -> Belief:
    """A sled that stood at `start_m`, a gap, and then motion with these accelerations, even where they are 0."""
    belief = Belief(held(0.0, start_m), 0.0, sign, range_m)
    gap = replace(held(gap_s, start_m), hold_sigma_mps=None, added_variance=(1.2 * gap_s) ** 2, blind=True)
    if gap_s:
        belief.advance(gap)
    even = 0
    for number, force in enumerate(accel, start=1):
        even = 0 if force else even + 1
        one = replace(held(gap_s + number * STEP_S), hold_sigma_mps=None, force_mps2=force, added_variance=1e-8)
        belief.advance(replace(one, even_sigma_mps=0.004 if even > 5 else None))
    return belief


def stroke(travel_m: float, steps: int) -> list[float]:
    """Speeding up over so many steps and slowing down over as many."""
    push = travel_m / (steps * STEP_S) ** 2
    return [push] * steps + [-push] * steps


REST = [0.0] * 12
DOWN = stroke(-RANGE_M, 16)
UP = stroke(RANGE_M, 12)


def levels(belief: Belief) -> list[str | None]:
    return [one.level for one in belief.story(0)]


@pytest.mark.parametrize("sign", [-1, 1])
def test_where_it_stood_is_told_by_where_it_went(sign: int) -> None:
    out_and_back = [*DOWN, *REST, *UP, *REST] if sign < 0 else [*UP, *REST, *DOWN, *REST]
    belief = followed(out_and_back, sign=sign)
    assert levels(belief)[-2:] == ["far", "home"]
    assert belief.courses.probability[0] > 0.8


def test_a_turn_without_a_stop_is_told_too() -> None:
    belief = followed([*DOWN, *UP, *REST])
    assert [(one.stood, one.level) for one in belief.story(0)][-2:] == [(False, "far"), (True, "home")]


def test_an_unknown_range_is_learned() -> None:
    belief = followed([*stroke(-0.3, 16), *REST, *stroke(0.3, 12), *REST], range_m=0.0)
    assert belief.level(0, "far")[0] == pytest.approx(-0.3, abs=0.03)
    assert belief.level(0, "far")[1] < 0.05


def test_after_a_gap_the_first_even_spell_is_not_believed_blindly() -> None:
    slowing = [0.1] * 3
    belief = followed([*slowing, *REST], gap_s=0.8, start_m=-0.2)
    assert 0.05 < belief.courses.probability[belief.courses.standing].sum() < 0.97


def test_two_strokes_that_fit_the_range_tell_what_the_gap_hid() -> None:
    belief = followed([*UP, *REST, *DOWN, *REST], gap_s=0.8, start_m=-0.2)
    assert levels(belief)[-2:] == ["home", "far"]
    assert belief.courses.x[0, 0] == pytest.approx(-RANGE_M, abs=0.04)


def test_what_lies_beyond_the_range_is_not_believed() -> None:
    belief = followed([*stroke(-2 * RANGE_M, 16), *REST])
    assert levels(belief)[-1:] != ["far"]
    assert levels(belief)[-1:] != ["home"]


def test_a_long_stand_is_rather_at_home() -> None:
    brief, long = (followed([0.1, -0.1, *[0.0] * n], gap_s=1.2, start_m=-0.2) for n in (10, 300))
    at_home = [
        sum(
            float(p)
            for p, one in zip(b.courses.probability, b.courses.told, strict=True)
            if one and one.level == "home"
        )
        for b in (brief, long)
    ]
    assert at_home[1] > 1.3 * at_home[0]


def test_courses_do_not_multiply_for_ever() -> None:
    belief = followed([*stroke(-0.1, 6), *REST, *stroke(0.1, 6), *REST] * 8, gap_s=0.6, start_m=-0.2)
    assert len(belief.courses) <= COURSES


def test_which_way_it_goes_is_known_as_well_as_its_velocity() -> None:
    lowered, unseen = followed(DOWN[:10]), followed([0.0], gap_s=0.8, start_m=-0.2)
    assert lowered.chance(-1) > 0.99
    assert lowered.chance(1) < 0.01
    assert 0.3 < unseen.chance(1) < 0.7
