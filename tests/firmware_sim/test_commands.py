"""The command line: files written, sensors served, errors told in a sentence."""

import gzip
import json
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
from click.testing import CliRunner

from firmware_sim.cli import main

KEYS = [
    "start_s",
    "bottom_s",
    "turn_s",
    "end_s",
    "eccentric_s",
    "bottom_pause_s",
    "concentric_s",
    "time_under_tension_s",
    "top_pause_s",
    "rom_m",
    "mean_concentric_velocity",
    "peak_concentric_velocity",
    "peak_eccentric_velocity",
    "bounce",
    "bounce_cause",
    "lockout_slam",
    "partial",
]


def test_render_writes_a_recording_and_its_truth(scenarios: Path, tmp_path: Path) -> None:
    result = CliRunner().invoke(
        main, ["render", str(scenarios / "demo.toml"), "--out", str(tmp_path), "--name", "mine"]
    )
    assert result.exit_code == 0, result.output
    assert result.output.split() == [str(tmp_path / "mine.csv.gz"), str(tmp_path / "mine.truth.json")]
    lines = gzip.decompress((tmp_path / "mine.csv.gz").read_bytes()).decode().splitlines()
    assert lines[0] == "time_s,ax,ay,az"
    table = np.loadtxt(lines[1:], delimiter=",")
    assert table.shape[1] == 4
    assert np.all(np.diff(table[:, 0]) > 0)
    assert abs(np.linalg.norm(table[:100, 1:].mean(axis=0)) - 9.81) < 0.8
    truth = json.loads((tmp_path / "mine.truth.json").read_text())
    assert list(truth) == ["name", "family", "incline_deg", "chip", "odr_nominal_hz", "sets"]
    assert truth["name"] == "mine"
    assert [list(rep) for one in truth["sets"] for rep in one["reps"]] == [KEYS] * 53
    assert table[-1, 0] > truth["sets"][-1]["reps"][-1]["end_s"]


def test_render_differs_by_seed(scenarios: Path, tmp_path: Path) -> None:
    for seed in "12":
        arguments = [
            "render",
            str(scenarios / "demo.toml"),
            "--out",
            str(tmp_path),
            "--name",
            seed,
            "--seed",
            seed,
        ]
        assert CliRunner().invoke(main, arguments).exit_code == 0
    assert (tmp_path / "1.csv.gz").read_bytes() != (tmp_path / "2.csv.gz").read_bytes()


def test_a_scenario_that_is_not_there_ends_in_one_sentence(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["render", str(tmp_path / "nowhere.toml")])
    assert result.exit_code == 2
    assert result.stderr.startswith("Cannot read the scenario")
    assert result.stderr.count("\n") == 1


def test_a_folder_that_cannot_be_written_ends_in_one_sentence(scenarios: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    result = CliRunner().invoke(
        main, ["render", str(scenarios / "demo.toml"), "--out", str(tmp_path / "file" / "deep")]
    )
    assert result.exit_code == 2
    assert result.stderr.startswith("Cannot write")


def test_two_sensors_of_one_name_are_refused(scenarios: Path) -> None:
    demo = str(scenarios / "demo.toml")
    result = CliRunner().invoke(main, ["run", demo, demo])
    assert result.exit_code == 2
    assert "sled-01; give each its own name" in result.stderr


def serve_and_stop(arguments: list[str], number: signal.Signals) -> dict[str, Any]:
    """Start the command on a free port, interrupt it once it is ready: its first JSON line."""
    command = [sys.executable, "-m", "firmware_sim.cli", *arguments, "--listen", "tcp-server:127.0.0.1:0"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        ready: dict[str, Any] = json.loads(process.stdout.readline())
        asked_s = time.monotonic()
        process.send_signal(number)
        _, errors = process.communicate(timeout=10)
        assert time.monotonic() - asked_s < 2.0
        assert (process.returncode, errors) == (0, "")
        return ready
    finally:
        process.kill()
        process.wait()


def test_run_serves_two_sensors_and_ends_cleanly(scenarios: Path, tmp_path: Path) -> None:
    files = [str(scenarios / name) for name in ("demo.toml", "demo-two.toml")]
    ready = serve_and_stop(["run", *files, "--truth", str(tmp_path)], signal.SIGTERM)
    assert ready["event"] == "ready"
    assert int(ready["listen"].removeprefix("tcp-server:127.0.0.1:")) > 0
    assert [sensor["name"] for sensor in ready["sensors"]] == ["sled-01", "sled-02"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["demo-two.truth.json", "demo.truth.json"]


def test_run_makes_all_sensors_of_the_family_it_is_told(scenarios: Path) -> None:
    files = [str(scenarios / name) for name in ("demo.toml", "demo-two.toml")]
    ready = serve_and_stop(["run", *files, "--family", "movesense"], signal.SIGTERM)
    assert [sensor["name"] for sensor in ready["sensors"]] == ["sled-01", "sled-02"]
    assert {sensor["family"] for sensor in ready["sensors"]} == {"movesense"}
    advertised = [sensor["advertised"] for sensor in ready["sensors"]]
    assert all(re.fullmatch(r"Movesense \d{12}", name) for name in advertised)
    assert len(set(advertised)) == 2


def test_replay_serves_a_rendered_recording_and_ends_cleanly(scenarios: Path, tmp_path: Path) -> None:
    assert (
        CliRunner().invoke(main, ["render", str(scenarios / "demo.toml"), "--out", str(tmp_path)]).exit_code == 0
    )
    ready = serve_and_stop(["replay", str(tmp_path / "demo.csv.gz")], signal.SIGINT)
    assert [sensor["name"] for sensor in ready["sensors"]] == ["demo"]


def test_replay_refuses_two_files_of_one_name(scenarios: Path, tmp_path: Path) -> None:
    for folder in ("a", "b"):
        arguments = ["render", str(scenarios / "demo.toml"), "--out", str(tmp_path / folder)]
        assert CliRunner().invoke(main, arguments).exit_code == 0
    files = [str(tmp_path / folder / "demo.csv.gz") for folder in ("a", "b")]
    result = CliRunner().invoke(main, ["replay", *files])
    assert result.exit_code == 3
    assert "rename one of the files" in result.stderr


def test_replay_tells_which_line_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "bad.csv").write_text("time_s,ax,ay,az\n0.0,0,0,9.8\n0.01,0,0\n")
    result = CliRunner().invoke(main, ["replay", str(tmp_path / "bad.csv")])
    assert result.exit_code == 3
    assert "line 3" in result.stderr


def test_a_wrong_listen_address_is_told_in_a_sentence(scenarios: Path) -> None:
    result = CliRunner().invoke(main, ["run", str(scenarios / "demo.toml"), "--listen", "nonsense"])
    assert result.exit_code == 5
    assert "is not a place to listen" in result.stderr


def test_a_controller_that_cannot_be_opened_is_told_in_a_sentence(scenarios: Path) -> None:
    for moniker in ("serial:/dev/nowhere", "nonsense:0", "usb:99"):
        result = CliRunner().invoke(main, ["run", str(scenarios / "demo.toml"), "--radio", moniker])
        assert result.exit_code == 5
        assert f"The controller {moniker} cannot be opened" in result.stderr


def test_a_damaged_gzip_file_is_told_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "bad.csv.gz").write_bytes(gzip.compress(b"time_s,ax,ay,az\n")[:10] + b"\xff" * 40)
    result = CliRunner().invoke(main, ["replay", str(tmp_path / "bad.csv.gz")])
    assert result.exit_code == 3
    assert "is a damaged gzip file" in result.stderr
