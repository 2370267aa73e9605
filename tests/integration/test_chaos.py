"""Real programs die and the power fails: what benchmarks/chaos.py and power_cut.py print of long runs holds here."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
FAULTS = ("hub killed", "broker loses its disk", "network cut")
CUTS = 6


@pytest.fixture(scope="module")
def figures() -> dict[str, Any]:
    """Both at once: they mostly wait."""
    commands = {
        "chaos": ["chaos.py", "--for", "0", "--broker", "mosquitto", "--faults", *FAULTS, "--json"],
        "power": ["power_cut.py", "--for", "3", "--cuts", str(CUTS), "--broker", "embedded", "--json"],
    }
    running = {
        name: subprocess.Popen(
            [sys.executable, BENCHMARKS / command[0], *command[1:]],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for name, command in commands.items()
    }
    told = {}
    for name, process in running.items():
        output, complaints = process.communicate(timeout=150)
        assert process.returncode == 0, complaints
        told[name] = json.loads(output)
    return told


def test_what_was_counted_is_stored_once_and_in_order_whatever_dies(figures: dict[str, Any]) -> None:
    found = figures["chaos"]["mosquitto"]
    books = found["books"]
    assert {name: one["times"] for name, one in found["faults"].items()} == dict.fromkeys(FAULTS, 1)
    assert (books["lost"], books["doubled"], books["misplaced"], books["unended"]) == ([], 0, 0, 0)
    assert books["uncounted"] == []
    assert books["counted"] > 5
    assert found["complaints"] == []


def test_a_power_cut_at_any_moment_takes_nothing_that_was_counted(figures: dict[str, Any]) -> None:
    found = figures["power"]
    assert (found["cuts"], found["lost"], found["damaged"], found["behind"]) == (CUTS, [], [], [])
    assert found["counted"] >= CUTS
    assert found["journals"] > 0
