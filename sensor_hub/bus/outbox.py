"""What the hub has to say, on disk until it is safe elsewhere.

A row is durable when `append` returns. Reps, sets and sessions stay until a recorder has confirmed that they are in
its database; everything else until the broker has acknowledged it. So a broker may forget what it took: what is
counted is sent again.

When the broker stays away until the outbox is full, the least precious rows go first: raw, then motion, then phases,
then what was not counted.
Reps, sets and sessions are never dropped. Of a retained topic only the newest message waits. While the disk takes
nothing, what is precious lives in memory. A damaged file is set aside, and what can be read of it is saved.
"""

import logging
import sqlite3
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from sensor_hub.bus.outbox_database import IS_COUNTED, OutboxDatabase
from sensor_hub.bus.running import Running
from sensor_hub.bus.topics import RETAINED, encode, kind_of, topic_of
from sensor_hub.messages import COUNTED, Kind, Message

log = logging.getLogger(__name__)

DEFAULT_LIMIT_BYTES = 512 * 1024 * 1024
MEMORY_LIMIT_BYTES = 64 * 1024 * 1024
"""While the disk takes nothing."""
MOST_UNCONFIRMED = 10_000
"""Delivered reps, sets and sessions that are kept where no recorder confirms any: a machine's month."""
_DROPPED_FIRST = (Kind.RAW, Kind.MOTION, Kind.PHASE, Kind.REJECTED)


class Waiting(NamedTuple):
    """A row on its way to the broker."""

    row: int
    topic: str
    retained: bool
    payload: bytes


