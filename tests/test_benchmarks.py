"""The benchmarks that judge the engine run, and say of a small recording what is known of it."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from benchmarks.crowd.recorded import at_rest
from benchmarks.crowd.traffic import Traffic, payload_of, place_of, subject_of
from sensor_hub.bus import decode
from sensor_hub.bus.centre import partition_of

ROOT = Path(__file__).parents[1]
RECORDING = ROOT / "tests" / "recordings" / "press-45.csv.gz"
REPS = 5


def run(name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "benchmarks" / name), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=120)


def test_review_asks_a_full_store_and_every_address_and_names_what_is_read_whole() -> None:
    command = [
        sys.executable,
        "-m",
        "benchmarks.review",
        "--reps",
        "264",
        "--hours",
        "1",
        "--plans",
        "--times",
        "2",
    ]
    done = subprocess.run(
        [*command, "--databases", "sqlite"], capture_output=True, text=True, timeout=120, cwd=ROOT
    )
    assert "264 reps in 11 sessions" in done.stdout, done.stderr
    whole = dict(re.findall(r"^  (.+) reads whole: (.+)$", done.stdout, re.MULTILINE))
    assert {name: tables for name, tables in whole.items() if tables not in ("session", "set")} == {
        "how much is stored (hourly)": "motion, raw, rep, session"
    }
    assert {"sessions of an athlete", "an athlete's history"}.isdisjoint(whole)
    assert re.search(r" /api/athletes/\w+/progress$", done.stdout, re.MULTILINE), done.stderr
    answered = re.search(r"^other answers than 200: (.+)$", done.stdout, re.MULTILINE)
    assert answered, done.stderr
    assert {one.rpartition("/")[2] for one in answered[1].split(", ")} <= {
        "address.svg",
        "sensors",
        "shared",
        "changes",
        "health",
    }


def judged(name: str, folder: Path, *arguments: str) -> dict[str, Any]:
    done = run(name, "--recordings", str(folder), "--json", *arguments)
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def test_accuracy_judges_a_folder_with_truth() -> None:
    figures = judged("accuracy.py", RECORDING.parent, "--jobs", "1")["all"]
    assert (figures["reps"], figures["found"], figures["added"], figures["exact"]) == (REPS, REPS, 0, 1.0)


def test_accuracy_shows_each_figure_beside_its_aim() -> None:
    lines = run("accuracy.py", "--recordings", str(RECORDING.parent), "--jobs", "1").stdout.splitlines()
    shown = {line[:28].strip(): line[28:].split() for line in lines if line.startswith("  ")}
    assert shown["exact %"] == ["≥", "99.0", "100.0"]
    assert shown["eccentric ms"][:2] == ["≤", "15.0/40.0"]
    assert shown["rep told s"][:2] == ["≤", "0.15/0.30"]


def test_accuracy_renders_only_the_families_asked_for() -> None:
    done = run("accuracy.py", "--families", "empty", "--seeds", "1", "--jobs", "1", "--json")
    figures = json.loads(done.stdout)
    assert set(figures) == {"empty", "all"}
    assert figures["all"]["told_idle"] == 0


def test_undated_hears_a_sensor_over_the_air_and_shows_the_same_figures() -> None:
    done = run("undated.py", "--family", "thingy", "--range-g", "2", "--scenarios", "empty", "--seeds", "1")
    assert done.stderr == "empty-100: 0 of 0 reps, 0 added, 0 gaps\n"
    shown = {line[:28].strip(): line[28:].split() for line in done.stdout.splitlines() if line.startswith("  ")}
    assert shown["nobody lifts"] == ["≤", "0", "0"]


def test_real_compares_counts_faults_and_strokes(tmp_path: Path) -> None:
    for name in ("counted", "moved"):
        shutil.copy(RECORDING, tmp_path / f"{name}.csv.gz")
    counted = {"reps": REPS + 2, "starts_with": "eccentric", "exercise": "press", "fault": "Clean"}
    (tmp_path / "counted.meta.json").write_text(json.dumps(counted))
    (tmp_path / "moved.meta.json").write_text(json.dumps({"half_cycles": half_cycles()}))
    found = judged("real.py", tmp_path)
    assert found["counts"]["counted"]["found"] == REPS
    assert len(found["velocity_ratios"]["press"]["Clean"]["counted"]) == REPS
    assert (found["strokes"]["all"]["strokes"], found["strokes"]["all"]["told"]) == (REPS, REPS)
    assert found["strokes"]["all"]["peak_mps"] < 0.03


def test_backlog_passes_everything_on_and_says_what_live_work_felt() -> None:
    done = run("backlog.py", "--machines", "2", "--seconds-lifted", "300", "--rest", "1", "--json")
    found = json.loads(done.stdout)
    assert found["points"] == 2 * (10 * 300 + 75)
    assert 0 < found["rep_there_s"]["median"] <= found["rep_there_s"]["most"] < 20
    assert found["commits_p50_ms"]["rest"] > 0


def half_cycles() -> list[dict[str, Any]]:
    """The concentrics of the recording as a camera would tell them, and one that went too far sideways."""
    truth = json.loads(RECORDING.with_name("press-45.truth.json").read_text())
    upward = [
        {
            "t0_s": rep["turn_s"],
            "t1_s": rep["end_s"],
            "duration_s": rep["concentric_s"],
            "direction": "up",
            "rom_m": rep["rom_m"],
            "peak_vel_mps": rep["peak_concentric_velocity"],
            "horiz_x_range_m": 0.0,
            "horiz_y_range_m": 0.0,
        }
        for one in truth["sets"]
        for rep in one["reps"]
    ]
    return [*upward, upward[0] | {"horiz_x_range_m": 0.2}]


def test_a_folder_without_recordings_is_refused_in_a_sentence(tmp_path: Path) -> None:
    for name in ("accuracy.py", "real.py"):
        done = run(name, "--recordings", str(tmp_path))
        assert done.returncode == 2
        assert "no recording" in done.stderr or "name a folder" in done.stderr


def test_growth_tells_every_machine_s_messages_in_its_own_name() -> None:
    traffic = Traffic(200, 0.25, at_rest(3), at_rest(2))
    due = traffic.due(30.0)
    assert len(due) == pytest.approx(30 * traffic.per_s, rel=0.05)
    assert [one.due_s for one in due] == sorted(one.due_s for one in due)
    ids = set()
    for one in due:
        site, machine = place_of(one.number)
        message = decode(f"legpress/{site}/{machine}/{one.told.kind}", payload_of(one.number, one.told))
        assert subject_of(one.number, one.told) == f"chain.{partition_of(site)}.{site}.{machine}.{one.told.kind}"
        ids.add((message.machine, message.id))
    assert len(ids) == len(due)
    assert len({machine for machine, _ in ids}) == 200
