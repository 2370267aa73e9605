"""Machines, the log and a session, as a coach sees them."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from sensor_hub.messages import LinkState
from sensor_hub.store import Analysis
from tests.browser.conftest import PHONE, WALL, Player, Screen, Site
from tests.web.lifter import Lift, LiftingSet
from tests.web.memory import Trace

LIFTS = [
    Lift(),
    Lift(bounced=True),
    Lift(hard_lockout=True, top_s=1.4),
    Lift(partial=True, rom_m=0.28),
    Lift(known=False),
]
SIZES = pytest.mark.parametrize(("size", "dark"), [(PHONE, True), (WALL, False)])


def assert_no_sideways_scroll(page: Page, size: dict[str, int]) -> None:
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]


@SIZES
def test_every_machine_has_a_card(
    size: dict[str, int], dark: bool, site: Site, screen: Screen, player: Player
) -> None:
    site.store.log([LiftingSet(LIFTS, machine="leg-press-3")])
    site.feed.offer(LiftingSet(LIFTS, machine="sled-02").sensor(LinkState.LOST, battery=11))
    player.play(LiftingSet(LIFTS[:2]), speed=20, until_s=20.0, hold=True)
    page = screen(size, dark).open("/")
    cards = page.get_by_test_id("machine-card")
    expect(cards).to_have_count(3)
    expect(cards.filter(has_text="Leg press 3")).to_contain_text("nothing heard yet")
    expect(cards.filter(has_text="Leg press 3")).to_contain_text("–")
    expect(cards.filter(has_text="Sled 01")).to_contain_text("1repLowerset 1")
    expect(cards.filter(has_text="Sled 02")).to_contain_text("sensor lost, looking for it")
    expect(cards.filter(has_text="Sled 02")).to_contain_text("11 % low")
    assert_no_sideways_scroll(page, size)
    cards.filter(has_text="Sled 01").get_by_role("link").first.click()
    expect(page.get_by_test_id("rep-count")).to_have_text("1")


def test_an_empty_gym_says_how_to_begin(screen: Screen) -> None:
    watched = screen()
    expect(watched.open("/").get_by_test_id("empty")).to_contain_text("sensor-hub demo")
    expect(watched.open("/sessions").get_by_test_id("empty")).to_contain_text("No session yet")


@SIZES
def test_the_log_is_read_by_pages_and_leads_to_a_session(
    size: dict[str, int], dark: bool, site: Site, screen: Screen
) -> None:
    now = datetime.now(UTC)
    for number in range(60):
        machine = f"sled-0{1 + number % 2}"
        lifting = LiftingSet(LIFTS, machine, session=f"s{number}", started=now - timedelta(hours=5 * number))
        site.store.log([lifting], athlete="k7m2p9xd" if number == 0 else None)
    page = screen(size, dark).open("/sessions")
    rows = page.get_by_test_id("session-row")
    expect(rows).to_have_count(25)
    expect(page.get_by_role("heading", level=2).first).to_have_text(re.compile("Today|Yesterday"))
    expect(rows.first).to_contain_text("k7m2p9xd")
    expect(rows.first).to_contain_text("1 set")
    expect(rows.first).to_contain_text("5 reps")
    expect(rows.first).to_contain_text("4 min")
    assert_no_sideways_scroll(page, size)
    page.get_by_role("button", name="Show older sessions").press("Enter")
    expect(rows.nth(25)).to_be_focused()
    page.get_by_role("button", name="Show older sessions").click()
    expect(rows).to_have_count(60)
    expect(page.get_by_role("button")).to_have_count(0)
    rows.nth(59).click()
    expect(page.get_by_test_id("rep-row")).to_have_count(5)


def test_a_machine_has_its_own_log(site: Site, screen: Screen) -> None:
    site.store.log([LiftingSet(LIFTS, machine="sled-01", session="a")])
    site.store.log([LiftingSet(LIFTS, machine="sled-02", session="b")])
    page = screen().open("/")
    page.get_by_test_id("machine-card").filter(has_text="Sled 02").get_by_role("link", name="Sessions").click()
    expect(page.get_by_label("Machine")).to_have_value("home/sled-02")
    expect(page.get_by_test_id("session-row")).to_have_count(1)


@SIZES
def test_a_session_shows_sets_reps_plots_and_limits(
    size: dict[str, int], dark: bool, site: Site, screen: Screen
) -> None:
    first = LiftingSet(LIFTS)
    session = site.store.log([first, replace(first, lifts=LIFTS[:2], number=2, start_s=200.0)])
    page = screen(size, dark).open(f"/sessions/{session}")
    expect(page.get_by_test_id("set-1-reps")).to_have_text("5")
    expect(page.get_by_test_id("set-2-reps")).to_have_text("2")
    expect(page.get_by_test_id("rep-row")).to_have_count(7)
    expect(page.get_by_test_id("session-incline")).to_have_text("45°")
    expect(page.get_by_test_id("blind-spots")).to_contain_text("knees caving in")
    one = page.get_by_test_id("set-1")
    rows = one.get_by_test_id("rep-row")
    expect(rows.nth(0)).to_contain_text("42.1 ± 0.3")
    expect(rows.nth(1)).to_contain_text("bounced")
    expect(rows.nth(2)).to_contain_text("hard lockout")
    expect(rows.nth(2)).to_contain_text("1.4")
    expect(rows.nth(3)).to_contain_text("partial")
    expect(rows.nth(4)).to_contain_text("–")
    expect(one.locator(".plots .u-wrap canvas")).to_have_count(2)
    expect(one.get_by_test_id("overlay").locator("canvas")).to_be_visible()
    one.get_by_role("button", name="Show raw acceleration").click()
    expect(one.get_by_test_id("raw-trace").locator("canvas")).to_be_visible()
    assert_no_sideways_scroll(page, size)


def test_a_session_whose_samples_are_gone_opens_and_says_so(
    site: Site, screen: Screen, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = site.store.log([LiftingSet(LIFTS)])
    site.store.records[session].motion.clear()
    monkeypatch.setattr(site.store, "raw", lambda *asked, **more: Trace(np.zeros(0), np.zeros((0, 3))))
    page = screen(PHONE).open(f"/sessions/{session}")
    expect(page.get_by_test_id("rep-row")).to_have_count(5)
    page.get_by_role("button", name="Show raw acceleration").click()
    expect(page.get_by_test_id("set-1")).to_contain_text("No raw samples of this set are in the store")
    expect(page.get_by_test_id("set-1")).to_contain_text("they are older than it keeps")


def test_a_session_says_that_it_was_analysed_anew(site: Site, screen: Screen) -> None:
    session = site.store.log([LiftingSet(LIFTS)])
    page = screen(PHONE).open(f"/sessions/{session}")
    expect(page.get_by_test_id("session-reps")).to_be_visible()
    expect(page.get_by_test_id("session-analysis")).to_have_count(0)
    site.store.records[session].analysis = Analysis(2, datetime(2026, 3, 4, 12, tzinfo=UTC), "0.1.0")
    page.reload()
    expect(page.get_by_test_id("session-analysis")).to_contain_text("version 2")


@SIZES
def test_a_set_has_its_figures_in_a_line_and_more_of_each_rep_on_demand(
    size: dict[str, int], dark: bool, site: Site, screen: Screen
) -> None:
    tiring = [Lift(), Lift(concentric_s=1.6), Lift(concentric_s=1.5)]
    other = LiftingSet([Lift(known=False)], number=2, start_s=90.0)
    session = site.store.log([LiftingSet(tiring), other], load_kg=100.0)
    page = screen(size, dark).open(f"/sessions/{session}")
    expect(page.get_by_test_id("set-1-tempo")).to_have_text("3.1-0.4-1.5-0.8")
    expect(page.get_by_test_id("set-1-tension")).to_have_text("14.8 ± 0.1 s")
    expect(page.get_by_test_id("set-1-loss")).to_contain_text("20 ± ")
    expect(page.get_by_test_id("set-1-power")).to_contain_text(" W")
    expect(page.get_by_test_id("set-2-loss")).to_have_count(0)
    one = page.get_by_test_id("set-1")
    expect(one.get_by_test_id("rep-row").nth(1)).to_contain_text("25 ± ")
    details = one.get_by_test_id("rep-details")
    expect(details.nth(0)).to_be_hidden()
    one.get_by_text("More about each rep").click()
    expect(details.nth(0)).to_contain_text("242 ± 15")
    expect(details.nth(0)).to_contain_text("88 ± 2")
    expect(one).to_contain_text("a dash where it does not stick")
    assert_no_sideways_scroll(page, size)


REDRAWN = """before => {
    const canvas = document.querySelector(".u-wrap canvas");
    return canvas !== null && canvas.toDataURL() !== before;
}"""


def test_charts_follow_the_colour_scheme(site: Site, screen: Screen) -> None:
    page = screen().open(f"/sessions/{site.store.log([LiftingSet(LIFTS)])}")
    canvas = page.locator(".u-wrap canvas").first
    before = canvas.evaluate("canvas => canvas.toDataURL()")
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(REDRAWN, arg=before)
    expect(page.locator(".u-wrap canvas")).to_have_count(3)


def test_the_pointer_names_one_rep_among_those_laid_over_one_another(site: Site, screen: Screen) -> None:
    page = screen(WALL).open(f"/sessions/{site.store.log([LiftingSet([Lift(), Lift(rom_m=0.2)])])}")
    overlay = page.get_by_test_id("overlay")
    named = overlay.locator(".u-series.named")
    expect(overlay.locator("canvas")).to_be_visible()
    expect(named).to_have_count(0)
    place = overlay.locator(".u-over")
    box = place.bounding_box()
    assert box is not None
    place.hover(position={"x": 2, "y": 4})
    expect(named).to_have_text(re.compile(r"rep 1.*4\d\.\d cm"))
    place.hover(position={"x": 2, "y": box["height"] / 2})
    expect(named).to_have_text(re.compile(r"rep 2.*[12]\d\.\d cm"))


def test_one_rep_is_laid_over_nothing(site: Site, screen: Screen) -> None:
    page = screen().open(f"/sessions/{site.store.log([LiftingSet([Lift()])])}")
    expect(page.get_by_test_id("rep-row")).to_have_count(1)
    expect(page.get_by_test_id("overlay").locator("canvas")).to_have_count(0)


def test_three_sets_of_ten_are_printed_on_one_page(site: Site, screen: Screen) -> None:
    first = LiftingSet([Lift()] * 10)
    sets = [first, *(replace(first, number=n, start_s=200.0 * n) for n in (2, 3))]
    page = screen().open(f"/sessions/{site.store.log(sets)}")
    expect(page.get_by_role("button", name="Print")).to_be_visible()
    expect(page.locator(".overlay canvas")).to_have_count(3)
    paper = page.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", paper)) == 1


def test_wrong_addresses_are_friendly(screen: Screen) -> None:
    watched = screen()
    page = watched.open("/sessions/none")
    expect(page.get_by_role("alert")).to_contain_text("There is no session 'none'")
    page = watched.open("/nowhere")
    page.get_by_role("link", name="See all machines").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Machines")
    assert all("404" in complaint for complaint in watched.complaints)
    watched.complaints.clear()
