"""A bleak backend over bumble: the hub's Bluetooth through any HCI transport, without an operating system's stack.

`BumbleCentral` is one adapter. Its `scanner` and `client` are classes bound to it, to be given to bleak as
`BleakScanner(..., backend=central.scanner)` and `BleakClient(..., backend=central.client)`.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, TypeVar

from bleak.args import SizedBuffer
from bleak.assigned_numbers import gatt_char_props_to_strs
from bleak.backends.characteristic import BleakGATTCharacteristic
from bleak.backends.client import BaseBleakClient, NotifyCallback
from bleak.backends.descriptor import BleakGATTDescriptor
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData, BaseBleakScanner
from bleak.backends.service import BleakGATTService, BleakGATTServiceCollection
from bleak.exc import BleakDeviceNotFoundError, BleakError, BleakGATTProtocolError
from bumble import att, core, hci
from bumble.device import ConnectionParametersPreferences, Device, DeviceConfiguration, Peer

from sensor_hub.link.advertising import Announcement, uuid_text

ATT_MTU = 247
HUB_ADDRESS = "C0:5E:D0:00:00:01"
_T = TypeVar("_T")
_PREFERENCES = ConnectionParametersPreferences(
    connection_interval_min=30.0, connection_interval_max=50.0, supervision_timeout=4000.0
)


class BumbleCentral:
    """One HCI transport with a bumble host on it, powered on."""

    def __init__(self, device: Any) -> None:
        self.device = device
        self.scanner: type[BaseBleakScanner] = type("BumbleScanner", (BumbleScanner,), {"central": self})
        self.client: type[BaseBleakClient] = type("BumbleClient", (BumbleClient,), {"central": self})
        self._scanners: set[BumbleScanner] = set()
        self._addresses: dict[str, Any] = {}
        device.on("advertisement", self._on_advertisement)

    @classmethod
    async def start(cls, source: Any, sink: Any) -> "BumbleCentral":
        """A central on the two ends of an open HCI transport."""
        configuration = DeviceConfiguration(name="sensor-hub", address=hci.Address(HUB_ADDRESS))
        device = Device.from_config_with_hci(configuration, source, sink)
        await device.power_on()
        return cls(device)

    def address_of(self, text: str) -> Any:
        """The HCI address behind a text; None where no advertisement told its type."""
        return self._addresses.get(text.upper())

    async def scan(self, scanner: "BumbleScanner", on: bool) -> None:
        (self._scanners.add if on else self._scanners.discard)(scanner)
        if on and not self.device.is_scanning:
            await self.device.start_scanning(active=True)
        elif not self._scanners and self.device.is_scanning:
            await self.device.stop_scanning()

    def _on_advertisement(self, advertisement: Any) -> None:
        address = advertisement.address.to_string(False).upper()
        self._addresses[address] = advertisement.address
        for scanner in list(self._scanners):
            scanner.on_advertisement(address, advertisement)


class BumbleScanner(BaseBleakScanner):
    central: BumbleCentral

    def __init__(
        self,
        detection_callback: Any,
        service_uuids: list[str] | None,
        scanning_mode: str,
        **kwargs: Any,
    ) -> None:
        super().__init__(detection_callback, service_uuids)
        self._announcements: dict[str, Announcement] = {}

    async def start(self) -> None:
        self.seen_devices = {}
        self._announcements = {}
        await self.central.scan(self, True)

    async def stop(self) -> None:
        await self.central.scan(self, False)

    def on_advertisement(self, address: str, advertisement: Any) -> None:
        announcement = self._announcements.setdefault(address, Announcement())
        announcement.merge(advertisement.data.ad_structures)
        data = AdvertisementData(
            local_name=announcement.name,
            manufacturer_data=dict(announcement.manufacturer_data),
            service_data=dict(announcement.service_data),
            service_uuids=list(announcement.service_uuids),
            tx_power=announcement.tx_power_dbm,
            rssi=advertisement.rssi,
            platform_data=(advertisement,),
        )
        if self.is_allowed_uuid(data.service_uuids):
            device = self.create_or_update_device(address, address, announcement.name, None, data)
            self.call_detection_callbacks(device, data)


class BumbleClient(BaseBleakClient):
    central: BumbleCentral

    def __init__(
        self,
        address_or_ble_device: BLEDevice | str,
        services: set[str] | None = None,
        *,
        disconnected_callback: Callable[[], None] | None,
        timeout: float,
        **kwargs: Any,
    ) -> None:
        super().__init__(address_or_ble_device, disconnected_callback=disconnected_callback, timeout=timeout)
        known = address_or_ble_device if isinstance(address_or_ble_device, BLEDevice) else None
        self._name = known.name if known else None
        self._wanted_services = services
        self._connection: Any = None
        self._subscriptions: dict[int, Callable[[bytes], None]] = {}

    @property
    def name(self) -> str:
        return self._name or self.address.replace(":", "-")

    @property
    def mtu_size(self) -> int:
        return int(self._connection.att_mtu) if self._connection else 23

    @property
    def is_connected(self) -> bool:
        return self._connection is not None

    async def connect(self, pair: bool, **kwargs: Any) -> None:
        if self.is_connected:
            raise BleakError("Already connected.")
        address = self.central.address_of(self.address)
        if address is None:
            raise BleakDeviceNotFoundError(self.address, f"{self.address} was not seen in a scan.")
        async with asyncio.timeout(self._timeout):
            self._connection = await _connect(self.central.device, address)
            self._connection.on("disconnection", self._on_disconnection)
            try:
                if pair:
                    await self.pair()
                self.services = await self._operate(_discover(self._connection, self._wanted_services))
            except BaseException:
                await self.disconnect()
                raise

    async def disconnect(self) -> None:
        if self._connection is not None:
            with contextlib.suppress(core.BaseBumbleError):
                await self._connection.disconnect()

    def _on_disconnection(self, reason: int) -> None:
        self._connection, self.services, self._subscriptions = None, None, {}
        if self._disconnected_callback is not None:
            self._disconnected_callback()

    async def pair(self, *args: Any, **kwargs: Any) -> None:
        await self._operate(self._require_connection().pair())

    async def unpair(self) -> None:
        keystore = self.central.device.keystore
        if keystore is not None:
            await keystore.delete(self.address)
        await self.disconnect()

    async def read_rssi_dbm(self) -> int:
        """Signal strength of the connection."""
        return int(await self._operate(self._require_connection().get_rssi()))

    def _require_connection(self) -> Any:
        if self._connection is None:
            raise BleakError("Not connected.")
        return self._connection

    async def _operate(self, operation: Awaitable[_T]) -> _T:
        """The operation's result; BleakError where it fails or the link ends under it."""
        connection = self._require_connection()
        with _bleak_errors():
            try:
                return await connection.cancel_on_disconnection(operation)  # type: ignore[no-any-return]
            except asyncio.CancelledError:
                if self._connection is None:
                    raise BleakError("The connection was lost.") from None
                raise

    async def read_gatt_char(
        self, characteristic: BleakGATTCharacteristic, *, use_cached: bool = False, **kwargs: Any
    ) -> bytearray:
        return bytearray(await self._operate(characteristic.obj.read_value()))

    async def read_gatt_descriptor(
        self, descriptor: BleakGATTDescriptor, *, use_cached: bool = False, **kwargs: Any
    ) -> bytearray:
        return bytearray(await self._operate(descriptor.obj.read_value()))

    async def write_gatt_char(
        self, characteristic: BleakGATTCharacteristic, data: SizedBuffer, response: bool
    ) -> None:
        await self._operate(characteristic.obj.write_value(bytes(data), with_response=response))

    async def write_gatt_descriptor(self, descriptor: BleakGATTDescriptor, data: SizedBuffer) -> None:
        await self._operate(descriptor.obj.write_value(bytes(data), with_response=True))

    async def start_notify(
        self, characteristic: BleakGATTCharacteristic, callback: NotifyCallback, **kwargs: Any
    ) -> None:
        if characteristic.handle in self._subscriptions:
            raise BleakError(f"Already subscribed to {characteristic.uuid}.")

        def on_value(value: bytes) -> None:
            callback(bytearray(value))

        self._subscriptions[characteristic.handle] = on_value
        await self._operate(characteristic.obj.subscribe(on_value))

    async def stop_notify(self, characteristic: BleakGATTCharacteristic) -> None:
        on_value = self._subscriptions.pop(characteristic.handle, None)
        if on_value is not None:
            await self._operate(characteristic.obj.unsubscribe(on_value, force=True))


