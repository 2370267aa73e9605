"""A recorded press, as each app would have written it, comes back as the same reps; our export as the same session."""

import csv
import io
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from sensor_hub.app.analysis import analyze
from sensor_hub.app.export import Format, write_export
from sensor_hub.app.importing.foreign import spread
from sensor_hub.app.importing.sessions import import_sessions
from sensor_hub.app.recording import Recording, read_recording
from sensor_hub.cli import main
from sensor_hub.coach.corrections import Kind, Remark
from sensor_hub.model import STANDARD_GRAVITY_MPS2 as G
from sensor_hub.store import Lifter as Said
from sensor_hub.store import Store, add_analysis, add_correction, correct, tables
from tests.app.measuring.test_machine import RECORDING
from tests.store.conftest import EVENING, Lifter

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
Writer = Callable[[Recording], str]


@pytest.fixture(scope="module")
def recording() -> Recording:
    return read_recording(RECORDING)


def hub(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def table(separator: str, header: list[str], rows: list[list[str]], quoted: bool = False) -> str:
    out = io.StringIO()
    quoting = csv.QUOTE_NONNUMERIC if quoted else csv.QUOTE_MINIMAL
    csv.writer(out, delimiter=separator, lineterminator="\n", quoting=quoting).writerow(header)
    return out.getvalue() + "\n".join(separator.join(row) for row in rows) + "\n"


def polar(made: Recording) -> str:
    """The stamps count nanoseconds since 2000; whole mg."""
    rows = [
        ["2026-03-01T12:00:00.000", str(838_000_000_000_000_000 + round(t * 1e9)), *(f"{v:.0f}" for v in a)]
        for t, a in zip(made.time_s, made.accel_mps2 / G * 1000, strict=True)
    ]
    return table(";", ["Phone timestamp", "sensor timestamp [ns]", "X [mg]", "Y [mg]", "Z [mg] "], rows)


def phyphox(made: Recording) -> str:
    axes = [f"Acceleration {axis} (m/s^2)" for axis in "xyz"]
    rows = [
        [f"{t:.9E}", *(f"{v:.9E}" for v in (*a, np.linalg.norm(a)))]
        for t, a in zip(made.time_s, made.accel_mps2, strict=True)
    ]
    return table(",", ["Time (s)", *axes, "Absolute acceleration (m/s^2)"], rows, quoted=True)


def phyphox_german(made: Recording) -> str:
    return phyphox(made).replace(",", ";").replace(".", ",")


def metabase(made: Recording) -> str:
    rows = [
        [str(1772366400000 + round(t * 1000)), "2026-03-01T12.00.00.000", f"{t:.3f}", *(f"{v:.3f}" for v in a)]
        for t, a in zip(made.time_s, made.accel_mps2 / G, strict=True)
    ]
    return table(",", ["epoc (ms)", "timestamp (+0000)", "elapsed (s)", *(f"{a}-axis (g)" for a in "xyz")], rows)


def witmotion(made: Recording) -> str:
    header = ["Time", "ChipTime", "ax(g)", "ay(g)", "az(g)", "wx(deg/s)", "wy(deg/s)", "wz(deg/s)"]
    rows = [
        [
            "12:00",
            f"{NOON + timedelta(seconds=t):%Y-%m-%d %H:%M:%S.%f}"[:-3],
            *(f"{v:.4f}" for v in a),
            "0",
            "0",
            "90",
        ]
        for t, a in zip(made.time_s, made.accel_mps2 / G, strict=True)
    ]
    return "StartTime: 2026-03-01 12:00:00.000\n" + table("\t", header, rows)


def witmotion_new(made: Recording) -> str:
    axes = [f"Acceleration {axis}(g)" for axis in "XYZ"] + [f"Angular velocity {axis}(°/s)" for axis in "XYZ"]
    rows = []
    for t, a in zip(made.time_s, made.accel_mps2 / G, strict=True):
        at = NOON + timedelta(seconds=t)
        stamp = f"{at:%Y-%m-%d} {at.hour}:{at.minute}:{at.second}:{at.microsecond // 1000}"
        rows.append(["12:00", "WT901BLE67", stamp, *(f"{v:.4f}" for v in a), "0", "0", "90"])
    return table("\t", ["Time", "Device name", "Chip Time()", *axes], rows)


def movesense_csv(made: Recording) -> str:
    rows = [
        [str(round(t * 1000)), *(f"{v:.6f}" for v in a), " "]
        for t, a in zip(made.time_s, made.accel_mps2, strict=True)
    ]
    return table(",", ["Timestamp (ms)", "X: (m/s^2)", "Y: (m/s^2)", "Z: (m/s^2)"], rows)


def movesense_json(made: Recording, key: str = "acc") -> str:
    """Eight samples under one stamp, that of the first."""
    data = []
    for first in range(0, len(made.time_s), 8):
        axes = [dict(zip("xyz", map(float, a), strict=True)) for a in made.accel_mps2[first : first + 8]]
        body = {"Timestamp": round(made.time_s[first] * 1000), "ArrayAcc": axes}
        if key == "imu6":
            body["ArrayGyro"] = [{"x": 0.0, "y": 0.0, "z": 90.0}] * len(axes)
        data.append({key: body})
    return json.dumps({"data": data})


def movesense_imu(made: Recording) -> str:
    return movesense_json(made, "imu6")


@pytest.mark.parametrize(
    ("write", "name"),
    [
        (polar, "Polar Sensor Logger"),
        (phyphox, "phyphox"),
        (phyphox_german, "phyphox"),
        (metabase, "MetaBase"),
        (witmotion, "WitMotion"),
        (witmotion_new, "WitMotion (new)"),
        (movesense_csv, "Movesense CSV"),
        (movesense_json, "Movesense JSON"),
        (movesense_imu, "Movesense JSON"),
    ],
)
def test_the_reps_are_those_of_the_recording(
    write: Writer, name: str, recording: Recording, tmp_path: Path
) -> None:
    (tmp_path / "theirs").write_text(write(recording), encoding="gbk" if "new" in name else "utf-8")
    said = hub("import", tmp_path / "theirs", tmp_path / "ours.csv.gz")
    assert (said.exit_code, said.output.startswith(f"{name}: written to")) == (0, True), said.output
    ours = read_recording(tmp_path / "ours.csv.gz")
    assert np.allclose(ours.time_s, recording.time_s - recording.time_s[0], atol=0.0021)
    assert np.allclose(ours.accel_mps2, recording.accel_mps2, atol=0.006)
    if name.startswith("WitMotion") or write is movesense_imu:
        assert ours.gyro_radps is not None
        assert np.allclose(ours.gyro_radps, [0.0, 0.0, np.pi / 2])
    expected, found = (analyze(one)["sets"][0]["reps"] for one in (recording, ours))
    assert len(found) == len(expected) > 3
    for mine, theirs in zip(found, expected, strict=True):
        assert mine["concentric_s"] == pytest.approx(theirs["concentric_s"], abs=0.03)
        assert mine["rom_m"] == pytest.approx(theirs["rom_m"], abs=0.015)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Time,Heart rate\n1,60\n", "is none of the files that can be imported: Polar Sensor Logger, phyphox"),
        ('"Time (s)","Linear Acceleration x (m/s^2)"\n0,0\n', "has gravity taken out"),
        ("", "is none of the files"),
        ("sensor timestamp [ns];X [mg];Y [mg];Z [mg]\n", "nothing follows the header"),
        ("sensor timestamp [ns];X [mg];Y [mg];Z [mg]\n1;2;3\n", "line 2: a column is missing"),
        ("sensor timestamp [ns];X [mg];Y [mg];Z [mg]\n1;2;3;x\n", "not every cell is a number"),
        ("sensor timestamp [ns];X [mg];Y [mg];Z [mg]\n1;0;0;1000\n2;0;0;1000\n", "holds 2 samples"),
        ('{"data": [{"ecg": {"Samples": [1]}}]}', "is no Movesense recording"),
        ('{"data": []}', "holds no samples"),
        ("{broken", "is no Movesense recording"),
    ],
)
def test_what_cannot_be_taken_is_said_and_leaves_nothing(text: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "theirs").write_text(text, encoding="utf-8")
    result = hub("import", tmp_path / "theirs", tmp_path / "ours.csv")
    assert (result.exit_code, said in result.output) == (3, True), result.output
    assert [path.name for path in tmp_path.iterdir()] == ["theirs"]


