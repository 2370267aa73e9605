"""Files that the pages hand out, as a person takes them."""

import csv
from datetime import timedelta

from playwright.sync_api import expect

from sensor_hub.messages import Side
from sensor_hub.store import Lifter
from tests.browser.conftest import PHONE, Screen
from tests.browser.test_accessible import faults
from tests.browser.test_athletes import ASKED, Gym, fits, logged_in
from tests.browser.test_athletes import gym as gym
from tests.browser.test_athletes import site as site


def test_a_session_is_downloaded_as_a_table(gym: Gym, screen: Screen) -> None:
    gym.lifted("one", timedelta(days=1), [(Lifter(gym.anna, 80.0, Side.BOTH, ASKED), 4, 0.4)])
    page = logged_in(screen(PHONE, dark=True), "/sessions/one")
    page.get_by_test_id("take").get_by_text("Download").click()
    assert faults(page) == []
    assert fits(page, PHONE)
    with page.expect_download() as waited:
        page.get_by_test_id("take-csv").click()
    assert waited.value.suggested_filename == "one.csv"
    with waited.value.path().open(encoding="utf-8", newline="") as file:
        assert [row["athlete"] for row in csv.DictReader(file)] == [gym.anna] * 4
    expect(page.get_by_test_id("take-csv")).to_be_hidden()


def test_what_cannot_be_made_is_said(gym: Gym, screen: Screen) -> None:
    gym.lifted("one", timedelta(days=1), [(Lifter(gym.anna, 80.0, Side.BOTH, ASKED), 4, 0.4)])
    watched = screen(PHONE)
    page = logged_in(watched, "/sessions/one")
    page.get_by_test_id("take").get_by_text("Download").click()
    page.route(
        "**/export?form=fit", lambda route: route.fulfill(status=422, json={"error": "These are too many."})
    )
    page.get_by_test_id("take-fit").click()
    expect(page.get_by_role("alert")).to_have_text("These are too many.")
    expect(page.get_by_test_id("take-csv")).to_be_enabled()
    watched.complaints.clear()  # the browser's own, of the refusal
