"""A consistent copy of an SQLite store while others write to it, and what a copy holds."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from sensor_hub.errors import StoreError
from sensor_hub.store.database import NEWEST

_COUNTED = {"sessions": "session", "sets": '"set"', "reps": "rep", "motion": "motion", "raw": "raw"}


@dataclass(frozen=True, slots=True)
class Contents:
    """What a store holds: rows of its tables, and the version of those."""

    tables: str
    sessions: int
    sets: int
    reps: int
    motion: int
    raw: int

    def __str__(self) -> str:
        counts = {"session": self.sessions, "set": self.sets, "rep": self.reps, "chunk": self.raw}
        return ", ".join(f"{count} {noun}{'' if count == 1 else 's'}" for noun, count in counts.items())


def copy_file(source: Path, copy: Path) -> Contents:
    """Copies the store as it is at one instant into one new file, and checks that. Writers go on meanwhile.

    Raises StoreError where there is no store, or where the store or the disk is damaged or full.
    """
    if not source.is_file():
        raise StoreError(f"There is no store {source}. Has the hub run with this data folder?")
    with _errors(f"The store {source} cannot be copied to {copy}"):
        copy.touch(mode=0o600)
        with closing(_connect(source)) as store, closing(_connect(copy)) as new:
            store.backup(new)
            new.execute("PRAGMA journal_mode=DELETE")
    return contents_of(copy)


def contents_of(path: Path) -> Contents:
    """Reads every page of a store's file. Raises StoreError where one is damaged, or the store is a newer program's."""
    with _errors(f"The store {path} is damaged"), closing(_connect(path)) as database:
        (found,) = database.execute("PRAGMA integrity_check(1)").fetchone()
        if found != "ok":
            raise StoreError(f"The store {path} is damaged: {found}. Use another backup.")
        (tables,) = database.execute("SELECT version_num FROM alembic_version").fetchone()
        if tables > NEWEST:
            raise StoreError(
                f"{path} was written by a newer sensor-hub (tables {tables}, this program knows {NEWEST}). "
                "Update this program."
            )
        counts = {
            name: database.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
            for name, table in _COUNTED.items()
        }
    return Contents(tables=tables, **counts)


def compact(path: Path) -> None:
    """Leaves nothing free in a store's file, and lets it give pages back from now on. Raises StoreError."""
    with _errors(f"The store {path} cannot be made compact"), closing(_connect(path)) as database:
        database.execute("PRAGMA auto_vacuum=INCREMENTAL")
        database.execute("VACUUM")


def close_file(path: Path) -> bool:
    """Brings everything of a store into its one file; False where a running program has it open. Raises StoreError."""
    with _errors(f"The store {path} is damaged"), closing(sqlite3.connect(path, timeout=0.0)) as database:
        try:
            database.execute("PRAGMA journal_mode=DELETE").fetchone()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
                raise
            return False
    return True


def _connect(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(path, timeout=15.0, isolation_level=None)


@contextmanager
def _errors(what: str) -> Iterator[None]:
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        raise StoreError(f"{what}: {error}. Check the disk and its room; nothing was changed.") from error
