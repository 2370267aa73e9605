"""The archive of the settings: filled by the command and once an hour, reached by erasures, missed when it is away."""

import gzip
import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zipfile import ZipFile

import pytest
from click.testing import CliRunner, Result

from sensor_hub.app.athletes.eraser import Eraser
from sensor_hub.app.athletes.people import People
from sensor_hub.app.keeping.archiving import open_archive
from sensor_hub.app.keeping.keeper import Keeper
from sensor_hub.bus import BrokerAddress, Caller
from sensor_hub.cli import main
from sensor_hub.config import ArchiveSettings, HubSettings, Settings, StoreSettings
from sensor_hub.store import Store
from tests.conftest import free_port
from tests.store.conftest import EVENING, Lifter, counts_block
from tests.store.test_erasing import BEN, evening_of

RAW = "raw/evening.csv.gz"
NOW = EVENING + timedelta(days=40)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened, lifter = Store.open(tmp_path / "hub.db"), Lifter()
    opened.record([*lifter.whole_session(), lifter.raw(0.0, counts_block())])
    yield opened
    opened.close()


def settings(folder: Path, archive: str | None = None, keep_raw: str = "30 days") -> Settings:
    return Settings(
        hub=HubSettings(data_dir=folder),
        store=StoreSettings(keep_raw=keep_raw),
        archive=ArchiveSettings(url=archive or f"file://{folder}/archive"),
    )


def command(folder: Path, *options: str) -> Result:
    file = folder / "hub.toml"
    file.write_text(f'[archive]\nurl = "file://{folder}/archive"\n', encoding="utf-8")
    return CliRunner().invoke(main, ["archive", *options, "--config", str(file), "--data", str(folder)])


def test_the_command_fills_it_and_looks_it_over(store: Store, tmp_path: Path) -> None:
    assert command(tmp_path).output == "gym 2026-03-02, 100 samples, 0.0 MB\n"
    assert command(tmp_path).output == "Nothing is due: the archive has every day that is over.\n"
    assert command(tmp_path, "--verify").output == "1 files, all as they were written.\n"
    (file,) = tmp_path.glob("archive/*/*/*.parquet")
    file.write_bytes(file.read_bytes()[:-9])
    said = command(tmp_path, "--verify")
    assert (said.exit_code, "1 of 1 files are damaged" in said.output) == (7, True)


def test_without_an_archive_the_command_says_what_to_write(tmp_path: Path) -> None:
    (tmp_path / "hub.toml").touch()
    said = CliRunner().invoke(main, ["archive", "--config", str(tmp_path / "hub.toml"), "--data", str(tmp_path)])
    assert (said.exit_code, "[archive] url" in said.output) == (2, True)


def test_the_keeper_archives_and_only_then_deletes(
    store: Store, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    Keeper(store, settings(tmp_path)).look(NOW)
    assert [line.split(":")[0] for line in caplog.messages] == ["Archived", "Deleted as the settings say"]
    assert store.samples("evening") == []
    archived = open_archive(f"file://{tmp_path}/archive").session("gym", "evening", "press-1", EVENING, None)
    assert len(archived) == 1


def test_an_archive_that_is_away_is_told_and_nothing_goes(store: Store, tmp_path: Path) -> None:
    (tmp_path / "taken").touch()
    keeper = Keeper(store, settings(tmp_path, f"file://{tmp_path}/taken/archive"))
    keeper.look(NOW)
    assert keeper.warning is not None
    assert "cannot be used" in keeper.warning
    assert len(store.samples("evening")) == 1


def test_what_only_the_archive_has_is_handed_out_too(tmp_path: Path) -> None:
    store, now = Store.open(tmp_path / "hub.db"), datetime.now(UTC)
    people = People(store, settings(tmp_path), utc=lambda: now)
    anna = people.add(None, "kg", None).athlete
    store.record(evening_of(anna, BEN))
    people.export(anna, tmp_path / "before.zip")
    (tmp_path / "hub.toml").write_text(f'[archive]\nurl = "file://{tmp_path}/archive"\n', encoding="utf-8")
    options = ["--config", str(tmp_path / "hub.toml"), "--data", str(tmp_path)]
    assert CliRunner().invoke(main, ["export", "recordings", str(tmp_path / "a"), *options]).exit_code == 0
    Keeper(store, settings(tmp_path)).look(now)
    assert store.samples("evening") == []
    people.export(anna, tmp_path / "after.zip")
    assert CliRunner().invoke(main, ["export", "recordings", str(tmp_path / "b"), *options]).exit_code == 0
    own = [gzip.decompress(ZipFile(tmp_path / f"{when}.zip").read(RAW)) for when in ("before", "after")]
    all_ = [gzip.decompress((tmp_path / folder / "evening.csv.gz").read_bytes()) for folder in "ab"]
    assert own[0] == own[1]
    assert all_[0] == all_[1]
    assert len(own[0]) < len(all_[0])
    store.close()


def test_an_erasure_reaches_it_and_says_so(tmp_path: Path) -> None:
    store, now = Store.open(tmp_path / "hub.db"), datetime.now(UTC)
    people = People(store, settings(tmp_path), utc=lambda: now)
    anna = people.add(None, "kg", None).athlete
    store.record(evening_of(anna, BEN))
    Keeper(store, settings(tmp_path, keep_raw="everything")).look(now)
    people.erase(anna, None)
    caller = Caller(BrokerAddress("mqtt", "127.0.0.1", free_port()), "calls")
    eraser = Eraser(store, tmp_path, caller, utc=lambda: now, archive_url=f"file://{tmp_path}/archive")
    eraser.look()
    (part,) = [one for one in people.erasures()[0].parts if one.part == "archive"]
    assert (part.done, part.work) == (now, None)
    assert part.note is not None
    assert part.note.startswith("1 files written anew, 0 deleted")
    archived = open_archive(f"file://{tmp_path}/archive").session("gym", "evening", "press-1", EVENING, None)
    assert [one.stored.time for one in archived] == [one.time for one in store.samples("evening")] != []
    store.close()
