"""An erasure reaches hubs over MQTT and the time-series server; what is away is noted, tried again, and shown."""

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from sensor_hub.app.athletes.eraser import SILENT, Eraser
from sensor_hub.app.athletes.people import People
from sensor_hub.app.floor.orders import Orders
from sensor_hub.app.floor.outlet import BrokerOutlet
from sensor_hub.app.floor.station import forget_and_say
from sensor_hub.app.keeping.recorder import Recorder
from sensor_hub.app.measuring.place import Place
from sensor_hub.bus import BrokerAddress, Caller, EmbeddedBroker
from sensor_hub.config import HubSettings, InfluxSettings, Settings
from sensor_hub.messages import EraseMessage, SetMessage
from sensor_hub.store import Erasure, InfluxSink, InfluxTarget, Lifter, Store
from tests.conftest import free_port, wait_for
from tests.store.conftest import Lifter as Evening
from tests.store.test_erasing import BEN, evening_of, mentions

NAME = "Annabella Musterfrau"


class Clock:
    def __init__(self) -> None:
        self.now = datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.now


OF_ITS_OWN = "eraser"
"""A site: other tests have points in the same time-series server."""


class Gym:
    """A store with Anna in it, and settings that name a time-series server."""

    def __init__(self, folder: Path, influx_url: str | None = None) -> None:
        self.folder = folder
        self.clock = Clock()
        self.store = Store.open(folder / "hub.db")
        influx = InfluxSettings(url=influx_url)
        self.settings = Settings(hub=HubSettings(data_dir=folder), influx=influx)
        self.people = People(self.store, self.settings, utc=self.clock)
        self.anna = self.people.add(NAME, "kg", None).athlete
        yesterday = (self.clock.now - datetime(2026, 3, 3, tzinfo=UTC)).days
        evening = evening_of(self.anna, BEN, name="yesterday", days=yesterday)
        site = "gym" if influx_url is None else OF_ITS_OWN
        self.messages = [one.model_copy(update={"site": site}) for one in evening]
        self.store.record(self.messages)

    def erasure(self) -> Erasure:
        (one,) = self.people.erasures()
        return one

    def done(self) -> dict[str, bool]:
        return {part.part: part.done is not None for part in self.erasure().parts}


class OneHub:
    """What `Hub` does of it, for a machine without a sensor."""

    def __init__(self, outlet: BrokerOutlet) -> None:
        self._outlet = outlet

    def assign(self, place: Place, lifter: Lifter) -> None:
        raise AssertionError("nobody said who lifts")

    async def forget(self, place: Place, erase: EraseMessage) -> None:
        await forget_and_say(self._outlet, erase, datetime.now(UTC))


@contextlib.asynccontextmanager
async def hub_at(broker: BrokerAddress, outlet: BrokerOutlet) -> AsyncIterator[None]:
    orders = asyncio.create_task(Orders(OneHub(outlet), broker, "hub-orders").run())
    try:
        yield
    finally:
        orders.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await orders


def asked_again(gym: Gym, eraser: Eraser) -> bool:
    """A minute later; whether nothing is to be done any more."""
    gym.clock.now += timedelta(minutes=2)
    eraser.look()
    return gym.erasure().complete


async def until(condition: Any) -> None:
    await asyncio.to_thread(wait_for, condition, 15)


