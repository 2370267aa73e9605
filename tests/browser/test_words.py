"""Every page in every language: no word is missing, none left in English, and each page fetches what it says."""

import json
import re
from collections.abc import Iterator
from dataclasses import asdict, replace
from html.parser import HTMLParser
from importlib.resources import files
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from sensor_hub.engine import Profile
from sensor_hub.pairing import KINDS, MachineKind
from sensor_hub.pairing.findings import Measured, judge
from sensor_hub.pairing.ringing import Ring
from sensor_hub.sensors import DRIVERS
from tests.browser.conftest import Screen, Site
from tests.browser.test_athletes import Gym
from tests.browser.test_gyms import furnish
from tests.web.lifter import Lift, LiftingSet

PAGES = Path(str(files("sensor_hub.web") / "pages"))
ROOMS = sorted(path.name.removesuffix(".en.js") for path in PAGES.glob("words*.en.js"))
UNCHANGED = {"Sensor hub", "sensor-hub run", "sensor-hub demo", "Live", "kg", "lb"}
ENGLISH = re.compile(
    r"\b(the|of|and|is|are|not|no|this|with|to|yet|see|reps?|sets?|sessions?|machines?|all|athletes?)\b", re.I
)
SHAPES = """async (rooms) => {
    const { LANGUAGES } = await import("/assets/words.js");
    const shape = (one) => one && typeof one === "object"
        ? Object.fromEntries(Object.entries(one).map(([key, part]) => [key, shape(part)]))
        : typeof one;
    const words = async (room, one) => (await import(`/assets/${room}.${one}.js`)).words;
    const said = (one) => Promise.all(rooms.map(async (room) => shape(await words(room, one))));
    return Promise.all(Object.keys(LANGUAGES).map(said));
}"""
SAID = """() => {
    const texts = [document.title];
    const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walk.nextNode()) texts.push(walk.currentNode.textContent);
    const labels = ["aria-label", "placeholder", "title", "alt"];
    const parts = [...document.querySelectorAll("*")];
    texts.push(...parts.flatMap((part) => labels.map((name) => part.getAttribute(name) ?? "")));
    return texts.map((text) => text.trim()).filter(Boolean);
}"""
IN_GERMAN = """async ([findings, shortcomings]) => {
    const { pair } = (await import("/assets/words.pair.de.js")).words;
    return [findings.map(([one, kind]) => pair.finding(one, kind)), shortcomings.map(pair.shortcoming)];
}"""
KINDS_IN_GERMAN = """async (kinds) => {
    const { words } = await import("/assets/words.pair.de.js");
    return kinds.map(words.pair.kinds);
}"""
GOOD = Measured(
    kind=MachineKind.LEG_PRESS_45,
    profile=Profile(incline_deg=44.0, incline_sigma_deg=0.5, full_range_m=0.4, stops_m=0.45),
    ranges_m=(0.4, 0.4, 0.4),
    incline_deg=44.0,
    axis=(0.0, 0.0, 1.0),
    rate_hz=100.0,
    asked_rate_hz=100.0,
    noise_mps2=0.02,
    loss_ratio=0.0,
    rssi_dbm=-60,
    battery_percent=80,
    ring=Ring(20.0, 1.0, 0.01, (0.0, 0.0, 1.0)),
    turned_deg=None,
)
OTHERWISE: list[dict[str, Any]] = [
    {"rssi_dbm": -80, "loss_ratio": 0.03, "rate_hz": 70.0, "noise_mps2": 0.06, "battery_percent": 15},
    {"rssi_dbm": -90, "loss_ratio": 0.2, "rate_hz": 26.0, "noise_mps2": 0.2, "battery_percent": 5},
    {"rssi_dbm": None, "loss_ratio": None, "rate_hz": None, "noise_mps2": None, "battery_percent": None},
    {"loss_ratio": 0.005, "ring": Ring(20.0, 9.0, 0.3, (0.0, 0.0, 1.0)), "ranges_m": (0.2, 0.4, 0.4)},
    {"turned_deg": 12.0, "kind": MachineKind.VERTICAL, "profile": Profile(), "ranges_m": ()},
    {"ring": None, "profile": Profile(), "incline_deg": None},
]


class Texts(HTMLParser):
    """What a page's own text leaves without a word to look up."""

    ALONE = ("meta", "link", "img", "input", "br", "path", "rect", "circle")

    def __init__(self, page: str) -> None:
        super().__init__()
        self.untold: list[str] = []
        self._open: list[bool] = [False]
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = dict(attrs)
        if "aria-label" in names and "data-label" not in names:
            self.untold.append(str(names["aria-label"]))
        if tag not in self.ALONE:
            self._open.append(self._open[-1] or "data-word" in names)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        pass

    def handle_endtag(self, tag: str) -> None:
        self._open.pop()

    def handle_data(self, data: str) -> None:
        if data.strip() and not self._open[-1] and re.search(r"[^\W\d_]", data):
            self.untold.append(data.strip())


def modules_of(page: str) -> set[str]:
    """Every module a page loads, its own scripts and what they import."""
    todo = re.findall(r'src="/assets/([\w.]+\.js)"', (PAGES / f"{page}.html").read_text(encoding="utf-8"))
    found: set[str] = set()
    while todo:
        if (name := todo.pop()) not in found:
            found.add(name)
            todo += re.findall(r'from "\./([\w.]+)"', (PAGES / name).read_text(encoding="utf-8"))
    return found


