"""Logging in, on a phone and on a wall screen; and the screen beside a machine."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from sensor_hub.access import SCREEN_RIGHTS, Access, AccessFile, Role
from tests.browser.conftest import PHONE, WALL, Screen, Site
from tests.browser.test_words import english_in
from tests.web.lifter import SITE, Lift, LiftingSet

PASSWORD = "four words in a row"
SIZES = pytest.mark.parametrize(("size", "dark"), [(PHONE, False), (PHONE, True), (WALL, False), (WALL, True)])


@pytest.fixture
def file(tmp_path: Path) -> AccessFile:
    made = AccessFile(tmp_path)
    for role in Role:
        made.add_account(role.value, role, PASSWORD)
    return made


@pytest.fixture
def site(file: AccessFile) -> Iterator[Site]:
    served = Site(access=Access(file))
    served.store.log([LiftingSet([Lift()])])
    yield served
    served.stop()


def assert_no_sideways_scroll(page: Page, size: dict[str, int]) -> None:
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]


def log_in(page: Page, name: str, password: str = PASSWORD) -> None:
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Log in").click()


@SIZES
def test_logging_in_leads_on_to_the_page_that_was_asked_for_and_out_again(
    size: dict[str, int], dark: bool, screen: Screen
) -> None:
    watched = screen(size, dark)
    page = watched.open("/sessions")
    expect(page).to_have_title("Log in")
    expect(page.get_by_label("Name")).to_be_focused()
    log_in(page, "coach", "four words in a mow")
    expect(page.get_by_role("alert")).to_have_text("Name or password is wrong.")
    assert len(watched.complaints) == 1  # the browser's own, of the 401
    watched.complaints.clear()
    assert_no_sideways_scroll(page, size)
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{watched.origin}/sessions")
    expect(page.get_by_text("Logged in as coach.")).to_be_visible()
    assert_no_sideways_scroll(page, size)
    page.get_by_role("button", name="Log out").click()
    expect(page).to_have_title("Log in")
    page.goto(f"{watched.origin}/")
    expect(page).to_have_url(f"{watched.origin}/login?next=/")


def test_only_admins_are_offered_to_pair(screen: Screen) -> None:
    for role in Role:
        page = screen().open("/")
        log_in(page, role.value)
        expect(page.get_by_text(f"Logged in as {role.value}.")).to_be_visible()
        expect(page.get_by_test_id("pair")).to_be_visible(visible=role is Role.ADMIN)


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"]
)
def test_a_login_leads_on_to_no_other_address(elsewhere: str, screen: Screen) -> None:
    watched = screen()
    page = watched.open(f"/login?next={elsewhere}")
    log_in(page, "coach")
    expect(page.get_by_text("Logged in as coach.")).to_be_visible()
    expect(page).to_have_url(f"{watched.origin}/")


def test_a_screen_opens_its_link_once_and_stays(screen: Screen, file: AccessFile, site: Site) -> None:
    secret = file.add_token("screen", SCREEN_RIGHTS, datetime.now(UTC), (SITE, "sled-01"))
    watched = screen(WALL)
    page = watched.open(f"/kiosk#{secret}")
    expect(page).to_have_url(f"{watched.origin}/live/{SITE}/sled-01")
    expect(page.get_by_label("All machines")).to_be_hidden()
    site.feed.offer(LiftingSet([Lift()]).rep(1))
    expect(page.get_by_test_id("last-rom")).to_have_text("42.1 ± 0.3 cm")
    file.remove_token(file.read().tokens[0].id)
    expect(page).to_have_title("Log in", timeout=10_000)
    watched.complaints.clear()  # the stream's 401


def test_the_door_speaks_german(screen: Screen) -> None:
    watched = screen(locale="de-DE")
    page = watched.open("/pair")
    expect(page).to_have_title("Anmelden")
    page.get_by_label("Name").fill("lifter")
    page.get_by_label("Passwort").fill("four words in a mow")
    page.get_by_role("button", name="Anmelden").click()
    expect(page.get_by_role("alert")).to_have_text("Name oder Passwort ist falsch.")
    assert english_in(page) == []
    page.get_by_label("Passwort").fill(PASSWORD)
    page.get_by_role("button", name="Anmelden").click()
    expect(page.get_by_role("heading", level=2)).to_have_text("Diese Seite ist hier nicht offen")
    expect(page.get_by_text("Angemeldet als lifter.")).to_be_visible()
    assert english_in(page) == []
    watched.complaints = [one for one in watched.complaints if "status of 40" not in one]
