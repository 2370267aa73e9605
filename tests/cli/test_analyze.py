"""`sensor-hub analyze` on a recording that the simulator has rendered: the contract's JSON, the stream, the table."""

import gzip
import json
from itertools import pairwise
from pathlib import Path

import pytest
from click.testing import CliRunner

from sensor_hub.cli import main

RECORDING = Path(__file__).parents[1] / "recordings" / "press-45.csv.gz"
TRUTH = json.loads((RECORDING.parent / "press-45.truth.json").read_text(encoding="utf-8"))
REP_FIELDS = {
    "number", "start_s", "bottom_s", "turn_s", "end_s", "eccentric_s", "bottom_pause_s", "concentric_s",
    "top_pause_s", "rom_m", "mean_velocity_mps", "peak_velocity_mps", "mean_eccentric_velocity_mps",
    "peak_eccentric_velocity_mps", "bounced", "bounce_cause", "hard_lockout", "partial", "turn_acceleration_mps2",
    "uncertainty",
    "time_under_tension_s", "mean_propulsive_velocity_mps", "propulsive_share", "mean_power_w_per_kg",
    "peak_power_w_per_kg", "sticking_point_share", "sticking_velocity_share", "eccentric_control",
}  # fmt: skip


def run(*arguments: str | Path) -> str:
    result = CliRunner().invoke(main, ["analyze", *(str(argument) for argument in arguments)])
    assert result.exit_code == 0, result.output
    return result.stdout


def test_json_follows_the_contract() -> None:
    report = json.loads(run(RECORDING, "--json"))
    assert set(report) == {"recording", "machine", "sets", "rejected"}
    assert set(report["recording"]) == {"file", "rate_hz", "duration_s", "gaps"}
    assert report["machine"]["incline_deg"] == pytest.approx(45, abs=8)
    assert len(report["machine"]["axis"]) == 3
    for one in report["sets"]:
        assert set(one) == {"number", "start_s", "end_s", "reps"}
        assert all(set(rep) == REP_FIELDS for rep in one["reps"])


def test_every_rep_is_counted() -> None:
    report = json.loads(run(RECORDING, "--json"))
    assert [len(one["reps"]) for one in report["sets"]] == [len(one["reps"]) for one in TRUTH["sets"]]


def test_the_stream_tells_the_same_reps() -> None:
    report = json.loads(run(RECORDING, "--json"))
    events = [json.loads(line) for line in run(RECORDING, "--stream").splitlines()]
    told = [event for event in events if event["event"] == "rep"]
    turns = [rep["turn_s"] for one in report["sets"] for rep in one["reps"]]
    assert [event["turn_s"] for event in told] == turns
    assert all(set(event) == REP_FIELDS | {"event", "at_s", "set_number"} for event in told)
    assert {"phase", "set", "calibrated", "rep"} <= {event["event"] for event in events}
    assert all(event["start_s"] <= event["at_s"] for event in events if event["event"] == "phase")
    assert all(before["at_s"] <= after["at_s"] for before, after in pairwise(events))


def test_motion_is_streamed_on_request_only() -> None:
    still, moving = run(RECORDING, "--stream"), run(RECORDING, "--stream", "--motion")
    assert '"motion"' not in still
    assert '"trace"' not in still
    assert '"event": "motion"' in moving
    reps = [event for event in map(json.loads, moving.splitlines()) if event["event"] == "rep"]
    assert [rep["start_s"] + rep["trace"]["offset_s"][-1] for rep in reps] == pytest.approx(
        [rep["end_s"] for rep in reps]
    )


def test_gaps_are_reported(tmp_path: Path) -> None:
    lines = gzip.decompress(RECORDING.read_bytes()).decode().splitlines()
    del lines[300:310]
    path = tmp_path / "holed.csv"
    path.write_text("\n".join(lines), encoding="utf-8")
    gaps = json.loads(run(path, "--json"))["recording"]["gaps"]
    assert [gap["lost"] for gap in gaps] == [10]
    told = [json.loads(line) for line in run(path, "--stream").splitlines()]
    assert [event["lost"] for event in told if event["event"] == "gap"] == [10]


def test_people_get_a_table() -> None:
    output = run(RECORDING)
    assert "Set 1: 5 reps" in output
    assert "bounced" in output


def test_a_set_ends_with_its_figures_in_a_line() -> None:
    (line,) = (line for line in run(RECORDING).splitlines() if line.startswith("  set  "))
    reps = TRUTH["sets"][0]["reps"]
    lasted_s = sum(rep["end_s"] - rep["start_s"] for rep in reps)
    tempo, tension, loss = line.removeprefix("  set  ").split(", ")
    assert len([float(digit) for digit in tempo.split("-")]) == 4
    assert float(tension.removesuffix(" s under tension")) == pytest.approx(lasted_s, abs=1.0)
    assert loss.startswith("velocity loss ")


def test_a_time_known_only_roughly_is_marked(tmp_path: Path) -> None:
    start_s = TRUTH["sets"][0]["reps"][2]["start_s"]
    header, *rows = gzip.decompress(RECORDING.read_bytes()).decode().splitlines()
    seen = [row for row in rows if abs(float(row.split(",")[0]) - start_s) > 0.6]
    torn = tmp_path / "torn.csv"
    torn.write_text("\n".join([header, *seen]) + "\n", encoding="utf-8")
    third = json.loads(run(torn, "--json"))["sets"][0]["reps"][2]
    line = next(line for line in run(torn).splitlines() if line.startswith("    3 "))
    assert third["uncertainty"]["eccentric_s"] > 0.25
    assert f"~{third['eccentric_s']:.1f}-{third['bottom_pause_s']:.1f}-" in line
