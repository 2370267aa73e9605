"""A backup is whole or not there; a restore gives back what was there, and never writes over sessions unasked."""

import shutil
import sqlite3
import threading
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import CliRunner, Result

from sensor_hub.app.keeping.backup import MANIFEST, back_up, read_manifest
from sensor_hub.app.keeping.restoring import restore
from sensor_hub.cli import main
from sensor_hub.errors import StoreError
from sensor_hub.store import Store
from tests.store.conftest import EVENING, Lifter, counts_block

NOON = datetime(2026, 3, 3, 12, tzinfo=UTC)
BESIDE = {
    "enrolment.toml": "# nobody\n",
    "profiles/gym.press-1.toml": "sets = 3\n",
    "batteries/c0-ff.json": "{}",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A data folder after an evening, its hub stopped."""
    made = tmp_path / "data"
    for name, text in BESIDE.items():
        (made / name).parent.mkdir(parents=True, exist_ok=True)
        (made / name).write_text(text, encoding="utf-8")
    lifter = Lifter()
    store = Store.open(made / "hub.db")
    store.record([*lifter.whole_session(), lifter.raw(0.0, counts_block())])
    store.close()
    return made


def hub(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def everything(folder: Path) -> object:
    store = Store.open(folder / "hub.db")
    try:
        raw = store.raw("press-1", EVENING, NOON)
        texts = {name: (folder / name).read_text(encoding="utf-8") for name in BESIDE}
        return texts, store.session("evening"), store.motion("evening"), store.phases("evening"), raw.sample_count
    finally:
        store.close()


def test_what_is_restored_is_what_was_there(folder: Path, tmp_path: Path) -> None:
    said = hub("backup", tmp_path / "kept.zip", "--data", folder)
    assert (said.exit_code, "1 session, 2 sets, 6 reps, 1 chunk" in said.output) == (0, True)
    said = hub("restore", tmp_path / "kept.zip", "--data", tmp_path / "other")
    assert (said.exit_code, "Restored 1 session" in said.output) == (0, True)
    assert everything(tmp_path / "other") == everything(folder)
    assert (tmp_path / "other" / "hub.db").stat().st_mode & 0o077 == 0
    assert (tmp_path / "kept.zip").stat().st_mode & 0o077 == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data", "kept.zip", "other"]


def test_a_backup_made_while_a_recorder_writes_is_one_instant(folder: Path, tmp_path: Path) -> None:
    """Every batch is a session with its one rep; a copy that is torn has one without the other."""
    stop, written = threading.Event(), threading.Event()
    store = Store.open(folder / "hub.db")

    def write() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            lifter = Lifter(session=f"s{number:05d}", seq=number * 10)
            store.record([lifter.session_(), lifter.rep(1, 1), lifter.raw(0.0, counts_block(seed=number))])
            if number >= 3:
                written.set()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        assert written.wait(20)
        made = [back_up(folder / "hub.db", folder, tmp_path / f"{n}.zip", NOON).store for n in range(5)]
    finally:
        stop.set()
        writer.join()
        store.close()
    for number, contents in enumerate(made):
        assert contents.sessions - 1 == contents.reps - 6 == contents.raw - 1 >= 3
        restore(
            tmp_path / f"{number}.zip", tmp_path / f"{number}.db", tmp_path / str(number), replace=False, at=NOON
        )
    assert made[-1].sessions >= made[0].sessions
    again = Store.open(tmp_path / "4.db")
    assert len(again.sessions(limit=10**6)) == made[-1].sessions
    again.close()


def test_sessions_are_written_over_only_where_told_and_even_then_kept(folder: Path, tmp_path: Path) -> None:
    hub("backup", tmp_path / "kept.zip", "--data", folder)
    before = everything(folder)
    store = Store.open(folder / "hub.db")
    store.record(Lifter(session="later").whole_session())
    store.close()
    refused = hub("restore", tmp_path / "kept.zip", "--data", folder)
    assert (refused.exit_code, "--replace" in refused.output) == (7, True)
    done = hub("restore", tmp_path / "kept.zip", "--data", folder, "--replace")
    assert done.exit_code == 0, done.output
    assert everything(folder) == before
    (aside,) = folder.glob("before-restore-*")
    assert str(aside) in done.output
    old = Store.open(aside / "hub.db")
    assert {session.session for session in old.sessions()} == {"evening", "later"}
    old.close()
    assert (aside / "profiles" / "gym.press-1.toml").is_file()


def test_a_store_that_a_hub_has_open_is_left_alone(folder: Path, tmp_path: Path) -> None:
    back_up(folder / "hub.db", folder, tmp_path / "kept.zip", NOON)
    store = Store.open(folder / "hub.db")
    store.sessions()
    refused = hub("restore", tmp_path / "kept.zip", "--data", folder, "--replace")
    assert (refused.exit_code, "Stop the hub first" in refused.output) == (7, True)
    assert len(store.sessions()) == 1
    store.close()


def test_a_damaged_store_is_replaced_where_told_and_kept_aside(folder: Path, tmp_path: Path) -> None:
    back_up(folder / "hub.db", folder, tmp_path / "kept.zip", NOON)
    before = everything(folder)
    (folder / "hub.db").write_bytes(b"power was cut" * 100)
    assert "damaged" in hub("backup", tmp_path / "worse.zip", "--data", folder).output
    assert not (tmp_path / "worse.zip").exists()
    assert hub("restore", tmp_path / "kept.zip", "--data", folder).exit_code == 7
    assert hub("restore", tmp_path / "kept.zip", "--data", folder, "--replace").exit_code == 0
    assert everything(folder) == before


def test_an_older_backup_stays_where_a_new_one_fails(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "kept.zip").write_bytes(b"yesterday")
    (folder / "hub.db").unlink()
    said = hub("backup", tmp_path / "kept.zip", "--data", folder)
    assert (said.exit_code, "There is no store" in said.output) == (7, True)
    assert (tmp_path / "kept.zip").read_bytes() == b"yesterday"


def rewritten(file: Path, name: str, content: bytes) -> Path:
    other = file.with_name("other.zip")
    with zipfile.ZipFile(file) as old, zipfile.ZipFile(other, "w") as new:
        for member in old.namelist():
            new.writestr(member, content if member == name else old.read(member))
    return other


@pytest.mark.parametrize("damage", ["no zip", "no manifest", "other bytes", "escape", "newer", "cut"])
def test_a_backup_that_is_not_whole_changes_nothing(folder: Path, tmp_path: Path, damage: str) -> None:
    file, empty = tmp_path / "kept.zip", tmp_path / "empty"
    back_up(folder / "hub.db", folder, file, NOON)
    manifest = read_manifest(file)
    match damage:
        case "no zip":
            file.write_bytes(b"text")
        case "no manifest":
            file = rewritten(file, MANIFEST, b"{}")
        case "other bytes":
            file = rewritten(file, "enrolment.toml", b"# everybody\n")
        case "escape":
            named = manifest.sha256 | {"../history.json": "0"}
            file = rewritten(
                file, MANIFEST, manifest.model_copy(update={"sha256": named}).model_dump_json().encode()
            )
        case "newer":
            with sqlite3.connect(folder / "hub.db") as database:
                database.execute("UPDATE alembic_version SET version_num = '0999'")
            assert "newer sensor-hub" in hub("backup", file, "--data", folder).output
            return
        case "cut":
            file.write_bytes(file.read_bytes()[:2000])
    said = hub("restore", file, "--data", empty)
    assert said.exit_code == 7, said.output
    assert not (tmp_path / "history.json").exists()
    assert [path.name for path in empty.rglob("*")] == []


def test_a_file_without_a_backup_is_told(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="No such file"):
        read_manifest(tmp_path / "none.zip")


def test_a_backup_that_would_fill_the_disk_is_not_unpacked(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    back_up(folder / "hub.db", folder, tmp_path / "kept.zip", NOON)
    with zipfile.ZipFile(tmp_path / "kept.zip") as archive:
        needed = sum(member.file_size for member in archive.infolist())
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=needed - 1))
    said = hub("restore", tmp_path / "kept.zip", "--data", tmp_path / "empty")
    assert (said.exit_code, "are free in" in said.output) == (7, True), said.output
    assert [path.name for path in (tmp_path / "empty").rglob("*")] == []


def test_a_manifest_without_end_is_not_read(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(MANIFEST, b" " * 10_000_001)
    with pytest.raises(StoreError, match="its manifest is too large"):
        read_manifest(tmp_path / "bomb.zip")
