"""A whole hub on the virtual radio: what goes wrong on one machine, or twice at once, is no other machine's end."""

import asyncio
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from firmware_sim import virtual_time
from firmware_sim.air import Air
from sensor_hub.app.clocks import HostClock
from sensor_hub.app.hub import JOURNALS, Hub
from sensor_hub.app.journal import Anchored, Began, Journal, SensorIdentity, Took
from sensor_hub.app.machine import LENT
from sensor_hub.config import Settings
from sensor_hub.engine import Profile
from sensor_hub.errors import BusError
from sensor_hub.messages import Message, SensorMessage
from sensor_hub.model import Gap, Samples
from sensor_hub.sensors.sled import SledDriver, SledStream
from tests.link.gym import NOON, Gym, Tray


class Jammed(Tray):
    """Takes its first messages, then refuses some, then takes all."""

    def __init__(self) -> None:
        super().__init__()
        self.refused = 0

    def append(self, message: Message) -> None:
        if len(self.messages) == 3 and self.refused < 5:
            self.refused += 1
            raise ValueError("A fault that nobody expected.")
        super().append(message)


def test_a_machine_that_fails_begins_anew_and_the_others_go_on(
    source: Any, plug_in: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    gym = Gym(tmp_path)
    jammed = gym.trays["home/sled-01"] = Jammed()

    async def scenario() -> tuple[int, int]:
        async with Air([source("sled-01"), source("sled-02")]) as air, plug_in(air) as hub, gym.hub(hub.radio):
            await gym.streams("home/sled-02", "sled-02")
            before = len(gym.trays["home/sled-02"].messages)
            await asyncio.sleep(40)
            return before, len(gym.trays["home/sled-02"].messages)

    before, after = virtual_time.run(scenario())
    assert jammed.refused == 5
    assert len(jammed.messages) > 4
    assert after > before
    assert caplog.text.count("sled-01 failed and begins anew") == 1


class Faulty(SledStream):
    """Of a driver with a fault."""

    def feed(self, characteristic: str, data: bytes, arrival_s: float) -> list[Samples | Gap]:
        raise ValueError("A fault that nobody expected.")


def test_a_link_that_fails_begins_anew_and_the_others_go_on(
    source: Any, plug_in: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    gym = Gym(tmp_path)
    streams = chain([Faulty()], iter(SledStream, None))
    monkeypatch.setattr(SledDriver, "stream", lambda driver: next(streams))

    async def scenario() -> None:
        async with Air([source("sled-01"), source("sled-02")]) as air, plug_in(air) as hub, gym.hub(hub.radio):
            await gym.streams("home/sled-01", "sled-01", within_s=20.0)
            await gym.streams("home/sled-02", "sled-02", within_s=20.0)

    virtual_time.run(scenario())
    assert caplog.text.count("failed and begins anew") == 1


def test_a_journal_that_no_machine_survives_is_set_aside(
    source: Any, plug_in: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    gym = Gym(tmp_path)
    path = tmp_path / JOURNALS / "home.sled-01.db"
    time_s = np.arange(200) / 100
    block = Samples(time_s, np.tile([0.0, 0.0, 9.81], (200, 1)), resolution_mps2=0.002)
    nothing = replace(block, time_s=time_s[:0], accel_mps2=block.accel_mps2[:0])

    async def scenario() -> None:
        async with Air([source("sled-01")]) as air, plug_in(air) as hub:
            journal = Journal(path)
            took = [Took(one, 10.0, 10.0, "a bookmark") for one in (block, nothing)]
            sensor = SensorIdentity(air.sensors[0].address, "sled-01", "sled")
            journal.begin(sensor, [Anchored(HostClock(NOON, 0.0)), Began(Profile()), *took])
            journal.close()
            async with gym.hub(hub.radio):
                await gym.streams("home/sled-01", "sled-01")

    virtual_time.run(scenario())
    assert "cannot go on from its journal" in caplog.text
    assert path.with_suffix(".broken").exists()


def test_two_hubs_do_not_work_on_the_same_data(source: Any, plug_in: Any, tmp_path: Path) -> None:
    gym = Gym(tmp_path)

    async def scenario() -> None:
        async with Air([source("sled-01")]) as air, plug_in(air) as hub, gym.hub(hub.radio):
            await gym.streams("home/sled-01", "sled-01")
            with pytest.raises(BusError, match="Another hub is using"):
                await Hub(Settings(), tmp_path, gym.outlet).work(hub.radio)
            await gym.streams("home/sled-01", "sled-01")

    virtual_time.run(scenario())


def test_a_sensor_may_be_taken_off_by_two_at_once(source: Any, plug_in: Any, tmp_path: Path) -> None:
    gym = Gym(tmp_path)

    async def scenario() -> list[bool]:
        async with Air([source("sled-01"), source("sled-02")]) as air, plug_in(air) as plugged:
            gym.enrol(air, (0, "gym", "press"), (1, "gym", "hack"))
            async with gym.hub(plugged.radio) as hub:
                await gym.streams("gym/press", "sled-01")
                await gym.streams("gym/hack", "sled-02")
                address = air.sensors[0].address
                await asyncio.gather(hub.borrow(address), hub.borrow(address))
                hub.give_back(address)
                await gym.streams("gym/press", "sled-01")
                return [peripheral.connected for peripheral in air.peripherals]

    assert virtual_time.run(scenario()) == [True, True]
    notes = [one.note for one in gym.trays["gym/press"].messages if isinstance(one, SensorMessage)]
    assert notes.count(LENT) == 1
