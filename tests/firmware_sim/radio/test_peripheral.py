"""The simulated sensor over its virtual radio, seen by a plain bleak client."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

import numpy as np
import pytest
from bleak import BleakClient, BleakScanner
from bleak.backends.device import BLEDevice

from firmware_sim import virtual_time
from firmware_sim.air import Air, addresses_for
from firmware_sim.battery import Battery
from firmware_sim.source import CountsBlock, TimeBlock
from sensor_hub import wire
from sensor_hub.link import Adapter
from sensor_hub.link.adapter import adapter_on

BATTERY_LEVEL = "2a19"


@dataclass
class Rest:
    name: str = "sled-01"
    rate_hz: float = 100.0
    range_g: float = 8.0
    bits: int = 16

    def blocks(self) -> Iterator[tuple[TimeBlock, CountsBlock]]:
        for first in range(0, 1_000_000, 50):
            yield np.arange(first, first + 50) / self.rate_hz, np.full((50, 3), 2364, np.int16)


async def hub_on(air: Air) -> Adapter:
    dongle = air.dongle()
    return await adapter_on(dongle, dongle, "virtual")


async def device_on(adapter: Adapter) -> BLEDevice:
    assert adapter.central is not None
    device = await BleakScanner.find_device_by_name("sled-01", timeout=2.0, backend=adapter.central.scanner)
    assert device is not None
    return device


@contextlib.asynccontextmanager
async def connected(air: Air) -> AsyncIterator[BleakClient]:
    adapter = await hub_on(air)
    assert adapter.central is not None
    async with BleakClient(await device_on(adapter), timeout=5.0, backend=adapter.central.client) as client:
        yield client


async def ask(client: BleakClient, data: bytes) -> wire.Response:
    """Write a control request, wait for what is indicated."""
    answers: asyncio.Queue[bytes] = asyncio.Queue()
    await client.start_notify(wire.CONTROL_UUID, lambda _, value: answers.put_nowait(bytes(value)))
    await client.write_gatt_char(wire.CONTROL_UUID, data, response=True)
    async with asyncio.timeout(2.0):
        answer = await answers.get()
    await client.stop_notify(wire.CONTROL_UUID)
    return wire.Response.decode(answer)


async def state_of(client: BleakClient) -> wire.State:
    return wire.State.decode(bytes(await client.read_gatt_char(wire.STATE_UUID)))


@pytest.mark.parametrize(
    ("data", "result"),
    [
        (wire.Request(wire.Opcode.START).encode(), wire.Result.OK),
        (wire.Request(wire.Opcode.STOP).encode(), wire.Result.OK),
        (wire.Request(wire.Opcode.SET_RATE, (100_000,)).encode(), wire.Result.OK),
        (wire.Request(wire.Opcode.SET_RATE, (50_000,)).encode(), wire.Result.BAD_PARAMETER),
        (wire.Request(wire.Opcode.SET_RANGE, (8,)).encode(), wire.Result.OK),
        (wire.Request(wire.Opcode.SET_RANGE, (16,)).encode(), wire.Result.BAD_PARAMETER),
        (wire.Request(wire.Opcode.CLEAR).encode(), wire.Result.OK),
        (wire.Request(wire.Opcode.RESEND, (0, 10)).encode(), wire.Result.NOT_NOW),
        (b"\x03\x01", wire.Result.BAD_PARAMETER),
        (b"\x7f", wire.Result.UNKNOWN_OPCODE),
        (b"", wire.Result.UNKNOWN_OPCODE),
    ],
)
def test_every_request_is_answered(data: bytes, result: wire.Result) -> None:
    async def scenario() -> wire.Response:
        async with Air([Rest()]) as air, connected(air) as client:
            return await ask(client, data)

    assert virtual_time.run(scenario()) == wire.Response(data[0] if data else 0, result)


def test_identify_lights_the_led_for_as_long_as_asked() -> None:
    async def scenario() -> float:
        async with Air([Rest()]) as air, connected(air) as client:
            await ask(client, wire.Request(wire.Opcode.IDENTIFY, (10,)).encode())
            return air.peripherals[0].identify_until_s - asyncio.get_running_loop().time()

    assert virtual_time.run(scenario()) == pytest.approx(10.0, abs=0.2)


def test_the_state_tells_mode_and_position_and_a_restart_changes_the_boot_id() -> None:
    async def scenario() -> tuple[wire.State, wire.State, wire.State]:
        async with Air([Rest(bits=14)]) as air:
            async with connected(air) as client:
                before = await state_of(client)
                await ask(client, wire.Request(wire.Opcode.START).encode())
                await asyncio.sleep(3.0)
                running = await state_of(client)
            await air.peripherals[0].boot()
            async with connected(air) as client:
                return before, running, await state_of(client)

    before, running, restarted = virtual_time.run(scenario())
    assert (before.mode, before.next_sequence, before.bits) == (wire.Mode.IDLE, 0, 14)
    assert running.mode is wire.Mode.STREAMING
    assert running.next_sequence == pytest.approx(300, abs=20)
    assert (before.oldest_sequence, running.oldest_sequence) == (0, 0)
    assert running.boot_id == before.boot_id != restarted.boot_id
    assert restarted.next_sequence < running.next_sequence


def test_a_change_of_mode_is_notified() -> None:
    async def scenario() -> list[wire.Mode]:
        modes: list[wire.Mode] = []
        async with Air([Rest()]) as air, connected(air) as client:
            await client.start_notify(
                wire.STATE_UUID, lambda _, value: modes.append(wire.State.decode(bytes(value)).mode)
            )
            for opcode in (wire.Opcode.START, wire.Opcode.START, wire.Opcode.STOP):
                await ask(client, wire.Request(opcode).encode())
            await asyncio.sleep(0.2)
        return modes

    assert virtual_time.run(scenario()) == [wire.Mode.STREAMING, wire.Mode.IDLE]


def test_nothing_is_sent_before_start_and_nothing_after_stop() -> None:
    async def scenario() -> list[int]:
        seen: list[int] = []
        counts = []
        async with Air([Rest()]) as air, connected(air) as client:
            await client.start_notify(wire.DATA_UUID, lambda _, value: seen.append(len(value)))
            await asyncio.sleep(2.0)
            counts.append(len(seen))
            await ask(client, wire.Request(wire.Opcode.START).encode())
            await asyncio.sleep(2.0)
            counts.append(len(seen))
            await ask(client, wire.Request(wire.Opcode.STOP).encode())
            await asyncio.sleep(0.2)
            counts.append(len(seen))
            await asyncio.sleep(2.0)
            return [*counts, len(seen)]

    silent, running, stopped, after = virtual_time.run(scenario())
    assert silent == 0
    assert running == pytest.approx(50, abs=5)
    assert after == stopped


def test_the_battery_drains_and_a_low_one_is_flagged() -> None:
    async def scenario() -> tuple[int, int, wire.Flags]:
        flags: list[wire.Flags] = []
        async with (
            Air([Rest()], battery=Battery(percent_at_start=16.0, life_h=1.0)) as air,
            connected(air) as client,
        ):
            await client.start_notify(
                wire.DATA_UUID, lambda _, value: flags.append(wire.DataPacket.decode(bytes(value)).flags)
            )
            full = (await client.read_gatt_char(BATTERY_LEVEL))[0]
            await ask(client, wire.Request(wire.Opcode.START).encode())
            await asyncio.sleep(100.0)
            return full, (await client.read_gatt_char(BATTERY_LEVEL))[0], flags[-1]

    full, drained, flags = virtual_time.run(scenario())
    assert (full, drained) == (15, 13)
    assert flags == wire.Flags.BATTERY_LOW


def test_addresses_are_the_same_every_time_and_never_twice() -> None:
    names = ["sled-01", "sled-02", "sled-01"]
    addresses = addresses_for(names)
    assert addresses == addresses_for(names)
    assert len(set(addresses)) == 3
    assert addresses[0] == addresses_for(["sled-01"])[0]
    assert all(address.startswith("F0:5E:") for address in addresses)
