"""Sensors of different makes on one air: each is found under its own name and family, and streams."""

import asyncio
from pathlib import Path
from typing import Any

from firmware_sim import virtual_time
from firmware_sim.air import Air
from firmware_sim.performance import Performance
from firmware_sim.scenario import load_all
from sensor_hub.link import scan
from sensor_hub.messages import LinkState

MIXED = Path(__file__).parents[2] / "config" / "scenarios" / "mixed.toml"


def test_every_sensor_of_the_gym_is_found_and_streams(plug_in: Any) -> None:
    gym = load_all(MIXED)
    families = {one.sensor.name: one.sensor.family for one in gym}

    async def scenario() -> Any:
        async with Air([Performance(one) for one in gym], families=families) as air, plug_in(air) as hub:
            found = await scan(hub.radio, 2.0)
            await hub.connect()
            await asyncio.sleep(12.0)
            return found, hub.heard, air.sensors

    found, heard, on_air = virtual_time.run(scenario())
    assert {(one.address, one.name, one.family) for one in found} == {
        (one.address, one.advertised, one.family) for one in on_air
    }
    assert sorted(one.family for one in found) == sorted(families.values())
    assert {one.states[-1] for one in heard.values()} == {LinkState.STREAMING}
    assert min(len(one.times_s) for one in heard.values()) > 400
