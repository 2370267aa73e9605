"""Pairing on the page, with a real workshop and simulated sleds: picked, named, measured, judged, kept, undone."""

import re
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from sensor_hub.app.floor.enrolment import EnrolmentFile
from tests.browser.conftest import PHONE, WALL, Screen, Site
from tests.browser.gym import Bench, sled, workshop

MEASURED_MS = 20_000
SIZES = pytest.mark.parametrize(("size", "dark"), [(PHONE, True), (WALL, False)])


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    loose = sled("sled-02", clip_ring_hz=28, clip_ring_decay_s=0.4)
    served = Site(pairing=partial(workshop, tmp_path, sled("sled-01"), loose))
    yield served
    served.stop()


def assert_no_sideways_scroll(page: Page, size: dict[str, int]) -> None:
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]


def pick(page: Page, sensor: str) -> None:
    page.get_by_test_id("sensor").filter(has_text=sensor).get_by_role("button", name="This one").click()


def measure(page: Page, machine: str, kind: str = "Leg press, 45°") -> None:
    page.get_by_label("Name of the machine").fill(machine)
    page.get_by_text(kind, exact=True).click()
    page.get_by_role("button", name="Measure").click()


@SIZES
def test_a_sensor_is_paired_and_that_is_undone(
    size: dict[str, int], dark: bool, screen: Screen, tmp_path: Path, take_picture: Callable[[Page, str], None]
) -> None:
    page = screen(size, dark).open("/pair")
    card = page.get_by_test_id("sensor").filter(has_text="sled-01")
    expect(card).to_contain_text("sled · signal good · battery 8")
    assert_no_sideways_scroll(page, size)
    pick(page, "sled-01")
    measure(page, "Press 1")
    expect(page.get_by_test_id("task")).to_have_text("Let the sled rest")
    expect(page.get_by_test_id("measure")).to_contain_text("sled-01 on Press 1")
    expect(page.get_by_test_id("task")).to_have_text("Press three slow reps")
    expect(page.locator(".reps .done")).to_have_count(2, timeout=MEASURED_MS)
    assert_no_sideways_scroll(page, size)
    expect(page.get_by_test_id("grade")).to_have_text("Good. You can trust it.", timeout=MEASURED_MS)
    expect(page.locator("[data-topic=range]")).to_have_text(re.compile(r"Full range \d\d cm\."))
    assert_no_sideways_scroll(page, size)
    if not dark:
        take_picture(page, "pair-light")
    assert not EnrolmentFile(tmp_path).read()
    page.get_by_role("button", name="Keep it").click()
    expect(page.locator("#stored")).to_have_text("sled-01 put on press-1.")
    expect(page.get_by_role("link", name="Watch it")).to_have_attribute("href", "/live/home/press-1")
    assert [one.machine for one in EnrolmentFile(tmp_path).read()] == ["press-1"]
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#looking")).to_have_text("Taken back: sled-01 put on press-1.", timeout=10_000)
    assert not EnrolmentFile(tmp_path).read()


def test_a_loose_clip_is_told_and_measured_again_from_another_screen(screen: Screen, tmp_path: Path) -> None:
    watched = screen(PHONE)
    page = watched.open("/pair")
    pick(page, "sled-02")
    measure(page, "press-2")
    expect(page.get_by_test_id("grade")).to_have_text("It works, with a remark.", timeout=MEASURED_MS)
    expect(page.locator("[data-topic=clip]")).to_have_text(re.compile("The clip is loose: it rings at 2[89] Hz"))
    other = watched.open("/pair")
    expect(other.get_by_test_id("grade")).to_have_text("It works, with a remark.")
    other.get_by_role("button", name="Measure again").click()
    expect(page.get_by_test_id("measure")).to_be_visible()
    page.get_by_test_id("measure").get_by_role("button", name="Cancel").click()
    expect(page.get_by_test_id("sensor")).to_have_count(2, timeout=10_000)
    assert not EnrolmentFile(tmp_path).read()


def test_a_machine_that_has_a_sensor_is_not_taken_without_asking(screen: Screen, tmp_path: Path) -> None:
    EnrolmentFile(tmp_path).path.write_text(
        '[[sensors]]\naddress = "A"\nfamily = "sled"\nsite = "home"\nmachine = "press-1"\n', encoding="utf-8"
    )
    watched = screen(WALL)
    page = watched.open("/pair")
    expect(page.get_by_test_id("sensor").filter(has_text="sled-01")).to_contain_text("on no machine")
    pick(page, "sled-01")
    measure(page, "press-1")
    expect(page.get_by_role("alert")).to_contain_text("press-1 has the sensor A already.")
    page.get_by_text("Take the other sensor off this machine").click()
    page.get_by_role("button", name="Measure").click()
    expect(page.get_by_test_id("measure")).to_be_visible()
    page.get_by_test_id("measure").get_by_role("button", name="Cancel").click()
    expect(page.get_by_test_id("pick")).to_be_visible()
    watched.complaints[:] = [one for one in watched.complaints if "409" not in one]


def test_a_page_that_is_closed_in_the_middle_gives_the_sensor_back(
    screen: Screen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sensor_hub.app.floor.workshop.LEFT_S", 0.5)
    given_back = threading.Event()
    monkeypatch.setattr(Bench, "give_back", lambda bench, address: given_back.set())
    page = screen(PHONE).open("/pair")
    pick(page, "sled-01")
    measure(page, "press-1")
    expect(page.get_by_test_id("task")).to_have_text("Press three slow reps", timeout=MEASURED_MS)
    page.close()
    assert given_back.wait(5)


def test_one_of_them_blinks(screen: Screen) -> None:
    page = screen(PHONE).open("/pair")
    blink = page.get_by_test_id("sensor").filter(has_text="sled-01").get_by_role("button", name="Blink")
    blink.click()
    expect(page.get_by_role("button", name="blinking …")).to_be_disabled()
    expect(blink).to_be_enabled(timeout=15_000)
