import logging
from datetime import timedelta
from pathlib import Path

import pytest

from sensor_hub.app.keeper import Keeper, measure, warning_of
from sensor_hub.config import HubSettings, InfluxSettings, Settings, StoreSettings
from sensor_hub.store import Room, Store, Stored
from tests.store.conftest import EVENING, Lifter, counts_block

NOW = EVENING + timedelta(days=40)


@pytest.fixture
def evening(tmp_path: Path, lifter: Lifter) -> Store:
    store = Store.open(tmp_path / "hub.db")
    store.record([*lifter.whole_session(), lifter.raw(0.0, counts_block())])
    return store


@pytest.fixture
def lifter() -> Lifter:
    return Lifter()


def settings(folder: Path, influx: str | None = None, **store: object) -> Settings:
    return Settings(
        hub=HubSettings(data_dir=folder), store=StoreSettings(**store), influx=InfluxSettings(url=influx)
    )


def test_the_settings_say_what_goes(tmp_path: Path, evening: Store, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    Keeper(evening, settings(tmp_path)).look(NOW)
    assert caplog.messages == []
    Keeper(evening, settings(tmp_path, keep_raw="30 days")).look(NOW)
    assert caplog.messages == ["Deleted as the settings say: 1 chunks of raw samples, 0 of motion, 0 sessions."]
    assert len(evening.sessions()) == 1
    evening.close()


def test_a_session_waits_for_influxdb_unless_told(
    tmp_path: Path, evening: Store, caplog: pytest.LogCaptureFixture
) -> None:
    server = "http://127.0.0.1:9"
    Keeper(evening, settings(tmp_path, server, keep_reps="30 days")).look(NOW)
    assert caplog.messages == ["1 old sessions stay in the store until InfluxDB has taken them."]
    assert len(evening.sessions()) == 1
    Keeper(evening, settings(tmp_path, server, keep_reps="30 days", delete_unsent=True)).look(NOW)
    assert evening.sessions() == []
    evening.close()


def test_a_full_disk_is_foretold_in_words(tmp_path: Path, evening: Store) -> None:
    daily = {Stored.RAW: 2e9, Stored.MOTION: 4e8, Stored.REPS: 1e8}
    sentence = warning_of(Room(free_bytes=25_000_000_000, daily_bytes=daily, days_left=10), settings(tmp_path))
    assert sentence is not None
    assert "in about 10 days: 25.0 GB are free and 2.5 GB come a day, 2.0 GB of them raw samples" in sentence
    assert warning_of(Room(25_000_000_000, daily, 30), settings(tmp_path)) is None
    measured = measure(evening, settings(tmp_path), NOW)
    assert measured is not None
    assert measured.free_bytes > 0
    evening.close()


def test_nobody_knows_the_disk_of_a_server(tmp_path: Path, evening: Store) -> None:
    assert measure(evening, settings(tmp_path, url="postgresql+psycopg://hub@db/hub"), NOW) is None
    evening.close()


def test_it_starts_and_stops_with_the_recorder(tmp_path: Path, evening: Store) -> None:
    keeper = Keeper(evening, settings(tmp_path))
    keeper.start()
    keeper.stop()
    assert keeper.room is None
    evening.close()
