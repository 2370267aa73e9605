"""`sensor-hub pair` as a person or a program uses it, against a simulated sensor in a process of its own."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from sensor_hub.app.floor.enrolment import EnrolmentFile
from sensor_hub.app.measuring.profiles import MachineProfile
from tests.integration.conftest import StartHub, StartLifters

PROGRAM = Path(sys.executable).with_name("sensor-hub")
SCENARIOS = Path(__file__).parent / "scenarios"
SPEED = "4"


def pair(
    adapter: str, folder: Path, *arguments: str, typed: str = "", code: int = 0
) -> subprocess.CompletedProcess[str]:
    command = [PROGRAM, "pair", "--data", folder, "--adapter", adapter, *arguments]
    done = subprocess.run(command, input=typed, capture_output=True, text=True, timeout=60)
    assert done.returncode == code, done.stderr
    return done


@pytest.fixture
def sled(start_lifters: StartLifters) -> str:
    return start_lifters("run", str(SCENARIOS / "pair.toml"), "--speed", SPEED).adapter


def test_a_program_pairs_with_options_and_reads_json(sled: str, tmp_path: Path) -> None:
    options = ["--sensor", "sled-01", "--machine", "press-1", "--kind", "leg-press-45", "--yes", "--json"]
    done = pair(sled, tmp_path, *options)
    answer = json.loads(done.stdout)
    assert answer["stored"] == "sled-01 put on press-1."
    assert {one["grade"] for one in answer["findings"]} <= {"good", "poor", "unknown"}
    assert "Press 3 slow, full reps" in done.stderr
    assert [one.machine for one in EnrolmentFile(tmp_path).read()] == ["press-1"]
    profile = MachineProfile(tmp_path, "home", "press-1").read()
    assert profile is not None
    assert profile.incline_deg == pytest.approx(45, abs=3)


def test_a_person_is_asked_and_may_say_no(sled: str, tmp_path: Path) -> None:
    done = pair(sled, tmp_path, "--no-identify", typed="1\npress-1\n1\ncancel\n")
    assert "Which one" in done.stderr
    assert "1 Leg press, 45° (sensor on the sled)" in done.stderr
    assert "Nothing was stored." in done.stderr
    assert list(tmp_path.glob("*.toml")) == []


def test_something_wrong_is_not_stored_unasked(sled: str, tmp_path: Path) -> None:
    options = ["--sensor", "sled-01", "--machine", "stack-1", "--kind", "weight-stack", "--yes"]
    done = pair(sled, tmp_path, *options, code=5)
    assert "a weight stack has 75° to 90°" in done.stderr
    assert "Something is wrong" in done.stderr
    assert not EnrolmentFile(tmp_path).read()


def test_beside_a_hub_that_holds_the_sensor_it_says_where_to_pair(sled: str, start_hub: StartHub) -> None:
    hub = start_hub(sled)
    options = ["--sensor", "sled-01", "--machine", "press-1", "--kind", "leg-press-45", "--yes"]
    done = pair(sled, hub.folder, *options, code=5)
    assert "pair on its page (Pair a sensor), or stop it first." in done.stderr
