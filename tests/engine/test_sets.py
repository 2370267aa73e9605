"""Sets: which reps are partial against which range, and the pauses between them."""

import pytest

from sensor_hub.engine import Params
from sensor_hub.engine.sets import SetKeeper
from sensor_hub.model import Rep

PARAMS = Params()


def rep(number: int, rom_m: float, *, sigma_m: float = 0.005, concentric_first: bool = False) -> Rep:
    start_s = None if concentric_first else 4.0 * number
    return Rep(
        number=number,
        start_s=start_s,
        bottom_s=None if start_s is None else start_s + 1.5,
        turn_s=4.0 * number + 2.0,
        end_s=4.0 * number + 3.0,
        eccentric_s=1.5,
        bottom_pause_s=None if concentric_first else 0.5,
        concentric_s=1.0,
        rom_m=rom_m,
        mean_velocity_mps=0.4,
        peak_velocity_mps=0.6,
        mean_eccentric_velocity_mps=0.3,
        peak_eccentric_velocity_mps=0.4,
        uncertainty={"rom_m": sigma_m},
    )


def keep(keeper: SetKeeper, *reps: Rep) -> list[bool | None]:
    """One set of these reps; which of them were partial."""
    keeper.begin(4.0)
    return [keeper.add(one, 4.0 * one.number, 4.0 * one.number + 3.0).partial for one in reps]


def test_a_rep_under_seven_tenths_of_the_fullest_so_far_is_partial() -> None:
    partial = keep(SetKeeper(PARAMS), rep(1, 0.40), rep(2, 0.29), rep(3, 0.27), rep(4, 0.41))
    assert partial == [False, False, True, False]


def test_a_set_that_starts_with_a_partial_rep_is_judged_by_the_sets_before() -> None:
    keeper = SetKeeper(PARAMS)
    keep(keeper, rep(1, 0.40), rep(2, 0.42))
    keeper.close()
    assert keep(keeper, rep(1, 0.25), rep(2, 0.40)) == [True, False]


def test_a_range_that_is_poorly_known_is_not_judged_and_judges_nobody() -> None:
    keeper = SetKeeper(PARAMS)
    assert keep(keeper, rep(1, 0.40), rep(2, 0.90, sigma_m=0.2), rep(3, 0.40)) == [False, None, False]
    assert keeper.full_range_m == 0.40


def test_a_well_known_larger_range_raises_the_mark() -> None:
    keeper = SetKeeper(PARAMS)
    assert keep(keeper, rep(1, 0.40), rep(2, 0.60), rep(3, 0.40)) == [False, False, True]
    assert keeper.full_range_m == 0.60


def test_what_a_stroke_must_reach_follows_the_range() -> None:
    keeper = SetKeeper(PARAMS)
    assert keeper.least_range_m == PARAMS.min_range_m
    keep(keeper, rep(1, 0.80))
    assert keeper.least_range_m == pytest.approx(0.20)
    keep(keeper, rep(1, 0.12))
    assert keeper.least_range_m >= 0.05


def test_the_next_rep_closes_the_pause_before_it() -> None:
    keeper = SetKeeper(PARAMS)
    keep(keeper, rep(1, 0.40), rep(2, 0.40))
    ended = keeper.close()
    assert [one.top_pause_s for one in ended.reps] == [pytest.approx(1.0), None]
    assert (ended.start_s, ended.end_s) == (4.0, 11.0)


def test_where_the_concentric_comes_first_the_pause_is_at_the_bottom() -> None:
    keeper = SetKeeper(PARAMS)
    keep(keeper, rep(1, 0.40, concentric_first=True), rep(2, 0.40, concentric_first=True))
    ended = keeper.close()
    assert [(one.bottom_pause_s, one.top_pause_s) for one in ended.reps] == [
        (pytest.approx(1.0), None),
        (None, None),
    ]


def test_sets_are_numbered_and_begin_empty() -> None:
    keeper = SetKeeper(PARAMS)
    keep(keeper, rep(1, 0.40), rep(2, 0.40))
    assert (keeper.close().number, keeper.open) == (1, False)
    keep(keeper, rep(1, 0.40))
    second = keeper.close()
    assert (second.number, len(second.reps)) == (2, 1)


def test_before_the_first_set_the_profile_says_what_is_full_until_three_reps_have_told() -> None:
    keeper = SetKeeper(PARAMS, expected_m=0.50)
    assert keep(keeper, rep(1, 0.30), rep(2, 0.30), rep(3, 0.30), rep(4, 0.20)) == [True, True, False, True]
    keeper.close()
    assert keeper.full_range_m == 0.30


def test_the_profile_alone_lets_shorter_strokes_pass_but_refuses_none() -> None:
    assert SetKeeper(PARAMS, expected_m=0.24).least_range_m == pytest.approx(0.06)
    wide = SetKeeper(PARAMS, expected_m=1.20)
    assert wide.least_range_m == PARAMS.min_range_m
    keep(wide, rep(1, 0.24))
    assert wide.least_range_m == pytest.approx(0.06)
