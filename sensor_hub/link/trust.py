"""Whether the sensor that has answered is the one it says it is.

A name and an address can be imitated by anyone. So what was learned when the sensor was met first is asked for at
each connection, before anything it sends is believed:

1. The bond. A sensor that can bond shares a key with the hub since the first connection, and the link is encrypted
   with it; an imitator does not have the key. The key is agreed on without anybody comparing numbers ("Just Works"),
   so it protects against all who were not there at the first connection.
2. The serial number of the Device Information Service, where one is expected. An imitator can read it from the real
   sensor; it tells mix-ups, and sensors that cannot bond.
"""

from bleak import BleakClient
from bleak.exc import BleakError

from sensor_hub.errors import LinkError
from sensor_hub.link.adapter import Adapter
from sensor_hub.link.found import Found

DEVICE_INFORMATION_UUID = "0000180a-0000-1000-8000-00805f9b34fb"
_SERIAL_NUMBER_UUID = "00002a25-0000-1000-8000-00805f9b34fb"


class KeyRefusedError(BleakError):
    """The peer does not have the key of the bond."""


async def bond(client: BleakClient, adapter: Adapter, sensor: Found) -> None:
    """Encrypt the link with the key shared before, or agree on one; a sensor that will not is asked only once.

    BlueZ answers for a bond of its own without trying it, so an error of its pairing is always a sensor that will
    not, even if it ends the connection. Raises LinkError where the sensor does not have the key, BleakError where
    the connection was lost meanwhile.
    """
    if sensor.address in adapter.unwilling:
        return
    try:
        await client.pair()
    except (BleakError, NotImplementedError) as error:
        if isinstance(error, KeyRefusedError):
            raise _imitated(sensor) from error
        if client.is_connected or adapter.central is None:
            adapter.unwilling.add(sensor.address)
        if not client.is_connected:
            raise
    else:
        if not await adapter.shares_key(sensor.address):
            adapter.unwilling.add(sensor.address)


async def serial_number(client: BleakClient, sensor: Found, expected: str | None) -> str | None:
    """The sensor's serial number, None where it has none. Raises LinkError where it is not the expected one."""
    serial = await read_text(client, _SERIAL_NUMBER_UUID)
    if expected is not None and serial != expected:
        answer = "without a serial number" if serial is None else f"with the serial number {serial}"
        raise LinkError(
            f"{sensor.name} at {sensor.address} answers {answer} instead of {expected}: it is not the sensor that was"
            " paired, and is left alone. If it replaces that one, pair it: sensor-hub pair."
        )
    return serial


async def read_text(client: BleakClient, uuid: str) -> str | None:
    """A text of the Device Information, None where the sensor has none."""
    if client.services.get_characteristic(uuid) is None:
        return None
    return bytes(await client.read_gatt_char(uuid)).decode("utf-8", "replace").rstrip("\0")


def _imitated(sensor: Found) -> LinkError:
    return LinkError(
        f"{sensor.name} at {sensor.address} does not have the key it shares with this hub: another device may pretend"
        " to be it, so it is left alone. If it is your sensor after a reset, pair it again on the hub's page."
    )
