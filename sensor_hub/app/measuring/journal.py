"""What a machine's sensor has sent since its engine began, on disk: what a killed hub needs to go on where it was.

Entries are written before they are acted on. A machine is a function of its entries alone, so that the next hub,
reading them again, comes to the same engine, session and ids. They are forced to the disk before a rep, a set or a
session is told: after a power cut what is missing was never told, and the sensor's own memory has the last minute.
"""

import contextlib
import json
import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
from pydantic import TypeAdapter

from sensor_hub.app.measuring.clocks import HostClock
from sensor_hub.engine import First, Profile
from sensor_hub.errors import StoreError
from sensor_hub.model import Gap, GapReason, Samples
from sensor_hub.store import Lifter

_LIFTER = TypeAdapter(Lifter)


@dataclass(frozen=True, slots=True)
class SensorIdentity:
    """address: what tells this sensor from all others."""

    address: str
    name: str
    family: str


@dataclass(frozen=True, slots=True)
class Began:
    """A new engine takes over."""

    profile: Profile


@dataclass(frozen=True, slots=True)
class Anchored:
    """The date was tied to the hub's monotonic clock."""

    host: HostClock


@dataclass(frozen=True, slots=True)
class Took:
    """A block of samples; host_s, arrival_s: on the hub's monotonic clock."""

    samples: Samples
    arrival_s: float
    host_s: float
    bookmark: str | None
    """Where the sensor's stream was after it."""


@dataclass(frozen=True, slots=True)
class Missed:
    gap: Gap
    host_s: float


@dataclass(frozen=True, slots=True)
class Assigned:
    """Somebody said who lifts."""

    lifter: Lifter
    host_s: float


Entry = Began | Anchored | Took | Missed | Assigned

_SCHEMA = """
    CREATE TABLE IF NOT EXISTS entry (row INTEGER PRIMARY KEY, kind TEXT NOT NULL, head TEXT NOT NULL, data BLOB);
    CREATE TABLE IF NOT EXISTS sensor (address TEXT NOT NULL, name TEXT NOT NULL, family TEXT NOT NULL);
"""
_WAL = "-wal"
_INSERT = "INSERT INTO entry (kind, head, data) VALUES (?, ?, ?)"


class Journal:
    """One machine's entries in a file. Every method raises StoreError where the disk fails."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._discarded = self._interrupted = False
        self._db = self._open()

    def sensor(self) -> SensorIdentity | None:
        """Whose entries these are; None in an empty journal."""
        with self._errors():
            rows = self._db.execute("SELECT address, name, family FROM sensor").fetchall()
            return SensorIdentity(*rows[0]) if rows else None

    def entries(self, most: int = -1) -> Iterator[Entry]:
        """The first ones, or all, in order, read one by one: an evening's are too many to hold."""
        with self._errors():
            for kind, head, data in self._db.execute(
                "SELECT kind, head, data FROM entry ORDER BY row LIMIT ?", (most,)
            ):
                if self._interrupted:
                    raise sqlite3.OperationalError("interrupted")
                yield _decode(kind, json.loads(head), data)

    def begin(self, sensor: SensorIdentity, entries: Iterable[Entry]) -> None:
        """Forget everything; these are the first entries now. A discarded journal is in use again."""
        if self._discarded:
            self._db, self._discarded = self._open(), False
        with self._errors(), self._db:
            self._db.execute("BEGIN IMMEDIATE")
            self._db.execute("DELETE FROM entry")
            self._db.execute("DELETE FROM sensor")
            self._db.execute("INSERT INTO sensor VALUES (?, ?, ?)", (sensor.address, sensor.name, sensor.family))
            self._db.executemany(_INSERT, map(_encode, entries))
        with self._errors():
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # what was forgotten is not on the disk any more

    def add(self, entry: Entry) -> None:
        with self._errors():
            self._db.execute(_INSERT, _encode(entry))

    def sync(self) -> None:
        """What was added survives a power cut from now on."""
        with self._errors(), self._part(_WAL).open("rb") as written_ahead:
            os.fdatasync(written_ahead.fileno())

    def interrupt(self) -> None:
        """End all readings in other threads; they raise StoreError."""
        self._interrupted = True

    def cut(self, count: int) -> None:
        """Forget all but the first ones."""
        with self._errors():
            self._db.execute(
                "DELETE FROM entry WHERE row NOT IN (SELECT row FROM entry ORDER BY row LIMIT ?)", (count,)
            )

    def close(self) -> None:
        self._db.close()

    def discard(self) -> None:
        """Nobody needs it any more, or nobody should go on from it."""
        self.close()
        self._discarded = True
        for suffix in ("", _WAL, "-shm"):
            with contextlib.suppress(OSError):
                self._part(suffix).unlink(missing_ok=True)

    def _open(self) -> sqlite3.Connection:
        """For any thread, one at a time."""
        with self._errors():
            self._path.parent.mkdir(parents=True, exist_ok=True)
            database = sqlite3.connect(self._path, timeout=1.0, isolation_level=None, check_same_thread=False)
            database.execute("PRAGMA journal_mode=WAL")
            database.execute("PRAGMA synchronous=NORMAL")
            database.execute("PRAGMA secure_delete=ON")
            database.executescript(_SCHEMA)
            return database

    def _part(self, suffix: str) -> Path:
        return self._path.with_name(self._path.name + suffix)

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except (OSError, sqlite3.Error, KeyError, TypeError, ValueError) as error:
            raise StoreError(
                f"The journal {self._path} cannot be used ({error}). A hub that dies now loses the running set. "
                "Check that the folder is writable and the disk not full; if the file is damaged, move it away."
            ) from error


