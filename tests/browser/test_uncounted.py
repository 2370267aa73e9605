"""What was not counted, and why: at the moment on the live page, afterwards on the session's."""

import json
from dataclasses import replace

import pytest
from playwright.sync_api import expect

from sensor_hub.app.telling.refusal_words import why_not
from sensor_hub.model import BounceCause, Refusal
from tests.browser.conftest import PHONE, WALL, Player, Screen, Site
from tests.browser.test_accessible import faults
from tests.web.lifter import Lift, LiftingSet

PATH = "/live/home/sled-01"
QUICK = Lift(eccentric_s=1.2, bottom_s=0.3, concentric_s=0.6, top_s=2.4)
SHORT = LiftingSet([QUICK, QUICK, QUICK])
LIFTS = [Lift(), Lift(bounced=True, bounce_cause=BounceCause.STOP), Lift(bounced=True), Lift(partial=True)]
WHY = """async (strokes) => {
    const { why } = await import("/assets/uncounted.js");
    return strokes.map(why);
}"""
HATCHED = """canvas => {
    const image = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
    let sum = 0;
    for (const value of image) sum = (sum * 31 + value) >>> 0;
    return sum;
}"""


def test_a_stroke_that_was_not_counted_is_said_at_the_moment_until_a_rep_is(
    site: Site, screen: Screen, player: Player
) -> None:
    page = screen(PHONE).open(PATH)
    player.play(SHORT, until_s=SHORT.start_s + 3.6, hold=True)
    expect(page.get_by_test_id("rep-count")).to_have_text("1")
    remark = page.get_by_test_id("remark")
    expect(remark).to_be_hidden()
    site.feed.offer(SHORT.rejected(2.3, Refusal.RACKED, lasted_s=0.5))
    site.feed.offer(SHORT.rejected(2.4, lasted_s=0.6))
    expect(remark).to_have_text("Not counted: too short, 9.4 cm (counted from 10.5 cm).")
    site.feed.offer(SHORT.rep(2))
    expect(remark).to_be_hidden()


def test_what_was_claimed_later_or_is_long_past_is_no_news(site: Site, screen: Screen, player: Player) -> None:
    page = screen(PHONE).open(PATH)
    player.play(SHORT, speed=4, hold=True)
    expect(page.get_by_test_id("rep-count")).to_have_text("3")
    site.feed.offer(SHORT.rejected(-12.0))
    site.feed.offer(SHORT.rejected(40.0, Refusal.RACKED))
    expect(page.get_by_test_id("link-state")).to_have_text("connected")
    expect(page.get_by_test_id("remark")).to_be_hidden()


@pytest.mark.parametrize(
    ("cause", "said"),
    [(BounceCause.STOP, "Hit the stop."), (BounceCause.REBOUND, "Rebounded."), (None, "Bounced.")],
)
def test_a_bounce_is_flagged_with_its_cause(
    cause: BounceCause | None, said: str, screen: Screen, player: Player
) -> None:
    page = screen(PHONE).open(PATH)
    thrown = replace(QUICK, bounced=True, bounce_cause=cause)
    player.play(LiftingSet([thrown]), speed=3, hold=True)
    expect(page.get_by_test_id("bounce-warning")).to_contain_text(said)


@pytest.mark.parametrize(("size", "dark"), [(PHONE, True), (WALL, False)])
def test_a_session_shows_what_was_not_counted_in_its_traces_and_lists(
    size: dict[str, int], dark: bool, site: Site, screen: Screen
) -> None:
    lifting = LiftingSet(LIFTS)
    session = site.store.log([lifting])
    page = screen(size, dark, calm=True).open(f"/sessions/{session}")
    canvas = page.get_by_test_id("set-1").locator(".plots canvas").first
    expect(canvas).to_be_visible()
    plain = canvas.evaluate(HATCHED)
    expect(page.get_by_test_id("uncounted")).to_have_count(0)
    expect(page.get_by_text("Not counted")).to_have_count(0)
    site.store.records[session].rejected += [
        lifting.rejected(4.1),
        lifting.rejected(20.4, Refusal.HANDLED),
        lifting.rejected(70.0, Refusal.SLOW),
        lifting.rejected(33.0, Refusal.RACKED),
    ]
    page.reload()
    one = page.get_by_test_id("set-1")
    listed = one.get_by_test_id("uncounted")
    expect(listed).to_have_count(2)
    expect(listed.nth(0)).to_have_text("4.1 s1.4 stoo short, 9.4 cm (counted from 10.5 cm)")
    expect(listed.nth(1)).to_contain_text("the sensor was handled")
    expect(one.locator(".key")).to_contain_text("Not counted")
    assert canvas.evaluate(HATCHED) != plain
    between = page.get_by_test_id("uncounted-between")
    expect(between.get_by_text("a knock, or plates being loaded (2.1 cm/s)")).to_be_hidden()
    between.get_by_text("Between the sets, not counted: 2").click()
    expect(between.get_by_text("a knock, or plates being loaded (2.1 cm/s)")).to_be_visible()
    expect(between.get_by_text("the sled was put on its stops")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    assert faults(page) == []


def test_a_reps_bounce_has_its_cause_in_the_table(site: Site, screen: Screen) -> None:
    page = screen(WALL).open(f"/sessions/{site.store.log([LiftingSet(LIFTS)])}")
    rows = page.get_by_test_id("rep-row")
    expect(rows.nth(1)).to_contain_text("bounced: hit the stop")
    expect(rows.nth(2).locator(".flag")).to_have_text("bounced")


@pytest.mark.parametrize("locale", ["en-GB", "de-DE"])
def test_every_reason_has_its_sentence_with_figures_where_the_terminal_has(screen: Screen, locale: str) -> None:
    strokes = [json.loads(SHORT.rejected(1.0, reason).model_dump_json()) for reason in Refusal]
    page = screen(PHONE, locale=locale).open(PATH)
    said = page.evaluate(WHY, strokes)
    assert len(set(said)) == len(Refusal)
    for stroke, sentence in zip(strokes, said, strict=True):
        figures = why_not(Refusal(stroke["reason"]), stroke["gates"])
        assert any(letter.isdigit() for letter in sentence) == any(letter.isdigit() for letter in figures)
        assert "undefined" not in sentence
    bare = page.evaluate(WHY, [stroke | {"gates": {}} for stroke in strokes])
    assert not any("NaN" in sentence or "undefined" in sentence for sentence in bare)
