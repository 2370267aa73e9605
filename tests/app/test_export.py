"""What was stored comes out as files that other programs read, whole, and safe to open."""

import csv
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import fitdecode
import numpy as np
import pytest
from click.testing import CliRunner, Result
from jsonschema import Draft202012Validator
from pyarrow import parquet

from sensor_hub.app.export import Format, schema_text, write_export
from sensor_hub.app.export.document import SCHEMA
from sensor_hub.app.recording import read_recording
from sensor_hub.cli import main
from sensor_hub.errors import StoreError
from sensor_hub.model import Samples
from sensor_hub.store import Store
from tests.store.conftest import EVENING, Lifter, counts_block

MADE = datetime(2026, 3, 4, tzinfo=UTC)


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    """Two evenings on two machines, the first with 6 s of raw samples of which one second is missing."""
    opened = Store.open(store_url)
    one = Lifter()
    opened.record([*one.whole_session(), one.session_(1001.0, athlete="k7m2p9xd", load_kg=80.0)])
    blocks = [counts_block(200, start_s, seed=int(start_s)) for start_s in (10.0, 12.0, 15.0)]
    opened.record([one.raw(100.0 + block.time_s[0], block) for block in blocks])
    two = Lifter(session="later", machine="press-2", began=EVENING + timedelta(days=1))
    opened.record(two.whole_session())
    yield opened
    opened.close()


def hub(folder: Path, *arguments: str | Path) -> Result:
    options = ["--config", str(folder / "hub.toml"), "--data", str(folder)]
    return CliRunner().invoke(main, ["export", *map(str, arguments), *options])


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_csv_has_a_row_a_rep(store: Store, tmp_path: Path) -> None:
    said = hub(tmp_path, "csv", tmp_path / "reps.csv")
    assert (said.exit_code, said.output) == (0, f"2 sessions in {tmp_path / 'reps.csv'}.\n")
    rows = rows_of(tmp_path / "reps.csv")
    assert len(rows) == 12
    record = store.session("evening")
    assert record is not None
    rep, row = record.reps[1], rows[1]
    assert (row["session"], row["athlete"], row["load_kg"], row["tempo"]) == (
        "evening",
        "k7m2p9xd",
        "80.0",
        "2.5-0.5-1.0-1.5",
    )
    assert (float(row["rom_m"]), row["rom_m_uncertainty"], float(row["eccentric_s_uncertainty"])) == (
        0.42,
        "",
        0.01,
    )
    assert (row["bounced"], row["hard_lockout"], row["partial"]) == ("1", "0", "")
    assert datetime.fromisoformat(row["time"]) == rep.time


def test_parquet_has_the_same_with_types(store: Store, tmp_path: Path) -> None:
    write_export(store, ["evening"], Format.PARQUET, tmp_path / "reps.parquet", MADE)
    write_export(store, ["evening"], Format.CSV, tmp_path / "reps.csv", MADE)
    table = parquet.read_table(tmp_path / "reps.parquet")
    rows = rows_of(tmp_path / "reps.csv")
    assert table.column_names == list(rows[0])
    first = table.to_pylist()[0]
    assert (first["number"], first["bounced"], first["partial"], first["started"]) == (1, False, None, EVENING)
    assert [row["turn_s"] for row in table.to_pylist()] == [float(row["turn_s"]) for row in rows]


def test_json_keeps_to_its_schema(store: Store, tmp_path: Path) -> None:
    write_export(store, ["evening", "later"], Format.JSON, tmp_path / "all.json", MADE)
    document = json.loads((tmp_path / "all.json").read_text(encoding="utf-8"))
    Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8"))).validate(document)
    assert [len(one["reps"]) for one in document["sessions"]] == [6, 6]
    assert [len(document["sessions"][0][part]) for part in ("sets", "phases", "motion")] == [2, 12, 6]


def test_the_schema_is_current() -> None:
    assert SCHEMA.read_text(encoding="utf-8") == schema_text(), "run: python -m sensor_hub.app.export"


def test_fit_is_read_by_another_program(store: Store, tmp_path: Path) -> None:
    said = hub(tmp_path, "fit", tmp_path / "fit", "--machine", "press-1")
    assert said.exit_code == 0, said.output
    with fitdecode.FitReader(tmp_path / "fit" / "evening.fit", check_crc=fitdecode.CrcCheck.RAISE) as file:
        found = [frame for frame in file if isinstance(frame, fitdecode.FitDataMessage)]
    values = [(frame.name, {field.name: field.value for field in frame.fields}) for frame in found]
    reps, sets = ([fields for name, fields in values if name == kind] for kind in ("record", "set"))
    (session,) = (fields for name, fields in values if name == "session")
    assert len(reps) == 6
    assert reps[1]["eccentric_s"] == 2.5
    assert reps[1]["top_pause_s"] == 1.5
    assert reps[1]["rom_m"] == pytest.approx(0.42)
    assert (reps[5]["set_number"], reps[5]["number"]) == (2, 3)
    assert reps[5]["top_pause_s"] is None or np.isnan(reps[5]["top_pause_s"])
    assert [(one.get("repetitions"), one.get("duration")) for one in sets] == [(3, 30.0)] * 2
    assert session["start_time"] == EVENING
    assert session["sub_sport"] == "strength_training"


