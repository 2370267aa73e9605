"""What a machine's sensor has sent since its engine began, on disk: what a killed hub needs to go on where it was.

Entries are written before they are acted on. A machine is a function of its entries alone, so that the next hub,
reading them again, comes to the same engine, session and ids. No entry is forced to the disk at once: after a power
cut the last seconds are missing, and the sensor's own memory has them.
"""

import json
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from sensor_hub.app.clocks import HostClock
from sensor_hub.engine import First, Profile
from sensor_hub.errors import StoreError
from sensor_hub.model import Gap, GapReason, Samples


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


Entry = Began | Anchored | Took | Missed

_SCHEMA = """
    CREATE TABLE IF NOT EXISTS entry (row INTEGER PRIMARY KEY, kind TEXT NOT NULL, head TEXT NOT NULL, data BLOB);
    CREATE TABLE IF NOT EXISTS sensor (address TEXT NOT NULL, name TEXT NOT NULL, family TEXT NOT NULL);
"""
_INSERT = "INSERT INTO entry (kind, head, data) VALUES (?, ?, ?)"


class Journal:
    """One machine's entries in a file. Every method raises StoreError where the disk fails."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with self._errors():
            path.parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(path, timeout=1.0, isolation_level=None)
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=NORMAL")
            self._db.executescript(_SCHEMA)

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
                yield _decode(kind, json.loads(head), data)

    def begin(self, sensor: SensorIdentity, entries: Iterable[Entry]) -> None:
        """Forget everything; these are the first entries now."""
        with self._errors(), self._db:
            self._db.execute("BEGIN IMMEDIATE")
            self._db.execute("DELETE FROM entry")
            self._db.execute("DELETE FROM sensor")
            self._db.execute("INSERT INTO sensor VALUES (?, ?, ?)", (sensor.address, sensor.name, sensor.family))
            self._db.executemany(_INSERT, map(_encode, entries))

    def add(self, entry: Entry) -> None:
        with self._errors():
            self._db.execute(_INSERT, _encode(entry))

    def cut(self, count: int) -> None:
        """Forget all but the first ones."""
        with self._errors():
            self._db.execute(
                "DELETE FROM entry WHERE row NOT IN (SELECT row FROM entry ORDER BY row LIMIT ?)", (count,)
            )

    def close(self) -> None:
        self._db.close()

    def discard(self) -> None:
        """Everything in it has been told: nobody needs it any more."""
        self.close()
        for suffix in ("", "-wal", "-shm"):
            self._path.with_name(self._path.name + suffix).unlink(missing_ok=True)

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except (OSError, sqlite3.Error, KeyError, TypeError, ValueError) as error:
            raise StoreError(
                f"The journal {self._path} cannot be used ({error}). A hub that dies now loses the running set. "
                "Check that the folder is writable and the disk not full; if the file is damaged, move it away."
            ) from error


def _encode(entry: Entry) -> tuple[str, str, bytes | None]:
    match entry:
        case Began(profile):
            return "began", json.dumps(asdict(profile)), None
        case Anchored(host):
            return "anchored", json.dumps({"utc": host.utc.isoformat(), "host_s": host.host_s}), None
        case Missed(gap, host_s):
            return "missed", json.dumps({**asdict(gap), "at_s": host_s}), None
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
            parts = [
                samples.time_s,
                samples.accel_mps2,
                *([] if samples.gyro_radps is None else [samples.gyro_radps]),
            ]
            return "took", json.dumps(head), b"".join(part.tobytes() for part in parts)


def _decode(kind: str, head: dict[str, Any], data: bytes | None) -> Entry:
    match kind:
        case "began":
            return Began(Profile(**{**head, "first": First(head["first"])}))
        case "anchored":
            return Anchored(HostClock(datetime.fromisoformat(head["utc"]), head["host_s"]))
        case "missed":
            host_s = head.pop("at_s")
            return Missed(Gap(**{**head, "reason": GapReason(head["reason"])}), host_s)
        case "took":
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
