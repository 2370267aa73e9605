"""Two sessions and two athletes side by side, as a coach finds and reads them."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from sensor_hub.access import Role
from sensor_hub.messages import Side
from sensor_hub.store import Lifter
from tests.browser.conftest import PHONE, Screen
from tests.browser.test_accessible import faults
from tests.browser.test_athletes import ASKED, PASSWORD, SIZES, Gym, fits, logged_in
from tests.browser.test_athletes import gym as gym
from tests.browser.test_athletes import site as site


@pytest.fixture
def two(gym: Gym) -> Gym:
    """Anna twice at 80 kg, the second time faster; then Ben beside her."""
    anna, ben = Lifter(gym.anna, 80.0, Side.BOTH, ASKED), Lifter(gym.ben, 80.0, Side.BOTH, ASKED)
    gym.lifted("before", timedelta(days=8), [(anna, 4, 0.4), (anna, 4, 0.4)])
    gym.lifted("after", timedelta(days=1), [(anna, 4, 0.5), (anna, 4, 0.5), (ben, 3, 0.3)])
    gym.lifted("bens", timedelta(days=3), [(ben, 3, 0.3)] * 3)
    return gym


@SIZES
def test_two_sessions_are_found_and_compared(size: dict[str, int], dark: bool, two: Gym, screen: Screen) -> None:
    page = logged_in(screen(size, dark), "/sessions/before")
    page.get_by_test_id("compare").click()
    expect(page.get_by_role("status")).to_have_text("Choose two to compare.")
    expect(page.get_by_test_id("compare-a")).to_have_value("before")
    page.get_by_test_id("compare-b").select_option("after")
    expect(page.get_by_test_id("contrast-reps")).to_have_text("Reps811")
    page.get_by_test_id("compare-athlete").select_option(two.anna)
    expect(page.get_by_test_id("contrast-reps")).to_have_text("Reps88")
    speed = page.get_by_test_id("contrast-mean_velocity_mps")
    expect(speed).to_contain_text("Mean speed at 80 kg both legs")
    expect(speed).to_contain_text("B: 0.100 ± 0.001 m/s faster")
    expect(page.get_by_test_id("contrast-rom_m")).to_contain_text("no difference that could be measured")
    expect(page.get_by_test_id("contrast-bounced")).to_have_text("bounced2 of 82 of 8")
    expect(page.get_by_test_id("compare-overlay").locator("canvas")).to_be_visible()
    assert faults(page) == []
    assert fits(page, size)


def test_where_no_load_is_in_common_speed_is_not_compared(two: Gym, screen: Screen) -> None:
    two.lifted("light", timedelta(days=2), [(Lifter(two.anna, 40.0, Side.BOTH, None), 2, 0.9)])
    page = logged_in(screen(PHONE), "/compare?a=before&b=light")
    expect(page.get_by_text("Speed is not compared")).to_be_visible()
    expect(page.get_by_test_id("contrast-eccentric_s")).to_contain_text("too few to tell a difference")
    expect(page.get_by_test_id("contrast-mean_velocity_mps")).to_have_count(0)


@SIZES
def test_two_athletes_over_the_same_weeks(size: dict[str, int], dark: bool, two: Gym, screen: Screen) -> None:
    page = logged_in(screen(size, dark), f"/athletes/{two.anna}")
    page.get_by_test_id("compare").click()
    page.get_by_test_id("compare-b").select_option(two.ben)
    expect(page.get_by_test_id("contrast-sets")).to_have_text("Sets44")
    expect(page.get_by_test_id("contrast-tempo_kept")).to_contain_text("no difference that could be measured")
    expect(page.get_by_test_id("compare-courses").locator("canvas")).to_have_count(5)
    expect(page.get_by_test_id("compare-load")).to_have_value("80")
    expect(page.get_by_text("depend on who lifts")).to_be_visible()
    assert faults(page) == []
    assert fits(page, size)
    page.get_by_test_id("compare-weeks").select_option("4")
    expect(page.get_by_test_id("contrast-sets")).to_have_text("Sets44")


def test_an_athletes_own_account_compares_its_own_sessions_alone(two: Gym, screen: Screen) -> None:
    two.file.add_account("anna", Role.LIFTER, PASSWORD, two.anna)
    watched = screen(PHONE)
    page = logged_in(watched, "/compare?a=before&b=after", "anna")
    expect(page.get_by_test_id("contrast-reps")).to_have_text("Reps88")
    expect(page.locator("#of-athletes")).to_be_hidden()
    page.goto(f"{watched.origin}/compare?a=before&b=bens")
    expect(page.get_by_role("alert")).to_be_visible()
    assert (
        watched.context.request.get(f"{watched.origin}/api/compare/athletes?a={two.anna}&b={two.ben}").status
        == 403
    )
    watched.complaints.clear()  # the browser's own, of the refusals
