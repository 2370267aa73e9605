"""Two simulated sensors at once, through Bluetooth, engine, broker, store and pages, into a real browser."""

import json
from math import nan
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from sensor_hub.app.demonstration.comparison import compare

SCENARIOS = Path(__file__).parent / "scenarios"


def read_truth(folder: Path, name: str) -> dict[str, Any]:
    truth: dict[str, Any] = json.loads((folder / f"{name}.truth.json").read_text(encoding="utf-8"))
    return truth


def tempo_on(page: Page) -> list[float]:
    """The last rep's digits, in seconds."""
    digits = page.get_by_test_id("tempo").inner_text().split("-")
    return [float(digit) if digit[0].isdigit() else nan for digit in digits]


def count_on(page: Page, count: int) -> None:
    expect(page.get_by_test_id("rep-count")).to_have_text(str(count), timeout=40_000)


def test_two_lifters_seen_live_and_logged(
    start_lifters: Any, start_hub: Any, chromium: Browser, tmp_path: Path, take_picture: Any
) -> None:
    scenarios = [SCENARIOS / "left.toml", SCENARIOS / "right.toml"]
    lifters = start_lifters("run", *scenarios, "--seed", "3", "--truth", tmp_path)
    truth = {name: read_truth(tmp_path, name) for name in ("left", "right")}
    hub = start_hub(lifters.adapter)
    context = chromium.new_context(viewport={"width": 1280, "height": 800})
    left, right = context.new_page(), context.new_page()
    left.goto(f"{hub.url}/live/home/sled-01")
    right.goto(f"{hub.url}/live/home/sled-02")

    count_on(left, 2)
    expect(left.get_by_test_id("bounce-warning")).to_be_visible()
    left.wait_for_timeout(500)
    take_picture(left, "live")
    expect(right.get_by_test_id("bounce-warning")).to_be_hidden()
    count_on(left, 3)
    expect(left.get_by_test_id("bounce-warning")).to_be_hidden()
    last = truth["left"]["sets"][0]["reps"][-1]
    digits = [last[name] for name in ("eccentric_s", "bottom_pause_s", "concentric_s")]
    assert tempo_on(left)[:3] == pytest.approx(digits, abs=0.3)
    count_on(right, 4)

    hub.wait_for_reps("sled-01", 3)
    hub.wait_for_reps("sled-02", 4)
    review(context.new_page(), hub.url, "sled-01", 3, take_picture)
    context.close()
    assert hub.stop() < 3
    for name, machine in (("left", "sled-01"), ("right", "sled-02")):
        result = compare(machine, truth[name], hub.reps(machine), until_s=1e9)
        assert result.equal, result
    assert [rep.bounced for rep in hub.reps("sled-01")] == [False, True, False]
    assert "Traceback" not in hub.output


def review(page: Page, url: str, machine: str, count: int, take_picture: Any) -> None:
    """From the list of sessions to the session, as a coach would."""
    page.goto(f"{url}/sessions")
    page.locator("a[href*='/sessions/']", has_text=machine).or_(
        page.locator(f"a[href*='/sessions/'][href*='{machine}']")
    ).first.click()
    expect(page.get_by_test_id("rep-row")).to_have_count(count, timeout=10_000)
    expect(page.get_by_test_id("set-1-reps")).to_contain_text(str(count))
    take_picture(page, "session")
