"""The figures of docs/signal.md and docs/scale.md are there, and one command draws them all, the same each time."""

import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

ROOT = Path(__file__).parents[1]
SMALL = ("--seeds", "1", "--families", "slam")


def referenced() -> set[str]:
    pages = "".join((ROOT / "docs" / name).read_text(encoding="utf-8") for name in ("signal.md", "scale.md"))
    return set(re.findall(r"\]\(figures/([\w-]+\.svg)\)", pages))


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("figures")
    command = [sys.executable, "benchmarks/figures.py", "--folder", str(folder), *SMALL]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=150)
    return folder


def test_every_figure_of_the_page_is_in_the_project_and_none_is_left_over() -> None:
    there = {path.name for path in (ROOT / "docs" / "figures").iterdir()}
    assert referenced() == there
    assert len(there) == 6


def test_the_command_draws_every_figure(drawn: Path) -> None:
    assert {path.name for path in drawn.iterdir()} == referenced()
    for path in drawn.iterdir():
        assert ElementTree.parse(path).getroot().tag.endswith("svg")
        assert 10_000 < path.stat().st_size < 200_000


def test_figures_hold_no_date_and_no_path() -> None:
    for path in (ROOT / "docs" / "figures").iterdir():
        text = path.read_text(encoding="utf-8")
        assert "<dc:date>" not in text
        assert str(ROOT) not in text


def test_the_rep_is_marked_with_the_definitions(drawn: Path) -> None:
    text = (drawn / "rep.svg").read_text(encoding="utf-8")
    for name in ("start_s", "bottom_s", "turn_s", "end_s", "eccentric", "bottom pause", "concentric", "top pause"):
        assert f">{name}<" in text
