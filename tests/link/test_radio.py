"""Several adapters, their room, and how little a sensor costs that nobody hears."""

import asyncio
from typing import Any

import pytest

from firmware_sim import virtual_time
from firmware_sim.air import Air, Conditions, Shadow
from sensor_hub.link import scan
from sensor_hub.messages import LinkState

NEAR_AND_FAR_DB = (-20.0, 0.0)


def adapters_of(heard: Any) -> list[str]:
    """Which adapters carried the sensor, one after the other."""
    names = [health.adapter for health in heard.health]
    return [name for name, before in zip(names, [None, *names], strict=False) if name != before]


def test_a_sensor_goes_to_the_adapter_that_hears_it_best(source: Any, plug_in: Any) -> None:
    async def scenario() -> Any:
        async with Air([source("sled-01")]) as air, plug_in(air, NEAR_AND_FAR_DB) as hub:
            await hub.connect()
            await asyncio.sleep(12.0)
            return hub.heard["sled-01"]

    heard = virtual_time.run(scenario())
    assert adapters_of(heard) == ["virtual:1"]
    assert heard.health[-1].rssi_dbm == pytest.approx(-58, abs=10)


def test_when_the_best_is_full_the_next_best_takes_it(source: Any, plug_in: Any) -> None:
    async def scenario() -> Any:
        sensors = [source(f"sled-0{number}") for number in (1, 2, 3)]
        async with Air(sensors) as air, plug_in(air, NEAR_AND_FAR_DB, slots=2) as hub:
            await hub.connect()
            await asyncio.sleep(15.0)
            return hub.heard

    heard = virtual_time.run(scenario())
    assert sorted(adapters_of(one) for one in heard.values()) == [["virtual:0"], ["virtual:1"], ["virtual:1"]]


def test_a_sensor_without_room_waits_and_is_told_where_until_one_leaves(source: Any, plug_in: Any) -> None:
    async def scenario() -> Any:
        sensors = [source(f"sled-0{number}") for number in (1, 2, 3)]
        async with Air(sensors) as air, plug_in(air, slots=2) as hub:
            await hub.connect()
            await asyncio.sleep(20.0)
            waiting = next(heard for heard in hub.heard.values() if not heard.numbers)
            assert waiting.states == [LinkState.SEARCHING, LinkState.SEARCHING]
            assert waiting.told("virtual carries 2 sensors already. Plug in another adapter")
            leaving = next(sensor for sensor in air.peripherals if hub.heard[sensor.name].numbers)
            air.radio.shadow(leaving.address)
            await asyncio.sleep(10.0)
            return waiting

    assert virtual_time.run(scenario()).states[-1] is LinkState.STREAMING


def test_an_adapter_that_carries_fewer_than_was_said_is_told(source: Any, plug_in: Any) -> None:
    async def scenario() -> Any:
        sensors = [source(f"sled-0{number}") for number in (1, 2)]
        async with Air(sensors) as air, plug_in(air) as hub:
            hub.dongles[0].most_connections = 1
            await hub.connect()
            await asyncio.sleep(20.0)
            return hub.heard.values()

    one, other = sorted(virtual_time.run(scenario()), key=lambda heard: len(heard.numbers))
    assert one.told("Set bluetooth.sensors_per_adapter to what it carries")
    assert len(other.numbers) > 1500


def test_a_sensor_whose_adapter_has_gone_moves_to_another(source: Any, plug_in: Any) -> None:
    async def scenario() -> Any:
        async with Air([source("sled-01")]) as air, plug_in(air, NEAR_AND_FAR_DB) as hub:
            await hub.connect()
            await asyncio.sleep(12.0)
            air.unplug(hub.dongles[1])
            await asyncio.sleep(40.0)
            return hub.heard["sled-01"]

    assert adapters_of(virtual_time.run(scenario())) == ["virtual:1", "virtual:0"]


def test_a_scan_tells_each_sensor_once_as_the_best_adapter_hears_it(source: Any, plug_in: Any) -> None:
    async def scenario() -> Any:
        async with Air([source("sled-01")]) as air, plug_in(air, NEAR_AND_FAR_DB) as hub:
            return await scan(hub.radio, 1.0)

    (found,) = virtual_time.run(scenario())
    assert found.rssi_dbm == pytest.approx(-55, abs=8)


def test_a_sensor_that_is_gone_costs_nothing_but_a_share_of_the_listening(
    source: Any, plug_in: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    woken: list[float] = []
    jump = virtual_time.VirtualTimeLoop.jump

    def counted(loop: virtual_time.VirtualTimeLoop, seconds: float) -> None:
        if seconds > 0:
            woken.append(seconds)
        jump(loop, seconds)

    monkeypatch.setattr(virtual_time.VirtualTimeLoop, "jump", counted)

    async def scenario() -> Any:
        async with Air([source("sled-01"), source("sled-02")]) as air, plug_in(air) as hub:
            found = await scan(hub.radio, 1.0)
            for controller in [one for one in air.radio.controllers if one not in hub.dongles]:
                air.unplug(controller)
            for one in found:
                hub.link(one)
            await asyncio.sleep(60.0)
            woken.clear()
            opened_s = hub.radio.lookout.open_s
            await asyncio.sleep(600.0)
            return hub.heard["sled-01"], hub.radio.lookout.open_s - opened_s

    heard, open_s = virtual_time.run(scenario())
    assert heard.states == [LinkState.SEARCHING, LinkState.LOST]
    assert open_s == pytest.approx(600 * 2 / 10, rel=0.05), "two seconds of ten, however many are gone"
    assert len(woken) < 180, "and nobody wakes but to listen: less than once in three seconds"


def test_a_lost_sensor_is_back_within_a_rest(source: Any, plug_in: Any) -> None:
    async def scenario() -> Any:
        conditions = Conditions(shadows=(Shadow(10.0, 130.0),))
        async with Air([source("sled-01")], conditions=conditions) as air, plug_in(air) as hub:
            await hub.connect()
            await asyncio.sleep(160.0)
            return hub.heard["sled-01"]

    heard = virtual_time.run(scenario())
    (gap,) = [gap for gap in heard.gaps if gap.end_s - gap.start_s > 20.0] or heard.gaps[:1]
    assert gap.end_s - gap.start_s < 120.0 + 8.0 + 2.0
    assert heard.states[-1] is LinkState.STREAMING