def test_raw_samples_come_out_as_a_recording_that_analyze_reads(store: Store, tmp_path: Path) -> None:
    said = hub(tmp_path, "recordings", tmp_path / "raw", "--session", "evening")
    assert said.exit_code == 0, said.output
    recording = read_recording(tmp_path / "raw" / "evening.csv.gz")
    stored = [chunk.samples for chunk in store.samples("evening")]
    assert np.allclose(recording.accel_mps2, np.concatenate([one.accel_mps2 for one in stored]), rtol=1e-8)
    assert np.allclose(recording.time_s, np.concatenate([one.time_s for one in stored]), atol=1e-6)
    assert [gap.lost for gap in recording.gaps] == [100]
    assert "No raw samples" in hub(tmp_path, "recordings", tmp_path / "raw", "--session", "later").output


def test_a_sensor_that_restarted_makes_two_recordings(store: Store, tmp_path: Path, lifter: Lifter) -> None:
    restarted = counts_block(200, 0.5)
    gyro = Samples(restarted.time_s, restarted.accel_mps2, np.ones((200, 3)), restarted.resolution_mps2)
    store.record([lifter.raw(200.0, gyro)])
    files = write_export(store, ["evening"], Format.RECORDINGS, tmp_path / "raw", MADE)
    assert [path.name for path in files] == ["evening.csv.gz", "evening.2.csv.gz"]
    second = read_recording(files[1])
    assert (len(second.time_s), second.gyro_radps is not None) == (200, True)


@pytest.fixture
def lifter() -> Lifter:
    return Lifter(seq=500)


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ((), {"evening", "later"}),
        (("--since", "2026-03-03"), {"later"}),
        (("--until", "2026-03-03"), {"evening"}),
        (("--machine", "press-2"), {"later"}),
        (("--athlete", "k7m2p9xd"), {"evening"}),
        (("--session", "later", "--session", "evening"), {"evening", "later"}),
    ],
)
def test_sessions_are_chosen(store: Store, tmp_path: Path, options: tuple[str, ...], found: set[str]) -> None:
    assert hub(tmp_path, "csv", tmp_path / "reps.csv", *options).exit_code == 0
    assert {row["session"] for row in rows_of(tmp_path / "reps.csv")} == found


@pytest.mark.parametrize("options", [("--session", "none"), ("--athlete", "nobody")])
def test_nothing_to_export_is_said_and_what_was_there_stays(
    store: Store, tmp_path: Path, options: tuple[str, ...]
) -> None:
    (tmp_path / "reps.csv").write_text("yesterday", encoding="utf-8")
    said = hub(tmp_path, "csv", tmp_path / "reps.csv", *options)
    assert said.exit_code == 7
    assert (tmp_path / "reps.csv").read_text(encoding="utf-8") == "yesterday"
    assert sorted(path.name for path in tmp_path.glob(".sensor-hub-*")) == []


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"])
def test_no_cell_is_a_formula(store: Store, tmp_path: Path, start: str) -> None:
    formula = f'{start}HYPERLINK("http://192.0.2.1","x")'
    lifter = Lifter(session=formula, seq=9000)
    store.record([lifter.session_(10.0), lifter.rep(1, 1, mean_velocity_mps=-0.5)])
    write_export(store, [formula], Format.CSV, tmp_path / "reps.csv", MADE)
    (row,) = rows_of(tmp_path / "reps.csv")
    assert row["session"] == f"'{formula}"
    assert row["mean_velocity_mps"] == "-0.5"


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("name", ["../../escape", "/etc/escape", "..", ".hidden", "a/b\\c:d", "x" * 190, ""])
def test_a_file_stays_in_its_folder_whatever_the_session_is_called(
    store: Store, tmp_path: Path, name: str
) -> None:
    lifter = Lifter(session=name, seq=9000)
    store.record([lifter.session_(10.0), lifter.rep(1, 1), lifter.raw(1.0, counts_block())])
    for form in (Format.FIT, Format.RECORDINGS):
        (path,) = write_export(store, [name], form, tmp_path / "out", MADE)
        assert path.resolve().parent == (tmp_path / "out").resolve()
        assert path.is_file()
        assert not path.name.startswith(".")


def test_two_names_that_become_one_are_refused(store: Store, tmp_path: Path) -> None:
    for number, name in enumerate(("a/b", "a:b")):
        store.record([Lifter(session=name, seq=9000 + 10 * number).session_(10.0)])
    with pytest.raises(StoreError, match="same file name"):
        write_export(store, ["a/b", "a:b"], Format.FIT, tmp_path / "out", MADE)
