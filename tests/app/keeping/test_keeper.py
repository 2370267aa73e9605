import logging
from datetime import timedelta
from pathlib import Path
from typing import Protocol

import pytest

from sensor_hub.app.keeping.keeper import Keeper, measure, warning_of
from sensor_hub.config import HubSettings, InfluxSettings, Settings, StoreSettings
from sensor_hub.store import Room, Store, Stored
from tests.store.conftest import EVENING, Lifter, counts_block

NOW = EVENING + timedelta(days=40)


@pytest.fixture
def evening(store_url: str, lifter: Lifter) -> Store:
    store = Store.open(store_url)
    store.record([*lifter.whole_session(), lifter.raw(0.0, counts_block())])
    return store


@pytest.fixture
def lifter() -> Lifter:
    return Lifter()


class Set(Protocol):
    def __call__(self, influx: str | None = None, **store: object) -> Settings: ...


@pytest.fixture
def settings(store_url: str, tmp_path: Path) -> Set:
    def make(influx: str | None = None, **store: object) -> Settings:
        database = StoreSettings(url=store_url, **store)
        return Settings(hub=HubSettings(data_dir=tmp_path), store=database, influx=InfluxSettings(url=influx))

    return make


def test_the_settings_say_what_goes(settings: Set, evening: Store, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    Keeper(evening, settings()).look(NOW)
    assert caplog.messages == []
    Keeper(evening, settings(keep_raw="30 days")).look(NOW)
    assert caplog.messages == ["Deleted as the settings say: 1 chunks of raw samples, 0 of motion, 0 sessions."]
    assert len(evening.sessions()) == 1
    evening.close()


def test_a_session_waits_for_influxdb_unless_told(
    settings: Set, evening: Store, caplog: pytest.LogCaptureFixture
) -> None:
    server = "http://127.0.0.1:9"
    Keeper(evening, settings(server, keep_reps="30 days")).look(NOW)
    assert caplog.messages == ["1 old sessions stay in the store until taken by InfluxDB."]
    assert len(evening.sessions()) == 1
    Keeper(evening, settings(server, keep_reps="30 days", delete_unsent=True)).look(NOW)
    assert evening.sessions() == []
    evening.close()


def test_a_full_disk_is_foretold_in_words(settings: Set) -> None:
    daily = {Stored.RAW: 2e9, Stored.MOTION: 4e8, Stored.REPS: 1e8}
    sentence = warning_of(Room(free_bytes=25_000_000_000, daily_bytes=daily, days_left=10), settings())
    assert sentence is not None
    assert "in about 10 days: 25.0 GB are free and 2.5 GB come a day, 2.0 GB of them raw samples" in sentence
    assert warning_of(Room(25_000_000_000, daily, 30), settings()) is None


def test_the_room_is_that_of_the_files_disk_and_nobody_knows_a_servers(settings: Set, evening: Store) -> None:
    measured = measure(evening, settings(), NOW)
    in_a_file = (settings().store.url or "").startswith("sqlite")
    assert (measured is not None and measured.free_bytes > 0) == in_a_file
    evening.close()


def test_it_starts_and_stops_with_the_recorder(settings: Set, evening: Store) -> None:
    keeper = Keeper(evening, settings())
    keeper.start()
    keeper.stop()
    assert keeper.room is None
    evening.close()
