"""The gyms as whoever looks after them opens them, and who trains in two as a coach does; on a real store."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from sensor_hub.access import Access, Role
from sensor_hub.messages import HubPart, LinkState, Message, RepMessage, SessionMessage
from sensor_hub.model import BounceCause
from tests.browser.conftest import PHONE, WALL, Screen, Site
from tests.browser.test_accessible import faults
from tests.browser.test_athletes import PASSWORD, Gym, fits, logged_in
from tests.store.conftest import Lifter as Evening
from tests.web.test_gyms import told

TABLET = {"width": 820, "height": 1180}
SIZES = pytest.mark.parametrize(("size", "dark"), [(PHONE, True), (TABLET, False), (WALL, True)])
STOP = {"bounced": True, "bounce_cause": BounceCause.STOP}
USUAL = {"store.keep_raw": "90 days", "bluetooth.rate_hz": None, "machines": 3}


def furnish(gym: Gym) -> None:
    """In the north a battery is low, a sensor away, a part fails and stops are hit more; the south is well but for a
    setting; the west is silent; an old hub tells nothing of itself."""
    now, store = datetime.now(UTC), gym.kept.store
    trouble: dict[str, Any] = {
        "press-1": {"battery_percent": 11, "battery_h": 1.6},
        "press-2": {"state": LinkState.LOST, "heard": now - timedelta(days=3)},
        "parts": [HubPart(part="recorder", grade="bad", since=now)],
        "settings": USUAL | {"store.keep_raw": "everything"},
    }
    names = ("press-1", "press-2")
    store.record([told("north", now - timedelta(days=one), names, settings=USUAL) for one in (2, 1)])
    store.record([told("north", now, names, **trouble)])
    store.record([told(site, now, settings=USUAL) for site in ("south", "east")])
    store.record([told("west", now - timedelta(days=2), settings=USUAL)])
    for week in range(8):
        store.record(evening(gym.anna, "north", now - timedelta(days=7 * week, hours=5), 6 if week < 4 else 0))
    store.record(evening(gym.anna, "old", now - timedelta(hours=2), 0))


def evening(athlete: str, site: str, began: datetime, hits: int) -> list[Message]:
    """A session of 24 reps, the first of which hit a stop."""
    lifted = Evening(session=f"{site}{began}", site=site, began=began).whole_session(sets=3, reps=8)
    left = iter(range(24))
    return [
        one.model_copy(update=STOP if next(left) < hits else {"bounced": False})
        if isinstance(one, RepMessage)
        else one.model_copy(update={"athlete": athlete})
        if isinstance(one, SessionMessage)
        else one
        for one in lifted
    ]


@pytest.fixture
def gym(tmp_path: Path) -> Iterator[Gym]:
    made = Gym(tmp_path)
    made.file.add_account("admin", Role.ADMIN, PASSWORD)
    furnish(made)
    yield made
    made.kept.store.close()


@pytest.fixture
def site(gym: Gym) -> Iterator[Site]:
    served = Site(access=Access(gym.file), kept=gym.kept)
    yield served
    served.stop()


@SIZES
def test_whoever_looks_after_the_gyms_sees_which_needs_a_visit_and_why(
    size: dict[str, int], dark: bool, screen: Screen
) -> None:
    page = logged_in(screen(size, dark), "/", "admin")
    page.get_by_test_id("upkeep").click()
    cards = page.get_by_test_id("gym")
    expect(cards.get_by_role("heading")).to_have_text(["North", "West", "Old", "East", "South"])
    expect(page.get_by_test_id("summary")).to_have_text("5 gyms: 2 need somebody now, 1 before long, 2 are well.")
    needs = cards.nth(0).get_by_test_id("need")
    expect(needs.nth(0)).to_contain_text("Hub 1: recorder does not work since")
    expect(needs.nth(1)).to_have_text("Press 1: battery 11 %, about 1.6 h of use left")
    expect(needs.nth(2)).to_contain_text("Press 2: sensor not heard since")
    expect(cards.nth(1)).to_contain_text("Hub 1: silent since")
    expect(cards.nth(2)).to_contain_text("Hub 1: version 0.1.0 tells nothing of itself; update it to 9.9.9")
    expect(cards.nth(4)).to_contain_text("All is well")
    assert faults(page) == []
    assert fits(page, size)


@SIZES
def test_a_gyms_page_shows_machines_use_stops_and_what_is_set_otherwise(
    size: dict[str, int], dark: bool, screen: Screen
) -> None:
    page = logged_in(screen(size, dark), "/gyms/north", "admin")
    expect(page.get_by_role("heading", level=1)).to_have_text("North")
    first, second = page.get_by_test_id("machine").nth(0), page.get_by_test_id("machine").nth(1)
    expect(first).to_contain_text("11 % low")
    expect(first).to_contain_text("12 sets")
    expect(first).to_contain_text("25.0 in 100")
    expect(first).to_contain_text("25.0 more than before")
    expect(first.get_by_label("Lowest charge on each of 3 days")).to_be_visible()
    expect(second).to_contain_text("not used")
    expect(page.get_by_test_id("use").locator("tbody tr")).to_have_count(7)
    expect(page.get_by_test_id("use").locator("tbody td[title*='min under load']")).not_to_have_count(0)
    hub = page.get_by_test_id("hub")
    expect(hub).to_contain_text("98 GB of 125 GB free, enough for 870 days")
    expect(hub.get_by_role("listitem").filter(has_text="keep_raw")).to_have_text(
        'store.keep_raw = "everything"most have "90 days"'
    )
    assert faults(page) == []
    assert fits(page, size)


def test_where_there_is_one_gym_its_page_is_all(gym: Gym, screen: Screen) -> None:
    with gym.kept.store.transaction() as connection:
        for table in ("hub", "hub_hour"):
            connection.exec_driver_sql(f"DELETE FROM {table} WHERE site <> 'north'")
        connection.exec_driver_sql("UPDATE machine SET last_seen = 0 WHERE site <> 'north'")
    page = logged_in(screen(), "/gyms", "admin")
    expect(page.get_by_role("heading", level=1)).to_have_text("North")
    expect(page.get_by_test_id("hub")).to_be_visible()
    expect(page.locator("#back")).to_be_hidden()


def test_what_a_silent_hub_said_is_not_of_now(screen: Screen) -> None:
    page = logged_in(screen(), "/gyms/west", "admin")
    expect(page.get_by_test_id("need")).to_contain_text("Hub 1: silent since")
    machine = page.get_by_test_id("machine")
    expect(machine.locator("td[data-name=Heard]")).to_have_text(re.compile(r"^\d+ \w+ \d\d:\d\d$"))


def test_a_coach_sees_who_trains_in_two_gyms(gym: Gym, screen: Screen) -> None:
    page = logged_in(screen(), "/athletes")
    visits = page.get_by_test_id("visits")
    row = visits.get_by_test_id("visit-row")
    expect(row).to_contain_text(["Anna ExampleNorth: 4 sessions, Old: 1 session"])
    assert faults(page) == []
    visits.get_by_role("link").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Anna Example")
