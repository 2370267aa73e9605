"""A session given away: the link as a stranger opens it, the file as a mail carries it, and how a link ends."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from sensor_hub.messages import Side
from sensor_hub.store import Lifter
from tests.browser.conftest import PHONE, WALL, Screen
from tests.browser.test_accessible import faults
from tests.browser.test_athletes import ASKED, SIZES, Gym, fits, logged_in
from tests.browser.test_athletes import gym as gym
from tests.browser.test_athletes import site as site


@pytest.fixture
def evening(gym: Gym) -> str:
    """A session of Anna's and Ben's; Ben has no name."""
    sets = [(Lifter(gym.anna, 80.0, Side.BOTH, ASKED), 4, 0.4), (Lifter(gym.ben, 60.0, Side.BOTH, None), 3, 0.4)]
    gym.lifted("two", timedelta(days=1), sets)
    return "two"


def shared_by_coach(page: Page) -> str:
    page.get_by_test_id("share").click()
    page.get_by_test_id("share-make").click()
    return page.get_by_test_id("share-link").input_value()


@SIZES
def test_a_link_is_made_opened_by_a_stranger_and_ended(
    size: dict[str, int], dark: bool, evening: str, screen: Screen
) -> None:
    page = logged_in(screen(size, dark), f"/sessions/{evening}")
    address = shared_by_coach(page)
    expect(page.get_by_test_id("share-row")).to_have_count(1)
    expect(page.get_by_test_id("share-row")).to_contain_text("Anna Example · without a name · by coach")
    assert faults(page) == []
    assert fits(page, size)
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/shared#[\w-]{43}", address)
    stranger = screen(size, dark)
    asked: list[str] = []
    stranger.context.on("request", lambda request: asked.append(request.url))
    shown = stranger.open(address.removeprefix(stranger.origin))
    expect(shown.get_by_test_id("set-1")).to_contain_text("80 kg · both legs · Asked: 2 × 4")
    expect(shown.get_by_test_id("set-2")).to_have_count(0)
    expect(shown.get_by_test_id("of-a-link")).to_contain_text("This link shows it until")
    expect(shown.get_by_test_id("save")).to_be_visible()
    assert "Anna" not in shown.content()
    assert shown.locator("a").count() == 0
    assert not [url for url in asked if address.partition("#")[2] in url]
    assert faults(shown) == []
    assert fits(shown, size)
    page.get_by_role("button", name="End it").click()
    expect(page.get_by_test_id("share-dialog")).to_contain_text("No link to this session is open.")
    shown.reload()
    expect(shown.get_by_role("alert")).to_contain_text("This link has ended")
    expect(shown.get_by_test_id("set-1")).to_have_count(0)
    stranger.complaints.clear()  # the browser's own, of the refusal


def test_a_name_is_shown_where_it_was_ticked(evening: str, screen: Screen) -> None:
    page = logged_in(screen(PHONE), f"/sessions/{evening}")
    page.get_by_test_id("share").click()
    page.get_by_test_id("share-whose").select_option("")
    page.get_by_test_id("share-named").check()
    page.get_by_test_id("share-days").select_option("7")
    page.get_by_test_id("share-make").click()
    address = page.get_by_test_id("share-link").input_value()
    stranger = screen(WALL)
    shown = stranger.open(address.removeprefix(stranger.origin))
    expect(shown.get_by_test_id("set-1-lifter")).to_contain_text("Anna Example · 80 kg")
    expect(shown.get_by_test_id("set-2-lifter")).to_contain_text("132 lb")
    assert shown.locator("a").count() == 0


def test_the_file_opens_without_the_hub(evening: str, screen: Screen, chromium: Browser, tmp_path: Path) -> None:
    watched = screen(PHONE, dark=True)
    page = logged_in(watched, f"/sessions/{evening}")
    page.get_by_test_id("share").click()
    with watched.context.expect_page() as opened:
        page.get_by_test_id("share-look").click()
    looked = opened.value
    expect(looked.get_by_test_id("of-a-link")).to_contain_text("not sent to anybody yet")
    expect(looked.locator(".overlay canvas")).to_have_count(1)
    with looked.expect_download() as waited:
        looked.get_by_test_id("save").click()
    file = tmp_path / waited.value.suggested_filename
    assert file.name == "two.html"
    waited.value.save_as(file)
    text = file.read_text(encoding="utf-8")
    assert not re.search(r"<script|<link|http://|Anna|/assets/", text)
    alone = chromium.new_context(viewport={"width": 390, "height": 844}, color_scheme="dark", offline=True)
    mailed = alone.new_page()
    mailed.goto(file.as_uri())
    expect(mailed.get_by_test_id("rep-row")).to_have_count(4)
    pictures = mailed.locator("img.drawn")
    assert pictures.count() == looked.locator(".u-wrap canvas").count()
    assert pictures.evaluate_all("all => all.every((one) => one.naturalWidth > 100)")
    assert mailed.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(246, 245, 241)"
    assert fits(mailed, PHONE)
    alone.close()