def test_two_sensors_in_one_file_are_refused(recording: Recording, tmp_path: Path) -> None:
    text = witmotion_new(recording).replace("WT901BLE67", "another", 1)
    (tmp_path / "theirs").write_text(text, encoding="utf-8")
    assert "has 2 sensors in it" in hub("import", tmp_path / "theirs", tmp_path / "ours.csv").output


def test_where_a_recording_goes_must_be_said(tmp_path: Path) -> None:
    (tmp_path / "theirs.txt").write_text("x", encoding="utf-8")
    result = hub("import", tmp_path / "theirs.txt")
    assert (result.exit_code, "Say where the recording goes" in result.output) == (2, True)


def test_samples_that_share_a_stamp_are_spread_up_to_the_next() -> None:
    stamps = np.array([0.0, 0.0, 0.0, 0.03, 0.03, 0.03, 0.06, 0.06, 0.06])
    assert np.allclose(spread(stamps), np.arange(9) * 0.01)
    lost = np.array([0.0, 0.0, 0.02, 0.02, 1.0, 1.0, 1.02, 1.02])
    assert np.all(np.diff(spread(lost))[[0, 2, 4, 6]] <= 0.0151)
    alone = np.array([0.0, 0.01, 0.03])
    assert spread(alone) is alone


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """What is exported; it is imported into either kind of database."""
    opened = Store.open(tmp_path / "here" / "hub.db")
    opened.record(Lifter().whole_session())
    other = Lifter(session="later", machine="press-2", began=EVENING + timedelta(days=1))
    opened.record(other.whole_session())
    yield opened
    opened.close()


