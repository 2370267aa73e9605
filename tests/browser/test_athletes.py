"""Athletes, their progress, programmes and notes, as a coach and as they themselves see them; on a real store."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from sensor_hub.access import Access, AccessFile, Role
from sensor_hub.app.athletes.people import People
from sensor_hub.app.review.coaching import Coaching
from sensor_hub.app.review.correcting import Correcting
from sensor_hub.app.review.rescoring import Rescoring
from sensor_hub.coach.overload import OverloadRules
from sensor_hub.config import HubSettings, Settings
from sensor_hub.messages import Message, Side
from sensor_hub.prescription import Prescription
from sensor_hub.store import Lifter, Store, correct
from tests.browser.conftest import PHONE, WALL, Kept, Screen, Site, Watched
from tests.browser.test_accessible import faults
from tests.store.conftest import Lifter as Evening

PASSWORD = "four words in a row"
ASKED = Prescription(sets=2, reps=4, tempo="2.5-0-1-0")
FAST = Prescription(sets=1, reps=3, tempo="2-0-X-0")
SIZES = pytest.mark.parametrize(("size", "dark"), [(PHONE, True), (WALL, False)])
NOW = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0)


@dataclass
class Gym:
    """A store and those who lift in it."""

    folder: Path
    kept: Kept = field(init=False)
    file: AccessFile = field(init=False)

    def __post_init__(self) -> None:
        store = Store.open(self.folder / "hub.db")
        settings = Settings(hub=HubSettings(data_dir=self.folder))
        people, rescoring = People(store, settings), Rescoring(store, settings)
        self.kept = Kept(store, people, Coaching(store, OverloadRules()), Correcting(store), rescoring)
        self.file = AccessFile(self.folder)
        self.file.add_account("coach", Role.COACH, PASSWORD)
        self.anna = people.add("Anna Example", "kg", "de").athlete
        self.ben = people.add(None, "lb", None).athlete

    def lifted(self, name: str, ago: timedelta, sets: list[tuple[Lifter, int, float]]) -> None:
        """A session of sets: who, with how many reps, how fast (m/s)."""
        evening = Evening(session=name, began=NOW - ago)
        said: list[Message] = [evening.session_()]
        for number, (_, reps, speed) in enumerate(sets, 1):
            said += [evening.rep(number, one, mean_velocity_mps=speed) for one in range(1, reps + 1)]
            said.append(evening.set_(number, [0.1] * (reps - 1) + [None], reps))
        self.kept.store.record([*said, evening.session_(900.0, set_count=len(sets))])
        with self.kept.store.transaction() as connection:
            for number, (lifter, _, _) in enumerate(sets, 1):
                correct(connection, name, number, lifter, NOW, None)

    def trained(self) -> None:
        """Anna over four weeks, all as asked, once with each leg; and three loads as fast as possible."""
        for week in range(4):
            own = Lifter(self.anna, 80.0 + 5 * (week // 2), Side.BOTH, ASKED)
            self.lifted(f"week-{week}", timedelta(days=29 - 7 * week), [(own, 4, 0.42), (own, 4, 0.41)])
        legs = [(Lifter(self.anna, 40.0, side), 3, speed) for side, speed in ((Side.LEFT, 0.5), (Side.RIGHT, 0.4))]
        loads = [(Lifter(self.anna, kg, Side.BOTH, FAST), 3, 1.2 - kg / 150) for kg in (60.0, 90.0, 120.0)]
        self.lifted("tested", timedelta(days=2), legs + loads)


@pytest.fixture
def gym(tmp_path: Path) -> Iterator[Gym]:
    made = Gym(tmp_path)
    yield made
    made.kept.store.close()


@pytest.fixture
def site(gym: Gym) -> Iterator[Site]:
    served = Site(access=Access(gym.file), kept=gym.kept)
    yield served
    served.stop()


def logged_in(watched: Watched, path: str, name: str = "coach") -> Page:
    answer = watched.context.request.post(f"{watched.origin}/api/login", data={"name": name, "password": PASSWORD})
    assert answer.ok, answer.text()
    return watched.open(path)


def fits(page: Page, size: dict[str, int]) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth") <= size["width"])


@SIZES
def test_athletes_are_found_and_added(size: dict[str, int], dark: bool, gym: Gym, screen: Screen) -> None:
    gym.trained()
    page = logged_in(screen(size, dark), "/athletes")
    rows = page.get_by_test_id("athlete-row")
    expect(rows).to_have_count(2)
    expect(rows.nth(0)).to_contain_text("Anna Example")
    expect(rows.nth(1)).to_contain_text(f"No. {gym.ben}not lifted yet")
    assert faults(page) == []
    assert fits(page, size)
    page.get_by_label("Search").fill("anna")
    expect(rows).to_have_count(1)
    page.get_by_label("Search").fill("nobody")
    expect(page.get_by_text("Nobody of that name or number.")).to_be_visible()
    page.get_by_label("Name, or none").fill("Cleo Example")
    page.get_by_label("Loads in").select_option("lb")
    page.get_by_role("button", name="Add").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Cleo Example")
    expect(page.get_by_test_id("progress")).to_contain_text("No sets yet")
    assert [one.unit for one in gym.kept.people.all() if one.name == "Cleo Example"] == ["lb"]


@SIZES
def test_progress_over_weeks(size: dict[str, int], dark: bool, gym: Gym, screen: Screen) -> None:
    gym.trained()
    page = logged_in(screen(size, dark), f"/athletes/{gym.anna}")
    expect(page.get_by_role("heading", level=1)).to_have_text("Anna Example")
    expect(page.locator("#charts canvas")).to_have_count(5)
    expect(page.get_by_test_id("at-load")).to_have_value("80")
    page.get_by_test_id("at-load").select_option("85")
    expect(page.get_by_role("img", name="Speed at: newest 0.41 m/s")).to_be_visible()
    expect(page.get_by_test_id("sides")).to_contain_text("Speed is 20 ± 1 % less on the right.")
    expect(page.get_by_test_id("sides")).to_contain_text("Range: no difference")
    expect(page.get_by_test_id("e1rm")).to_contain_text(re.compile(r"about 14\d(\.\d)? kg once \(95 %"))
    page.get_by_test_id("progress").locator("summary").click()
    expect(page.get_by_test_id("set-row")).to_have_count(13)
    expect(page.get_by_test_id("set-row").last).to_contain_text("80 kgboth legs4 of 4")
    expect(page.get_by_test_id("blind-spots")).to_contain_text("knees caving in")
    assert faults(page) == []
    assert fits(page, size)
    page.get_by_test_id("session-link").last.click()
    expect(page.get_by_test_id("set-1-reps")).to_have_text("4")


def test_the_next_load_comes_with_its_reason(gym: Gym, screen: Screen) -> None:
    own = Lifter(gym.anna, 80.0, Side.BOTH, ASKED)
    gym.lifted("all", timedelta(days=3), [(own, 4, 0.4), (own, 4, 0.4)])
    page = logged_in(screen(), f"/athletes/{gym.anna}")
    expect(page.get_by_test_id("next")).to_contain_text("85 kg, more than last time")
    expect(page.get_by_test_id("next")).to_contain_text("All reps, tempo and range were kept.")
    expect(page.get_by_test_id("next")).to_contain_text("not the body")
    expect(page.get_by_test_id("e1rm")).to_contain_text("needs three different loads")
    gym.lifted("few", timedelta(days=1), [(own, 4, 0.4)])
    page.reload()
    expect(page.get_by_test_id("next")).to_contain_text("80 kg, as last time")
    expect(page.get_by_test_id("next")).to_contain_text("Not all reps asked for were done.")


@SIZES
def test_a_programme_is_written_followed_and_ended(
    size: dict[str, int], dark: bool, gym: Gym, screen: Screen
) -> None:
    own = Lifter(gym.anna, 80.0, Side.BOTH, ASKED)
    gym.lifted("first", timedelta(days=9), [(own, 4, 0.4), (own, 3, 0.4)])
    page = logged_in(screen(size, dark), f"/athletes/{gym.anna}")
    page.get_by_test_id("write-programme").click()
    page.get_by_label("Sets", exact=True).fill("2")
    page.get_by_label("Reps", exact=True).fill("4")
    page.get_by_role("textbox", name="Tempo").fill("nothing")
    page.get_by_label("Load, kg").fill("82.5")
    for day in ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"):
        page.get_by_label(day, exact=True).set_checked(day in ("Mon", "Thu"))
    page.get_by_label("From", exact=True).fill("2026-01-05")
    page.get_by_label("Weeks").fill("2")
    page.get_by_text("Range limits, stop rule, rest").click()
    page.get_by_label("Not deeper than").fill("20")
    page.get_by_label("Stop when slower").fill("25")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_test_id("plan").get_by_role("alert")).to_contain_text("like 4-1-2-0")
    assert faults(page) == []
    page.get_by_role("textbox", name="Tempo").fill("25X0")
    page.get_by_role("button", name="Save").click()
    days = page.get_by_test_id("training-day")
    expect(days).to_have_count(4)
    expect(days.nth(0)).to_contain_text("2 × 4 at 2-5-X-0, 82.5 kg, 20 to 100 % of the range, stop at 25 % slower")
    expect(days.nth(0)).to_contain_text("7 of 8 reps, tempo ")
    expect(days.nth(1)).to_contain_text("to be done")
    assert faults(page) == []
    assert fits(page, size)
    kept = gym.kept.coaching.programme(gym.anna)
    assert kept is not None
    assert kept.starts == date(2026, 1, 5)
    assert [(one.week, one.day) for one in kept.days] == [(1, 1), (1, 4), (2, 1), (2, 4)]
    page.get_by_test_id("write-programme").click()
    expect(page.get_by_label("Load, kg")).to_have_value("82.5")
    expect(page.get_by_label("Thu", exact=True)).to_be_checked()
    page.get_by_role("button", name="Cancel").click()
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_test_id("end-programme").click()
    expect(page.get_by_test_id("programme")).to_contain_text("No programme.")
    assert gym.kept.coaching.programme(gym.anna) is None


def test_loads_are_asked_for_and_shown_in_pounds(gym: Gym, screen: Screen) -> None:
    page = logged_in(screen(), f"/athletes/{gym.ben}")
    page.get_by_test_id("write-programme").click()
    page.get_by_label("Load, lb").fill("180")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_test_id("training-day").first).to_contain_text("180 lb")
    kept = gym.kept.coaching.programme(gym.ben)
    assert kept is not None
    assert kept.days[0].exercises[0].load_kg == pytest.approx(81.65, abs=0.01)


def test_notes_are_written_and_deleted(gym: Gym, screen: Screen) -> None:
    page = logged_in(screen(), f"/athletes/{gym.anna}")
    page.get_by_label("New note").fill("left knee tender")
    page.get_by_role("button", name="Write it down").click()
    expect(page.get_by_test_id("note")).to_contain_text("left knee tender")
    expect(page.get_by_test_id("note")).to_contain_text(", coach")
    assert faults(page) == []
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_test_id("note")).to_have_count(0)


def test_an_athletes_own_account_finds_its_own_page_and_changes_nothing(gym: Gym, screen: Screen) -> None:
    gym.trained()
    gym.file.add_account("anna", Role.LIFTER, PASSWORD, gym.anna)
    watched = screen()
    page = logged_in(watched, "/", "anna")
    page.get_by_role("link", name="My progress").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Anna Example")
    expect(page.locator("#charts canvas")).to_have_count(5)
    for hidden in ("notes", "write-programme"):
        expect(page.get_by_test_id(hidden)).to_be_hidden()
    page.goto(f"{watched.origin}/athletes/{gym.ben}")
    expect(page.get_by_role("alert")).to_contain_text("You may only ask for your own.")
    page.goto(f"{watched.origin}/athletes")
    expect(page.get_by_role("heading", name="This page is not open to you")).to_be_visible()
    watched.complaints.clear()  # the browser's own, of the refusals


def test_a_coach_reads_it_in_german(gym: Gym, screen: Screen) -> None:
    gym.trained()
    page = logged_in(screen(locale="de-DE"), f"/athletes/{gym.anna}")
    expect(page.get_by_test_id("sides")).to_contain_text("rechts 20 ± 1 % weniger")
    expect(page.get_by_role("link", name="Sportler", exact=True)).to_be_visible()
    expect(page.get_by_test_id("at-load")).to_contain_text("80 kg")


@SIZES
def test_a_session_says_who_lifted_what_and_how_the_tempo_was_kept(
    size: dict[str, int], dark: bool, gym: Gym, screen: Screen
) -> None:
    asked = Prescription(sets=1, reps=3, tempo="3-0-1-0", load_kg=80.0)
    slow = Prescription(sets=1, reps=3, tempo="2.5-0-1-0")
    sets = [(Lifter(gym.anna, 80.0, Side.LEFT, asked), 3, 0.4), (Lifter(gym.ben, 40.0, None, slow), 3, 0.4)]
    gym.lifted("two", timedelta(days=1), [*sets, (Lifter(), 3, 0.4)])
    page = logged_in(screen(size, dark), "/sessions/two")
    told = "Anna Example · 80 kg · left · Asked: 1 × 3 at 3-0-1-0, 80 kg"
    expect(page.get_by_test_id("set-1-lifter")).to_have_text(told)
    expect(page.get_by_test_id("set-2-lifter")).to_contain_text(f"No. {gym.ben} · 88 lb · Asked")
    expect(page.get_by_test_id("set-1-eccentric_s")).to_have_text("100 % kept, −0.5 s")
    expect(page.get_by_test_id("set-1-concentric_s")).to_have_text("100 % kept")
    expect(page.get_by_test_id("set-1").get_by_test_id("rep-row").first).to_contain_text("2.5 ± 0.1 kept")
    expect(page.get_by_test_id("set-3-eccentric_s")).to_have_count(0)
    assert faults(page) == []
    assert fits(page, size)
    page.get_by_role("link", name="Anna Example").first.click()
    expect(page.get_by_test_id("next")).to_contain_text("85 kg")
