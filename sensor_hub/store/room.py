"""How long the disk will last."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection

from sensor_hub.errors import StoreError
from sensor_hub.store.limits import DAY, Amount, Limit, Limits, Stored, amount

HORIZON_DAYS = 3650


@dataclass(frozen=True, slots=True)
class Room:
    """free_bytes: on the disk and in the file. daily_bytes: what came in a day lately, by kind.

    days_left: until the disk is full at that rate, what the limits will delete considered; None beyond ten years.
    """

    free_bytes: int
    daily_bytes: Mapping[Stored, float]
    days_left: int | None


def size_of(connection: Connection) -> int:
    """Of the whole database, in bytes."""
    if connection.dialect.name == "sqlite":
        pages, page = (
            int(connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()) for name in ("page_count", "page_size")
        )
        return pages * page
    return int(connection.exec_driver_sql("SELECT pg_database_size(current_database())").scalar_one())


def room_of(connection: Connection, file: Path, limits: Limits, now: datetime) -> Room:
    """Of a store in a file. Raises StoreError where its disk cannot be asked."""
    try:
        free = shutil.disk_usage(file.parent).free
    except OSError as error:
        raise StoreError(f"The disk of {file} cannot be asked for its room: {error.strerror}.") from error
    unused, page = (
        int(connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()) for name in ("freelist_count", "page_size")
    )
    amounts = {kind: amount(connection, kind) for kind in Stored}
    daily = {kind: stored.daily_bytes(now) for kind, stored in amounts.items()}
    ahead = {kind: _ahead(stored, limits.get(kind, Limit()), daily[kind], now) for kind, stored in amounts.items()}
    free += unused * page
    return Room(free, daily, _days_left(free, daily, ahead))


def _ahead(stored: Amount, limit: Limit, daily_bytes: float, now: datetime) -> float:
    """By how much a kind may still grow until its limit holds it."""
    if limit.age is not None:
        span = now - min(stored.rows, default=now)
        return daily_bytes * max(0.0, (limit.age - span) / DAY)
    if limit.size_bytes is not None:
        return max(0.0, limit.size_bytes - stored.total_bytes)
    return float("inf")


def _days_left(free_bytes: int, daily: Mapping[Stored, float], ahead: Mapping[Stored, float]) -> int | None:
    for day in range(HORIZON_DAYS):
        if sum(min(rate * (day + 1), ahead[kind]) for kind, rate in daily.items()) > free_bytes:
            return day
    return None