def test_of_an_athletes_own_export_only_what_counts_comes_back(tmp_path: Path) -> None:
    anna, file = "k7m2p9xd", tmp_path / "anna.json"
    old, new = (Store.open(tmp_path / f"{name}.db") for name in ("old", "new"))
    old.record(Lifter().whole_session())
    with old.transaction() as connection:
        for number in (1, 2):
            correct(connection, "evening", number, Said(anna, 80.0), EVENING, None)
        add_correction(connection, "evening", Remark(Kind.DISCARD_REP, 1, 2), EVENING, None)
        add_correction(connection, "evening", Remark(Kind.DISCARD_SET, 2), EVENING, None)
    write_export(old, ["evening"], Format.JSON, file, NOON, anna)
    import_sessions(new, file, NOON)
    records = [store.session("evening") for store in (old, new)]
    assert [[(one.number, one.athlete) for one in each.sets] for each in records if each] == [[(1, anna)]] * 2
    assert [[one.number for one in each.reps] for each in records if each] == [[1, 3]] * 2
    for store in (old, new):
        store.close()


def test_our_own_export_comes_back_once(store: Store, store_url: str, tmp_path: Path) -> None:
    write_export(store, ["evening", "later"], Format.JSON, tmp_path / "all.json", NOON)
    said = hub("import", tmp_path / "all.json", "--config", tmp_path / "hub.toml")
    assert (said.exit_code, said.output) == (0, "2 sessions imported, 0 were there already.\n")
    again = hub("import", tmp_path / "all.json", "--config", tmp_path / "hub.toml")
    assert again.output == "0 sessions imported, 2 were there already.\n"
    other = Store.open(store_url)
    for session in ("evening", "later"):
        assert other.session(session) == store.session(session)
        assert other.motion(session) == store.motion(session)
        assert other.phases(session) == store.phases(session)
    with other.transaction() as connection:
        noted = connection.execute(select(tables.imported).order_by(tables.imported.c.session)).all()
    assert [(row.session, row.file, len(row.sha256)) for row in noted] == [
        ("evening", "all.json", 64),
        ("later", "all.json", 64),
    ]
    other.close()


