"""What is true of SQLite's file, and has no counterpart on a server."""

import sqlite3
import stat
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from sensor_hub.errors import StoreError
from sensor_hub.store import Limit, Retention, Store, Stored
from sensor_hub.store.database import open_database
from tests.store.conftest import EVENING, Lifter, counts_block


def test_a_store_opens_again_with_what_it_had(tmp_path: Path, lifter: Lifter) -> None:
    for url in (
        tmp_path / "deep" / "hub.db",
        str(tmp_path / "deep" / "hub.db"),
        f"sqlite:///{tmp_path}/deep/hub.db",
    ):
        store = Store.open(url)
        store.record([lifter.session_()])
        assert len(store.sessions()) == 1
        store.close()


def test_sqlite_waits_and_survives(tmp_path: Path) -> None:
    engine = open_database(tmp_path / "hub.db")
    with engine.connect() as connection:
        asked = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        found = [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in asked]
    assert found == ["wal", 2, 1, 15000]
    engine.dispose()


def test_a_file_that_is_no_database_is_told(tmp_path: Path) -> None:
    (tmp_path / "hub.db").write_bytes(b"no database at all" * 1000)
    with pytest.raises(StoreError, match=r"hub\.db cannot be opened: file is not a database"):
        Store.open(tmp_path / "hub.db")


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match=r"cannot be written .*Check the path"):
        Store.open(tmp_path / "file" / "hub.db")


def test_the_file_is_for_its_owner(tmp_path: Path) -> None:
    Store.open(tmp_path / "hub.db").close()
    assert stat.S_IMODE((tmp_path / "hub.db").stat().st_mode) == 0o600


def test_freed_pages_go_back_to_the_disk(file_store: Store, tmp_path: Path, lifter: Lifter) -> None:
    file_store.record([lifter.raw(float(n), counts_block(2000, seed=n)) for n in range(300)])
    with file_store.transaction() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    full = (tmp_path / "hub.db").stat().st_size
    Retention(file_store, {Stored.RAW: Limit.parse("1 days")}).sweep(EVENING + timedelta(days=10))
    file_store.close()
    with closing(sqlite3.connect(tmp_path / "hub.db")) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert (tmp_path / "hub.db").stat().st_size < 0.5 * full
