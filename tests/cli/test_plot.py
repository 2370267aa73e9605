"""`sensor-hub analyze --plot`: pictures are really drawn, hold what the report holds, and refuse in a sentence."""

import gzip
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner, Result
from playwright.sync_api import Browser, Page, sync_playwright

from sensor_hub.app.telling.refusal_words import why_not
from sensor_hub.cli import main
from sensor_hub.model import Refusal
from tests.browser.conftest import ARGUMENTS, CHROMIUM, PHONE

RECORDING = Path(__file__).parents[1] / "recordings" / "press-45.csv.gz"


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["analyze", *(str(argument) for argument in arguments)])


@pytest.fixture(scope="module")
def holed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The recording with ten samples missing before the set."""
    lines = gzip.decompress(RECORDING.read_bytes()).decode().splitlines()
    del lines[300:310]
    path = tmp_path_factory.mktemp("plot") / "holed & <odd>.csv"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def report(holed: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run(holed, "--json").stdout)
    return found


@pytest.fixture(scope="module")
def texts(holed: Path) -> list[str]:
    """Every text of the drawn SVG."""
    path = holed.with_name("set.svg")
    assert run(holed, "--plot", path).exit_code == 0
    tree = ElementTree.parse(path)
    return ["".join(node.itertext()).strip() for node in tree.iter("{http://www.w3.org/2000/svg}text")]


def test_the_drawing_names_every_rep_with_its_range_and_flags(texts: list[str], report: dict[str, Any]) -> None:
    reps = [rep for one in report["sets"] for rep in one["reps"]]
    for rep in reps:
        assert sum(text.startswith(f"{100 * rep['rom_m']:.1f}") and text.endswith("cm") for text in texts) >= 1
    assert texts.count("bounced") == sum(rep["bounced"] for rep in reps) > 0


def test_the_drawing_tells_why_a_stroke_was_rejected(texts: list[str], report: dict[str, Any]) -> None:
    (rejected,) = report["rejected"]
    (why,) = [text for text in texts if text.startswith("rejected,")]
    assert why_not(Refusal(rejected["reason"]), rejected["gates"]) in why
    assert any(f"depth {rejected['gates']['depth_m']:.3f} m" in text for text in texts)


def test_the_drawing_names_the_gap_and_the_rail(texts: list[str]) -> None:
    assert any("10 samples lost in 1 gap" in text for text in texts)
    assert any("rail found: incline 4" in text for text in texts)


@pytest.mark.parametrize(("ending", "magic"), [("png", b"\x89PNG"), ("pdf", b"%PDF"), ("svg", b"<?xml")])
def test_images_are_of_their_kind_and_the_same_each_time(tmp_path: Path, ending: str, magic: bytes) -> None:
    paths = [tmp_path / f"{name}.{ending}" for name in "ab"]
    for path in paths:
        assert run(RECORDING, "--plot", path).exit_code == 0
    first, second = (path.read_bytes() for path in paths)
    assert first.startswith(magic)
    assert first == second


def test_the_report_is_printed_as_well(tmp_path: Path) -> None:
    assert run(RECORDING, "--plot", tmp_path / "a.html").stdout == run(RECORDING).stdout


def test_an_unknown_ending_is_rejected_with_the_known_ones(tmp_path: Path) -> None:
    result = run(RECORDING, "--plot", tmp_path / "set.gif")
    assert result.exit_code == 9
    assert ".png, .svg, .pdf, .html" in result.stderr


def test_without_matplotlib_the_way_to_it_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    result = run(RECORDING, "--plot", tmp_path / "set.png")
    assert result.exit_code == 9
    assert "pip install 'sensor-hub[plot]'" in result.stderr
    assert run(RECORDING, "--plot", tmp_path / "set.html").exit_code == 0


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    result = run(RECORDING, "--plot", tmp_path / "none" / "set.html")
    assert result.exit_code == 9
    assert "there is no folder" in result.stderr


def test_a_stream_is_not_drawn(tmp_path: Path) -> None:
    result = run(RECORDING, "--stream", "--plot", tmp_path / "set.html")
    assert result.exit_code == 2


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def drawn(holed: Path) -> Path:
    path = holed.with_name("set.html")
    assert run(holed, "--plot", path).exit_code == 0
    return path


class Opened:
    """A page that must fetch nothing but itself and say nothing in the console."""

    def __init__(self, browser: Browser, path: Path, size: dict[str, int], dark: bool = False) -> None:
        self.context = browser.new_context(
            viewport={"width": size["width"], "height": size["height"]}, color_scheme="dark" if dark else "light"
        )
        self.context.set_offline(True)
        self.page: Page = self.context.new_page()
        self.requests: list[str] = []
        self.complaints: list[str] = []
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("console", lambda said: self.complaints.append(said.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.goto(path.as_uri())
        self.page.wait_for_selector("#charts canvas")

    def shown(self) -> tuple[float, float]:
        first, last = self.page.get_by_test_id("shown").inner_text().replace(" s", "").split("to")
        return float(first), float(last)

    def chart(self) -> dict[str, float]:
        box = self.page.locator("#charts .u-over").first.bounding_box()
        assert box is not None
        return dict(box)

    def settle(self) -> None:
        self.page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")

    def close(self) -> None:
        self.context.close()
        assert self.complaints == []
        assert len(self.requests) == 1


@pytest.fixture
def opened(chromium: Browser, drawn: Path) -> Iterator[Opened]:
    page = Opened(chromium, drawn, {"width": 1200, "height": 900})
    yield page
    page.close()


def test_the_page_lists_every_rep_and_every_rejected_stroke(opened: Opened, report: dict[str, Any]) -> None:
    reps = [rep for one in report["sets"] for rep in one["reps"]]
    rows = opened.page.get_by_test_id("rep-row").all_inner_texts()
    assert len(rows) == len(reps)
    for row, rep in zip(rows, reps, strict=True):
        assert f"{100 * rep['rom_m']:.1f}" in row
        assert ("bounced" in row) == rep["bounced"]
    (rejected,) = opened.page.get_by_test_id("rejected-row").all_inner_texts()
    assert why_not(Refusal(report["rejected"][0]["reason"]), report["rejected"][0]["gates"]) in rejected
    assert f"{report['rejected'][0]['gates']['depth_m']:.3f} m" in rejected
    assert opened.page.title() == "holed & <odd>.csv"


def test_the_page_begins_with_the_first_set(opened: Opened, report: dict[str, Any]) -> None:
    opened.settle()
    first, last = opened.shown()
    assert first == pytest.approx(report["sets"][0]["start_s"] - 3, abs=0.1)
    assert last == pytest.approx(report["sets"][0]["end_s"] + 3, abs=0.1)


def test_dragging_zooms_and_a_double_click_shows_all(opened: Opened) -> None:
    opened.settle()
    before, box, mouse = opened.shown(), opened.chart(), opened.page.mouse
    mouse.move(box["x"] + 0.25 * box["width"], box["y"] + 90)
    mouse.down()
    mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 90, steps=4)
    mouse.up()
    opened.settle()
    width = before[1] - before[0]
    assert opened.shown() == pytest.approx((before[0] + 0.25 * width, before[0] + 0.5 * width), abs=0.02 * width)
    mouse.dblclick(box["x"] + 0.5 * box["width"], box["y"] + 90)
    opened.settle()
    assert opened.shown()[1] - opened.shown()[0] == pytest.approx(37.4, abs=0.1)


def test_wheel_keys_and_shift_drag_zoom_and_move(opened: Opened) -> None:
    opened.settle()
    box, mouse, keyboard = opened.chart(), opened.page.mouse, opened.page.keyboard
    middle = box["x"] + 0.5 * box["width"], box["y"] + 90
    first, last = opened.shown()
    mouse.move(*middle)
    keyboard.down("Control")
    mouse.wheel(0, -100)
    keyboard.up("Control")
    opened.settle()
    assert opened.shown()[1] - opened.shown()[0] < 0.8 * (last - first)
    first, last = opened.shown()
    keyboard.down("Shift")
    mouse.down()
    mouse.move(middle[0] - 0.1 * box["width"], middle[1], steps=3)
    mouse.up()
    keyboard.up("Shift")
    opened.settle()
    assert opened.shown() == pytest.approx((first + 0.1 * (last - first), last + 0.1 * (last - first)), abs=0.1)
    keyboard.press("0")
    opened.settle()
    assert opened.shown()[0] == pytest.approx(0, abs=0.1)


def test_the_cursor_reads_the_chart(opened: Opened, report: dict[str, Any]) -> None:
    opened.settle()
    rep = report["sets"][0]["reps"][1]
    first, last = opened.shown()
    at_s = 0.5 * (rep["start_s"] + rep["bottom_s"])
    box = opened.chart()
    opened.page.mouse.move(box["x"] + (at_s - first) / (last - first) * box["width"], box["y"] + 90)
    opened.settle()
    readout = opened.page.get_by_test_id("readout").inner_text()
    assert "eccentric of rep 2, set 1" in readout
    assert f"{at_s:.1f}"[:-1] in readout
    assert "velocity -0." in readout


def test_a_row_shows_its_rep_and_the_address_keeps_it(opened: Opened, report: dict[str, Any]) -> None:
    rep = report["sets"][0]["reps"][3]
    opened.page.get_by_test_id("rep-row").nth(3).click()
    opened.settle()
    assert opened.shown() == pytest.approx((rep["start_s"] - 1, rep["end_s"] + 1), abs=0.1)
    opened.page.wait_for_url(f"**#{rep['start_s'] - 1:.2f}-{rep['end_s'] + 1:.2f}")


def test_the_page_fits_a_phone_in_the_dark(chromium: Browser, drawn: Path) -> None:
    page = Opened(chromium, drawn, PHONE, dark=True)
    page.settle()
    assert page.page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    background = page.page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert sum(int(part) for part in background[4:-1].split(",")) < 150
    page.close()


def test_two_fingers_zoom_and_one_moves(chromium: Browser, drawn: Path) -> None:
    page = Opened(chromium, drawn, PHONE)
    page.settle()
    box, hand = page.chart(), page.context.new_cdp_session(page.page)

    def touch(kind: str, *places: float) -> None:
        points = [{"x": x, "y": box["y"] + 80, "id": i} for i, x in enumerate(places)]
        hand.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    first, last = page.shown()
    touch("touchStart", 180, 220)
    for apart in range(5, 85, 5):
        touch("touchMove", 180 - apart, 220 + apart)
    touch("touchEnd")
    page.settle()
    assert page.shown()[1] - page.shown()[0] == pytest.approx((last - first) / 5, rel=0.2)
    first, last = page.shown()
    touch("touchStart", 250)
    for moved in range(10, 110, 10):
        touch("touchMove", 250 - moved)
    touch("touchEnd")
    page.settle()
    assert page.shown()[0] - first == pytest.approx(100 / box["width"] * (last - first), rel=0.25)
    page.close()


def test_a_recording_without_a_rep_is_drawn_as_well(tmp_path: Path, chromium: Browser) -> None:
    lines = gzip.decompress(RECORDING.read_bytes()).decode().splitlines()[:400]
    still = tmp_path / "still.csv"
    still.write_text("\n".join(lines), encoding="utf-8")
    assert run(still, "--plot", tmp_path / "still.svg").exit_code == 0
    assert "Nothing looked like a rep" in (tmp_path / "still.svg").read_text(encoding="utf-8")
    assert run(still, "--plot", tmp_path / "still.html").exit_code == 0
    page = Opened(chromium, tmp_path / "still.html", PHONE)
    assert page.page.get_by_test_id("rep-row").count() == 0
    page.close()
