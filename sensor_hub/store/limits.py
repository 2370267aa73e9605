"""How much of each kind is kept, and how fast it grows.

Rows are counted by day from an index alone; their size is that of the newest ones. Counting ten million chunks of raw
samples so takes seconds, weighing them would read the whole file.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Self

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    LargeBinary,
    Table,
    Text,
    cast,
    func,
    select,
    type_coerce,
)

from sensor_hub.config import EVERYTHING
from sensor_hub.store import tables
from sensor_hub.store.columns import from_microseconds

DAY = timedelta(days=1)
_DAY_US = 86_400_000_000
_WEIGHED = 200
_INDEXED_BYTES = 160
"""What a row costs beside its own columns: its indexes, and pages that are not full."""


class Stored(StrEnum):
    """What a limit is set for. Reps: whole sessions, with all that is left of them."""

    RAW = "raw"
    MOTION = "motion"
    REPS = "reps"


@dataclass(frozen=True, slots=True)
class Limit:
    """An age, a size, or neither: everything is kept."""

    age: timedelta | None = None
    size_bytes: int | None = None

    @classmethod
    def parse(cls, text: str) -> Self:
        """text: "everything", "90 days", "20 GB" or "500 MB", as the settings have it."""
        if text == EVERYTHING:
            return cls()
        number, unit = text.split()
        if unit == "days":
            return cls(age=int(number) * DAY)
        return cls(size_bytes=int(number) * (10**9 if unit == "GB" else 10**6))


Limits = Mapping[Stored, Limit]


@dataclass(frozen=True, slots=True)
class Amount:
    """What is stored of a kind: rows by the day they belong to, the newest first, and the size of one."""

    rows: Mapping[datetime, int]
    row_bytes: float

    @property
    def total_bytes(self) -> float:
        return sum(self.rows.values()) * self.row_bytes

    def daily_bytes(self, now: datetime, days: int = 14) -> float:
        """Mean growth a day, over the last days or as long as there is anything."""
        recent = {day: count for day, count in self.rows.items() if day > now - days * DAY}
        if not recent:
            return 0.0
        return sum(recent.values()) * self.row_bytes / max(1.0, (now - min(recent)) / DAY)


_COUNTED: Mapping[Stored, tuple[Table, Sequence[str], ColumnElement[Any], ColumnElement[Any]]] = {
    Stored.RAW: (tables.raw, ["data", "envelope"], tables.raw.c.time, func.count()),
    Stored.MOTION: (
        tables.motion,
        ["offset_s", "position_m", "velocity_mps", "phase"],
        tables.motion.c.time,
        func.count(),
    ),
    Stored.REPS: (
        tables.rep,
        ["trace", "uncertainty"],
        tables.session.c.started,
        func.sum(tables.session.c.rep_count),
    ),
}
"""What is weighed, and where it is counted by day from an index."""


def amount(connection: Connection, kind: Stored) -> Amount:
    table, columns, time, count = _COUNTED[kind]
    day = type_coerce(time, BigInteger) // _DAY_US
    by_day = connection.execute(select(day, count).group_by(day).order_by(day.desc()))
    rows = {from_microseconds(int(number) * _DAY_US): int(rows or 0) for number, rows in by_day}
    return Amount(rows, _row_bytes(connection, table, columns))


def _row_bytes(connection: Connection, table: Table, columns: Sequence[str]) -> float:
    newest = (
        select(*(table.c[name] for name in columns)).order_by(table.c.change.desc()).limit(_WEIGHED).subquery()
    )
    lengths = [
        func.length(column if isinstance(column.type, LargeBinary) else cast(column, Text)) for column in newest.c
    ]
    means = connection.execute(select(*(func.avg(length) for length in lengths))).one()
    return sum(float(mean or 0.0) for mean in means) + _INDEXED_BYTES


def cutoff(connection: Connection, kind: Stored, limit: Limit, now: datetime) -> datetime | None:
    """Everything older goes; None where nothing need go. A size is kept to whole days, and today always stays."""
    if limit.age is not None:
        return now - limit.age
    if limit.size_bytes is None:
        return None
    stored, kept = amount(connection, kind), 0.0
    for day, count in stored.rows.items():
        kept += count * stored.row_bytes
        if kept > limit.size_bytes:
            return min(day + DAY, now - DAY)
    return None
