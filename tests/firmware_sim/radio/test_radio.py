"""The virtual air: what a real radio does to hubs and sensors."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from bleak import BleakClient, BleakScanner
from bleak.exc import BleakError

from firmware_sim import virtual_time
from firmware_sim.air import Air, Conditions
from firmware_sim.source import CountsBlock, TimeBlock
from sensor_hub import wire
from sensor_hub.link import Adapter
from sensor_hub.link.adapter import adapter_on

START = wire.Request(wire.Opcode.START).encode()


@dataclass
class Rest:
    name: str = "sled-01"
    rate_hz: float = 100.0
    range_g: float = 8.0
    bits: int = 16

    def blocks(self) -> Iterator[tuple[TimeBlock, CountsBlock]]:
        for first in range(0, 1_000_000, 50):
            yield np.arange(first, first + 50) / self.rate_hz, np.full((50, 3), 2364, np.int16)


async def plug_in(air: Air) -> Adapter:
    dongle = air.dongle()
    return await adapter_on(dongle, dongle, "virtual")


async def client_of(adapter: Adapter, *, search_s: float = 2.0, connect_s: float = 5.0) -> BleakClient:
    assert adapter.central is not None
    device = await BleakScanner.find_device_by_name("sled-01", timeout=search_s, backend=adapter.central.scanner)
    assert device is not None
    return BleakClient(device, timeout=connect_s, backend=adapter.central.client)


async def arrivals_s(client: BleakClient, seconds: float) -> list[float]:
    loop = asyncio.get_running_loop()
    seen: list[float] = []
    await client.start_notify(wire.DATA_UUID, lambda _, value: seen.append(loop.time()))
    await client.write_gatt_char(wire.CONTROL_UUID, START, response=True)
    await asyncio.sleep(seconds)
    return seen


def test_packets_arrive_only_at_connection_events_of_the_interval_the_sensor_asked_for() -> None:
    async def scenario() -> list[float]:
        async with Air([Rest()]) as air, await client_of(await plug_in(air)) as client:
            return await arrivals_s(client, 5.0)

    arrivals = np.array(virtual_time.run(scenario()))
    intervals = (arrivals - arrivals[0]) / 0.015
    np.testing.assert_allclose(intervals, np.rint(intervals), atol=1e-3)
    assert len(arrivals) > 100


def test_the_backlog_of_a_shadow_comes_in_full_packets_paced_by_the_air() -> None:
    async def scenario() -> tuple[list[tuple[float, int]], float]:
        loop = asyncio.get_running_loop()
        seen: list[tuple[float, int]] = []
        async with Air([Rest()]) as air, await client_of(await plug_in(air)) as client:
            await client.start_notify(wire.DATA_UUID, lambda _, value: seen.append((loop.time(), value[12])))
            await client.write_gatt_char(wire.CONTROL_UUID, START, response=True)
            await asyncio.sleep(2.0)
            air.radio.shadow(air.peripherals[0].address)
            await asyncio.sleep(1.2)
            air.radio.unshadow(air.peripherals[0].address)
            back_s = loop.time()
            await asyncio.sleep(1.0)
            return seen, back_s

    seen, back_s = virtual_time.run(scenario())
    backlog = [(at_s, count) for at_s, count in seen if back_s <= at_s < back_s + 0.1]
    assert max(count for _, count in backlog) == wire.samples_per_packet(247)
    assert not any(back_s - 1.15 < at_s < back_s for at_s, _ in seen)


def test_a_connect_that_timed_out_can_be_tried_again() -> None:
    async def scenario() -> bool:
        async with Air([Rest()]) as air:
            adapter = await plug_in(air)
            client = await client_of(adapter, connect_s=1.0)
            air.radio.shadow(air.peripherals[0].address)
            with pytest.raises((TimeoutError, BleakError)):
                await client.connect()
            air.radio.unshadow(air.peripherals[0].address)
            async with await client_of(adapter) as again:
                return again.is_connected

    assert virtual_time.run(scenario())


def test_a_link_in_a_shadow_ends_on_both_sides_after_the_supervision_timeout() -> None:
    async def scenario() -> tuple[float, bool, bool]:
        loop = asyncio.get_running_loop()
        async with Air([Rest()]) as air:
            adapter = await plug_in(air)
            client = await client_of(adapter)
            await client.connect()
            await arrivals_s(client, 1.0)
            since_s = loop.time()
            air.radio.shadow(air.peripherals[0].address)
            while client.is_connected:  # noqa: ASYNC110  bleak's flag has no event
                await asyncio.sleep(0.01)
            lost_s = loop.time() - since_s
            air.radio.unshadow(air.peripherals[0].address)
            again = await client_of(adapter)
            await again.connect()
            await asyncio.sleep(0.1)
            return lost_s, client.is_connected, again.is_connected

    lost_s, old, new = virtual_time.run(scenario())
    assert lost_s == pytest.approx(4.0, abs=0.05)
    assert (old, new) == (False, True)


def test_a_dead_channel_ends_the_link_as_well() -> None:
    async def scenario() -> bool:
        async with Air([Rest()]) as air:
            client = await client_of(await plug_in(air))
            await client.connect()
            await arrivals_s(client, 1.0)
            air.radio.event_failure = 1.0
            await asyncio.sleep(6.0)
            return client.is_connected

    assert virtual_time.run(scenario()) is False


def test_of_two_hubs_that_want_the_same_sensor_one_gets_it() -> None:
    async def scenario() -> list[Any]:
        async with Air([Rest()]) as air:
            clients = [
                await client_of(await plug_in(air)),
                await client_of(await plug_in(air), connect_s=3.0),
            ]
            return await asyncio.gather(*(client.connect() for client in clients), return_exceptions=True)

    outcomes = virtual_time.run(scenario())
    assert sum(outcome is None for outcome in outcomes) == 1
    assert sum(isinstance(outcome, (TimeoutError, BleakError)) for outcome in outcomes) == 1


def test_a_hub_that_resets_its_controller_gets_its_sensor_back_after_the_timeout() -> None:
    async def scenario() -> float:
        loop = asyncio.get_running_loop()
        async with Air([Rest()]) as air:
            dongle = air.dongle()
            await (await client_of(await adapter_on(dongle, dongle, "before"))).connect()
            since_s = loop.time()
            adapter = await adapter_on(dongle, dongle, "after")
            async with await client_of(adapter, search_s=8.0):
                return loop.time() - since_s

    assert virtual_time.run(scenario()) == pytest.approx(5.0, abs=0.8)


def test_signal_strength_is_what_the_conditions_say() -> None:
    async def scenario() -> list[int]:
        async with Air([Rest()], conditions=Conditions(rssi_dbm=-80.0)) as air:
            adapter = await plug_in(air)
            assert adapter.central is not None
            seen: list[int] = []
            async with BleakScanner(lambda _, data: seen.append(data.rssi), backend=adapter.central.scanner):
                await asyncio.sleep(10.0)
            return seen

    seen = virtual_time.run(scenario())
    assert np.mean(seen) == pytest.approx(-80.0, abs=1.0)
    assert np.std(seen) > 0.5
