"""The outbox's rows in SQLite, whatever the disk does.

A damaged file is set aside, and what can be read of it goes into a new one. While the disk takes nothing, what is
precious lives in memory; every few seconds the disk is tried again.
"""

import logging
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TypeVar

from sensor_hub.errors import BusError
from sensor_hub.messages import COUNTED, Kind

log = logging.getLogger(__name__)

RETRY_S = 5.0
"""Between attempts to write to a disk that refused."""
IS_COUNTED = f"kind IN ({', '.join(repr(str(kind)) for kind in sorted(COUNTED))})"
_DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_REFUSED = frozenset({sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN})
_CHECKED_BYTES = 64 * 1024 * 1024
"""A larger file is not read through at the start; damage in it shows when it is met."""
_TABLES = """
    CREATE TABLE IF NOT EXISTS outbox (
        row INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, topic TEXT NOT NULL,
        retained INTEGER NOT NULL, payload BLOB NOT NULL);
    CREATE TABLE IF NOT EXISTS sequence (machine TEXT PRIMARY KEY, last INTEGER NOT NULL) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS running (machine TEXT PRIMARY KEY, told TEXT NOT NULL) WITHOUT ROWID;
"""
_ADDED = {"id": "TEXT NOT NULL DEFAULT ''", "delivered": "INTEGER NOT NULL DEFAULT 0"}
"""Columns that files of earlier versions lack."""
_INDEXES = f"""
    CREATE INDEX IF NOT EXISTS outbox_kind ON outbox (kind, row);
    CREATE INDEX IF NOT EXISTS outbox_id ON outbox (id) WHERE {IS_COUNTED};
    CREATE INDEX IF NOT EXISTS outbox_delivered ON outbox (row) WHERE delivered = 1;
"""
_COLUMNS = "row, kind, topic, retained, payload, id, delivered"
_PRECIOUS = frozenset(Kind) - {Kind.RAW, Kind.MOTION, Kind.PHASE, Kind.REJECTED}

T = TypeVar("T")
Work = Callable[[sqlite3.Connection], T]


class OutboxDatabase:
    """Safe to use from several threads of one process."""

    def __init__(self, path: Path) -> None:
        self.refusal: str | None = None
        """Why rows live in memory; None while they are on disk."""
        self.generation = 0
        """Grows when another database has taken over."""
        self.weight = 0
        """Bytes of all payloads; whoever adds or deletes rows keeps it right."""
        self.newest_row = 0
        """The highest number ever given; whoever adds rows keeps it right."""
        self._path = path
        self._lock = threading.Lock()
        self._retry_at_s = 0.0
        self._db = self._open()
        try:
            self._weigh()
        except sqlite3.Error as error:
            self._recover(error)

    def do(self, work: Work[T]) -> T:
        """Work that fails on a full or damaged disk is done again where it can be. Raises BusError where it fails
        for another reason."""
        with self._lock:
            if self.refusal is not None and time.monotonic() > self._retry_at_s:
                self._return_to_disk()
            try:
                return work(self._db)
            except sqlite3.Error as error:
                self._recover(error)
            try:
                return work(self._db)
            except sqlite3.Error as error:
                raise _failure(error) from error

    def close(self) -> None:
        with self._lock:
            if self.refusal is not None:
                self._return_to_disk()
            self._db.close()

    def _open(self) -> sqlite3.Connection:
        try:
            return _open_file(self._path)
        except (OSError, sqlite3.Error) as error:
            return self._in_memory(None, error)

    def _recover(self, error: sqlite3.Error) -> None:
        """Another database in place of the one that failed. Raises BusError where that would not help."""
        failed = self._db
        if _is_damage(error):
            failed.close()
            try:
                self._db = _replace_damaged(self._path, error, self.newest_row)
            except (OSError, sqlite3.Error) as refused:
                self._db = self._in_memory(None, refused)
        elif _is_refusal(error) and self.refusal is None:
            self._db = self._in_memory(failed, error)
            failed.close()
        else:
            raise _failure(error) from error
        self.generation += 1
        self._weigh()

    def _in_memory(self, source: sqlite3.Connection | None, error: Exception) -> sqlite3.Connection:
        self.refusal, self._retry_at_s = str(error), time.monotonic() + RETRY_S
        log.error(
            "The outbox %s cannot be written (%s). Reps, sets and sessions are kept in memory until it can, raw "
            "samples no longer. Check that the folder is writable and make room on the disk.",
            self._path,
            error,
        )
        memory = _prepared(sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None))
        if source is not None:
            _move(source, memory, _PRECIOUS, self.newest_row)
        return memory

    def _return_to_disk(self) -> None:
        """A file that takes what is in memory now, in place of what it had."""
        self._retry_at_s = time.monotonic() + RETRY_S
        try:
            disk = _open_file(self._path)
        except (OSError, sqlite3.Error):
            return
        try:
            disk.execute("PRAGMA synchronous=FULL")
            _move(self._db, disk, _PRECIOUS, self.newest_row)
        except sqlite3.Error:
            disk.close()
            return
        self._db.close()
        self._db, self.refusal = disk, None
        self.generation += 1
        self._weigh()
        log.warning("The outbox %s is on disk again.", self._path)

    def _weigh(self) -> None:
        query = "SELECT coalesce(sum(length(payload)), 0), coalesce(max(row), 0) FROM outbox"
        self.weight, newest = self._db.execute(query).fetchone()
        self.newest_row = max(self.newest_row, newest)


