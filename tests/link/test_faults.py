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
from sensor_hub.app.floor.hub import Hub
from sensor_hub.app.floor.succession import JOURNALS, end_what_was_told
from sensor_hub.app.measuring.clocks import HostClock
from sensor_hub.app.measuring.desk import Desk
from sensor_hub.app.measuring.journal import Anchored, Began, Journal, SensorIdentity, Took
from sensor_hub.app.measuring.machine import LENT, Machine, Memory
from sensor_hub.app.measuring.profiles import MachineProfile
from sensor_hub.app.recording import read_recording
from sensor_hub.bus.examples import examples
from sensor_hub.config import Settings
from sensor_hub.engine import Profile
from sensor_hub.errors import BusError
from sensor_hub.link import Received
from sensor_hub.messages import Kind, Message, Progress, RepMessage, SensorMessage, SessionMessage, SetMessage
from sensor_hub.model import Gap, Samples
from sensor_hub.sensors.sled import SledDriver, SledStream
from tests.link.gym import NOON, Gym, Tray

RECORDING = Path(__file__).parents[1] / "recordings" / "press-45.csv.gz"


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


def told(gym: Gym, *kinds: Kind) -> Tray:
    """A tray that a hub before has left such messages of a session in, which has not ended."""
    made = examples()
    started = made[Kind.SESSION].model_copy(update={"progress": Progress.STARTED, "ended": None})
    opened = made[Kind.SET].model_copy(update={"progress": Progress.STARTED, "ended": None, "end_s": None})
    known = {Kind.SESSION: started, Kind.SET: opened, Kind.REP: made[Kind.REP]}
    tray = gym.trays["home/sled-01"] = Tray()
    for kind in kinds:
        tray.append(known[kind].model_copy(update={"site": "home", "machine": "sled-01"}))
    return tray


def test_a_damaged_journal_is_set_aside_and_its_session_ends_where_it_was_last_heard_of(
    source: Any, plug_in: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    gym = Gym(tmp_path)
    tray = told(gym, Kind.SESSION, Kind.SET, Kind.REP)
    path = tmp_path / JOURNALS / "home.sled-01.db"
    path.parent.mkdir()
    path.write_bytes(b"no database any more" * 500)

    async def scenario() -> None:
        async with Air([source("sled-01")]) as air, plug_in(air) as hub, gym.hub(hub.radio):
            await gym.streams("home/sled-01", "sled-01")

    virtual_time.run(scenario())
    assert path.with_suffix(".broken").exists()
    assert "was set aside" in caplog.text
    rep = examples()[Kind.REP]
    (set_,) = [m for m in tray.messages[3:] if isinstance(m, SetMessage)]
    (session,) = [m for m in tray.messages[3:] if isinstance(m, SessionMessage)]
    assert (set_.progress, set_.rep_count, set_.end_s, set_.ended) == (Progress.ENDED, 3, rep.end_s, rep.time)
    assert (session.progress, session.set_count, session.rep_count) == (Progress.ENDED, 1, 3)
    assert session.ended == rep.time


def test_a_machine_that_knows_less_than_was_told_begins_anew(tmp_path: Path) -> None:
    """Its next rep would be told under the name of another."""
    folder = tmp_path / "left"
    journal = Journal(folder / "journal.db")
    before = Tray()
    profile = MachineProfile(folder, "home", "sled-01")
    sensor = SensorIdentity("C0:FF:EE:00:00:01", "sled-01", "sled")
    machine = Machine(Desk("home", "sled-01", before), sensor, HostClock(NOON, 0.0), Memory(profile, journal))
    for block in read_recording(RECORDING).blocks():
        assert isinstance(block, Samples)
        machine.handle(Received(block, float(block.time_s[-1]), "here"), float(block.time_s[-1]))
    reps = [m for m in before.messages if isinstance(m, RepMessage)]
    assert len(reps) > 3
    before.messages.append(reps[-1].model_copy(update={"number": len(reps) + 1}))
    now = HostClock(NOON, 100.0)
    end_what_was_told(machine, Desk("home", "sled-01", before), before, now)
    assert machine.session is None
    ended = before.messages[-1]
    assert isinstance(ended, SessionMessage)
    assert (ended.progress, ended.rep_count) == (Progress.ENDED, len(reps) + 1)


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
