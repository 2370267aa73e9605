"""A store in a file has a disk that fills; of a server's disk nobody here knows."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from sensor_hub.store import Limit, Room, Store, Stored, room_of, tables
from tests.store.conftest import EVENING, Lifter, counts_block

NOW = EVENING + timedelta(days=10)


def room(store: Store, now: datetime, monkeypatch: pytest.MonkeyPatch, free: int, **limits: str) -> Room:
    usage = type("Usage", (), {"free": free})
    monkeypatch.setattr("shutil.disk_usage", lambda path: usage)
    kept = {Stored(kind): Limit.parse(limit) for kind, limit in limits.items()}
    with store.transaction() as connection:
        return room_of(connection, Path("hub.db"), kept, now)


def test_the_disks_end_is_foretold_from_what_came_lately(
    file_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    for day in range(20):
        lifter = Lifter(session=f"day-{day}", began=EVENING + timedelta(days=day), seq=10_000 * day)
        file_store.record([lifter.raw(float(n), counts_block(2000, seed=n)) for n in range(20)])
    now = EVENING + timedelta(days=19, hours=6)
    with file_store.transaction() as connection:
        stored = connection.execute(select(func.sum(func.length(tables.raw.c.data)))).scalar_one()
    found = room(file_store, now, monkeypatch, free=10 * stored // 20)
    assert found.daily_bytes[Stored.RAW] == pytest.approx(stored / 20, rel=0.1)
    assert found.days_left in (8, 9, 10)
    assert room(file_store, now, monkeypatch, free=stored // 4, raw="14 days").days_left is None
    assert room(file_store, now, monkeypatch, free=stored // 4, raw="60 days").days_left in (3, 4, 5)
    assert room(file_store, now, monkeypatch, free=stored // 4, raw="1 MB").days_left is None


def test_an_empty_store_never_fills_the_disk(file_store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    assert room(file_store, NOW, monkeypatch, free=1000).days_left is None
