"""Opening the database: pragmas for SQLite, and the migrations that bring any older version up to date."""

import importlib.util
import logging
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, func, inspect, select, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from sensor_hub.errors import StoreError

NEWEST = "0010"
"""Version of the tables that this program knows; the newest file in migrations/versions."""

_PRAGMAS = (
    "PRAGMA auto_vacuum=INCREMENTAL",
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    "PRAGMA cache_size=-16000",
)
"""FULL: a commit is what the broker is told, so it must survive a power cut.
INCREMENTAL counts for a new file only, and before anything else: freed pages can be given back a few at a time."""
_BUSY_S = 15
PROGRAM = "sensor-hub"
"""What our connections to a server are called there."""
_SERVER = {
    "application_name": PROGRAM,
    "connect_timeout": 10,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "tcp_user_timeout": 20_000,
}
"""Seconds, but milliseconds for the last: a server that is cut off is given up, and what was under way tried again."""
_AT_THE_SERVER = (
    "SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3;"
    " SET tcp_user_timeout = 20000"
)
"""The other way round: a client that is cut off, or has lost its power, must not keep its locks for the two hours that
would be usual."""
_NO_PRIVILEGE = "42501"
_MIGRATING = 0x5EED
"""Any number that is ours: on PostgreSQL one program migrates at a time."""


Target = str | Path | URL
"""A database: a file's path, or a URL like `postgresql://user@host/name`."""


def open_database(target: Target) -> Engine:
    """An engine on an up-to-date database. Raises StoreError."""
    engine = engine_of(target)
    try:
        bring_up_to_date(engine)
    except StoreError:
        engine.dispose()
        raise
    return engine


def engine_of(target: Target) -> Engine:
    """Not connected yet. Raises StoreError where the address, the driver or a file's folder is no good."""
    url = address_of(target)
    if _is_file(url):
        return _sqlite(url)
    if url.get_backend_name() != "postgresql":
        raise StoreError(
            f"{_shown(url)} is neither an SQLite file nor a PostgreSQL. One of these must be the store."
        )
    try:
        engine = create_engine(url, pool_pre_ping=True, connect_args=_SERVER)
    except (ImportError, SQLAlchemyError) as error:
        raise StoreError(
            f"There is no driver for {_shown(url)} ({error}). For PostgreSQL: pip install 'sensor-hub[postgres]'."
        ) from error
    event.listen(engine, "connect", _be_given_up)
    return engine


def bring_up_to_date(engine: Engine) -> None:
    """Makes or upgrades the tables. Raises StoreError, also where they are a newer program's."""
    url = engine.url
    try:
        with engine.begin() as connection:
            _migrate(connection, url)
    except SQLAlchemyError as error:
        raise StoreError(
            f"The database {_shown(url)} cannot be opened: {reason_of(error)}. {_advice(url, error)}"
        ) from error


def address_of(target: Target, password: str | None = None) -> URL:
    """The URL of a database, the password in it. Raises StoreError."""
    if isinstance(target, Path) or (isinstance(target, str) and "://" not in target):
        return URL.create("sqlite", database=str(target))
    try:
        url = make_url(target)
    except (ArgumentError, ValueError) as error:
        raise StoreError(
            "store.url is not a database address. Write it like postgresql://user@host/name."
        ) from error
    return url if password is None or _is_file(url) else url.set(password=password)


def file_of(target: Target) -> Path | None:
    """The file of an SQLite store; None where a server has it."""
    url = address_of(target)
    return Path(url.database) if _is_file(url) and url.database else None


def _is_file(url: URL) -> bool:
    return url.get_backend_name() == "sqlite"


def reason_of(error: Exception) -> str:
    """What the database said, in a line, without the statement."""
    original = getattr(error, "orig", None)
    lines = str(original if original is not None else error).strip().splitlines()
    return lines[0].rstrip(".") if lines else type(error).__name__


def _sqlite(url: URL) -> Engine:
    if url.database:
        try:
            Path(url.database).parent.mkdir(parents=True, exist_ok=True)
            Path(url.database).touch(mode=0o600)
        except OSError as error:
            raise StoreError(
                f"{url.database} cannot be written ({error}). Check the path and its rights."
            ) from error
    engine = create_engine(url, connect_args={"timeout": _BUSY_S})
    event.listen(engine, "connect", _apply_pragmas)
    return engine


def _apply_pragmas(connection: Any, record: object) -> None:
    for pragma in _PRAGMAS:
        connection.execute(pragma)


def _be_given_up(connection: Any, record: object) -> None:
    connection.execute(_AT_THE_SERVER)
    connection.commit()


def _migrate(connection: Connection, url: URL) -> None:
    if _version_of(connection) == NEWEST:
        return
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    elif connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(_MIGRATING)))
    version = _version_of(connection)
    if version is not None and version > NEWEST:
        raise StoreError(
            f"The database {_shown(url)} was written by a newer sensor-hub (tables {version}, this program knows "
            f"{NEWEST}). Update this program, or use another file."
        )
    if version != NEWEST:
        _upgrade(connection)


def _version_of(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    version: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return version


def _upgrade(connection: Connection) -> None:
    """Alembic takes most of a second to import, so it is only loaded where there is something to migrate."""
    logging.getLogger("alembic").setLevel(logging.WARNING)
    from alembic import command
    from alembic.config import Config

    package = importlib.util.find_spec("sensor_hub.store.migrations")
    assert package is not None
    assert package.origin is not None
    config = Config()
    config.set_main_option("script_location", str(Path(package.origin).parent).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _shown(url: URL) -> str:
    if _is_file(url):
        return url.database or "in memory"
    return url.render_as_string(hide_password=True)


def _advice(url: URL, error: SQLAlchemyError) -> str:
    if _is_file(url):
        return (
            "Check the path, that the folder is writable and the disk not full; a damaged file must be restored."
        )
    if getattr(getattr(error, "orig", None), "sqlstate", None) == _NO_PRIVILEGE:
        return f"Make {url.username or 'its user'} the owner of the database (docs/storage.md)."
    return (
        "Check that the server runs, and the address, user and password: the password belongs into "
        "store.password_file or SENSOR_HUB_STORE_PASSWORD."
    )
