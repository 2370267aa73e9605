"""The three journeys on a running hub, one after the other: a sensor is clipped on and trusted, somebody lifts and sees
it, a coach reads it afterwards. What the pages show is what is stored, and that is what the simulated lifter did."""

import json
import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, expect

from sensor_hub.access import SCREEN_RIGHTS, AccessFile, Role
from sensor_hub.app.athletes.people import People
from sensor_hub.app.demonstration.comparison import compare
from sensor_hub.app.review.coaching import Coaching
from sensor_hub.coach.adherence import PHASES, adherence
from sensor_hub.coach.overload import OverloadRules
from sensor_hub.coach.programme import weekly
from sensor_hub.config import HubSettings, Settings
from sensor_hub.messages import RepMessage, SetMessage, Side
from sensor_hub.prescription import Prescription
from sensor_hub.store import Store
from tests.integration.conftest import Hub, StartHub, StartLifters

SCENARIO = Path(__file__).parent / "scenarios" / "journeys.toml"
SPEED = "4"
MACHINE, SITE = "press-1", "home"
PASSWORD = "four words in a row"
ASKED = Prescription(sets=3, reps=4, tempo="2-1-1-1", load_kg=80.0)
LONG_MS = 60_000
"""A set, its rest and the next set, on a slow computer."""
COLUMNS = [*((name, 1.0, 1) for name in PHASES), ("rom_m", 100.0, 1), ("mean_velocity_mps", 1.0, 2)]
PLACES = range(6)
"""Of a rep's row on the page: metric, what one of its units is, digits."""
NEAR = {"eccentric_s": 0.15, "concentric_s": 0.15, "rom_m": 0.02, "mean_velocity_mps": 0.05}
"""How far the lifter's truth may be off."""

WATCH = """() => {
    const seen = { phases: [], reps: [], verdicts: [], positions: [], rests: [], ended: [] };
    const note = (list, value) => { if (value && !list.includes(value)) list.push(value); };
    const find = (name) => document.querySelector(`[data-testid="${name}"]`);
    const look = () => {
        note(seen.phases, find("phase").textContent);
        note(seen.reps, find("rep-count").textContent);
        note(seen.positions, document.querySelector(".rail .sled").style.cssText);
        for (const digit of [0, 1, 2, 3]) note(seen.verdicts, find(`digit-${digit}`).dataset.verdict && String(digit));
        if (find("set-summary").hidden) return;
        note(seen.ended, find("set-number").textContent);
        const [phase, seconds] = [find("phase").textContent, find("phase-seconds").textContent];
        if (phase === "Rest" && /^\\d:\\d\\d$/.test(seconds)) note(seen.rests, seconds);
        if (seen.rests.length > 1) document.documentElement.dataset.rested = "";
    };
    new MutationObserver(look).observe(document.querySelector("main"),
        { subtree: true, childList: true, characterData: true, attributes: true });
    window.seen = seen;
}"""
"""Notes whatever the page shows, however briefly: the lifter waits for nobody."""


def prepare(folder: Path) -> dict[str, str]:
    """What a gym has before: accounts, an athlete with a programme, a screen beside the machine. Returns their keys."""
    folder.mkdir()
    access = AccessFile(folder)
    for role in (Role.ADMIN, Role.COACH):
        access.add_account(role.value, role, PASSWORD)
    screen = access.add_token("beside the machine", SCREEN_RIGHTS, datetime.now(UTC), (SITE, MACHINE))
    store = Store.open(folder / "hub.db")
    people = People(store, Settings(hub=HubSettings(data_dir=folder)))
    anna = people.add("Anna Example", "kg", None).athlete
    plan = weekly("knees", date.today() - timedelta(days=1), 4, [1, 3, 5], [ASKED])
    Coaching(store, OverloadRules()).put_programme(anna, plan, None)
    store.close()
    return {"screen": screen, "anna": anna}


def log_in(page: Page, name: str) -> None:
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_text(f"Logged in as {name}.")).to_be_visible()


def clip(page: Page, url: str) -> None:
    """The sensor that was found is put on a machine, measured and trusted."""
    page.goto(f"{url}/pair")
    log_in(page, "admin")
    card = page.get_by_test_id("sensor").filter(has_text="sled-01")
    expect(card).to_contain_text("sled · connected")
    card.get_by_role("button", name="This one").click()
    page.get_by_label("Name of the machine").fill("Press 1")
    page.get_by_text("Leg press, 45°", exact=True).click()
    page.get_by_role("button", name="Measure").click()
    expect(page.get_by_test_id("grade")).to_have_text("Good. You can trust it.", timeout=LONG_MS)
    expect(page.locator("[data-topic=range]")).to_have_text(re.compile(r"Full range 4[123] cm\."))
    page.get_by_role("button", name="Keep it").click()
    expect(page.locator("#stored")).to_have_text("sled-01 put on press-1.")
    page.get_by_role("link", name="Watch it").click()
    expect(page.get_by_test_id("phase")).to_have_text("Rest", timeout=LONG_MS)


