"""What the hub has to say, on disk until the broker has taken it.

A row is durable when `append` returns, and dies only when the broker has acknowledged it. When the broker stays
away until the outbox is full, the least precious rows go first: raw, then motion, then phase. Reps, sets and
sessions are never dropped. Of a retained topic only the newest message waits.
"""

import logging
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from sensor_hub.bus.topics import RETAINED, encode, kind_of, topic_of
from sensor_hub.errors import BusError
from sensor_hub.messages import Kind, Message

log = logging.getLogger(__name__)

DEFAULT_LIMIT_BYTES = 512 * 1024 * 1024
_DROPPED_FIRST = (Kind.RAW, Kind.MOTION, Kind.PHASE)
_FSYNCED = frozenset({Kind.REP, Kind.SET, Kind.SESSION})
_SCHEMA = """
    CREATE TABLE IF NOT EXISTS outbox (
        row INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, topic TEXT NOT NULL,
        retained INTEGER NOT NULL, payload BLOB NOT NULL);
    CREATE INDEX IF NOT EXISTS outbox_kind ON outbox (kind, row);
    CREATE TABLE IF NOT EXISTS sequence (machine TEXT PRIMARY KEY, last INTEGER NOT NULL) WITHOUT ROWID;
"""


class Waiting(NamedTuple):
    """A row on its way to the broker."""

    row: int
    topic: str
    retained: bool
    payload: bytes


class Outbox:
    """Messages in the order they were appended. Safe to use from several threads of one process. Every method
    raises BusError where the disk fails.

    What is counted (reps, sets, sessions) survives a power cut; everything survives a killed process.
    """

    def __init__(self, path: Path, limit_bytes: int = DEFAULT_LIMIT_BYTES) -> None:
        """Open or create the file. Raises BusError where that is impossible."""
        self.dropped = 0
        self._limit_bytes = limit_bytes
        self._lock = threading.Lock()
        self._sequence: dict[str, int] = {}
        self._appended = threading.Event()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch(mode=0o600)
            self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=10)
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.executescript(_SCHEMA)
            self._bytes: int = self._db.execute("SELECT coalesce(sum(length(payload)), 0) FROM outbox").fetchone()[
                0
            ]
        except (OSError, sqlite3.Error) as error:
            raise BusError(
                f"The outbox {path} cannot be used ({error}). Check that the folder is writable and the disk not "
                "full; if the file is damaged, move it away."
            ) from error

    def next_seq(self, machine: str) -> int:
        """The number for the message about to be made; it becomes durable with that message's `append`."""
        with self._database() as database:
            if machine not in self._sequence:
                row = database.execute("SELECT last FROM sequence WHERE machine = ?", (machine,)).fetchone()
                self._sequence[machine] = row[0] if row else 0
            self._sequence[machine] += 1
            return self._sequence[machine]

    def append(self, message: Message) -> None:
        """Keep a message until it is delivered."""
        kind, payload = kind_of(message), encode(message)
        with self._database() as database:
            self._make_room(len(payload))
            database.execute(f"PRAGMA synchronous={'FULL' if kind in _FSYNCED else 'NORMAL'}")
            self._insert(message, kind, payload)
            self._bytes += len(payload)
        self._appended.set()

    def pending(self) -> int:
        """Number of messages that no broker has acknowledged."""
        with self._database() as database:
            count: int = database.execute("SELECT count(*) FROM outbox").fetchone()[0]
            return count

    def after(self, row: int, limit: int) -> list[Waiting]:
        """The next rows behind `row`, in order."""
        query = "SELECT row, topic, retained, payload FROM outbox WHERE row > ? ORDER BY row LIMIT ?"
        with self._database() as database:
            found = database.execute(query, (row, limit)).fetchall()
        return [Waiting(number, topic, bool(retained), payload) for number, topic, retained, payload in found]

    def remove(self, rows: Sequence[int]) -> None:
        """Forget delivered rows."""
        with self._database():
            self._delete([(row,) for row in rows])

    def wait(self, timeout_s: float) -> bool:
        """Whether something was appended since the last wait, or within the time given."""
        appended = self._appended.wait(timeout_s)
        self._appended.clear()
        return appended

    def wake(self) -> None:
        """End a running `wait` early."""
        self._appended.set()

    def close(self) -> None:
        with self._lock:
            self._db.close()

    @contextmanager
    def _database(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            try:
                yield self._db
            except sqlite3.Error as error:
                raise BusError(f"The outbox cannot keep or give messages ({error}). Is the disk full?") from error

    def _insert(self, message: Message, kind: Kind, payload: bytes) -> None:
        with self._db:
            self._db.execute("BEGIN IMMEDIATE")
            if kind in RETAINED:
                self._delete_where("topic = ? AND kind = ?", (topic_of(message), kind))
            self._db.execute(
                "INSERT INTO outbox (kind, topic, retained, payload) VALUES (?, ?, ?, ?)",
                (kind, topic_of(message), kind in RETAINED, payload),
            )
            self._db.execute(
                "INSERT INTO sequence VALUES (?, ?) ON CONFLICT DO UPDATE SET last = max(last, excluded.last)",
                (message.machine, message.seq),
            )

    def _make_room(self, wanted: int) -> None:
        for kind in _DROPPED_FIRST:
            while self._bytes + wanted > self._limit_bytes:
                oldest = self._db.execute(
                    "SELECT row FROM outbox WHERE kind = ? ORDER BY row LIMIT 100", (kind,)
                ).fetchall()
                if not oldest:
                    break
                self._delete(oldest)
                self._warn_dropped(kind, len(oldest))

    def _warn_dropped(self, kind: Kind, count: int) -> None:
        if self.dropped == 0:
            log.warning(
                "The outbox is full (%d MB): the oldest %s messages are dropped until the broker is back.",
                self._limit_bytes // 1_000_000,
                kind,
            )
        self.dropped += count

    def _delete(self, rows: Sequence[tuple[int]]) -> None:
        with self._db:
            self._db.execute("BEGIN IMMEDIATE")
            for row in rows:
                self._delete_where("row = ?", row)

    def _delete_where(self, condition: str, values: Sequence[object]) -> None:
        freed = self._db.execute(
            f"DELETE FROM outbox WHERE {condition} RETURNING length(payload)", values
        ).fetchall()
        self._bytes -= sum(length for (length,) in freed)
