"""Finding sensors over the virtual radio."""

import asyncio
from typing import Any

import pytest

from firmware_sim import virtual_time
from firmware_sim.air import Air
from sensor_hub.app.floor.blink import blink
from sensor_hub.link import Found, scan, watch


def test_a_scan_tells_name_family_signal_and_battery(source: Any, plug_in: Any) -> None:
    async def scenario() -> list[Found]:
        async with Air([source("sled-01"), source("sled-02")]) as air, plug_in(air) as hub:
            return await scan(hub.radio, 0.5)

    found = virtual_time.run(scenario())
    assert {(one.name, one.family, one.battery_percent) for one in found} == {
        ("sled-01", "sled", 87),
        ("sled-02", "sled", 87),
    }
    assert found[0].rssi_dbm >= found[1].rssi_dbm


def test_a_watch_names_each_sensor_once(source: Any, plug_in: Any) -> None:
    async def watching(hub: Any, names: list[str]) -> None:
        async for found in watch(hub.radio):
            names.append(found.name)  # noqa: PERF401  a watch has no end

    async def scenario() -> list[str]:
        names: list[str] = []
        async with Air([source("sled-01"), source("sled-02")]) as air, plug_in(air) as hub:
            late = air.peripherals[1].address
            air.radio.shadow(late)
            asyncio.get_running_loop().call_later(5.0, air.radio.unshadow, late)
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(watching(hub, names), 10.0)
        return names

    assert virtual_time.run(scenario()) == ["sled-01", "sled-02"]


def test_one_of_them_blinks(source: Any, plug_in: Any) -> None:
    async def scenario() -> list[bool]:
        async with Air([source("sled-01"), source("sled-02")]) as air, plug_in(air) as hub:
            chosen = next(one for one in await scan(hub.radio, 0.5) if one.name == "sled-02")
            blinking = asyncio.create_task(blink(chosen, hub.radio, 10.0))
            await asyncio.sleep(3.0)
            seen = [peripheral.identify_until_s > 3.0 for peripheral in air.peripherals]
            await blinking
            return [*seen, *(peripheral.connected for peripheral in air.peripherals)]

    assert virtual_time.run(scenario()) == [False, True, False, False]
