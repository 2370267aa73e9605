"""Whom a link believes: bonds and serial numbers over the virtual radio."""

import asyncio
import json
from pathlib import Path
from typing import Any, cast

import pytest
from bleak import BleakClient
from bleak.backends.device import BLEDevice
from bleak.exc import BleakDBusError

from firmware_sim import virtual_time
from firmware_sim.air import Air, addresses_for
from firmware_sim.sled import SledPeripheral
from sensor_hub.errors import LinkError
from sensor_hub.link import Adapter, Found
from sensor_hub.link.trust import bond
from sensor_hub.messages import LinkState
from sensor_hub.sensors import SLED

FILE = "keys.json"


def keys(folder: Path) -> list[str]:
    """The sensors that the hub shares a key with."""
    (peers,) = json.loads((folder / FILE).read_text(encoding="utf-8")).values()
    return list(peers)


def test_a_bond_outlives_the_hub_and_an_imitator_without_the_key_is_refused(
    source: Any, plug_in: Any, tmp_path: Path
) -> None:
    async def connected(air: Air) -> Any:
        async with plug_in(air, bonds=tmp_path) as hub:
            await hub.connect()
            await asyncio.sleep(8.0)
            return hub.heard["sled-01"]

    async def scenario() -> Any:
        async with Air([source("sled-01")]) as air:
            first = await connected(air)
            key = (tmp_path / FILE).read_bytes()
            await asyncio.sleep(6.0)
            second = await connected(air)
            assert (tmp_path / FILE).read_bytes() == key, "the second connection took the key of the first"
        async with Air([source("sled-01")]) as air:
            imitated = await connected(air)
            return first, second, imitated, air.peripherals[0]

    first, second, imitated, imitator = virtual_time.run(scenario())
    assert len(first.numbers) > 500
    assert len(second.numbers) > 500
    assert imitated.numbers == []
    assert imitated.told("does not have the key it shares with this hub")
    assert imitated.told("pair it again on the hub")
    assert not imitator.sampler.streaming


def test_a_key_goes_for_every_adapter_of_the_hub(source: Any, plug_in: Any, tmp_path: Path) -> None:
    async def scenario() -> Any:
        async with Air([source("sled-01")]) as air, plug_in(air, (0.0, -20.0), bonds=tmp_path) as hub:
            await hub.connect()
            await asyncio.sleep(12.0)
            key = (tmp_path / FILE).read_bytes()
            air.unplug(hub.dongles[0])
            await asyncio.sleep(40.0)
            assert (tmp_path / FILE).read_bytes() == key
            moved = hub.heard["sled-01"]
        async with Air([source("sled-01")]) as air, plug_in(air, (-20.0, 0.0), bonds=tmp_path) as hub:
            await hub.connect()
            await asyncio.sleep(12.0)
            return moved, hub.heard["sled-01"]

    moved, imitated = virtual_time.run(scenario())
    assert {health.adapter for health in moved.health} == {"virtual:0", "virtual:1"}
    assert moved.states[-1] is LinkState.STREAMING
    assert imitated.numbers == []
    assert imitated.told("does not have the key")


def test_a_sensor_that_was_reset_bonds_anew_once_it_is_forgotten(
    source: Any, plug_in: Any, tmp_path: Path
) -> None:
    async def scenario() -> Any:
        async with Air([source("sled-01")]) as air, plug_in(air, bonds=tmp_path) as hub:
            await hub.connect()
            await asyncio.sleep(5.0)
        async with Air([source("sled-01")]) as air, plug_in(air, bonds=tmp_path) as hub:
            (link,) = await hub.connect()
            await asyncio.sleep(5.0)
            refused = [*hub.heard["sled-01"].numbers]
            await hub.radio.forget(link.found.address)
            await asyncio.sleep(30.0)
            return refused, hub.heard["sled-01"]

    refused, heard = virtual_time.run(scenario())
    assert refused == []
    assert heard.states[-1] is LinkState.STREAMING
    assert keys(tmp_path) == addresses_for(["sled-01"])