def test_a_session_that_is_here_is_left_as_it_is(store: Store, tmp_path: Path) -> None:
    write_export(store, ["evening"], Format.JSON, tmp_path / "all.json", NOON)
    text = (tmp_path / "all.json").read_text(encoding="utf-8").replace('"concentric_s":1.0', '"concentric_s":9.0')
    (tmp_path / "all.json").write_text(text.replace('"seq":', '"seq":9'), encoding="utf-8")
    before = store.session("evening")
    assert hub("import", tmp_path / "all.json", "--data", tmp_path / "here").output.endswith(
        "1 were there already.\n"
    )
    assert store.session("evening") == before


def test_an_import_that_was_cut_off_begins_anew_with_its_session(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = (Store.open(tmp_path / f"{name}.db") for name in ("old", "new"))
    old.record(Lifter().whole_session())
    with old.transaction() as connection:
        add_correction(connection, "evening", Remark(Kind.DISCARD_SET, 2), EVENING, None)
    write_export(old, ["evening"], Format.JSON, tmp_path / "all.json", NOON)

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as once:
        once.setattr("sensor_hub.app.importing.sessions.bring_corrections", killed)
        with pytest.raises(KeyboardInterrupt):
            import_sessions(new, tmp_path / "all.json", NOON)
    assert new.session("evening") is None
    assert import_sessions(new, tmp_path / "all.json", NOON).new == ["evening"]
    assert new.session("evening") == old.session("evening")
    for store in (old, new):
        store.close()


def test_a_later_analysis_comes_back_as_one(store: Store, store_url: str, tmp_path: Path) -> None:
    record = store.session("evening")
    assert record is not None
    with store.transaction() as connection:
        add_analysis(connection, "evening", NOON, "0.1.0", record.sets, record.reps[:4])
    write_export(store, ["evening"], Format.JSON, tmp_path / "all.json", NOON)
    assert hub("import", tmp_path / "all.json", "--config", tmp_path / "hub.toml").exit_code == 0
    other = Store.open(store_url)
    found, live = other.session("evening"), other.session("evening", 0)
    assert found is not None
    assert live is not None
    assert found.analysis is not None
    assert (len(found.reps), len(live.reps)) == (4, 0)
    other.close()


@pytest.mark.parametrize(
    "text", ['{"schema": "sensor-hub/export/1"', '{"schema": "sensor-hub/export/9", "sessions": []}']
)
def test_a_damaged_or_newer_export_is_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / "all.json").write_text(text, encoding="utf-8")
    said = hub("import", tmp_path / "all.json", "--data", tmp_path / "other")
    assert (said.exit_code, "is no export of sensor-hub" in said.output) == (7, True)


@pytest.mark.parametrize(
    ("begins", "most", "code"), [("a,b\n", 256, 3), ('{"schema": "sensor-hub/export/1"', 512, 7)]
)
def test_a_file_that_is_too_large_is_not_read(begins: str, most: int, code: int, tmp_path: Path) -> None:
    """It is as large as it says, but takes no room on the disk."""
    with (tmp_path / "large").open("w") as file:
        file.write(begins)
        file.truncate(most * 1_000_000 + 1)
    said = hub("import", tmp_path / "large", *(() if code == 7 else (tmp_path / "ours.csv",)), "--data", tmp_path)
    assert (said.exit_code, f"larger than {most} MB" in said.output) == (code, True), said.output
    assert not (tmp_path / "ours.csv").exists()


@pytest.mark.parametrize(("name", "code"), [("a.json", 3), ("all.json", 7)])
def test_a_document_without_end_is_refused(name: str, code: int, tmp_path: Path) -> None:
    head = '{"schema": "sensor-hub/export/1", "sessions": ' if code == 7 else '{"data": '
    (tmp_path / name).write_text(head + "[" * 200_000, encoding="utf-8")
    said = hub("import", tmp_path / name, *(() if code == 7 else (tmp_path / "ours.csv",)), "--data", tmp_path)
    assert said.exit_code == code, said.output