def rooms_of(page: str) -> set[str]:
    named = re.search(r'data-rooms="([^"]*)"', (PAGES / f"{page}.html").read_text(encoding="utf-8"))
    return {"words", *(f"words.{room}" for room in (named[1].split() if named else []))}


def english_in(page: Page) -> list[str]:
    """Every text, label and title that looks English."""
    names = {"Anna Example", "sensor-hub run", "sensor-hub demo", "Sensor hub", "machines = 3"}
    return [text for text in page.evaluate(SAID) if text not in names and ENGLISH.search(text)]


@pytest.fixture
def gym(tmp_path: Path) -> Iterator[Gym]:
    made = Gym(tmp_path)
    yield made
    made.kept.store.close()


@pytest.fixture
def site(gym: Gym) -> Iterator[Site]:
    gym.trained()
    furnish(gym)
    served = Site(kept=gym.kept)
    for message in LiftingSet([Lift(bounced=True)]).began():
        served.feed.offer(message)
    yield served
    served.stop()


def test_every_language_says_everything(screen: Screen) -> None:
    shapes = screen().open("/").evaluate(SHAPES, ROOMS)
    assert len(shapes) >= 2
    assert all(shape == shapes[0] for shape in shapes[1:])


@pytest.mark.parametrize("page", sorted(path.stem for path in PAGES.glob("*.html")))
def test_a_page_fetches_the_words_it_says_and_no_others(page: str, screen: Screen) -> None:
    shapes = dict(zip(ROOMS, screen().open("/").evaluate(SHAPES, ROOMS)[0], strict=True))
    room_of = {key: room for room, shape in shapes.items() for key in shape}
    sources = [(PAGES / name).read_text(encoding="utf-8") for name in modules_of(page) - {"words.js"}]
    markup = (PAGES / f"{page}.html").read_text(encoding="utf-8")
    said = {key for source in sources for key in re.findall(r"\bwords\.(\w+)", source) if key in room_of}
    said |= set(re.findall(r'data-(?:word|label)="(\w+)', markup))
    assert {room_of[key] for key in said} | {"words"} == rooms_of(page)
    assert set(Texts(markup).untold) <= UNCHANGED


@pytest.mark.parametrize(
    ("path", "ready"),
    [
        ("/", "[data-testid=machine-card]"),
        ("/live/home/sled-01", "[data-testid=link-state]"),
        ("/sessions", "[data-testid=session-row]"),
        ("/sessions/tested", "[data-testid=rep-row]"),
        ("/athletes", "[data-testid=athlete-row]"),
        ("/athletes/ANNA", "#charts canvas"),
        ("/compare?a=week-1&b=tested", "[data-testid=contrast-reps]"),
        ("/compare?of=athletes&a=ANNA&b=BEN", "[data-testid=contrast-reps]"),
        ("/gyms", "[data-testid=need]"),
        ("/gyms/north", "[data-testid=hub]"),
        ("/gyms/old", "[data-testid=hub]"),
        ("/shared?session=tested", "[data-testid=rep-row]"),
        ("/pair", "#trouble:not([hidden])"),
        ("/kiosk", "#trouble:not([hidden])"),
        ("/nowhere", "h2"),
    ],
)
def test_no_page_says_anything_in_english_to_germans(path: str, ready: str, gym: Gym, screen: Screen) -> None:
    watched = screen(locale="de-DE")
    page = watched.open(path.replace("ANNA", gym.anna).replace("BEN", gym.ben))
    expect(page.locator(ready).first).to_be_visible()
    expect(page.locator("html")).to_have_attribute("lang", "de")
    assert english_in(page) == []
    watched.complaints = [one for one in watched.complaints if "status of 40" not in one]


def test_what_a_pairing_found_is_said_in_german(gym: Gym, screen: Screen) -> None:
    measured = [GOOD, *(replace(GOOD, **one) for one in OTHERWISE)]
    found = [(one, each.kind) for each in measured for one in judge(each)]
    assert {one.topic for one, _ in found} == {
        *("signal", "loss", "rate", "noise", "clip", "angle", "range", "stops", "battery")
    }
    flags = ("device_time", "sequence", "battery")
    plain = DRIVERS[0].abilities
    every = [
        replace(plain, buffer_s=0.0, **dict(zip(flags, has, strict=True)))
        for has in product([True, False], repeat=3)
    ]
    lacking = sorted({one for each in [*every, *(d.abilities for d in DRIVERS)] for one in each.shortcomings})
    given = json.loads(json.dumps([[[asdict(one), kind] for one, kind in found], lacking]))
    findings, shortcomings = screen(locale="de-DE").open("/").evaluate(IN_GERMAN, given)
    english = [one.sentence for one, _ in found] + lacking
    assert [text for text in [*findings, *shortcomings] if text in english or "undefined" in text] == []
    assert len(findings) == len(found)
    assert len({*findings}) > 20


def test_a_machines_kinds_are_named_in_german(screen: Screen) -> None:
    kinds = [{"kind": kind, "title": one.title, "clip_on": one.clip_on} for kind, one in KINDS.items()]
    page: Page = screen(locale="de-DE").open("/")
    told = page.evaluate(KINDS_IN_GERMAN, kinds)
    assert not {one["title"] for one in told} & {one["title"] for one in kinds}
    assert not [one["clip"] for one in told if ENGLISH.search(one["clip"])]