def test_a_sensor_that_will_not_bond_is_taken_as_it_is(source: Any, plug_in: Any, tmp_path: Path) -> None:
    async def scenario() -> Any:
        async with Air([source("sled-01")], bonding=False) as air, plug_in(air, bonds=tmp_path) as hub:
            await hub.connect()
            await asyncio.sleep(5.0)
            return hub.heard["sled-01"]

    assert len(virtual_time.run(scenario()).numbers) > 300
    assert keys(tmp_path) == []


def test_a_file_of_bonds_that_cannot_be_read_is_set_aside(source: Any, plug_in: Any, tmp_path: Path) -> None:
    (tmp_path / FILE).write_text("{", encoding="utf-8")

    async def scenario() -> Any:
        async with Air([source("sled-01")]) as air, plug_in(air, bonds=tmp_path) as hub:
            await hub.connect()
            await asyncio.sleep(5.0)
            return hub.heard["sled-01"]

    assert len(virtual_time.run(scenario()).numbers) > 300
    assert (tmp_path / "keys.broken").read_text(encoding="utf-8") == "{"
    assert len(keys(tmp_path)) == 1


class Numbered(SledPeripheral):
    @property
    def serial_number(self) -> str:
        return "SN-1"


@pytest.mark.parametrize(
    ("expected", "streams"), [("SN-1", True), (None, True), ("SN-2", False)], ids=["right", "any", "wrong"]
)
def test_a_serial_number_is_asked_for_before_anything_is_believed(
    source: Any, plug_in: Any, make_odd: Any, expected: str | None, streams: bool
) -> None:
    async def scenario() -> Any:
        async with Air([source("sled-01")], families=make_odd(Numbered)) as air, plug_in(air) as hub:
            (link,) = await hub.connect(identity=expected)
            await asyncio.sleep(5.0)
            return hub.heard["sled-01"], link.serial, air.peripherals[0].sampler.streaming

    heard, serial, started = virtual_time.run(scenario())
    assert (len(heard.numbers) > 300, started) == (streams, streams)
    assert serial == ("SN-1" if streams else None)
    assert heard.told("answers with the serial number SN-1 instead of SN-2") is not streams


def test_an_address_that_now_belongs_to_another_family_is_left_alone(source: Any, plug_in: Any) -> None:
    async def scenario() -> Any:
        async with Air([source("sled-01")]) as air, plug_in(air) as hub:
            (link,) = await hub.connect()
            await asyncio.sleep(2.0)
        async with Air([source("sled-01")], families={"sled-01": "movesense"}) as air, plug_in(air) as hub:
            assert str(air.peripherals[0].address).startswith(link.found.address)
            hub.link(link.found)
            await asyncio.sleep(30.0)
            return hub.heard["sled-01"]

    heard = virtual_time.run(scenario())
    assert heard.states == [LinkState.SEARCHING, LinkState.LOST]
    assert heard.told("is not heard")


def test_a_sensor_shows_itself_on_request(source: Any, plug_in: Any) -> None:
    async def scenario() -> tuple[float, float]:
        async with Air([source("sled-01")]) as air, plug_in(air) as hub:
            (link,) = await hub.connect()
            with pytest.raises(LinkError, match="is not connected now"):
                await link.identify(5.0)
            await asyncio.sleep(3.0)
            await link.identify(5.0)
            return air.peripherals[0].identify_until_s, asyncio.get_running_loop().time()

    until_s, now_s = virtual_time.run(scenario())
    assert until_s == pytest.approx(now_s + 5.0, abs=0.2)


class Declining:
    """A BlueZ client whose pairing fails, as of a sensor that does not pair."""

    is_connected = True
    asked = 0

    async def pair(self) -> None:
        self.asked += 1
        raise BleakDBusError("org.bluez.Error.AuthenticationFailed", ["Authentication Failed"])


async def test_a_sensor_with_which_bluez_cannot_pair_is_no_imitator_and_asked_once() -> None:
    device = BLEDevice("F0:5E:00:00:00:01", "sled-01", None)
    found = Found(device.address, "sled-01", SLED.family, -60, driver=SLED, device=device)
    adapter, client = Adapter("system"), Declining()
    for _ in range(2):
        await bond(cast(BleakClient, client), adapter, found)
    assert client.asked == 1
