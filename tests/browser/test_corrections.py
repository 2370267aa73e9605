"""A coach corrects a session, with a reason, by pointer and by keyboard, and takes it back."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from sensor_hub.access import Role
from sensor_hub.coach.corrections import Kind, Remark
from sensor_hub.messages import Side
from sensor_hub.store import Lifter
from tests.browser.conftest import PHONE, WALL, Screen
from tests.browser.test_accessible import faults
from tests.browser.test_athletes import ASKED, PASSWORD, Gym, fits, logged_in
from tests.browser.test_athletes import gym as gym
from tests.browser.test_athletes import site as site

Take = Callable[[Any, str], None]


def evening(gym: Gym) -> None:
    """Anna's three sets, of which she did not do all."""
    own = Lifter(gym.anna, 80.0, Side.BOTH, ASKED)
    gym.lifted("one", timedelta(days=1), [(own, 4, 0.4), (own, 3, 0.4), (own, 2, 0.4)])


def say(page: Page, what: str, why: str) -> None:
    page.get_by_test_id(f"kind-{what}").check()
    page.get_by_test_id("why").fill(why)
    page.get_by_test_id("save").click()
    expect(page.get_by_role("dialog")).to_have_count(0)


@pytest.mark.parametrize(("size", "dark"), [(PHONE, True), (WALL, False)])
def test_a_shared_set_is_split_and_given_to_whoever_lifted_it(
    size: dict[str, int], dark: bool, gym: Gym, screen: Screen, take_picture: Take
) -> None:
    evening(gym)
    page = logged_in(screen(size, dark), "/sessions/one")
    page.get_by_test_id("correct-1").click()
    page.get_by_test_id("kind-split").check()
    page.get_by_label("After rep").select_option(label="2")
    assert faults(page) == []
    take_picture(page, f"correct-set-{size['width']}")
    say(page, "split", "two lifters")
    expect(page.get_by_test_id("session-sets")).to_have_text("4")
    expect(page.get_by_test_id("set-2-said")).to_contain_text("Set 1 split after rep 2, by coach, Today")
    expect(page.get_by_test_id("set-2-said")).to_contain_text("“two lifters”")
    page.get_by_test_id("correct-2").click()
    page.get_by_test_id("athlete").select_option(gym.ben)
    page.get_by_test_id("load").fill("62,5")
    say(page, "lifter", "it was Ben")
    expect(page.get_by_test_id("set-2-lifter")).to_contain_text(f"No. {gym.ben} · 138 lb · both legs")
    expect(page.get_by_test_id("set-1-lifter")).to_contain_text("Anna Example · 80 kg")
    page.get_by_test_id("correct-4").click()
    say(page, "discard_set", "plates")
    expect(page.get_by_test_id("set-4")).to_contain_text("discarded")
    expect(page.get_by_test_id("session-sets")).to_have_text("3")
    assert faults(page) == []
    assert fits(page, size)
    page.evaluate("scrollTo(0, document.querySelector('[data-testid=correct-2]').offsetTop - 200)")
    take_picture(page, f"corrected-{size['width']}")
    page.get_by_test_id("set-2-said").get_by_role("button", name="Undo: Set 1 split after rep 2").click()
    expect(page.get_by_test_id("session-sets")).to_have_text("2")
    expect(page.get_by_test_id("set-1-said")).to_contain_text("taken back by coach")


def test_a_rep_is_corrected_with_the_keyboard_and_the_measured_stays_beside(
    gym: Gym, screen: Screen, take_picture: Take
) -> None:
    evening(gym)
    page = logged_in(screen(PHONE), "/sessions/one")
    second = page.get_by_test_id("set-1").get_by_test_id("rep-row").nth(1)
    expect(second).to_contain_text("bounced")
    page.get_by_test_id("correct-1-2").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.get_by_label("It did not bounce").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.type("seen from the side")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_test_id("correct-1-2")).to_be_focused()
    expect(second).to_contain_text("measured: yes")
    expect(page.get_by_test_id("set-1-said")).to_contain_text("Rep 2: It did not bounce (measured: yes), by coach")
    page.get_by_test_id("correct-1-3").click()
    say(page, "discard_rep", "a ghost")
    expect(page.get_by_test_id("set-1-reps")).to_have_text("3")
    expect(page.get_by_test_id("set-1").get_by_test_id("rep-discarded")).to_have_text(re.compile("^3⋯discarded"))
    assert faults(page) == []
    page.get_by_test_id("correct-1-2").scroll_into_view_if_needed()
    take_picture(page, "corrected-reps")
    page.get_by_test_id("correct-1-2").click()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_what_the_hub_refuses_is_said_in_the_dialog_and_a_reason_is_needed(gym: Gym, screen: Screen) -> None:
    evening(gym)
    page = logged_in(screen(PHONE), "/sessions/one")
    page.get_by_test_id("correct-1").click()
    page.get_by_test_id("save").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    page.get_by_test_id("why").fill("x")
    page.get_by_test_id("load").fill("a lot")
    page.get_by_test_id("save").click()
    expect(page.get_by_role("dialog").get_by_role("alert")).to_have_text("A load is a number from 0 to 2000 kg.")
    expect(page.get_by_test_id("save")).to_be_enabled()


def test_an_athletes_own_account_sees_what_was_said_and_corrects_nothing(gym: Gym, screen: Screen) -> None:
    evening(gym)
    gym.kept.correcting.say("one", Remark(Kind.DISCARD_REP, 1, 1, why="Ben's foot"), "coach")
    gym.file.add_account("anna", Role.LIFTER, PASSWORD, gym.anna)
    page = logged_in(screen(PHONE), "/sessions/one", "anna")
    said = page.get_by_test_id("set-1-said").get_by_role("listitem").last
    expect(said).to_have_text(re.compile("^Rep 1 discarded, by coach, Today [0-9:]+$"))
    expect(page.get_by_role("button", name=re.compile("Correct|Undo"))).to_have_count(0)


def test_a_coach_corrects_in_german(gym: Gym, screen: Screen) -> None:
    evening(gym)
    page = logged_in(screen(PHONE, locale="de-DE"), "/sessions/one")
    page.get_by_test_id("correct-1").click()
    expect(page.get_by_role("dialog")).to_contain_text("Satz 1 berichtigen")
    say(page, "merge", "nur umgegriffen")
    expect(page.get_by_test_id("set-1-said")).to_contain_text(
        "Satz 1 mit dem nächsten zusammengefügt, von coach, Heute"
    )
    expect(page.get_by_test_id("set-1-reps")).to_have_text("7")
