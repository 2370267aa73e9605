"""Five minutes of a gym on the virtual air: what `benchmarks/links.py` prints of an hour holds for them too."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

PROGRAM = Path(__file__).parents[2] / "benchmarks" / "links.py"
BUFFERED = {"sled-01", "sled-02", "sled-03"}
REBOOTED = {"sled-01", "sled-02"}
A_PACKET = 4


@pytest.fixture(scope="module")
def evening() -> dict[str, Any]:
    command = [sys.executable, PROGRAM, "--minutes", "5", "--seed", "5", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=170)
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def test_every_rep_is_counted_once_on_every_sensor(evening: dict[str, Any]) -> None:
    """Of a sensor without a memory, one beside a hole in its samples may be missing: docs/links.md, an hour."""
    for name, one in evening["sensors"].items():
        reps = one["reps"]
        assert (name, reps["added"]) == (name, 0)
        assert reps["missing"] <= (0 if name in BUFFERED else 1), name
        assert reps["found"] >= 8, name


def test_sensors_with_a_memory_lose_nothing_through_shadows_and_a_killed_hub(evening: dict[str, Any]) -> None:
    for name in BUFFERED:
        one = evening["sensors"][name]
        assert one["samples"] > 20_000
        assert one["lost"] <= (A_PACKET if name in REBOOTED else 0), name
        assert set(one["gaps"]) <= ({"restarted", "lost"} if name in REBOOTED else set()), name


def test_every_hole_is_told(evening: dict[str, Any]) -> None:
    assert {one["untold"] for one in evening["sensors"].values()} == {0}
    assert any(one["gaps"] for name, one in evening["sensors"].items() if name not in BUFFERED)


def test_a_battery_that_will_not_last_is_told_before_it_is_empty(evening: dict[str, Any]) -> None:
    assert evening["sensors"]["sled-03"]["battery_told_min"] > 0.5