@contextlib.contextmanager
def _bleak_errors() -> Iterator[None]:
    try:
        yield
    except att.ATT_Error as error:
        raise BleakGATTProtocolError(error.error_code) from error
    except core.BaseBumbleError as error:
        raise BleakError(str(error)) from error


async def _connect(device: Any, address: Any) -> Any:
    """LE Create Connection, taken back on the controller when this is cancelled."""
    preferences = {hci.HCI_LE_1M_PHY: _PREFERENCES}
    attempt = asyncio.ensure_future(
        device.connect(address, connection_parameters_preferences=preferences, timeout=None)
    )
    with _bleak_errors():
        try:
            return await asyncio.shield(attempt)
        except asyncio.CancelledError:
            if attempt.cancelled():
                raise BleakError("The adapter has gone away.") from None
            await device.send_sync_command(hci.HCI_LE_Create_Connection_Cancel_Command())
            with contextlib.suppress(core.BaseBumbleError):
                await (await attempt).disconnect()
            raise


async def _discover(connection: Any, wanted: set[str] | None) -> BleakGATTServiceCollection:
    peer = Peer(connection)
    await peer.request_mtu(ATT_MTU)
    collection = BleakGATTServiceCollection()
    for found in await peer.discover_services():
        if wanted is not None and uuid_text(found.uuid) not in wanted:
            continue
        service = BleakGATTService(found, found.handle, uuid_text(found.uuid))
        collection.add_service(service)
        for proxy in await peer.discover_characteristics(service=found):
            characteristic = BleakGATTCharacteristic(
                proxy,
                proxy.handle,
                uuid_text(proxy.uuid),
                list(gatt_char_props_to_strs(int(proxy.properties))),
                lambda: int(connection.att_mtu) - 3,
                service,
            )
            collection.add_characteristic(characteristic)
            for descriptor in await peer.discover_descriptors(proxy):
                collection.add_descriptor(
                    BleakGATTDescriptor(descriptor, descriptor.handle, uuid_text(descriptor.type), characteristic)
                )
    return collection