def lift(page: Page, url: str, screen: str) -> dict[str, Any]:
    """At the screen beside the machine: a name, what is due, and the set as it is done. Returns what was seen."""
    page.goto(f"{url}/kiosk#{screen}")
    expect(page.get_by_test_id("phase")).not_to_have_text("–", timeout=LONG_MS)
    page.evaluate(WATCH)
    page.get_by_test_id("lifter").click()
    page.get_by_role("dialog").get_by_role("button", name="Anna Example").click()
    due = page.get_by_role("button", name="leg press · 3 × 4 · 2-1-1-1 · 80 kg")
    expect(due).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="left").click()
    page.get_by_test_id("go").click()
    expect(page.get_by_test_id("lifter")).to_have_text("Anna Example · 80 kg · left")
    expect(page.locator("html")).to_have_attribute("data-rested", "", timeout=LONG_MS)
    seen: dict[str, Any] = page.evaluate("seen")
    return seen


def stored_set(hub: Hub, number: int) -> tuple[SetMessage, list[RepMessage]]:
    store = Store.open(hub.folder / "hub.db")
    try:
        record = store.session(store.sessions(machine=MACHINE)[0].session)
    finally:
        store.close()
    assert record is not None
    (one,) = (one for one in record.sets if one.number == number)
    return one, [rep for rep in record.reps if rep.set_number == number]


def review(page: Page, url: str, number: int, lifted: SetMessage, reps: list[RepMessage]) -> None:
    """The coach finds the session and reads who, what, how well, and prints it."""
    page.goto(f"{url}/sessions")
    log_in(page, "coach")
    page.get_by_test_id("session-row").filter(has_text="Press 1").click()
    part = page.get_by_test_id(f"set-{number}")
    expect(part.get_by_test_id(f"set-{number}-lifter")).to_contain_text("Anna Example · 80 kg · left")
    expect(part.get_by_test_id(f"set-{number}-reps")).to_have_text(str(len(reps)))
    rows = part.get_by_test_id("rep-row")
    expect(rows).to_have_count(len(reps))
    for row, rep, top_s in zip(rows.all(), reps, lifted.top_pauses_s, strict=True):
        cells = row.locator("td:not(.flags)").all_inner_texts()
        known = rep.model_copy(update={"top_pause_s": top_s})
        for cell, (name, scale, digits) in zip((cells[at] for at in PLACES), COLUMNS, strict=True):
            assert cell.split()[0] == figure(getattr(known, name), scale, digits), name
            spread = rep.uncertainty.get(name)
            assert ("±" in cell) == bool(spread and getattr(known, name) is not None), name
        expect(row.locator(".flags")).to_have_text("hard lockout" if rep.hard_lockout else "")
    kept = adherence([reps], ASKED.digits or (0.0, 0.0, 0.0, 0.0))["eccentric_s"].kept_share
    expect(part.get_by_test_id(f"set-{number}-eccentric_s")).to_contain_text(f"{100 * (kept or 0.0):.0f} % kept")
    expect(part.get_by_test_id("overlay").locator("canvas")).to_be_visible()
    page.emulate_media(media="print")
    expect(page.get_by_role("button", name="Print")).to_be_hidden()
    expect(rows.first).to_be_visible()
    assert len(re.findall(rb"/Type\s*/Page\b", page.pdf(prefer_css_page_size=True))) == 1


def figure(value: float | None, scale: float, digits: int) -> str:
    return "–" if value is None else f"{value * scale:.{digits}f}"


def test_clip_lift_and_review(
    start_lifters: StartLifters, start_hub: StartHub, chromium: Browser, tmp_path: Path
) -> None:
    keys = prepare(tmp_path / "hub")
    lifters = start_lifters("run", SCENARIO, "--seed", "3", "--speed", SPEED, "--truth", tmp_path)
    truth = json.loads((tmp_path / "journeys.truth.json").read_text(encoding="utf-8"))
    hub = start_hub(lifters.adapter, "login = true\n")
    installer, beside, coach = (chromium.new_context(locale="en-GB") for _ in range(3))
    clip(installer.new_page(), hub.url)
    seen = lift(beside.new_page(), hub.url, keys["screen"])
    number = int(seen["ended"][0])
    assert {"Lower", "Hold", "Push", "Top", "Rest"} <= set(seen["phases"])
    assert str(ASKED.reps) in seen["reps"]
    assert set(seen["verdicts"]) == set("0123")
    assert len(seen["positions"]) > 20
    lifted, reps = stored_set(hub, number)
    assert (lifted.athlete, lifted.load_kg, lifted.side, lifted.asked) == (keys["anna"], 80.0, Side.LEFT, ASKED)
    the_same(truth, reps)
    review(coach.new_page(), hub.url, number, lifted, reps)
    assert hub.stop() < 5
    assert "Traceback" not in hub.output


def the_same(truth: dict[str, Any], reps: list[RepMessage]) -> None:
    """What is stored of a set is what was done: these reps and no others, these figures and flags."""
    sets = [one for one in truth["sets"] if abs(one["reps"][0]["turn_s"] - reps[0].turn_s) < 1.0]
    result = compare("sled-01", {"sets": sets}, reps, until_s=1e9)
    assert result.equal, result
    assert result.stored == ASKED.reps
    assert result.wrong_flags == []
    for one in result.differences:
        for name, most in NEAR.items():
            assert abs(one[name] or 0.0) < most, (name, one)
