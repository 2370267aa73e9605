"""An athlete's entry, what they may take along, and their erasure, on the pages."""

from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from sensor_hub.access import Role
from sensor_hub.messages import Side
from sensor_hub.store import CHAIN, Lifter, add_erasure, gym_part, make_cursors, settle
from tests.browser.conftest import PHONE, Screen
from tests.browser.test_accessible import faults
from tests.browser.test_athletes import ASKED, PASSWORD, SIZES, Gym, fits, logged_in
from tests.browser.test_athletes import gym as gym
from tests.browser.test_athletes import site as site


@pytest.fixture
def trained(gym: Gym) -> Gym:
    gym.file.add_account("admin", Role.ADMIN, PASSWORD)
    gym.lifted("one", timedelta(days=1), [(Lifter(gym.anna, 80.0, Side.BOTH, ASKED), 4, 0.4)])
    return gym


def test_a_coach_renames_and_changes_the_unit_and_erases_nobody(trained: Gym, screen: Screen) -> None:
    page = logged_in(screen(PHONE), f"/athletes/{trained.anna}")
    person = page.get_by_test_id("person")
    expect(person.get_by_test_id("person-name")).to_have_value("Anna Example")
    person.get_by_test_id("person-name").fill("Anna Other")
    person.get_by_test_id("person-unit").select_option("lb")
    person.get_by_role("button", name="Change the entry").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Anna Other")
    expect(page.get_by_test_id("person-unit")).to_have_value("lb")
    kept = trained.kept.people.one(trained.anna)
    assert (kept.name, kept.unit, kept.language) == ("Anna Other", "lb", "de")
    expect(page.get_by_test_id("erase")).to_have_count(0)


def test_an_athlete_takes_everything_along(trained: Gym, screen: Screen) -> None:
    trained.file.add_account("anna", Role.LIFTER, PASSWORD, trained.anna)
    page = logged_in(screen(PHONE), f"/athletes/{trained.anna}", "anna")
    page.get_by_test_id("take").get_by_text("Download").click()
    with page.expect_download() as waited:
        page.get_by_test_id("take-zip").click()
    assert waited.value.suggested_filename == f"{trained.anna}.zip"
    expect(page.get_by_test_id("person")).to_be_hidden()


@SIZES
def test_an_admin_erases_by_typing_the_name_and_sees_how_far_it_is(
    size: dict[str, int], dark: bool, trained: Gym, screen: Screen
) -> None:
    page = logged_in(screen(size, dark), f"/athletes/{trained.anna}", "admin")
    page.get_by_test_id("erase").click()
    dialog = page.get_by_test_id("erase-dialog")
    expect(dialog).to_contain_text("Backups, downloads, prints and shared files that were made before")
    expect(page.get_by_test_id("erase-sure")).to_be_disabled()
    page.get_by_test_id("erase-word").fill("Anna")
    expect(page.get_by_test_id("erase-sure")).to_be_disabled()
    page.get_by_test_id("erase-word").fill("Anna Example")
    expect(page.get_by_test_id("erase-sure")).to_be_enabled()
    assert faults(page) == []
    assert fits(page, size)
    page.get_by_test_id("erase-sure").click()
    expect(page.get_by_test_id("erasure")).to_contain_text("1 whole sessions · 1 sets · 4 reps")
    expect(page.get_by_test_id("erasure")).to_contain_text("Hub of gym/press-1: to be done")
    assert faults(page) == []
    page.get_by_role("link", name="All athletes").last.click()
    expect(page.get_by_test_id("athlete-row")).to_have_count(1)
    expect(page.get_by_test_id("erasures")).to_contain_text(f"No. {trained.anna}")
    expect(page.get_by_test_id("erasures")).to_contain_text("Not all is reached yet")
    assert fits(page, size)
    assert trained.kept.store.session("one") is None
    assert [one.athlete for one in trained.kept.people.all()] == [trained.ben]


def test_at_a_chains_centre_it_is_seen_which_gym_is_not_reached(trained: Gym, screen: Screen) -> None:
    gyms = [gym_part(f"gym-{letter}") for letter in "abcdef"]
    stranger, now = "zzzzzzzz", datetime.now(UTC)
    with trained.kept.store.transaction() as connection:
        make_cursors(connection, CHAIN, ["0"])
        add_erasure(connection, stranger, now, None, {}, {})
    trained.kept.people.erase(trained.anna, "admin")
    with trained.kept.store.transaction() as connection:
        add_erasure(connection, trained.anna, now, None, {}, {one: [] for one in gyms})
        for one in gyms[1:]:
            settle(connection, trained.anna, one, now, done=True)
        settle(connection, trained.anna, gyms[0], now, done=False, note="It has not answered yet.")
    page = logged_in(screen(PHONE), "/athletes", "admin")
    told = page.get_by_test_id("erasures")
    expect(told.get_by_role("listitem").filter(has_text="Gym gym-a: not reached yet")).to_contain_text("answered")
    expect(told).to_contain_text("5 gyms: done")
    expect(told).to_contain_text("Stream between the gyms and the centre: to be done")
    expect(page.get_by_test_id("erasure")).to_have_count(1)
    assert stranger not in told.inner_text()
    assert faults(page) == []
    assert fits(page, PHONE)
