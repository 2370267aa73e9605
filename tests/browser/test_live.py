"""The live page, as a lifter sees it on a phone and on a wall screen."""

import re
import time
from dataclasses import replace

import pytest
from playwright.sync_api import Page, expect

from sensor_hub.messages import LinkState, StatusMessage
from tests.browser.conftest import PHONE, WALL, Player, Screen, Site
from tests.web.lifter import Lift, LiftingSet

QUICK = Lift(eccentric_s=1.2, bottom_s=0.3, concentric_s=0.6, top_s=0.4)
SHORT = LiftingSet([QUICK, replace(QUICK, rom_m=0.405), QUICK])
SIDEWAYS = {"width": 844, "height": 390}
TABLET = {"width": 820, "height": 1180}
PATH = "/live/home/sled-01"
REMEMBER = """() => {
    window.said = {};
    for (const name of ["phase", "rep-count", "digit-0", "tempo"]) {
        const place = document.querySelector(`[data-testid="${name}"]`);
        const texts = window.said[name] = [];
        const note = () => texts.at(-1) !== place.textContent && texts.push(place.textContent);
        new MutationObserver(note).observe(place, {childList: true, characterData: true, subtree: true});
    }
}"""
SHOWN = ("rep-count", "phase", "phase-seconds", "tempo", "last-rom", "last-peak-velocity", "link-state", "battery")


def assert_fits(page: Page, size: dict[str, int]) -> None:
    """Everything is on the screen without scrolling."""
    for name in SHOWN:
        box = page.get_by_test_id(name).bounding_box()
        assert box is not None, name
        assert box["x"] >= 0, name
        assert box["y"] >= 0, name
        assert box["x"] + box["width"] <= size["width"] + 0.5, name
        assert box["y"] + box["height"] <= size["height"] + 0.5, name
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]


@pytest.mark.parametrize(("size", "dark"), [(PHONE, False), (PHONE, True), (WALL, False), (WALL, True)])
def test_a_set_is_counted_and_timed_as_it_happens(
    size: dict[str, int], dark: bool, screen: Screen, player: Player
) -> None:
    page = screen(size, dark).open(PATH)
    page.evaluate(REMEMBER)
    player.play(SHORT, speed=2)
    expect(page.get_by_test_id("rep-count")).to_have_text("3")
    player.wait()
    said = page.evaluate("window.said")
    assert said["phase"] == ["Lower", "Hold", "Push", "Top"] * 3
    assert said["rep-count"] == ["0", "1", "2", "3"]
    assert said["digit-0"][-1] == "lower 1.2"
    assert "1.2-0.3-0.6-0.3" in said["tempo"]
    expect(page.get_by_test_id("tempo")).to_have_text("1.2-0.3-0.6-–")
    expect(page.get_by_test_id("last-rom")).to_have_text("42.1 ± 0.3 cm")
    expect(page.get_by_test_id("last-mean-velocity")).to_have_text("0.70 ± 0.02 m/s")
    expect(page.get_by_test_id("link-state")).to_have_text("connected")
    expect(page.get_by_test_id("battery")).to_have_text("82 %")
    expect(page.get_by_test_id("bounce-warning")).to_be_hidden()
    expect(page.get_by_test_id("lockout-warning")).to_be_hidden()
    assert_fits(page, size)


def test_warnings_stay_until_the_next_rep_is_clean(screen: Screen, player: Player) -> None:
    page = screen(PHONE).open(PATH)
    bad = replace(QUICK, bounced=True, hard_lockout=True, partial=True, rom_m=0.2)
    player.play(LiftingSet([bad, QUICK]))
    expect(page.get_by_test_id("bounce-warning")).to_be_visible()
    expect(page.get_by_test_id("bounce-warning")).to_contain_text("Bounced.")
    expect(page.get_by_test_id("lockout-warning")).to_contain_text("Hard lockout.")
    expect(page.get_by_test_id("bounce-warning").locator("svg")).to_be_visible()
    expect(page.get_by_test_id("partial-warning"), "two are enough at once").to_be_hidden()
    assert page.locator(".warnings p").evaluate_all(
        "all => all.every(one => one.scrollHeight <= one.clientHeight)"
    )
    expect(page.get_by_test_id("rep-count")).to_have_text("2")
    expect(page.get_by_test_id("bounce-warning")).to_be_hidden()
    expect(page.get_by_test_id("lockout-warning")).to_be_hidden()
    expect(page.get_by_test_id("partial-warning")).to_be_hidden()


