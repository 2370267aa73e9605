"""A coach has a session analysed anew, sees what changes, and chooses what is shown; with who and why."""

from collections.abc import Callable
from typing import Any

from playwright.sync_api import expect

from tests.app.review.test_reanalysis import falsify, pressed
from tests.browser.conftest import PHONE, Screen
from tests.browser.test_accessible import faults
from tests.browser.test_athletes import Gym, fits, logged_in
from tests.browser.test_athletes import gym as gym
from tests.browser.test_athletes import site as site

MINUTE_MS = 60_000


def test_a_session_is_analysed_anew_and_the_live_version_is_chosen_again(
    gym: Gym, screen: Screen, take_picture: Callable[[Any, str], None]
) -> None:
    store = gym.kept.store
    store.record(pressed(gym.folder / "then"))
    (session,) = store.session_ids()
    live = store.session(session)
    assert live is not None
    falsify(store, live)
    page = logged_in(screen(PHONE, dark=True), f"/sessions/{session}")
    expect(page.get_by_test_id("session-reps")).to_have_text(str(len(live.reps) - 1))
    page.get_by_test_id("versions").click()
    page.get_by_test_id("why").fill("the first rep is odd")
    page.get_by_test_id("save").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_test_id("rescore")).to_have_text("Analysed anew: version 1.", timeout=MINUTE_MS)
    expect(page.get_by_test_id("session-reps")).to_have_text(str(len(live.reps)))
    one = page.get_by_test_id("version-1")
    expect(one).to_contain_text("Version 1, by coach, Today")
    expect(one).to_contain_text("“the first rep is odd” · shown now")
    one.get_by_text("What is other than measured live").click()
    expect(one).to_contain_text("Set 1, rep 1: Push 9.87 → 1.")
    expect(one).to_contain_text("Set 1, rep 3: counted now")
    assert faults(page) == []
    assert fits(page, PHONE)
    take_picture(page, "versions")
    page.get_by_test_id("versions").click()
    page.get_by_test_id("kind-version-0").check()
    page.get_by_test_id("why").fill("as it was told on the day")
    page.get_by_test_id("save").click()
    expect(page.get_by_test_id("session-reps")).to_have_text(str(len(live.reps) - 1))
    expect(page.get_by_test_id("said")).to_contain_text("Shown as measured live, by coach")
    page.get_by_test_id("said").get_by_role("button", name="Undo").click()
    expect(page.get_by_test_id("session-reps")).to_have_text(str(len(live.reps)))
