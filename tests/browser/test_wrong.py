"""At the machine: a set that has just ended was none, or somebody else's; said with two taps, taken back with one."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from sensor_hub.messages import Progress
from tests.browser.conftest import PHONE, WALL, Screen, Site
from tests.browser.test_accessible import faults
from tests.browser.test_entry import NOW, PATH, Gym, small_targets
from tests.browser.test_entry import gym as gym
from tests.browser.test_entry import site as site
from tests.web.lifter import Lift, LiftingSet

LIFTING = replace(LiftingSet([Lift(), Lift()], number=1), started=NOW)


def lifted(gym: Gym, athlete: str | None = None) -> None:
    """A set that has ended, as the store and the page hear of it."""
    whose = {"athlete": athlete, "load_kg": 80.0}
    ended = LIFTING.set_message(Progress.ENDED).model_copy(update=whose)
    reps = [LIFTING.rep(number) for number in (1, 2)]
    gym.kept.store.record([LIFTING.session_message(Progress.STARTED), *reps, ended])
    gym.site.feed.offer(ended)


def counted(gym: Gym) -> list[tuple[str | None, float | None]]:
    record = gym.kept.store.session(LIFTING.session)
    assert record is not None
    return [(one.athlete, one.load_kg) for one in record.sets]


def tap(page: Page, testid: str) -> None:
    page.get_by_test_id(testid).click()


@pytest.mark.parametrize(("size", "dark"), [(PHONE, True), (WALL, False)])
def test_a_set_that_was_none_is_discarded_and_comes_back(
    size: dict[str, int],
    dark: bool,
    gym: Gym,
    screen: Screen,
    site: Site,
    take_picture: Callable[[Any, str], None],
) -> None:
    page = screen(size, dark, calm=True).open(PATH)
    expect(page.get_by_test_id("lifter")).to_be_visible()
    expect(page.get_by_test_id("wrong-set")).to_be_hidden()
    lifted(gym)
    expect(page.get_by_test_id("wrong-set")).to_have_text("Wrong? …")
    take_picture(page, f"wrong-{size['width']}")
    tap(page, "wrong-set")
    expect(page.get_by_role("dialog")).to_contain_text("What was wrong with set 1?")
    assert small_targets(page) == []
    assert faults(page) == []
    take_picture(page, f"wrong-asked-{size['width']}")
    tap(page, "wrong-discard")
    expect(page.get_by_test_id("wrong-set")).to_have_text("Set 1 discarded · Undo")
    assert counted(gym) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    tap(page, "wrong-set")
    expect(page.get_by_test_id("wrong-set")).to_have_text("Wrong? …")
    assert counted(gym) == [(None, 80.0)]
    site.feed.offer(replace(LIFTING, number=2, start_s=200.0).set_message(Progress.STARTED))
    expect(page.get_by_test_id("wrong-set")).to_be_hidden()


def test_a_set_is_given_to_whoever_lifted_it(gym: Gym, screen: Screen) -> None:
    anna, ben = sorted((one.athlete for one in gym.all()), key=lambda each: gym.one(each).name or "")
    page = screen(PHONE, calm=True).open(PATH)
    expect(page.get_by_test_id("lifter")).to_be_visible()
    lifted(gym, anna)
    tap(page, "wrong-set")
    tap(page, "wrong-other")
    expect(page.get_by_test_id("who-is")).to_have_text("Anna")
    expect(page.get_by_test_id("load-entry")).to_have_value("80")
    page.get_by_role("button", name="Somebody else").click()
    page.get_by_role("dialog").get_by_role("button", name="Ben", exact=True).click()
    page.get_by_test_id("load-entry").fill("135")
    tap(page, "go")
    expect(page.get_by_test_id("wrong-set")).to_have_text("Set 1: Ben · 135 lb · Undo")
    assert counted(gym) == [(ben, pytest.approx(61.23, abs=0.01))]
    expect(page.get_by_test_id("lifter")).to_have_text("Who lifts?")


def test_what_the_hub_cannot_do_is_said(gym: Gym, screen: Screen) -> None:
    watched = screen(PHONE, calm=True, locale="de-DE")
    page = watched.open(PATH)
    expect(page.get_by_test_id("lifter")).to_be_visible()
    gym.site.feed.offer(LIFTING.set_message(Progress.ENDED))
    expect(page.get_by_test_id("wrong-set")).to_have_text("Stimmt nicht? …")
    tap(page, "wrong-set")
    tap(page, "wrong-discard")
    expect(page.get_by_role("dialog").get_by_role("alert")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    watched.complaints.clear()  # the browser's own, of the refusal