async def test_a_hub_forgets_says_so_and_what_it_still_sends_is_nobodys(tmp_path: Path) -> None:
    """Its outbox was filled while the broker was away; the erasure comes first."""
    (tmp_path / "hub").mkdir()
    (tmp_path / "broker").mkdir()
    gym, broker = Gym(tmp_path), EmbeddedBroker(tmp_path / "broker", port=free_port())
    address = broker.start()
    broker.stop()
    outlet = BrokerOutlet(address, tmp_path / "hub", "hub", "gym", "press-1")
    evening = Evening(session="waiting", began=gym.clock.now)
    for message in evening.whole_session(sets=2):
        theirs = isinstance(message, SetMessage) and message.number == 1
        outlet.append(message.model_copy(update={"athlete": gym.anna}) if theirs else message)
    gym.people.erase(gym.anna, "admin")
    broker.start()
    caller, recorder = Caller(address, "calls"), Recorder(gym.store, address)
    eraser = Eraser(gym.store, gym.folder, caller, utc=gym.clock)
    for one in (caller, recorder):
        await asyncio.to_thread(one.start)
    try:
        await until(lambda: caller.connected and recorder.connected)
        await asyncio.to_thread(eraser.look)
        assert [part.note for part in gym.erasure().parts if part.part == "hub of gym/press-1"] == [SILENT]
        async with hub_at(address, outlet):
            await until(lambda: asked_again(gym, eraser))
        await until(lambda: outlet.pending() == 0 and gym.store.session("waiting") is not None)
        await until(lambda: len(gym.store.session("waiting").reps) == 3)  # type: ignore[union-attr]
    finally:
        for other in (recorder, caller):
            await asyncio.to_thread(other.stop)
        await outlet.close()
        await asyncio.to_thread(broker.stop)
    record = gym.store.session("waiting")
    assert record is not None
    assert [one.number for one in record.sets] == [2]
    assert [one.start_s for one in record.rejected] == [226.0]
    assert mentions(gym.store, gym.anna) == {"erasure", "erasure_part"}
    left = b"".join(path.read_bytes() for path in (tmp_path / "hub").rglob("*") if path.is_file())
    assert gym.anna.encode() not in left
    gym.store.close()


def test_a_time_series_server_that_is_away_stays_to_be_done_and_is_shown(
    tmp_path: Path, victoria_metrics: Any
) -> None:
    gym = Gym(tmp_path, victoria_metrics.url)
    gym.people.erase(gym.anna, None)
    away = InfluxTarget(f"http://127.0.0.1:{free_port()}", "", "gym", "legpress")
    nobody = Caller(BrokerAddress("mqtt", "127.0.0.1", free_port()), "calls")
    Eraser(gym.store, gym.folder, nobody, away, gym.clock).points()
    (part,) = [one for one in gym.erasure().parts if one.part == "time-series server"]
    assert part.done is None
    assert "cannot be reached" in str(part.note)
    back = Eraser(
        gym.store, gym.folder, nobody, InfluxTarget(victoria_metrics.url, "", "gym", "legpress"), gym.clock
    )
    back.points()
    assert not gym.done()["time-series server"], "tried again after a minute, not at once"
    gym.clock.now += timedelta(minutes=2)
    back.points()
    assert gym.done()["time-series server"]
    assert [one.work for one in gym.erasure().parts if one.part == "time-series server"] == [None]
    gym.store.close()


def test_points_that_are_being_passed_on_are_reached_too(tmp_path: Path, influx_like: Any) -> None:
    """Erased in the middle of a backlog: what the sink sends goes out before or after, and never stays."""
    gym = Gym(tmp_path, influx_like.url)
    target = InfluxTarget(influx_like.url, "", "gym", "legpress")
    eraser = Eraser(
        gym.store, gym.folder, Caller(BrokerAddress("mqtt", "127.0.0.1", free_port()), "calls"), target
    )
    sink = InfluxSink(gym.store, target, before=eraser.points)
    sink.start()
    try:
        gym.people.erase(gym.anna, None)
        wait_for(lambda: gym.done()["time-series server"] and sink.pending() == 0, 20)
    finally:
        sink.stop()
    assert influx_like.sets() == {"2"}
    gym.store.close()


@pytest.fixture
def influx_like(victoria_metrics: Any) -> Any:
    class Reading:
        url = victoria_metrics.url

        def sets(self) -> set[str]:
            victoria_metrics.get("/internal/force_flush")
            since = (datetime.now(UTC) - timedelta(days=2)).isoformat()
            found = victoria_metrics.get(
                "/api/v1/export", **{"match[]": f'rep_rom_m{{site="{OF_ITS_OWN}"}}', "start": since}
            )
            return {line.split('"set":"')[1].split('"')[0] for line in found.splitlines()}

    return Reading()


def test_nothing_is_looked_for_while_nobody_was_erased(tmp_path: Path) -> None:
    gym = Gym(tmp_path)
    caller = Caller(BrokerAddress("mqtt", "127.0.0.1", free_port()), "calls")
    eraser = Eraser(gym.store, gym.folder, caller, utc=gym.clock)
    eraser.start()
    eraser.stop()
    assert gym.people.erasures() == []
    assert threading.active_count() < 20
    gym.store.close()
