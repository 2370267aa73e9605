"""WCAG 2.2 AA, as far as axe-core can tell, and by keyboard alone."""

import json

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE, WALL, Player, Screen
from tests.web.lifter import Lift, LiftingSet

PATH = "/live/home/sled-01"
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
HASTY = Lift(eccentric_s=0.6, bottom_s=0.2, concentric_s=0.8, top_s=0.5, bounced=True, hard_lockout=True)
ASKED = json.dumps({"tempo": "3-1-X-0", "reps": 8})


def faults(page: Page) -> list[str]:
    """What axe finds, with the parts it finds it in."""
    found = Axe().run(page, options=RULES).response["violations"]
    return [f"{one['id']}: {[node['html'] for node in one['nodes']]}" for one in found]


@pytest.mark.parametrize(("size", "dark"), [(PHONE, False), (PHONE, True), (WALL, False), (WALL, True)])
def test_the_live_page_is_accessible(size: dict[str, int], dark: bool, screen: Screen, player: Player) -> None:
    watched = screen(size, dark, calm=True)
    watched.context.add_init_script(f"localStorage.setItem('target', {json.dumps(ASKED)})")
    page = watched.open(PATH)
    expect(page.get_by_test_id("notice")).to_be_visible()
    assert faults(page) == []
    player.play(LiftingSet([HASTY, HASTY]), speed=4, until_s=15.5, hold=True)
    expect(page.get_by_test_id("bounce-warning")).to_be_visible()
    assert faults(page) == []
    page.get_by_test_id("target").click()
    page.get_by_test_id("own-tempo").fill("nothing")
    page.keyboard.press("Tab")
    expect(page.locator("#wrong")).to_be_visible()
    assert faults(page) == []


@pytest.mark.parametrize("dark", [False, True])
def test_the_gym_page_is_accessible(dark: bool, screen: Screen, player: Player) -> None:
    page = screen(PHONE, dark).open("/")
    expect(page.get_by_test_id("empty")).to_be_visible()
    assert faults(page) == []
    player.play(LiftingSet([HASTY]), speed=4, hold=True)
    expect(page.get_by_test_id("machine-card")).to_be_visible()
    assert faults(page) == []


def test_tempo_reps_and_sound_are_set_with_the_keyboard(screen: Screen) -> None:
    page = screen().open(PATH)
    expect(page.get_by_role("heading", level=1)).to_have_text("Sled 01")
    for _ in range(2):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("sound")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.get_by_role("button", name="4-1-2-0").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="4-1-2-0")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(page.get_by_test_id("target")).to_be_focused()
    expect(page.get_by_test_id("digit-0")).to_have_text("lower 4–")
