"""Saying who lifts at the machine's live page: by name or as a guest, with load, side and what is due; taking turns."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from sensor_hub.access import SCREEN_RIGHTS, Access, AccessFile, Right
from sensor_hub.app.athletes.people import People
from sensor_hub.app.review.coaching import Coaching
from sensor_hub.app.review.correcting import Correcting
from sensor_hub.coach.overload import OverloadRules
from sensor_hub.coach.programme import weekly
from sensor_hub.config import HubSettings, Settings
from sensor_hub.messages import LifterMessage, Progress, SetMessage
from sensor_hub.prescription import Prescription
from sensor_hub.store import Store
from sensor_hub.web import Lifts
from tests.browser.conftest import PHONE, WALL, Kept, Screen, Site, Watched
from tests.browser.test_accessible import faults
from tests.web.lifter import SITE, Lift, LiftingSet

PATH = f"/live/{SITE}/sled-01"
ASKED = Prescription(sets=3, reps=10, tempo="4-1-2-0", load_kg=80.0)
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


class Gym(People):
    """Whose hub answers at once, or not at all."""

    site: Site
    kept: Kept
    answers = True

    def assign(self, site: str, machine: str, lifts: Lifts) -> None:
        if self.answers:
            heading = {"id": "lifter", "seq": 1, "time": NOW, "site": site, "machine": machine}
            self.site.feed.offer(LifterMessage.model_validate(heading | dict(lifts)))


@pytest.fixture
def gym(tmp_path: Path) -> Iterator[Gym]:
    store = Store.open(tmp_path / "hub.db")
    made = Gym(store, Settings(hub=HubSettings(data_dir=tmp_path)))
    coaching = Coaching(store, OverloadRules(), lambda: NOW)
    anna = made.add("Anna", "kg", "de").athlete
    made.add("Ben", "lb", None)
    coaching.put_programme(anna, weekly("knee", NOW.date() - timedelta(days=1), 4, [1, 3], [ASKED]), None)
    made.kept = Kept(store, made, coaching, Correcting(store, lambda: NOW))
    made.site = Site(access=Access(AccessFile(tmp_path), trusting=True), kept=made.kept)
    yield made
    made.site.stop()
    store.close()


@pytest.fixture
def site(gym: Gym) -> Site:
    return gym.site


def set_of(progress: Progress) -> SetMessage:
    return next(
        one
        for _, one in LiftingSet([Lift()]).messages()
        if isinstance(one, SetMessage) and one.progress is progress
    )


def pick(page: Page, name: str) -> None:
    page.get_by_test_id("lifter").click()
    again = page.get_by_role("button", name="Somebody else")
    if again.is_visible():
        again.click()
    page.get_by_role("dialog").get_by_role("button", name=name, exact=True).click()


def small_targets(page: Page) -> list[str]:
    """What in the open dialog is smaller than a sweaty finger."""
    found: list[str] = page.get_by_role("dialog").evaluate(
        """one => [...one.querySelectorAll('button, summary, input')]
            .filter(part => part.checkVisibility())
            .filter(part => { const box = part.getBoundingClientRect(); return box.width < 56 || box.height < 56; })
            .map(part => part.outerHTML)"""
    )
    return found


@pytest.mark.parametrize(("size", "dark"), [(PHONE, False), (PHONE, True), (WALL, False)])
def test_a_lifter_says_the_name_and_what_is_due_is_there(size: dict[str, int], dark: bool, screen: Screen) -> None:
    page = screen(size, dark, calm=True).open(PATH)
    expect(page.get_by_test_id("lifter")).to_have_text("Who lifts?")
    page.get_by_test_id("lifter").click()
    assert small_targets(page) == []
    assert faults(page) == []
    page.get_by_role("button", name="Anna").click()
    expect(page.get_by_role("button", name="leg press · 3 × 10 · 4-1-2-0 · 80 kg")).to_have_attribute(
        "aria-pressed", "true"
    )
    expect(page.get_by_test_id("load-entry")).to_have_value("80")
    page.get_by_role("button", name="Heavier").click()
    page.get_by_role("button", name="left").click()
    assert small_targets(page) == []
    assert faults(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    page.get_by_test_id("go").click()
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(page.get_by_test_id("lifter")).to_have_text("Anna · 82.5 kg · left")
    expect(page.get_by_test_id("reps-word")).to_have_text("of 10 reps")


def test_where_nobody_has_a_name_it_says_who_adds_one(
    screen: Screen, gym: Gym, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gym, "all", list)
    page = screen(PHONE, calm=True).open(PATH)
    page.get_by_test_id("lifter").click()
    expect(page.get_by_test_id("nobody")).to_contain_text("A coach adds names under Athletes")
    expect(page.get_by_role("dialog").get_by_role("button", name="Guest")).to_be_visible()
    monkeypatch.undo()
    page.reload()
    page.get_by_test_id("lifter").click()
    expect(page.get_by_role("button", name="Anna")).to_be_visible()
    expect(page.get_by_test_id("nobody")).to_be_hidden()


def test_plates_come_in_pairs_on_a_sled_that_weighs_what_was_said(screen: Screen) -> None:
    page = screen().open(PATH)
    pick(page, "Guest")
    expect(page.get_by_test_id("load-entry")).to_have_value("")
    page.get_by_role("button", name="+ 20", exact=True).click()
    page.get_by_role("button", name="+ 1.25").click()
    expect(page.get_by_test_id("load-entry")).to_have_value("42.5")
    page.get_by_test_id("sled").fill("30")
    page.get_by_role("button", name="empty").click()
    page.get_by_role("button", name="+ 20", exact=True).click()
    expect(page.get_by_test_id("load-entry")).to_have_value("70")
    page.get_by_test_id("load-entry").fill("heavy")
    page.get_by_test_id("go").click()
    expect(page.get_by_test_id("who-wrong")).to_have_text("A load is a number from 0 to 2000 kg.")
    page.get_by_test_id("load-entry").fill("70,5")
    page.get_by_test_id("go").click()
    expect(page.get_by_test_id("lifter")).to_have_text("Guest · 70.5 kg")


def test_two_who_take_turns_are_offered_each_after_the_others_set(screen: Screen, site: Site) -> None:
    page = screen().open(PATH)
    pick(page, "Anna")
    page.get_by_test_id("go").click()
    expect(page.get_by_test_id("lifter")).to_have_text("Anna · 80 kg")
    pick(page, "Ben")
    page.get_by_role("button", name="+ 45").click()
    page.get_by_test_id("go").click()
    expect(page.get_by_test_id("lifter")).to_have_text("Ben · 90 lb")
    expect(page.get_by_test_id("turn")).to_be_hidden()
    site.feed.offer(set_of(Progress.ENDED))
    expect(page.get_by_test_id("turn")).to_have_text("Next: Anna · 80 kg")
    page.get_by_test_id("turn").click()
    expect(page.get_by_test_id("lifter")).to_have_text("Anna · 80 kg")
    expect(page.get_by_test_id("reps-word")).to_have_text("of 10 reps")
    expect(page.get_by_test_id("turn")).to_be_hidden()


def test_a_hub_that_does_not_answer_is_said_within_six_seconds(screen: Screen, gym: Gym) -> None:
    gym.answers = False
    page = screen().open(PATH)
    pick(page, "Guest")
    page.get_by_test_id("go").click()
    expect(page.get_by_test_id("who-wrong")).to_contain_text("The hub has not answered.", timeout=6000)
    expect(page.get_by_role("dialog")).to_be_visible()
    expect(page.get_by_test_id("lifter")).to_have_text("Who lifts?")


def test_many_names_are_found_by_a_few_letters(screen: Screen, gym: Gym) -> None:
    for number in range(9):
        gym.add(f"Athlete {number}", "kg", None)
    page = screen().open(PATH)
    page.get_by_test_id("lifter").click()
    page.get_by_test_id("filter").fill("ete 7")
    expect(page.get_by_test_id("names").get_by_role("button")).to_have_text(["Athlete 7"])


def test_it_is_said_in_german_too(screen: Screen) -> None:
    page = screen(locale="de-DE").open(PATH)
    page.get_by_role("button", name="Wer trainiert?").click()
    page.get_by_role("button", name="Anna").click()
    page.get_by_role("button", name="Leichter").click()
    expect(page.get_by_test_id("load-entry")).to_have_value("77,5")
    page.get_by_role("button", name="Los", exact=True).click()
    expect(page.get_by_test_id("lifter")).to_have_text("Anna · 77,5 kg")


def test_a_screen_asks_too_and_shows_a_phone_the_way(chromium: Browser, gym: Gym, tmp_path: Path) -> None:
    file, place = AccessFile(tmp_path), (SITE, "sled-01")
    served = Site(access=Access(file), kept=gym.kept)
    watching = [Watched(chromium.new_context(), served.url.replace("127.0.0.1", "hub.example")) for _ in range(2)]
    try:
        page = watching[0].open(f"/kiosk#{file.add_token('screen', SCREEN_RIGHTS, NOW, place)}")
        page.get_by_test_id("lifter").click()
        expect(page.get_by_test_id("names").get_by_role("button")).to_have_text(["Anna", "Ben"])
        page.get_by_text("On your phone").click()
        page.wait_for_function("() => document.querySelector('#phone img').naturalWidth > 0")
        page = watching[1].open(f"/kiosk#{file.add_token('old', frozenset({Right.LIVE}), NOW, place)}")
        expect(page.get_by_test_id("link-state")).to_have_text("nothing heard yet")
        expect(page.get_by_test_id("lifter")).to_be_hidden()

    finally:
        for one in watching:
            one.context.close()
        served.stop()
