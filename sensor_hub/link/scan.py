"""Which sensors are near: one scan, or a watch that goes on for ever."""

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from bleak import BleakScanner
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData, AdvertisementDataCallback
from bleak.exc import BleakError

from sensor_hub.link.adapter import Adapter, link_errors
from sensor_hub.sensors import DRIVERS, Advertisement, Driver, driver_for

UNKNOWN_RSSI_DBM = -127
_POLL_S = 0.1
BATTERY_SERVICE_UUID = "0000180f-0000-1000-8000-00805f9b34fb"


@dataclass(frozen=True, slots=True)
class Found:
    """A sensor that is near. rssi_dbm: -127 where nobody tells; battery_percent: where its advertisement tells it."""

    address: str
    name: str
    family: str
    rssi_dbm: int
    battery_percent: int | None = None
    driver: Driver = field(repr=False, compare=False, kw_only=True)
    device: BLEDevice = field(repr=False, compare=False, kw_only=True)


async def scan(adapter: Adapter, seconds: float = 5.0) -> list[Found]:
    """Every sensor of a known family heard within this time, strongest first. Raises LinkError."""
    heard: dict[str, Found] = {}

    def on_advertisement(device: BLEDevice, data: AdvertisementData) -> None:
        found = recognise(device, data)
        if found is not None:
            heard[found.address] = found

    with link_errors():
        heard.update({found.address: found for found in await _held(adapter)})
        async with adapter.scanner(on_advertisement):
            await asyncio.sleep(seconds)
    return sorted(heard.values(), key=lambda found: -found.rssi_dbm)


async def watch(adapter: Adapter) -> AsyncIterator[Found]:
    """Each sensor of a known family once, when it is first heard by name, for ever.

    Raises LinkError where the adapter cannot scan to begin with; one that goes away later is waited for.
    """
    arrivals: deque[Found] = deque()
    known: set[str] = set()

    def on_advertisement(device: BLEDevice, data: AdvertisementData) -> None:
        found = recognise(device, data)
        if found is not None and data.local_name is not None and found.address not in known:
            known.add(found.address)
            arrivals.append(found)

    with link_errors():
        arrivals.extend(await _held(adapter))
        known.update(found.address for found in arrivals)
        scanner = await _start_scanner(adapter, on_advertisement)
    central = adapter.central
    try:
        while True:
            if adapter.central is not central:
                central = adapter.central
                with contextlib.suppress(BleakError):  # gone again: the next central will do
                    scanner = await _start_scanner(adapter, on_advertisement)
            while arrivals:
                yield arrivals.popleft()
            await asyncio.sleep(_POLL_S)
    finally:
        await scanner.stop()


async def find(adapter: Adapter, sensor: Found, seconds: float) -> BLEDevice | None:
    """The sensor's device as soon as it is heard, or held; None where it is not, in time. Raises LinkError."""
    heard: asyncio.Future[BLEDevice] = asyncio.get_running_loop().create_future()

    def on_advertisement(device: BLEDevice, data: AdvertisementData) -> None:
        if device.address == sensor.address and not heard.done():
            heard.set_result(device)

    with link_errors():
        for device in await adapter.held_devices(sensor.driver.service_uuids):
            if device.address == sensor.address:
                return device
        async with adapter.scanner(on_advertisement):
            await asyncio.wait({heard}, timeout=seconds)
    return heard.result() if heard.done() else None


async def _held(adapter: Adapter) -> list[Found]:
    """Sensors that do not advertise because the system is connected to them."""
    return [
        Found(
            device.address,
            device.name or device.address,
            driver.family,
            UNKNOWN_RSSI_DBM,
            driver=driver,
            device=device,
        )
        for driver in DRIVERS
        for device in await adapter.held_devices(driver.service_uuids)
    ]


async def _start_scanner(adapter: Adapter, on_advertisement: AdvertisementDataCallback) -> BleakScanner:
    scanner = adapter.scanner(on_advertisement)
    await scanner.start()
    return scanner


def recognise(device: BLEDevice, data: AdvertisementData) -> Found | None:
    """What an advertisement says as a Found; None where no driver knows it."""
    advertisement = Advertisement(
        name=data.local_name or device.name,
        service_uuids=tuple(uuid.lower() for uuid in data.service_uuids),
        service_data=data.service_data,
        manufacturer_data=data.manufacturer_data,
    )
    driver = driver_for(advertisement, DRIVERS)
    if driver is None:
        return None
    level = data.service_data.get(BATTERY_SERVICE_UUID, b"")
    return Found(
        address=device.address,
        name=advertisement.name or device.address,
        family=driver.family,
        rssi_dbm=data.rssi,
        battery_percent=level[0] if len(level) == 1 and level[0] <= 100 else None,
        driver=driver,
        device=device,
    )