def test_a_rep_cut_short_is_told_with_its_range(screen: Screen, player: Player) -> None:
    page = screen(PHONE).open(PATH)
    player.play(LiftingSet([replace(QUICK, partial=True, rom_m=0.171), QUICK]))
    expect(page.get_by_test_id("partial-warning")).to_contain_text("17 cm: go the whole way.")
    expect(page.get_by_test_id("set-strip").locator(".flagged")).to_have_count(1)


def test_what_is_not_known_is_a_dash(screen: Screen, player: Player) -> None:
    page = screen().open(PATH)
    expect(page.get_by_test_id("rep-count")).to_have_text("–")
    expect(page.get_by_test_id("tempo")).to_have_text("–-–-–-–")
    player.play(LiftingSet([replace(QUICK, known=False)]), speed=3)
    expect(page.get_by_test_id("rep-count")).to_have_text("1")
    for name in ("last-rom", "last-mean-velocity", "last-peak-velocity"):
        expect(page.get_by_test_id(name)).to_have_text("–")


def test_a_time_known_only_roughly_is_marked(screen: Screen, player: Player) -> None:
    page = screen().open(PATH)
    player.play(LiftingSet([replace(QUICK, timed_well=False)]), speed=3)
    expect(page.get_by_test_id("tempo")).to_have_text(re.compile(r"^~1\.2-0\.3-0\.6-"))


def test_a_newcomer_sees_the_set_so_far(screen: Screen, player: Player) -> None:
    player.play(SHORT, speed=20, until_s=SHORT.end_s - 1.5, hold=True)
    time.sleep(0.6)
    page = screen().open(PATH)
    expect(page.get_by_test_id("rep-count")).to_have_text("2")
    expect(page.get_by_test_id("tempo")).to_have_text(re.compile(r"^1\.2-0\.3-0\.6-0\.[34]$"))
    expect(page.get_by_test_id("last-rom")).to_have_text("40.5 ± 0.3 cm")
    expect(page.get_by_test_id("set-strip").locator("li")).to_have_count(2)
    page.wait_for_function(
        "() => { const canvas = document.querySelector('canvas');"
        "return canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.some(value => value); }"
    )


def test_before_the_rail_is_known_it_asks_for_rest(site: Site, screen: Screen) -> None:
    page = screen().open(PATH)
    for message in SHORT.began():
        site.feed.offer(message)
    for live in SHORT.resting(calibrated=False, reps=0):
        site.feed.offer(live)
        page.wait_for_timeout(20)
    expect(page.get_by_test_id("notice")).to_contain_text("Waiting for the sled to rest")
    expect(page.get_by_test_id("phase")).to_have_text("–")


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (LinkState.SEARCHING, "looking for the sensor"),
        (LinkState.LOST, "sensor lost, looking for it"),
        (LinkState.CONNECTING, "connecting"),
    ],
)
def test_the_link_is_told_in_words(site: Site, screen: Screen, state: LinkState, words: str) -> None:
    page = screen().open(PATH)
    expect(page.get_by_test_id("link-state")).to_have_text("nothing heard yet")
    site.feed.offer(SHORT.sensor(state, battery=9))
    expect(page.get_by_test_id("link-state")).to_have_text(words)
    expect(page.get_by_test_id("battery")).to_have_text("9 % low")
    for size in (PHONE, SIDEWAYS, TABLET, WALL):
        page.set_viewport_size(size)
        assert_fits(page, size)


def test_a_sensor_that_catches_up_says_how_far_it_is_behind_and_the_counting_goes_on(
    site: Site, screen: Screen, player: Player
) -> None:
    page = screen().open(PATH)
    player.play(SHORT, speed=4.0, hold=True)
    expect(page.get_by_test_id("rep-count")).not_to_have_text("0")
    site.feed.offer(SHORT.sensor(LinkState.CATCHING_UP, behind_s=12.0))
    expect(page.get_by_test_id("link-state")).to_have_text("catching up: 12 s behind")
    expect(page.get_by_test_id("notice")).to_be_hidden()
    for size in (PHONE, SIDEWAYS, TABLET, WALL):
        page.set_viewport_size(size)
        assert_fits(page, size)
    site.feed.offer(SHORT.sensor())
    expect(page.get_by_test_id("link-state")).to_have_text("connected")


