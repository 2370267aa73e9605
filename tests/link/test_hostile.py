"""What strangers, imitators and broken sensors do to a hub: nothing, and it says what it saw."""

import asyncio
import logging
import random
from typing import Any

import pytest
from bumble import hci, ll
from bumble.att import ATT_Error, ErrorCode
from bumble.core import UUID, AdvertisingData
from bumble.gatt import (
    GATT_CLIENT_CHARACTERISTIC_CONFIGURATION_DESCRIPTOR,
    Characteristic,
    CharacteristicValue,
    Descriptor,
    Service,
)

from firmware_sim import virtual_time
from firmware_sim.air import Air, Conditions, Shadow
from firmware_sim.sled import SledPeripheral
from sensor_hub import wire
from sensor_hub.link import MOST_NEIGHBOURS, Received, scan, watch
from sensor_hub.messages import LinkState


class WithoutControl(SledPeripheral):
    def services(self) -> list[Any]:
        (service,) = super().services()
        kept = [one for one in service.characteristics if one.uuid != UUID(wire.CONTROL_UUID)]
        return [Service(service.uuid, kept)]


class Empty(SledPeripheral):
    def services(self) -> list[Any]:
        super().services()
        return []


class Mute(SledPeripheral):
    """Its data cannot be subscribed to."""

    def services(self) -> list[Any]:
        super().services()
        permissions = Characteristic.Permissions
        data = Characteristic(UUID(wire.DATA_UUID), Characteristic.Properties.READ, permissions.READABLE, b"")
        return [Service(UUID(wire.SERVICE_UUID), [data, self._control, self._state])]


class Refusing(SledPeripheral):
    """Its data looks as if it could be subscribed to."""

    def services(self) -> list[Any]:
        def refuse(connection: Any, value: bytes) -> None:
            raise ATT_Error(ErrorCode.WRITE_NOT_PERMITTED)

        super().services()
        permissions = Characteristic.Permissions.READABLE | Characteristic.Permissions.WRITEABLE
        switch = Descriptor(
            GATT_CLIENT_CHARACTERISTIC_CONFIGURATION_DESCRIPTOR, permissions, CharacteristicValue(write=refuse)
        )
        notify = Characteristic.Properties.NOTIFY
        data = Characteristic(UUID(wire.DATA_UUID), notify, Characteristic.Permissions(0), b"", [switch])
        return [Service(UUID(wire.SERVICE_UUID), [data, self._control, self._state])]


class Secretive(SledPeripheral):
    """Its state cannot be read."""

    def services(self) -> list[Any]:
        def refuse(connection: Any) -> bytes:
            raise ATT_Error(ErrorCode.READ_NOT_PERMITTED)

        services = super().services()
        self._state.value = CharacteristicValue(read=refuse)
        return services


class Fleeting(SledPeripheral):
    """It drops every connection at once."""

    dropped = 0

    def _on_connection(self, connection: Any) -> None:
        super()._on_connection(connection)
        self.dropped += 1
        self._spawn(connection.disconnect())


class Deaf(SledPeripheral):
    """It takes every connection and answers nothing."""

    async def boot(self) -> None:
        await super().boot()
        self._device.gatt_server.on_gatt_pdu = lambda connection, pdu: None


@pytest.mark.parametrize(
    ("kind", "says"),
    [
        (WithoutControl, "lacks something every sled sensor has (5a1ed002"),
        (Empty, "lacks something every sled sensor has"),
        (Mute, "refuses to send 5a1ed001"),
        (Refusing, "refuses to send 5a1ed001"),
        (Secretive, "refuses to be read"),
        (Fleeting, "was lost"),
    ],
)
def test_a_broken_sensor_is_told_and_harms_no_other(
    source: Any, plug_in: Any, make_odd: Any, kind: type[SledPeripheral], says: str
) -> None:
    async def scenario() -> Any:
        sensors = [source("sled-01"), source("sled-02")]
        async with Air(sensors, families=make_odd(kind)) as air, plug_in(air) as hub:
            await hub.connect()
            await asyncio.sleep(120.0)
            return hub.heard["sled-01"], hub.heard["sled-02"], air.peripherals[0].connected

    odd, good, connected = virtual_time.run(scenario())
    assert odd.numbers == []
    assert odd.told(says), odd.notes
    assert not connected, "a set-up that failed is always taken back"
    assert 3 <= odd.states.count(LinkState.CONNECTING) <= 15, "again and again, but ever less often"
    assert good.gaps == []
    assert len(good.numbers) > 11_500