def set_aside(path: Path) -> Path:
    """A journal, whole or in part, where nobody goes on from it; the one set aside before goes."""
    aside = path.with_suffix(".broken")
    for suffix in (_WAL, "-shm", ""):
        part = path.with_name(path.name + suffix)
        if part.exists():
            part.replace(aside.with_name(aside.name + suffix))
    return aside


def is_damage(error: StoreError) -> bool:
    """Whether it is the file's fault, not the disk's."""
    return not isinstance(error.__cause__, OSError | sqlite3.OperationalError)


def _encode(entry: Entry) -> tuple[str, str, bytes | None]:
    match entry:
        case Began(profile):
            return "began", json.dumps(asdict(profile)), None
        case Anchored(host):
            return "anchored", json.dumps({"utc": host.utc.isoformat(), "host_s": host.host_s}), None
        case Missed(gap, host_s):
            return "missed", json.dumps({**asdict(gap), "at_s": host_s}), None
        case Assigned(lifter, host_s):
            return "assigned", json.dumps({**_LIFTER.dump_python(lifter, mode="json"), "at_s": host_s}), None
        case Took(samples, arrival_s, host_s, bookmark):
            head = {
                "count": len(samples),
                "gyro": samples.gyro_radps is not None,
                "resolution_mps2": samples.resolution_mps2,
                "saturated": samples.saturated,
                "time_sigma_s": samples.time_sigma_s,
                "arrival_s": arrival_s,
                "host_s": host_s,
                "bookmark": bookmark,
            }
            gyro = [] if samples.gyro_radps is None else [samples.gyro_radps]
            data = b"".join(part.tobytes() for part in (samples.time_s, samples.accel_mps2, *gyro))
            return "took", json.dumps({**head, "crc": crc32(data)}), data


def _decode(kind: str, head: dict[str, Any], data: bytes | None) -> Entry:
    match kind:
        case "began":
            return Began(Profile(**{**head, "first": First(head["first"])}))
        case "anchored":
            return Anchored(HostClock(datetime.fromisoformat(head["utc"]), head["host_s"]))
        case "missed":
            host_s = head.pop("at_s")
            return Missed(Gap(**{**head, "reason": GapReason(head["reason"])}), host_s)
        case "assigned":
            host_s = head.pop("at_s")
            return Assigned(_LIFTER.validate_python(head), host_s)
        case "took":
            if head.get("crc", crc := crc32(data or b"")) != crc:
                raise ValueError("samples are not what was written")
            count = head["count"]
            values = np.frombuffer(data or b"").copy()
            samples = Samples(
                time_s=values[:count],
                accel_mps2=values[count : 4 * count].reshape(count, 3),
                gyro_radps=values[4 * count :].reshape(count, 3) if head["gyro"] else None,
                resolution_mps2=head["resolution_mps2"],
                saturated=head["saturated"],
                time_sigma_s=head["time_sigma_s"],
            )
            return Took(samples, head["arrival_s"], head["host_s"], head["bookmark"])
    raise ValueError(f"unknown entry {kind!r}")
