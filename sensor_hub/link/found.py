"""A sensor that is near, as its advertisement tells it."""

from dataclasses import dataclass, field

from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData

from sensor_hub.link.adapter import Adapter
from sensor_hub.sensors import DRIVERS, Advertisement, Driver, driver_for

UNKNOWN_RSSI_DBM = -127
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


@dataclass(frozen=True, slots=True)
class Hearing:
    """Which adapter heard it. named: whether it told its name."""

    adapter: Adapter
    found: Found
    named: bool


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


async def held(adapter: Adapter) -> list[Found]:
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