class Outbox:
    """Messages in the order they were appended. Safe to use from several threads of one process. Every method but
    `close` raises BusError where the database fails for another reason than a full or damaged disk.

    What is counted (reps, sets, sessions) survives a power cut; everything survives a killed process.
    """

    def __init__(self, path: Path, limit_bytes: int = DEFAULT_LIMIT_BYTES) -> None:
        """Open or create the file."""
        self.dropped = 0
        self._limit_bytes = limit_bytes
        self._recalls = 0
        self._sequence: dict[str, int] = {}
        self._appended = threading.Event()
        self._database = OutboxDatabase(path)

    @property
    def generation(self) -> int:
        """Grows when rows must be given again from the first one on."""
        return self._recalls + self._database.generation

    @property
    def problem(self) -> str | None:
        """What a person should do something about, as a sentence."""
        if self._database.refusal is not None:
            return "The hub's disk takes nothing: reps are kept in memory only. Make room on it."
        if self._database.weight > self._limit_bytes // 2:
            size, limit = self._database.weight // 1_000_000, self._limit_bytes // 1_000_000
            return f"{size} MB wait for the broker. At {limit} MB raw samples are dropped, reps never."
        return None

    def next_seq(self, machine: str) -> int:
        """The number for the message about to be made; it becomes durable with that message's `append`."""

        def last(database: sqlite3.Connection) -> int:
            row = database.execute("SELECT last FROM sequence WHERE machine = ?", (machine,)).fetchone()
            return row[0] if row else 0

        if machine not in self._sequence:
            self._sequence[machine] = self._database.do(last)
        self._sequence[machine] += 1
        return self._sequence[machine]

    def append(self, message: Message) -> None:
        """Keep a message until it is delivered, and stored where it is counted."""
        kind, payload = kind_of(message), encode(message)

        def keep(database: sqlite3.Connection) -> None:
            self._make_room(database, len(payload))
            database.execute(f"PRAGMA synchronous={'FULL' if kind in COUNTED else 'NORMAL'}")
            with database:
                database.execute("BEGIN IMMEDIATE")
                if kind in RETAINED:
                    self._delete_where(database, "topic = ? AND kind = ?", (topic_of(message), kind))
                row = _insert(database, message, kind, payload)
            self._database.weight += len(payload)
            self._database.newest_row = max(self._database.newest_row, row)

        self._database.do(keep)
        self._appended.set()

    def pending(self) -> int:
        """Number of messages that no broker has acknowledged."""
        return self._database.do(
            lambda database: (
                _count(database, "SELECT count(*) FROM outbox")
                - _count(database, "SELECT count(*) FROM outbox WHERE delivered = 1")
            )
        )

    def unconfirmed(self) -> int:
        """Number of messages that a broker has, and perhaps no recorder."""
        return self._database.do(
            lambda database: _count(database, "SELECT count(*) FROM outbox WHERE delivered = 1")
        )

    def running(self, machine: str) -> Running:
        """What was told of a machine and has not ended."""
        return self._database.do(lambda database: _running(database, machine))

    def after(self, row: int, limit: int) -> list[Waiting]:
        """The next rows behind `row` that no broker has, in order."""
        return self._rows("row > ? AND delivered = 0", row, limit)

    def everything(self, row: int, limit: int) -> list[Waiting]:
        """The next rows behind `row`, delivered or not, in order."""
        return self._rows("row > ?", row, limit)

    def discard(self, rows: Sequence[int]) -> None:
        """Forget rows, delivered or not, and leave nothing in the file of what was ever removed."""

        def forget(database: sqlite3.Connection) -> None:
            with database:
                database.execute("BEGIN IMMEDIATE")
                for row in rows:
                    self._delete_where(database, "row = ?", (row,))
            database.execute("VACUUM")
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)")

        self._database.do(forget)

    def deliver(self, rows: Sequence[int]) -> None:
        """The broker has these rows: what a recorder will confirm is kept, the rest forgotten."""
        keep = f"UPDATE outbox SET delivered = 1 WHERE row = ? AND id <> '' AND {IS_COUNTED}"
        too_many = (
            "delivered = 1 AND row <= "
            "(SELECT row FROM outbox WHERE delivered = 1 ORDER BY row DESC LIMIT 1 OFFSET ?)"
        )

        def forget(database: sqlite3.Connection) -> None:
            with database:
                database.execute("BEGIN IMMEDIATE")
                for row in rows:
                    database.execute(keep, (row,))
                    self._delete_where(database, "row = ? AND delivered = 0", (row,))
                self._delete_where(database, too_many, (MOST_UNCONFIRMED,))

        self._database.do(forget)

    def confirm(self, ids: Sequence[str]) -> None:
        """Forget what a recorder has stored."""

        def forget(database: sqlite3.Connection) -> None:
            with database:
                database.execute("BEGIN IMMEDIATE")
                for identity in ids:
                    self._delete_where(database, f"id = ? AND {IS_COUNTED}", (identity,))

        self._database.do(forget)

    def recall(self) -> None:
        """What is not confirmed is to be delivered again."""
        again = "UPDATE outbox SET delivered = 0 WHERE delivered = 1"
        if self._database.do(lambda database: database.execute(again).rowcount):
            self._recalls += 1
            self._appended.set()

    def wait(self, timeout_s: float) -> bool:
        """Whether something was appended since the last wait, or within the time given."""
        appended = self._appended.wait(timeout_s)
        self._appended.clear()
        return appended

    def wake(self) -> None:
        """End a running `wait` early."""
        self._appended.set()

    def close(self) -> None:
        self._database.close()

    def _rows(self, condition: str, row: int, limit: int) -> list[Waiting]:
        query = f"SELECT row, topic, retained, payload FROM outbox WHERE {condition} ORDER BY row LIMIT ?"
        found = self._database.do(lambda database: database.execute(query, (row, limit)).fetchall())
        return [Waiting(number, topic, bool(retained), payload) for number, topic, retained, payload in found]

    def _make_room(self, database: sqlite3.Connection, wanted: int) -> None:
        limit = self._limit_bytes
        if self._database.refusal is not None:
            limit = min(limit, MEMORY_LIMIT_BYTES)
        for kind in _DROPPED_FIRST:
            while self._database.weight + wanted > limit:
                dropped = self._drop_oldest(database, kind)
                if not dropped:
                    break
                self._warn_dropped(kind, dropped)

    def _drop_oldest(self, database: sqlite3.Connection, kind: Kind) -> int:
        oldest = "row IN (SELECT row FROM outbox WHERE kind = ? ORDER BY row LIMIT 100)"
        with database:
            database.execute("BEGIN IMMEDIATE")
            return self._delete_where(database, oldest, (kind,))

    def _warn_dropped(self, kind: Kind, count: int) -> None:
        if self.dropped == 0:
            log.warning(
                "The outbox is full (%d MB): the oldest %s messages are dropped until the broker is back.",
                self._limit_bytes // 1_000_000,
                kind,
            )
        self.dropped += count

    def _delete_where(self, database: sqlite3.Connection, condition: str, values: Sequence[object]) -> int:
        freed = database.execute(
            f"DELETE FROM outbox WHERE {condition} RETURNING length(payload)", values
        ).fetchall()
        self._database.weight -= sum(length for (length,) in freed)
        return len(freed)


def _insert(database: sqlite3.Connection, message: Message, kind: Kind, payload: bytes) -> int:
    """The row's number."""
    inserted = database.execute(
        "INSERT INTO outbox (kind, topic, retained, payload, id) VALUES (?, ?, ?, ?, ?)",
        (kind, topic_of(message), kind in RETAINED, payload, message.id),
    )
    database.execute(
        "INSERT INTO sequence VALUES (?, ?) ON CONFLICT DO UPDATE SET last = max(last, excluded.last)",
        (message.machine, message.seq),
    )
    if kind in COUNTED:
        told = _running(database, message.machine).heard(message).model_dump_json(by_alias=True)
        database.execute("INSERT OR REPLACE INTO running VALUES (?, ?)", (message.machine, told))
    return inserted.lastrowid or 0


def _running(database: sqlite3.Connection, machine: str) -> Running:
    row = database.execute("SELECT told FROM running WHERE machine = ?", (machine,)).fetchone()
    return Running.model_validate_json(row[0]) if row else Running()


def _count(database: sqlite3.Connection, query: str) -> int:
    return int(database.execute(query).fetchone()[0])