def test_a_sensor_that_never_answers_does_not_keep_others_from_coming_back(
    source: Any, plug_in: Any, make_odd: Any
) -> None:
    async def scenario() -> Any:
        conditions = Conditions(shadows=(Shadow(30.0, 60.0, "sled-02"),))
        sensors = [source("sled-01"), source("sled-02")]
        async with Air(sensors, families=make_odd(Deaf), conditions=conditions) as air, plug_in(air) as hub:
            await hub.connect()
            await asyncio.sleep(120.0)
            return hub.heard["sled-01"], hub.heard["sled-02"]

    deaf, good = virtual_time.run(scenario())
    assert deaf.told("did not answer in time")
    back_s = next(e.arrival_s for e in good.events if isinstance(e, Received) and e.arrival_s > 62.0)
    assert back_s < 60.0 + 3.0 + 10.0 + 5.0, "a rest, one connect of the deaf one's, its own connect"
    assert good.states[-1] is LinkState.STREAMING
    assert good.gaps == []


def test_of_two_hubs_that_want_a_sensor_one_has_it_and_the_other_says_why_not(source: Any, plug_in: Any) -> None:
    async def scenario() -> Any:
        async with Air([source("sled-01")]) as air, plug_in(air) as first, plug_in(air) as second:
            founds = await asyncio.gather(scan(first.radio, 1.0), scan(second.radio, 1.0))
            for hub, (found,) in zip((first, second), founds, strict=True):
                hub.link(found)
            await asyncio.sleep(30.0)
            having, waiting = sorted((first, second), key=lambda hub: -len(hub.heard["sled-01"].numbers))
            before = [*waiting.heard["sled-01"].numbers]
            await having.close()
            await asyncio.sleep(15.0)
            return having.heard["sled-01"], before, waiting.heard["sled-01"]

    having, before, waiting = virtual_time.run(scenario())
    assert len(having.numbers) > 2500
    assert having.gaps == []
    assert before == []
    assert waiting.told("free it from another hub")
    assert len(waiting.numbers) > 300, "once it is free, the other one has it"


def test_a_namesake_is_not_taken_for_the_sensor(source: Any, plug_in: Any) -> None:
    async def scenario() -> Any:
        async with Air([source("sled-01"), source("sled-01")]) as air, plug_in(air) as hub:
            own, namesake = air.peripherals
            found = await scan(hub.radio, 1.0)
            assert {one.name for one in found} == {"sled-01"}
            hub.link(next(one for one in found if str(own.address).startswith(one.address)))
            await asyncio.sleep(10.0)
            air.radio.shadow(own.address)
            await asyncio.sleep(60.0)
            return hub.heard["sled-01"], namesake.connected, namesake.sampler.streaming

    heard, connected, streaming = virtual_time.run(scenario())
    assert heard.told("is not heard")
    assert (connected, streaming) == (False, False)


async def flood(air: Air, addresses: int, each_s: float) -> None:
    """Somebody advertises sled sensors under one address after the other."""
    rng = random.Random(1)
    controller = air.dongle()
    said = bytes(
        AdvertisingData(
            [
                (AdvertisingData.COMPLETE_LIST_OF_128_BIT_SERVICE_CLASS_UUIDS, bytes(UUID(wire.SERVICE_UUID))),
                (AdvertisingData.COMPLETE_LOCAL_NAME, b"sled"),
            ]
        )
    )
    for _ in range(addresses):
        address = hci.Address(bytes((*rng.randbytes(5), 0xC0)), hci.Address.RANDOM_DEVICE_ADDRESS)
        air.radio.send_advertising_pdu(controller, ll.AdvExtInd(advertiser_address=address, data=said))
        await asyncio.sleep(each_s)


def test_a_flood_of_advertisements_is_bounded_and_told_and_costs_no_sample(
    source: Any, plug_in: Any, caplog: pytest.LogCaptureFixture
) -> None:
    async def watching(hub: Any, names: list[str]) -> None:
        async for found in watch(hub.radio):
            names.append(found.name)  # noqa: PERF401  a watch has no end

    async def scenario() -> Any:
        names: list[str] = []
        async with Air([source("sled-01"), source("sled-02")]) as air, plug_in(air) as hub:
            late = air.peripherals[1].address
            air.radio.shadow(late)
            await hub.connect()
            watch_task = asyncio.create_task(watching(hub, names))
            flooding = asyncio.create_task(flood(air, 3000, 0.01))
            await asyncio.sleep(10.0)
            air.radio.unshadow(late)
            await flooding
            remembered = {id(one): len(one.seen_devices) for one in scanners(hub)}
            watch_task.cancel()
            return hub.heard["sled-01"], names, remembered

    with caplog.at_level(logging.WARNING):
        heard, names, remembered = virtual_time.run(scenario())
    assert heard.gaps == []
    assert len(heard.numbers) > 2500
    assert "sled-02" in names, "a real sensor is heard all the same"
    assert all(count <= 512 for count in remembered.values())
    told = [
        record.message for record in caplog.records if f"More than {MOST_NEIGHBOURS} sensors" in record.message
    ]
    assert len(told) == 1


def scanners(hub: Any) -> list[Any]:
    return [scanner for adapter in hub.radio.adapters for scanner in adapter.central._scanners]
