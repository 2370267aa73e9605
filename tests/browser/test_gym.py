"""The gym at a glance as a coach opens it, and the log that is searched; on a real store."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import expect

from sensor_hub.access import Access, Role
from sensor_hub.coach.programme import weekly
from sensor_hub.messages import LifterMessage, LinkState, Message, Progress, Side
from sensor_hub.prescription import Prescription
from sensor_hub.store import Lifter
from tests.browser import test_athletes
from tests.browser.conftest import PHONE, WALL, Player, Screen, Site
from tests.browser.test_accessible import faults
from tests.browser.test_athletes import ASKED, PASSWORD, Gym, fits, logged_in
from tests.web.lifter import Lift, LiftingSet

TABLET = {"width": 820, "height": 1180}
SIZES = pytest.mark.parametrize(("size", "dark"), [(PHONE, True), (TABLET, False), (WALL, True)])
PLAN = Prescription(sets=3, reps=4, tempo="2.5-0-1-0", load_kg=80.0)


@pytest.fixture
def gym(tmp_path: Path) -> Iterator[Gym]:
    made = Gym(tmp_path)
    made.file.add_account("lifter", Role.LIFTER, PASSWORD)
    yield made
    made.kept.store.close()


@pytest.fixture
def site(gym: Gym) -> Iterator[Site]:
    served = Site(access=Access(gym.file), kept=gym.kept)
    yield served
    served.stop()


def lifted_just_now(gym: Gym, name: str, sets: list[tuple[Lifter, int, float]]) -> None:
    """Of the gym's today, whatever the time is: a few seconds ago, or as little after midnight as that was."""
    now = datetime.now(UTC)
    midnight = now.astimezone().replace(hour=0, minute=0, second=0, microsecond=0)
    gym.lifted(name, test_athletes.NOW - max(now - timedelta(hours=1), midnight.astimezone(UTC)), sets)


def tell(site: Site, message: Message) -> None:
    """Of the gym whose sessions are in the store."""
    site.feed.offer(message.model_copy(update={"site": "gym"}))


def offer(site: Site, gym: Gym) -> None:
    """Anna presses, and bounces; elsewhere a sensor is lost and another runs low."""
    lifting = LiftingSet([Lift(2.5, 0.1, 1.0, 0.1), Lift(4.0, 0.1, 1.0, 0.1, bounced=True)])
    heading = lifting.rep(1).model_dump(include={"seq", "time", "site", "machine"})
    who = {"athlete": gym.anna, "load_kg": 80.0, "side": Side.LEFT, "asked": PLAN}
    for message in lifting.began():
        tell(site, message)
    tell(site, LifterMessage(id="l", **heading, **who))
    tell(site, lifting.set_message(Progress.STARTED).model_copy(update=who))
    tell(site, lifting.rep(1))
    tell(site, lifting.rep(2))
    tell(site, LiftingSet([Lift()], machine="sled-02").sensor(LinkState.LOST, battery=9))


@SIZES
def test_a_coach_sees_who_lifts_who_did_and_what_is_to_be_looked_after(
    size: dict[str, int], dark: bool, gym: Gym, site: Site, screen: Screen, player: Player
) -> None:
    today = datetime.now().astimezone().date()
    for who in (gym.anna, gym.kept.people.add("Cleo Example", "kg", "en").athlete):
        gym.kept.coaching.put_programme(who, weekly("Knee", today, 2, (1, 4), [PLAN]), None)
    own = Lifter(gym.anna, 80.0, Side.BOTH, PLAN)
    lifted_just_now(gym, "today", [(own, 4, 0.42), (own, 3, 0.41)])
    offer(site, gym)
    page = logged_in(screen(size, dark), "/")
    card = page.get_by_test_id("machine-card").filter(has_text="Sled 01")
    expect(card).to_contain_text("Anna Example · 80 kg · left")
    expect(card).to_contain_text("2.5-0-1-0 kept 83 %")
    expect(card).to_contain_text("1 flagged")
    expect(page.get_by_test_id("attention").get_by_role("listitem")).to_have_text(
        [
            "Sled 01: no data",
            "Sled 02: sensor lost, looking for it",
            "Sled 02: battery 9 %: charge it before the next set",
        ]
    )
    rows = page.get_by_test_id("today-row")
    expect(rows).to_have_count(2)
    expect(rows.nth(0)).to_contain_text("Anna Example")
    expect(rows.nth(0)).to_contain_text("2 of 3 sets")
    expect(rows.nth(0)).to_contain_text("100 %")
    expect(rows.nth(0)).to_contain_text("2 × bounced")
    expect(rows.nth(0)).to_contain_text("= 80 kg")
    expect(rows.nth(1)).to_contain_text("still to come")
    newest = page.get_by_test_id("newest").get_by_test_id("session-row")
    expect(newest).to_contain_text(["Anna Example"])
    assert faults(page) == []
    assert fits(page, size)
    rows.nth(1).get_by_role("link").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Cleo Example")


