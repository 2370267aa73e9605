"""A store out of its database into one SQLite file, and back into either kind of database.

Out of a server it goes table by table, within one transaction that sees one instant; the file is a store like any
other. So a backup does not depend on the server's version or tools, and a store can move between the two kinds.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, delete, func, insert, select, text
from sqlalchemy.exc import SQLAlchemyError

from sensor_hub.errors import StoreError
from sensor_hub.store import tables
from sensor_hub.store.changes import go_on_from, last_drawn
from sensor_hub.store.copies import Contents, close_file, contents_of, copy_file
from sensor_hub.store.database import PROGRAM, Target, file_of, open_database, reason_of
from sensor_hub.store.partitions import PARTED, make_room

_ROWS_AT_ONCE = 500


def copy_store(source: Target, copy: Path) -> Contents:
    """The store as it is at one instant, in one new SQLite file, checked; writers go on. Raises StoreError."""
    file = file_of(source)
    if file is not None:
        return copy_file(file, copy)
    with (
        _opened(source) as server,
        _opened(copy) as new,
        _errors("copied"),
        server.connect().execution_options(isolation_level="REPEATABLE READ") as reading,
        new.begin() as writing,
    ):
        _replace(reading, writing)
        go_on_from(writing, last_drawn(reading))
    close_file(copy)
    return contents_of(copy)


def load_store(copy: Path, server: Target) -> None:
    """Everything of an up-to-date SQLite file in place of all that a server's database has, or nothing of it.

    Raises StoreError.
    """
    with (
        _opened(copy) as file,
        _opened(server) as old,
        _errors("restored"),
        file.connect() as reading,
        old.begin() as writing,
    ):
        _replace(reading, writing)
        _go_on_counting(writing)
        go_on_from(writing, last_drawn(reading))


def is_unused(server: Target) -> bool:
    """Whether nothing was ever recorded into a server's database. Raises StoreError."""
    with _opened(server) as engine, _errors("read"), engine.connect() as connection:
        recorded = (tables.session, tables.rep, tables.raw)
        return not any(connection.execute(select(table.c.change).limit(1)).first() for table in recorded)


def is_in_use(server: Target) -> bool:
    """Whether another of our programs is connected to a server's database. Raises StoreError."""
    others = text(
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND application_name = :program AND pid <> pg_backend_pid()"
    )
    with _opened(server) as engine, _errors("read"), engine.connect() as connection:
        return bool(connection.execute(others, {"program": PROGRAM}).scalar_one())


@contextmanager
def _opened(target: Target) -> Iterator[Engine]:
    engine = open_database(target)
    try:
        yield engine
    finally:
        engine.dispose()


def _replace(source: Connection, to: Connection) -> None:
    """All rows of all tables."""
    for table in reversed(tables.metadata.sorted_tables):
        to.execute(delete(table))
    for table in tables.metadata.sorted_tables:
        rows = source.execute(select(table), execution_options={"yield_per": _ROWS_AT_ONCE})
        for part in rows.mappings().partitions():
            if table in PARTED:
                make_room(to, [(table, row["time"]) for row in part])
            to.execute(insert(table), [dict(row) for row in part])


def _go_on_counting(server: Connection) -> None:
    """New rows get numbers behind those that came with the copy."""
    for table in tables.metadata.sorted_tables:
        column = table.autoincrement_column
        if column is not None:
            sequence = func.pg_get_serial_sequence(table.name, column.name)
            server.execute(select(func.setval(sequence, func.coalesce(func.max(column), 0) + 1, False)))


@contextmanager
def _errors(what: str) -> Iterator[None]:
    try:
        yield
    except SQLAlchemyError as error:
        raise StoreError(
            f"The store cannot be {what}: {reason_of(error)}. Nothing was changed. Is a disk full, or the server gone?"
        ) from error
