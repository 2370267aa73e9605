"""A whole hub on the virtual radio: whom it talks to, and how soon it notices that a sensor was moved."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from firmware_sim import virtual_time
from firmware_sim.air import Air, Conditions, Shadow
from sensor_hub.app.measuring.machine import TAKEN_OFF
from sensor_hub.app.measuring.place import Place
from sensor_hub.app.running.condition import judge_enrolment, judge_sensors
from sensor_hub.messages import LinkState
from sensor_hub.pairing import Finding, Grade
from tests.link.gym import Gym


def test_with_nobody_enrolled_every_sensor_becomes_a_machine(source: Any, plug_in: Any, tmp_path: Path) -> None:
    gym = Gym(tmp_path)

    async def scenario() -> None:
        async with Air([source("sled-01"), source("sled-02")]) as air, plug_in(air) as hub, gym.hub(hub.radio):
            await gym.streams("home/sled-01", "sled-01")
            await gym.streams("home/sled-02", "sled-02")

    virtual_time.run(scenario())


def test_a_strangers_sensor_is_never_connected(source: Any, plug_in: Any, tmp_path: Path) -> None:
    gym = Gym(tmp_path)

    async def scenario() -> list[bool]:
        async with Air([source("sled-01"), source("sled-02")]) as air, plug_in(air) as hub:
            gym.enrol(air, (0, "gym", "press"))
            async with gym.hub(hub.radio):
                await gym.streams("gym/press", "sled-01")
                await asyncio.sleep(20)
                return [peripheral.connected for peripheral in air.peripherals]

    assert virtual_time.run(scenario()) == [True, False]
    assert list(gym.trays) == ["gym/press"]


def test_a_running_hub_follows_moves_exchanges_and_departures(source: Any, plug_in: Any, tmp_path: Path) -> None:
    gym = Gym(tmp_path)

    async def scenario() -> list[bool]:
        async with Air([source("sled-01"), source("sled-02")]) as air, plug_in(air) as hub:
            gym.enrol(air, (0, "gym", "press"))
            async with gym.hub(hub.radio):
                await gym.streams("gym/press", "sled-01")
                gym.enrol(air, (0, "gym", "hack"), (1, "gym", "press"))
                await gym.streams("gym/hack", "sled-01")
                await gym.streams("gym/press", "sled-02")
                gym.enrol(air, (0, "gym", "press"), (1, "gym", "hack"))
                await gym.streams("gym/press", "sled-01")
                await gym.streams("gym/hack", "sled-02")
                gym.enrol(air, (1, "gym", "hack"))
                await gym.until(lambda: gym.trays["gym/press"].last.note == TAKEN_OFF, "gym/press")
                return [peripheral.connected for peripheral in air.peripherals]

    assert virtual_time.run(scenario()) == [False, True]
    assert gym.trays["gym/press"].last.state is LinkState.LOST


def test_an_enrolment_that_cannot_be_used_changes_nothing_and_is_told_once(
    source: Any, plug_in: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    gym = Gym(tmp_path)

    async def scenario() -> LinkState:
        async with Air([source("sled-01")]) as air, plug_in(air) as hub:
            gym.enrol(air, (0, "gym", "press"))
            async with gym.hub(hub.radio) as working:
                await gym.streams("gym/press", "sled-01")
                good = gym.file.path.read_text(encoding="utf-8")
                gym.file.path.write_text("[[sensors]]\naddress = 1\n", encoding="utf-8")
                await asyncio.sleep(10)
                gym.file.path.unlink()
                gym.file.path.mkdir()
                await asyncio.sleep(10)
                assert judge_enrolment(working.enrolment.problem).grade is Grade.POOR
                gym.file.path.rmdir()
                gym.file.path.write_text(good, encoding="utf-8")
                await asyncio.sleep(5)
                assert judge_enrolment(working.enrolment.problem).grade is Grade.GOOD
                return gym.trays["gym/press"].last.state

    assert virtual_time.run(scenario()) is LinkState.STREAMING
    told = [one.getMessage() for one in caplog.records if "stays as it was" in one.getMessage()]
    assert [("does not fit" in one, "Cannot read" in one) for one in told] == [(True, False), (False, True)]


def test_a_sensor_that_goes_away_is_told_by_name_and_again_when_it_is_back(
    source: Any, plug_in: Any, tmp_path: Path
) -> None:
    gym = Gym(tmp_path)

    async def scenario() -> list[Finding]:
        conditions = Conditions(shadows=(Shadow(20.0, 60.0),))
        async with Air([source("sled-01")], conditions=conditions) as air, plug_in(air) as hub:
            gym.enrol(
                air,
                (0, "gym", "press"),
            )
            async with gym.hub(hub.radio) as working:
                findings = []
                for pause_s in (0.5, 15.0, 20.0, 50.0):
                    await asyncio.sleep(pause_s)
                    findings.append(judge_sensors(working.tallies))
                assert working.tallies[Place("gym", "press")].samples > 1000
                return findings

    early, streaming, away, back = virtual_time.run(scenario())
    assert early.sentence.startswith("1 of 1 send nothing. press: ")
    assert (streaming.grade, away.grade, back.grade) == (Grade.GOOD, Grade.POOR, Grade.GOOD)
    assert away.sentence.startswith("1 of 1 send nothing. press: ")