def _open_file(path: Path) -> sqlite3.Connection:
    """Opened or created; a damaged one is replaced. Raises sqlite3.Error and OSError where the disk refuses."""
    try:
        return _connect(path)
    except sqlite3.DatabaseError as error:
        if not _is_damage(error):
            raise
        return _replace_damaged(path, error, 0)


def _replace_damaged(path: Path, error: Exception, newest_row: int) -> sqlite3.Connection:
    """A new file with what can be read of the old one. newest_row: no number up to it is given again."""
    aside = path.with_suffix(".broken")
    for suffix in ("-wal", "-shm", ""):
        part = path.with_name(path.name + suffix)
        if part.exists():
            part.replace(aside.with_name(aside.name + suffix))
    fresh, damaged = _connect(path), sqlite3.connect(aside)
    saved = _move(damaged, fresh, frozenset(Kind), newest_row)
    damaged.close()
    log.error(
        "The outbox %s was damaged (%s). It was set aside as %s; %d messages could be read of it, and the hub goes "
        "on with a new one. Look after the disk.",
        *(path, error, aside.name, saved),
    )
    return fresh


def _move(source: sqlite3.Connection, target: sqlite3.Connection, kinds: Iterable[Kind], newest_row: int) -> int:
    """Give rows of these kinds, under their numbers, in place of those that the target has; how many."""
    wanted = ", ".join(repr(str(kind)) for kind in kinds)
    with target:
        target.execute("BEGIN IMMEDIATE")
        target.execute(f"DELETE FROM outbox WHERE kind IN ({wanted})")
        count = 0
        for row in _readable(source, f"SELECT {_COLUMNS} FROM outbox WHERE +kind IN ({wanted})"):
            target.execute(f"INSERT OR REPLACE INTO outbox ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)", row)
            count += 1
        for table in ("sequence", "running"):
            for row in _readable(source, f"SELECT * FROM {table}"):
                target.execute(f"INSERT OR REPLACE INTO {table} VALUES (?, ?)", row)
        _continue_after(target, newest_row)
    return count


def _readable(source: sqlite3.Connection, query: str) -> Iterator[tuple[object, ...]]:
    """Rows by their first column; of a damaged table those before the damage and those behind it."""
    for order in ("ASC", "DESC"):
        try:
            yield from source.execute(f"{query} ORDER BY 1 {order}")
        except sqlite3.DatabaseError as error:
            log.warning("Some rows of an outbox cannot be read: %s", error)
        else:
            return


def _continue_after(target: sqlite3.Connection, newest_row: int) -> None:
    """AUTOINCREMENT keeps the highest number that there ever was."""
    target.execute(
        "INSERT INTO outbox (row, kind, topic, retained, payload) SELECT ?, '', '', 0, x'' "
        "WHERE ? > (SELECT coalesce(max(row), 0) FROM outbox)",
        (newest_row, newest_row),
    )
    target.execute("DELETE FROM outbox WHERE kind = ''")


def _connect(path: Path) -> sqlite3.Connection:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=10)
    try:
        connection.execute("PRAGMA journal_mode=WAL")
        if path.stat().st_size < _CHECKED_BYTES:
            _check(connection)
        return _prepared(connection)
    except sqlite3.Error:
        connection.close()
        raise


def _check(connection: sqlite3.Connection) -> None:
    (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    if verdict != "ok":
        error = sqlite3.DatabaseError(" ".join(verdict.split()))
        error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
        raise error


def _prepared(connection: sqlite3.Connection) -> sqlite3.Connection:
    connection.executescript(_TABLES)
    known = {name for _, name, *_ in connection.execute("PRAGMA table_info(outbox)")}
    for name, kind in _ADDED.items():
        if name not in known:
            connection.execute(f"ALTER TABLE outbox ADD COLUMN {name} {kind}")
    connection.executescript(_INDEXES)
    return connection


def _is_damage(error: Exception) -> bool:
    return _code(error) in _DAMAGED


def _is_refusal(error: Exception) -> bool:
    """Whether the disk is full, read-only, or fails."""
    return _code(error) in _REFUSED


def _code(error: Exception) -> int:
    return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF


def _failure(error: sqlite3.Error) -> BusError:
    return BusError(f"The outbox cannot keep or give messages ({error}). Is the disk full?")