def test_a_hub_that_has_gone_is_said(site: Site, screen: Screen) -> None:
    page = screen().open(PATH)
    for message in SHORT.began():
        site.feed.offer(message)
    gone = next(message for message in SHORT.began() if isinstance(message, StatusMessage))
    site.feed.offer(gone.model_copy(update={"online": False}))
    expect(page.get_by_test_id("link-state")).to_have_text("hub is off")


def test_silence_is_said_within_two_seconds_and_ends_by_itself(screen: Screen, player: Player) -> None:
    page = screen().open(PATH)
    player.play(SHORT, speed=4)
    player.wait()
    expect(page.get_by_test_id("link-state")).to_have_text("connected")
    silent = time.monotonic()
    expect(page.get_by_test_id("link-state")).to_have_text("no data", timeout=3000)
    assert time.monotonic() - silent < 2.0
    expect(page.get_by_test_id("notice")).to_be_visible()
    player.play(replace(SHORT, number=2, start_s=60.0))
    expect(page.get_by_test_id("link-state")).to_have_text("connected")
    expect(page.get_by_test_id("notice")).to_be_hidden()
    expect(page.get_by_test_id("set-number")).to_have_text("2")


def test_the_page_comes_back_after_the_hub_did(screen: Screen, site: Site, player: Player) -> None:
    watched = screen()
    page = watched.open(PATH)
    player.play(SHORT, speed=4)
    expect(page.get_by_test_id("rep-count")).to_have_text("3")
    player.wait()
    port = int(site.url.rpartition(":")[2])
    assert site.stop() < 2.0
    went = time.monotonic()
    expect(page.get_by_test_id("link-state")).to_have_text(re.compile("no connection to the hub"), timeout=3000)
    assert time.monotonic() - went < 2.0
    back = Site(port)
    try:
        comeback = Player(back.feed)
        comeback.play(LiftingSet([QUICK, QUICK], session="sled-01-2"), speed=4, hold=True)
        expect(page.get_by_test_id("link-state")).to_have_text("connected", timeout=10_000)
        expect(page.get_by_test_id("rep-count")).to_have_text("2")
        comeback.stop()
    finally:
        back.stop()
    assert all("ERR_" in complaint for complaint in watched.complaints)
    watched.complaints.clear()


SLED_MOVES = """() => new Promise(done => {
    const sled = document.querySelector('.sled');
    const seen = new Set();
    const end = performance.now() + 1000;
    const look = () => {
        seen.add(sled.style.transform);
        performance.now() < end ? requestAnimationFrame(look) : done(seen.size);
    };
    look();
})"""


def test_the_sled_moves_between_messages_unless_motion_is_reduced(screen: Screen, player: Player) -> None:
    slow = LiftingSet([Lift(eccentric_s=9.0)])
    lively, calm = screen().open(PATH), screen(calm=True).open(PATH)
    player.play(slow)
    for page in (lively, calm):
        expect(page.get_by_test_id("phase")).to_have_text("Lower")
    page.wait_for_timeout(500)
    assert lively.evaluate(SLED_MOVES) > 22
    assert calm.evaluate(SLED_MOVES) <= 6


def test_screen_readers_hear_the_count_and_the_keyboard_leads_back(screen: Screen, player: Player) -> None:
    page = screen().open(PATH)
    count = page.get_by_test_id("rep-count")
    assert count.get_attribute("aria-live") == "polite"
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Machines")


NOTICE = "This rail rises 30 degrees, the profile says 45: is the sensor on another machine?"


@pytest.mark.parametrize("size", [PHONE, WALL])
def test_what_the_hub_noticed_stands_beside_the_counting(
    size: dict[str, int], screen: Screen, site: Site, player: Player
) -> None:
    page = screen(size).open(PATH)
    player.play(SHORT, speed=4, hold=True)
    expect(page.get_by_test_id("rep-count")).to_have_text("3")
    site.feed.offer(SHORT.sensor().model_copy(update={"note": NOTICE}))
    remark = page.get_by_test_id("remark")
    expect(remark).to_be_visible()
    expect(remark).to_have_text(NOTICE)
    assert remark.evaluate("one => one.scrollHeight <= one.clientHeight")
    assert_fits(page, size)
    site.feed.offer(SHORT.sensor())
    expect(remark).to_be_hidden()
    player.stop()
