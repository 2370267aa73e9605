"""What a hub tells of itself, and what it must never tell."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NoReturn

import numpy as np
import pytest
from pydantic import BaseModel, SecretStr

from firmware_sim.virtual_time import run
from sensor_hub.app.floor.hub import Hub
from sensor_hub.app.measuring.journal import SensorIdentity
from sensor_hub.app.measuring.place import Place
from sensor_hub.app.measuring.tally import Tally
from sensor_hub.app.running.condition import Condition
from sensor_hub.app.running.report import EVERY_S, SWITCHES, TOLD, Reporter, told_settings
from sensor_hub.app.running.works import Works
from sensor_hub.bus import encode
from sensor_hub.config import (
    SECTIONS,
    ArchiveSettings,
    ChainSettings,
    HubSettings,
    InfluxSettings,
    MqttSettings,
    Settings,
    StoreSettings,
    WebSettings,
)
from sensor_hub.errors import BusError
from sensor_hub.link import Health, Missing, Received, StateChanged
from sensor_hub.messages import HubMessage, LinkState, Message
from sensor_hub.model import Gap, Samples

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
PRESS = Place("gym-a", "press-1")
SECRET = "xyzzy"
HELD_BACK = {
    *("hub.site", "hub.name", "hub.data_dir", "bluetooth.adapters"),
    *("mqtt.url", "mqtt.password", "mqtt.password_file", "mqtt.ca", "mqtt.certificate", "mqtt.key"),
    *("mqtt.embedded_port", "mqtt.discovery", "store.url", "store.password", "store.password_file"),
    *("chain.urls", "chain.password", "chain.password_file", "chain.ca", "archive.url"),
    *("influx.url", "influx.org", "influx.bucket", "influx.token", "influx.token_file", "influx.ca_file"),
    *("web.host", "web.port", "web.certificate", "web.key"),
    *("machines.name", "machines.sensor", "machines.site", "machines.first"),
    *("machines.incline_deg", "machines.full_range_m"),
}
"""Not told. Of hub and machines the message has names of its own."""


class Ear:
    """Takes what a Caller would send, or refuses it."""

    def __init__(self) -> None:
        self.heard: list[Message] = []
        self.refuses = False

    def start(self) -> None: ...
    def stop(self) -> None: ...

    def call(self, message: Message) -> None:
        if self.refuses:
            raise BusError("The broker does not answer.")
        self.heard.append(message)


def no_outlet(place: Place) -> NoReturn:
    raise AssertionError(place)


class Bench:
    def __init__(self, folder: Path, settings: Settings | None = None) -> None:
        self.now = NOW
        self.tally = Tally()
        self.works = Works(folder)
        settings = settings or Settings(hub=HubSettings(site="gym-a", name="hub-1"))
        self.works.hub = Hub(settings, folder, no_outlet)
        self.works.hub.tallies[PRESS] = self.tally
        self.ear = Ear()
        self.condition = Condition(self.works, lambda: self.now)
        self.reporter = Reporter(self.works, self.condition, settings, self.ear, lambda: self.now)  # type: ignore[arg-type]

    def meet(self) -> None:
        self.tally.sensor = SensorIdentity("AA:01", "sled-01", "sled")
        self.tally.hear(StateChanged(LinkState.STREAMING), self.now)
        self.tally.hear(Health(82, -61, 104.0, 0.0, "1.0.0"), self.now)

    def stream(self, samples: int, lost: int = 0) -> None:
        block = Samples(np.arange(samples) / 100.0, np.zeros((samples, 3)), None, 0.002)
        self.tally.hear(Received(block, 0.0), self.now)
        if lost:
            self.tally.hear(Missing(Gap(0.0, lost / 100.0, lost)), self.now)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def test_every_setting_is_told_or_held_back() -> None:
    """Whoever adds one decides it here."""
    every = {f"{section}.{name}" for section, model in SECTIONS.items() for name in model.model_fields}
    told = {f"{section}.{name}" for section, names in TOLD.items() for name in names}
    assert told | HELD_BACK == every
    assert not told & HELD_BACK


def test_what_is_told_of_a_setting_can_hold_no_words_of_a_persons() -> None:
    """Numbers, switches, and amounts whose form is checked."""
    for section, names in TOLD.items():
        model: type[BaseModel] = SECTIONS[section]
        for name in names:
            field = model.model_fields[name]
            formed = any(getattr(one, "pattern", None) for one in field.metadata)
            chosen = name == "version"
            assert formed or chosen or field.annotation in (int, float, bool, float | None), name


def test_no_secret_address_or_path_gets_out(tmp_path: Path) -> None:
    hidden, path = SecretStr(f"{SECRET}-password"), Path(f"/{SECRET}")
    settings = Settings(
        hub=HubSettings(site="gym-a", name="hub-1", data_dir=path),
        mqtt=MqttSettings(url=f"mqtts://{SECRET}:{SECRET}@{SECRET}:1", password=hidden, ca=path, discovery=SECRET),
        store=StoreSettings(url=f"postgresql://{SECRET}:{SECRET}@{SECRET}/x", password=hidden, password_file=path),
        chain=ChainSettings(urls=(f"tls://gym-a@{SECRET}:1",), password=hidden, ca=path),
        archive=ArchiveSettings(url=f"s3://{SECRET}/{SECRET}"),
        influx=InfluxSettings(url=f"http://{SECRET}", org=SECRET, bucket=SECRET, token=hidden, token_file=path),
        web=WebSettings(host=SECRET, certificate=path, key=path),
    )
    bench = Bench(tmp_path / SECRET, settings)
    bench.works.folder.mkdir()
    bench.condition.look()
    message = bench.reporter.report()
    assert SECRET not in encode(message).decode()
    assert {name: message.settings[name] for name in SWITCHES} == {
        "bluetooth.adapters": 1,
        "machines": 0,
        "mqtt.embedded": False,
        "mqtt.discovery": True,
        "store.server": True,
        "chain": True,
        "archive": True,
        "influx": True,
        "web.open": True,
        "web.https": True,
    }


def test_the_usual_settings_are_told_as_they_are() -> None:
    told = told_settings(Settings())
    assert (told["store.keep_raw"], told["bluetooth.rate_hz"], told["mqtt.embedded"]) == ("everything", None, True)


def test_it_tells_sensor_battery_firmware_and_when_samples_came_last(bench: Bench) -> None:
    (unmet,) = bench.reporter.report().machines
    assert (unmet.sensor, unmet.state, unmet.heard, unmet.loss_ratio) == (None, None, None, None)
    bench.meet()
    bench.tally.battery_h = 31.5
    bench.stream(300, lost=100)
    (one,) = bench.reporter.report().machines
    assert (one.sensor, one.name, one.firmware, one.state) == ("AA:01", "sled-01", "1.0.0", LinkState.STREAMING)
    assert (one.battery_percent, one.battery_h, one.rssi_dbm) == (82, 31.5, -61)
    assert (one.samples, one.lost, one.loss_ratio, one.heard) == (300, 100, 0.25, NOW)
    bench.tally.leave()
    bench.now += timedelta(hours=1)
    (away,) = bench.reporter.report().machines
    assert (away.sensor, away.state, away.heard) == ("AA:01", None, NOW)


def test_loss_is_the_last_days(bench: Bench) -> None:
    bench.stream(300, lost=100)
    for _ in range(49):
        bench.now += timedelta(minutes=30)
        assert bench.reporter.report().machines[0].loss_ratio in (0.25, None)
    bench.stream(100)
    assert bench.reporter.report().machines[0].loss_ratio == 0.0


def test_disk_and_computer_are_told(bench: Bench) -> None:
    told = bench.reporter.report()
    assert told.disk_bytes is not None
    assert told.disk_free_bytes is not None
    assert 0 < told.disk_free_bytes < told.disk_bytes
    assert (told.site, told.machine, told.started, told.time) == ("gym-a", "hub-1", NOW, NOW)
    assert told.python.startswith("3.")


def test_it_tells_rarely_and_at_once_what_changes(bench: Bench) -> None:
    async def evening() -> list[int]:
        task, counts = asyncio.create_task(bench.reporter.run()), []
        for act in (lambda: None, bench.meet, lambda: None):
            act()
            await asyncio.sleep(EVERY_S - 60.0)
            counts.append(len(bench.ear.heard))
        task.cancel()
        return counts

    assert run(evening()) == [1, 2, 3]


def test_what_the_broker_did_not_take_is_told_again(bench: Bench) -> None:
    async def outage() -> None:
        bench.ear.refuses = True
        task = asyncio.create_task(bench.reporter.run())
        await asyncio.sleep(600.0)
        bench.ear.refuses = False
        await asyncio.sleep(60.0)
        task.cancel()

    run(outage())
    assert [type(one) for one in bench.ear.heard] == [HubMessage]


def test_a_message_of_twenty_machines_is_small(tmp_path: Path) -> None:
    """docs/scale.md tells its size."""
    bench = Bench(tmp_path)
    bench.meet()
    assert bench.works.hub is not None
    for number in range(19):
        bench.works.hub.tallies[Place("gym-a", f"leg-press-{number}")] = bench.tally
    bench.condition.look()
    assert 4000 < len(encode(bench.reporter.report())) < 10_000