def test_a_set_that_ends_is_among_todays_without_asking(gym: Gym, site: Site, screen: Screen) -> None:
    offer(site, gym)
    page = logged_in(screen(), "/")
    expect(page.locator("#nobody-today")).to_be_visible()
    lifted_just_now(gym, "today", [(Lifter(gym.anna, 80.0, Side.BOTH, PLAN), 4, 0.42)])
    tell(site, LiftingSet([Lift()] * 2).set_message(Progress.ENDED))
    expect(page.get_by_test_id("today-row")).to_contain_text(["Anna Example"])
    expect(page.get_by_test_id("machine-card")).to_contain_text(["resting 0:0"])


def test_of_several_gyms_the_day_of_one_is_shown(gym: Gym, site: Site, screen: Screen) -> None:
    lifted_just_now(gym, "today", [(Lifter(gym.anna, 80.0, Side.BOTH, PLAN), 4, 0.42)])
    offer(site, gym)
    page = logged_in(screen(), "/")
    expect(page.get_by_test_id("today-row")).to_contain_text(["Anna Example"])
    expect(page.get_by_test_id("site")).to_be_hidden()
    elsewhere = LiftingSet([Lift()], machine="sled-09").set_message(Progress.ENDED)
    site.feed.offer(elsewhere.model_copy(update={"site": "west"}))
    page.get_by_test_id("site").select_option("West")
    expect(page.locator("#nobody-today")).to_be_visible()
    page.reload()
    expect(page.get_by_test_id("site")).to_have_value("west")
    expect(page.locator("#nobody-today")).to_be_visible()
    page.get_by_test_id("site").select_option("Gym")
    expect(page.get_by_test_id("today-row")).to_contain_text(["Anna Example"])


def test_a_lifter_sees_machines_and_neither_names_nor_the_day(gym: Gym, site: Site, screen: Screen) -> None:
    lifted_just_now(gym, "today", [(Lifter(gym.anna, 80.0, Side.BOTH, PLAN), 4, 0.42)])
    offer(site, gym)
    page = logged_in(screen(), "/", "lifter")
    expect(page.get_by_test_id("newest").get_by_test_id("session-row")).to_have_count(1)
    expect(page.get_by_test_id("today")).to_be_hidden()
    assert "Example" not in page.locator("main").inner_text()


@SIZES
def test_the_log_is_searched(size: dict[str, int], dark: bool, gym: Gym, screen: Screen) -> None:
    gym.trained()
    gym.lifted("bens", timedelta(days=3), [(Lifter(gym.ben, 70.0, Side.BOTH, ASKED), 4, 0.4)])
    page = logged_in(screen(size, dark), "/sessions")
    rows = page.get_by_test_id("session-row")
    expect(rows).to_have_count(6)
    expect(rows.nth(0)).to_contain_text("40 to 120 kg")
    expect(rows.nth(1)).to_contain_text(f"No. {gym.ben}")
    expect(rows.nth(1)).to_contain_text("154 lb")
    expect(rows.nth(1)).to_contain_text("tempo 100 %")
    expect(rows.nth(1)).to_contain_text("1 × bounced")
    assert faults(page) == []
    assert fits(page, size)
    page.get_by_label("Athlete").select_option(gym.ben)
    expect(rows).to_have_count(1)
    page.reload()
    expect(rows).to_have_count(1)
    expect(page.get_by_label("Athlete")).to_have_value(gym.ben)
    page.get_by_label("Day").fill(gym.kept.coaching.this_day().isoformat())
    expect(page.get_by_test_id("nothing")).to_be_visible()
    page.get_by_role("button", name="Show all").press("Enter")
    expect(rows).to_have_count(6)
    page.get_by_label("Day").fill((test_athletes.NOW - timedelta(days=3)).astimezone().date().isoformat())
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text([f"No. {gym.ben}"])


def test_an_athletes_own_log_has_its_own_figures(gym: Gym, screen: Screen) -> None:
    gym.file.add_account("ben", Role.LIFTER, PASSWORD, gym.ben)
    both = [(Lifter(who, 70.0, Side.BOTH, ASKED), 4, 0.4) for who in (gym.ben, gym.anna)]
    gym.lifted("both", timedelta(days=3), both)
    page = logged_in(screen(), "/sessions", "ben")
    row = page.get_by_test_id("session-row")
    expect(row).to_contain_text("tempo 100 %")
    expect(row).to_contain_text("1 × bounced")
    assert "Anna" not in page.locator("main").inner_text()
    expect(page.get_by_label("Athlete")).to_be_hidden()
