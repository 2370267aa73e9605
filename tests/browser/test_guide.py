"""The tempo to follow: asked for, drawn, cued before a phase ends, judged when it has ended, and heard."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from sensor_hub.messages import LifterMessage, Side
from sensor_hub.prescription import Prescription
from tests.browser.conftest import PHONE, WALL, Player, Screen, Site
from tests.web.lifter import SITE, Lift, LiftingSet

PATH = "/live/home/sled-01"
ASKED = Lift(eccentric_s=1.2, bottom_s=0.5, concentric_s=0.8, top_s=0.8)
TEMPO = "1.2-0.5-0.8-0.8"
RECORD = """() => {
    window.said = []; window.ticks = [];
    speechSynthesis.speak = (one) => window.said.push([one.text, one.lang]);
    const make = AudioContext.prototype.createOscillator;
    AudioContext.prototype.createOscillator = function () {
        const made = make.call(this);
        const start = made.start.bind(made);
        made.start = (at) => { window.ticks.push(made.frequency.value); start(at); };
        return made;
    };
}"""
REMEMBER_CUES = """() => {
    window.cues = [];
    const [cue, phase] = ["cue", "phase"].map(name => document.querySelector(`[data-testid="${name}"]`));
    const note = () => { if (!cue.hidden) window.cues.push(`${phase.textContent} > ${cue.textContent}`); };
    new MutationObserver(note).observe(cue, {attributes: true, childList: true, characterData: true, subtree: true});
}"""
CUE = """async ([digit, elapsed_s, target, likely_s, last, beyond = false]) => {
    const { cueOf } = await import("/assets/cues.js");
    return cueOf({ digit, elapsed_s, target, likely_s, beyond, last });
}"""
LEGS = """async ([reps, live, target, left, until_s]) => {
    const { legsAhead, legsDone, legsRunning } = await import("/assets/path.js");
    return {
        done: reps.flatMap((rep, i) => legsDone(rep, reps[i + 1]?.start_s ?? null, target, [0, 0.4])),
        running: legsRunning(live, false, target, [0, 0.4]),
        ahead: legsAhead(live, live.at_s, until_s, target, [0, 0.4], left),
    };
}"""


def ask(context: BrowserContext, tempo: str | None = TEMPO, reps: int | None = None) -> None:
    """As chosen on this screen before."""
    kept = json.dumps(json.dumps({"tempo": tempo, "reps": reps}))
    context.add_init_script(f"localStorage.setItem('target', {kept})")


def test_a_tempo_is_chosen_on_the_screen_and_kept(screen: Screen, site: Site) -> None:
    page = screen().open(PATH)
    expect(page.get_by_test_id("digit-0")).to_have_text("lower –")
    page.get_by_test_id("target").click()
    page.get_by_role("button", name="2-0-X-0").click()
    for _ in range(3):
        page.get_by_role("button", name="More").click()
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("digit-2")).to_have_text("push X–")
    expect(page.get_by_test_id("reps-word")).to_have_text("of 3 reps")
    page.reload()
    expect(page.get_by_test_id("digit-0")).to_have_text("lower 2–")
    expect(page.get_by_test_id("reps-word")).to_have_text("of 3 reps")


def test_a_tempo_of_ones_own_is_refused_until_it_is_one(screen: Screen) -> None:
    page = screen().open(PATH)
    page.get_by_test_id("target").click()
    own = page.get_by_test_id("own-tempo")
    own.fill("4-1")
    own.blur()
    expect(page.locator("#wrong")).to_be_visible()
    expect(page.get_by_test_id("digit-0")).to_have_text("lower –")
    own.fill("3 1 x 0.5")
    own.blur()
    expect(page.locator("#wrong")).to_be_hidden()
    expect(page.get_by_test_id("digit-2")).to_have_text("push X–")
    expect(page.get_by_test_id("digit-3")).to_have_text("top 0.5–")


@pytest.mark.parametrize(("size", "dark"), [(PHONE, True), (WALL, False)])
def test_each_digit_is_judged_when_its_phase_ends(
    size: dict[str, int], dark: bool, screen: Screen, player: Player
) -> None:
    watched = screen(size, dark)
    ask(watched.context, reps=3)
    page = watched.open(PATH)
    page.evaluate(REMEMBER_CUES)
    hasty = replace(ASKED, eccentric_s=0.8, bottom_s=0.8)
    player.play(LiftingSet([ASKED, hasty, ASKED]))
    first, second = page.get_by_test_id("digit-0"), page.get_by_test_id("digit-1")
    expect(first).to_have_attribute("data-verdict", "kept")
    expect(first).to_have_attribute("data-state", "live")
    expect(first).to_have_attribute("data-state", "settled")
    expect(first).to_have_text("lower 1.21.2✓")
    expect(page.get_by_test_id("phase-of")).to_have_text(" of 1.2 s")
    expect(first).to_have_attribute("data-verdict", "short")
    expect(first).to_have_text("lower 1.20.8−")
    expect(second).to_have_attribute("data-verdict", "long")
    expect(page.get_by_test_id("rep-count")).to_have_text("3")
    cues = page.evaluate("window.cues")
    assert {"Lower > Hold", "Hold > Drive", "Push > Hold", "Top > Lower", "Push > Last one done"} <= set(cues)
    expect(page.get_by_test_id("set-summary")).to_have_text("tempo kept 9 of 11")


def test_a_set_that_is_over_is_not_judged_by_what_the_next_lifter_is_asked(
    screen: Screen, site: Site, player: Player
) -> None:
    page = screen().open(PATH)
    player.play(LiftingSet([ASKED]), speed=4, hold=True)
    expect(page.locator(".count")).to_have_attribute("data-over", "")
    stamp = {"id": "lifter", "seq": 1, "time": datetime.now(UTC), "site": SITE, "machine": "sled-01"}
    site.feed.offer(LifterMessage(**stamp, load_kg=70.0, asked=Prescription(sets=1, reps=8, tempo="4-1-2-0")))
    expect(page.get_by_test_id("reps-word")).to_have_text("of 8 reps")
    expect(page.get_by_test_id("set-summary")).to_be_hidden()
    assert page.locator("[data-verdict]").count() == 0


def test_a_plain_page_has_neither_path_nor_verdict(screen: Screen, player: Player) -> None:
    page = screen().open(PATH)
    page.evaluate(REMEMBER_CUES)
    player.play(LiftingSet([ASKED]), hold=True)
    expect(page.get_by_test_id("rep-count")).to_have_text("1")
    assert page.evaluate("window.cues") == []
    assert page.locator("[data-verdict]").count() == 0


TARGET = [4.0, 1.0, 2.0, 0.0]


@pytest.mark.parametrize(
    ("digit", "elapsed_s", "likely_s", "last", "cue"),
    [
        (0, 2.0, 4.0, False, None),
        (0, 2.0, 3.1, False, "slower"),
        (0, 2.0, 6.0, False, None),
        (0, 3.49, 4.0, False, None),
        (0, 3.5, 4.0, False, "bottom"),
        (1, 0.55, None, False, None),
        (1, 0.6, None, False, "concentric"),
        (2, 1.0, 2.6, False, "drive"),
        (2, 1.5, 2.0, False, "eccentric"),
        (2, 1.5, 2.0, True, "done"),
        (3, 0.1, None, False, "eccentric"),
        (3, 0.1, None, True, "eccentric"),
        (-1, 0.1, None, False, None),
    ],
)
def test_a_cue_comes_before_its_phase_ends(
    digit: int, elapsed_s: float, likely_s: float | None, last: bool, cue: str | None, gym: Page
) -> None:
    assert gym.evaluate(CUE, [digit, elapsed_s, TARGET, likely_s, last]) == cue


def test_further_than_allowed_is_said_before_all_else(gym: Page) -> None:
    assert gym.evaluate(CUE, [0, 3.9, TARGET, 4.0, False, True]) == "enough"


def test_what_the_hub_asks_for_goes_before_the_choice_of_the_screen(
    screen: Screen, site: Site, player: Player
) -> None:
    watched = screen(WALL)
    ask(watched.context, "4-1-2-0", 3)
    page = watched.open(PATH)
    expect(page.get_by_test_id("digit-0")).to_have_text("lower 4–")
    asked = Prescription(
        sets=3, reps=10, tempo="1.2-0.5-X-0", slowest_mps=0.3, fastest_mps=0.4, deepest=0.2, velocity_loss=0.1
    )
    stamp = {"id": "lifter-1", "seq": 1, "time": datetime.now(UTC), "site": SITE, "machine": "sled-01"}
    site.feed.offer(LifterMessage(**stamp, load_kg=62.5, side=Side.LEFT, asked=asked))
    expect(page.get_by_test_id("digit-2")).to_have_text("push X–")
    expect(page.get_by_test_id("reps-word")).to_have_text("of 10 reps")
    expect(page.get_by_test_id("load")).to_have_text("62.5 kg · left")
    player.play(LiftingSet([ASKED, ASKED]), speed=3)
    expect(page.get_by_test_id("rep-count")).to_have_text("2")
    expect(page.get_by_test_id("speed-zone")).to_have_text("aim 0.3–0.4 +")
    page.get_by_test_id("target").click()
    expect(page.locator("#planned")).to_have_text("The plan asks for 1.2-0.5-X-0.")
    expect(page.get_by_role("button", name="4-1-2-0")).to_be_hidden()


def test_the_path_waits_for_the_lifter_and_ends_with_the_set(gym: Page) -> None:
    lifting = LiftingSet([replace(ASKED, eccentric_s=3.0)])
    rep = json.loads(lifting.rep(1).model_dump_json())
    live = json.loads(lifting.live(replace(ASKED, eccentric_s=6.0), 5.0, 20.0, 1).model_dump_json())
    legs: dict[str, list[dict[str, Any]]] = gym.evaluate(LEGS, [[rep], live, TARGET, 2, 60.0])
    assert [one["from_s"] for one in legs["done"]] == pytest.approx([12.0, 15.0, 15.5, 16.3])
    assert legs["done"][0]["left_s"] == pytest.approx(15.0)
    (lowering,) = legs["running"]
    assert (lowering["from_s"], lowering["to_s"]) == (pytest.approx(20.0), pytest.approx(24.0))
    assert (lowering["early_s"], lowering["late_s"]) == (pytest.approx(23.2), pytest.approx(24.8))
    assert [one["digit"] for one in legs["ahead"]] == [1, 2, 3, 0, 1, 2]
    assert legs["ahead"][0]["from_s"] == pytest.approx(25.0)


def test_a_set_that_is_about_speed_says_when_to_stop(screen: Screen, player: Player) -> None:
    watched = screen()
    ask(watched.context, "1-0-X-0", 8)
    page = watched.open(PATH)
    quick = replace(ASKED, concentric_s=0.5)
    player.play(LiftingSet([quick, replace(quick, concentric_s=0.7)]), speed=3)
    expect(page.get_by_test_id("stop-warning")).to_contain_text("29 % slower than your fastest rep.")
    expect(page.get_by_test_id("velocity-loss")).to_have_text("29")
    expect(page.get_by_test_id("last-peak-velocity")).to_be_hidden()


def test_the_tempo_is_heard_after_one_tap_only(screen: Screen, player: Player) -> None:
    watched = screen()
    ask(watched.context, "2.4-0-1-0")
    page = watched.open(PATH)
    page.evaluate(RECORD)
    sound = page.get_by_test_id("sound")
    expect(sound).to_have_attribute("aria-pressed", "false")
    slow = Lift(eccentric_s=2.4, bottom_s=0.1, concentric_s=1.0, top_s=0.5)
    player.play(LiftingSet([slow]), speed=4)
    expect(page.get_by_test_id("rep-count")).to_have_text("1")
    assert page.evaluate("[...window.said, ...window.ticks]") == []
    sound.click()
    expect(sound).to_have_attribute("aria-pressed", "true")
    player.play(LiftingSet([slow], number=2, start_s=40.0))
    page.wait_for_function("() => window.said.some(([text]) => text.startsWith('1.'))")
    said = [text for text, _ in page.evaluate("window.said")]
    assert said[:2] == ["1", "Drive"]
    assert {880, 1320} == set(page.evaluate("window.ticks"))


def test_the_page_speaks_german(chromium_german: Page) -> None:
    page = chromium_german
    expect(page.locator("html")).to_have_attribute("lang", "de")
    expect(page.get_by_test_id("digit-0")).to_have_text("ab –")
    expect(page.get_by_test_id("link-state")).to_have_text("noch nichts gehört")
    page.get_by_test_id("target").click()
    page.get_by_test_id("language").select_option("en")
    expect(page.get_by_test_id("digit-0")).to_have_text("lower –")
    page.goto(page.url.replace(PATH, "/"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Machines")


@pytest.fixture
def gym(screen: Screen) -> Page:
    """A page to try the modules on."""
    return screen().open("/")


@pytest.fixture
def chromium_german(screen: Screen) -> Page:
    return screen(locale="de-AT").open(PATH)


@pytest.mark.parametrize("path", ["/", PATH])
def test_the_pages_can_be_installed(path: str, screen: Screen) -> None:
    page = screen().open(path)
    session = page.context.new_cdp_session(page)
    manifest = session.send("Page.getAppManifest")
    assert manifest["url"].endswith("/assets/app.webmanifest")
    assert manifest["errors"] == []
    faults = session.send("Page.getInstallabilityErrors")["installabilityErrors"]
    assert [one["errorId"] for one in faults] == ["in-incognito"], "a test's browser keeps nothing"


CLOCK = """async (said) => {
    const { PhaseClock } = await import("/assets/phase.js");
    const clock = new PhaseClock();
    const shown = ([phase, at_s, elapsed_s, device_s]) =>
        clock.elapsed({ phase, at_s, phase_elapsed_s: elapsed_s }, device_s);
    return said.map(shown);
}"""


def test_the_seconds_of_a_phase_never_run_back(gym: Page) -> None:
    """Messages at 20 Hz, a stall of one second, and a start that turns out to have been a little later."""
    said = [("eccentric", 10.0 + 0.05 * (i // 3), 0.05 * (i // 3), 10.0 + i / 60) for i in range(60)]
    said += [("eccentric", 10.95, 0.95, 11.0 + i / 60) for i in range(60)]
    said += [("eccentric", 12.0, 1.9, 12.0), ("eccentric", 12.05, 1.95, 12.05)]
    shown = gym.evaluate(CLOCK, said)
    assert all(later >= earlier for earlier, later in pairwise(shown))
    assert shown[119] == pytest.approx(1.15)
    assert shown[-1] == pytest.approx(1.95)
    assert gym.evaluate(CLOCK, [*said, ("bottom", 12.2, 0.1, 12.2)])[-1] == pytest.approx(0.1)
