import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine, inspect, text

import sensor_hub.store.migrations
from sensor_hub.bus.examples import examples
from sensor_hub.bus.topics import decode, encode, topic_of
from sensor_hub.errors import BusError, StoreError
from sensor_hub.messages import Kind
from sensor_hub.store import Store, parked_rows
from sensor_hub.store.columns import metadata
from sensor_hub.store.database import NEWEST, open_database
from sensor_hub.store.partitions import PARTED
from tests.store.conftest import Lifter


def test_the_migrations_lead_to_the_tables(bare_url: str) -> None:
    engine = open_database(bare_url)
    with engine.connect() as connection:
        opts = {"compare_type": True, "include_object": is_compared}
        context = MigrationContext.configure(connection, opts=opts)
        assert compare_metadata(context, metadata) == []
        assert context.get_current_revision() == NEWEST
    migrated = shape(engine)
    metadata.drop_all(engine)
    metadata.create_all(engine)
    assert shape(engine) == migrated
    engine.dispose()


def is_compared(item: Any, name: str, kind: str, reflected: bool, other: object) -> bool:
    """Not the parts of a table; nor what is unique in one database only, which `shape` has."""
    if kind == "unique_constraint":
        return item.table not in PARTED
    return not (kind == "table" and reflected and "_before_" in name)


def shape(engine: Engine) -> dict[str, Any]:
    """What Alembic does not compare, too: keys, rules and their names."""
    tables = inspect(engine)
    return {
        name: {
            "columns": {
                one["name"]: (str(one["type"]), one["nullable"], one["default"])
                for one in tables.get_columns(name)
            },
            "keys": tables.get_pk_constraint(name),
            "rules": sorted(map(str, [*tables.get_unique_constraints(name), *tables.get_foreign_keys(name)])),
            "indexes": sorted(map(str, tables.get_indexes(name))),
        }
        for name in metadata.tables
    }


def test_the_program_knows_its_newest_migration() -> None:
    folder = Path(sensor_hub.store.migrations.__file__).parent
    assert ScriptDirectory(str(folder)).get_current_head() == NEWEST


FIRST_ROWS = """
INSERT INTO machine (site, name, first_seen, last_seen) VALUES ('gym', 'press-1', 1772474400000000, 1772474500000000);
INSERT INTO session VALUES ('evening', 'evening.started', 1, 1772474400000000, 1, 1, 'started', 1772474400000000,
    NULL, 'AA', NULL, 80.0, 0, 0);
INSERT INTO "set" VALUES ('evening', 1, 'evening.1.started', 2, 1772474400000000, 1, 2, 'started', 100.0, NULL,
    1772474400000000, NULL, 0, NULL, '[]');
INSERT INTO rep VALUES ('evening', 1, 1, 'evening.1.1', 3, 1772474406000000, 1, 3, 102.0, 104.5, 105.0, 106.0,
    2.5, 0.5, 1.0, NULL, 0.42, 0.42, 0.7, 0.17, 0.25, NULL, true, false, NULL, '{"rom_m": 0.003}');
UPDATE counter SET value = 3;
"""


def first_store(url: str) -> None:
    """A store as the first version left it, with a set that has begun and one rep in it."""
    config = Config()
    config.set_main_option("script_location", str(Path(sensor_hub.store.migrations.__file__).parent))
    engine = create_engine(url)
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        for statement in FIRST_ROWS.strip().split(";\n"):
            connection.exec_driver_sql(statement)
    engine.dispose()


def test_a_store_of_the_first_version_goes_on_with_what_it_has(bare_url: str, lifter: Lifter) -> None:
    first_store(bare_url)
    store = Store.open(bare_url)
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


def test_several_programs_may_open_a_new_store_at_once(bare_url: str) -> None:
    program = "import sys; from sensor_hub.store import Store; Store.open(sys.argv[1]).close()"
    command = [sys.executable, "-c", program, bare_url]
    running = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(3)]
    assert [(process.wait(60), process.communicate()[1]) for process in running] == [(0, "")] * 3


def test_a_newer_database_is_refused(store: Store, store_url: str) -> None:
    with store.transaction() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0999'"))
    with pytest.raises(StoreError, match=r"written by a newer sensor-hub .*0999.* Update this program"):
        Store.open(store_url)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("mysql://u:secret@h/db", "neither an SQLite file nor a PostgreSQL"),
        ("nonsense://u:secret@h/db", "neither an SQLite file nor a PostgreSQL"),
        ("postgresql+nodriver://u:secret@h/db", "no driver"),
        ("postgresql://u:secret@h:port/db", "is not a database address"),
    ],
)
def test_what_cannot_be_a_store_is_told_without_the_password(url: str, said: str) -> None:
    with pytest.raises(StoreError, match=said) as caught:
        Store.open(url)
    assert "secret" not in str(caught.value)


def test_an_address_that_is_none_is_told() -> None:
    with pytest.raises(StoreError, match="is not a database address"):
        Store.open("://")


def test_a_check_tells_the_size_changes_nothing_and_fails_where_nothing_could_be_written(store: Store) -> None:
    with store.transaction() as connection:
        before = connection.execute(text("SELECT value FROM counter")).all()
    assert store.check() > 50_000
    with store.transaction() as connection:
        assert connection.execute(text("SELECT value FROM counter")).all() == before
        connection.execute(text("ALTER TABLE counter RENAME TO gone"))
    with pytest.raises(StoreError, match="The database failed"):
        store.check()


def test_what_is_no_message_is_parked_whatever_its_fields_are_called(store: Store) -> None:
    message = json.loads(encode(examples()[Kind.REP])) | {"a\0b": 1}
    with pytest.raises(BusError, match="a\0b") as refused:
        decode(topic_of(examples()[Kind.REP]), json.dumps(message).encode())
    store.park([(str(refused.value), "a\0b")])
    with store.transaction() as connection:
        (row,) = parked_rows(connection)
    assert "a\\x00b: " in row.reason
    assert row.content == "a\\x00b"
