import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

import sensor_hub.store.migrations
from sensor_hub.errors import StoreError
from sensor_hub.store import Store
from sensor_hub.store.database import NEWEST, open_database
from sensor_hub.store.tables import metadata
from tests.store.conftest import Lifter


def test_the_migrations_lead_to_the_tables(tmp_path: Path) -> None:
    engine = open_database(tmp_path / "hub.db")
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
        assert context.get_current_revision() == NEWEST
    engine.dispose()


def test_the_program_knows_its_newest_migration() -> None:
    folder = Path(sensor_hub.store.migrations.__file__).parent
    assert ScriptDirectory(str(folder)).get_current_head() == NEWEST


FIRST_ROWS = """
INSERT INTO machine VALUES (1, 'gym', 'press-1', 1772474400000000, 1772474500000000);
INSERT INTO session VALUES ('evening', 'evening.started', 1, 1772474400000000, 1, 1, 'started', 1772474400000000,
    NULL, 'AA', NULL, 80.0, 0, 0);
INSERT INTO "set" VALUES ('evening', 1, 'evening.1.started', 2, 1772474400000000, 1, 2, 'started', 100.0, NULL,
    1772474400000000, NULL, 0, NULL, '[]');
INSERT INTO rep VALUES ('evening', 1, 1, 'evening.1.1', 3, 1772474406000000, 1, 3, 102.0, 104.5, 105.0, 106.0,
    2.5, 0.5, 1.0, NULL, 0.42, 0.42, 0.7, 0.17, 0.25, NULL, 1, 0, NULL, '{"rom_m": 0.003}');
UPDATE counter SET value = 3;
"""


def first_store(path: Path) -> None:
    """A store as the first version left it, with a set that has begun and one rep in it."""
    config = Config()
    config.set_main_option("script_location", str(Path(sensor_hub.store.migrations.__file__).parent))
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
    engine.dispose()
    with sqlite3.connect(path) as database:
        database.executescript(FIRST_ROWS)


def test_a_store_of_the_first_version_goes_on_with_what_it_has(tmp_path: Path, lifter: Lifter) -> None:
    first_store(tmp_path / "hub.db")
    store = Store.open(tmp_path / "hub.db")
    lifter.seq = 3
    second = lifter.rep(1, 2)
    store.record([second])
    record = store.session("evening")
    assert record is not None
    old, new = record.reps
    assert (old.rom_m, old.bounced, old.partial, old.uncertainty) == (0.42, True, None, {"rom_m": 0.003})
    assert old.trace is None
    assert new == second
    assert (record.session.load_kg, record.sets[0].start_s) == (80.0, 100.0)
    store.close()


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


def test_several_programs_may_open_a_new_store_at_once(tmp_path: Path) -> None:
    program = "import sys; from sensor_hub.store import Store; Store.open(sys.argv[1]).close()"
    command = [sys.executable, "-c", program, str(tmp_path / "hub.db")]
    running = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(3)]
    assert [(process.wait(60), process.communicate()[1]) for process in running] == [(0, "")] * 3


def test_a_newer_database_is_refused(tmp_path: Path) -> None:
    Store.open(tmp_path / "hub.db").close()
    with sqlite3.connect(tmp_path / "hub.db") as database:
        database.execute("UPDATE alembic_version SET version_num = '0999'")
    with pytest.raises(StoreError, match=r"written by a newer sensor-hub .*0999.* Update this program"):
        Store.open(tmp_path / "hub.db")


def test_a_file_that_is_no_database_is_told(tmp_path: Path) -> None:
    (tmp_path / "hub.db").write_bytes(b"no database at all" * 1000)
    with pytest.raises(StoreError, match=r"hub\.db cannot be opened: file is not a database"):
        Store.open(tmp_path / "hub.db")


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match=r"cannot be written .*Check the path"):
        Store.open(tmp_path / "file" / "hub.db")


@pytest.mark.parametrize("url", ["mysql://u:secret@h/db", "postgresql+nodriver://u:secret@h/db", "nonsense://x"])
def test_a_missing_driver_is_told_without_the_password(url: str) -> None:
    with pytest.raises(StoreError, match="no driver") as caught:
        Store.open(url)
    assert "secret" not in str(caught.value)


def test_an_address_that_is_none_is_told() -> None:
    with pytest.raises(StoreError, match="is not a database address"):
        Store.open("://")


def test_the_file_is_for_its_owner(tmp_path: Path) -> None:
    Store.open(tmp_path / "hub.db").close()
    assert stat.S_IMODE((tmp_path / "hub.db").stat().st_mode) == 0o600
