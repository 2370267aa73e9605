"""The connection half of the bleak backend over bumble: connect, discover, read, write, subscribe."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterator
from typing import TYPE_CHECKING, Any, TypeVar

from bleak.args import SizedBuffer
from bleak.assigned_numbers import gatt_char_props_to_strs
from bleak.backends.characteristic import BleakGATTCharacteristic
from bleak.backends.client import BaseBleakClient, NotifyCallback
from bleak.backends.descriptor import BleakGATTDescriptor
from bleak.backends.device import BLEDevice
from bleak.backends.service import BleakGATTService, BleakGATTServiceCollection
from bleak.exc import (
    BleakDeviceNotFoundError,
    BleakError,
    BleakGATTProtocolError,
    BleakGATTProtocolErrorCode,
)
from bumble import att, core, hci
from bumble.device import ConnectionParametersPreferences, Peer

from sensor_hub.link.advertising import uuid_text
from sensor_hub.link.trust import KeyRefusedError

if TYPE_CHECKING:
    from sensor_hub.link.bumble_backend import BumbleCentral

ATT_MTU = 247
_T = TypeVar("_T")
_FULL = {
    hci.HCI_ErrorCode.CONNECTION_LIMIT_EXCEEDED_ERROR,
    hci.HCI_ErrorCode.CONNECTION_REJECTED_DUE_TO_LIMITED_RESOURCES_ERROR,
    hci.HCI_ErrorCode.MEMORY_CAPACITY_EXCEEDED_ERROR,
}
_NO_MORE = (
    "The adapter takes no further connection. Set bluetooth.sensors_per_adapter to what it carries,"
    " and plug in another one."
)
_KEY_REASONS = {
    hci.HCI_ErrorCode.PIN_OR_KEY_MISSING_ERROR,
    hci.HCI_ErrorCode.AUTHENTICATION_FAILURE_ERROR,
    hci.HCI_ErrorCode.CONNECTION_TERMINATED_DUE_TO_MIC_FAILURE_ERROR,
}
_PREFERENCES = ConnectionParametersPreferences(
    connection_interval_min=30.0, connection_interval_max=50.0, supervision_timeout=4000.0
)


class BumbleClient(BaseBleakClient):
    central: "BumbleCentral"

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
        self._peer = known.details if known else None
        self._wanted_services = services
        self._connection: Any = None
        self._ended_for: int | None = None
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
        if self._peer is None:
            raise BleakDeviceNotFoundError(self.address, f"{self.address} was not seen in a scan.")
        async with asyncio.timeout(self._timeout):
            self._connection = await _connect(self.central.require(), self._peer)
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
        self._ended_for = reason
        self._connection, self.services, self._subscriptions = None, None, {}
        if self._disconnected_callback is not None:
            self._disconnected_callback()

    async def pair(self, *args: Any, **kwargs: Any) -> None:
        """Encrypt with the key of an earlier bond, else agree on one. KeyRefusedError where the key is not shared."""
        connection = self._require_connection()
        if await self.central.device.keystore.get(str(connection.peer_address)) is None:
            await self._operate(connection.pair())
            return
        try:
            await self._operate(connection.encrypt())
        except BleakError as error:
            if _without_key(error.__cause__) or self._ended_for in _KEY_REASONS:
                raise KeyRefusedError("The peer does not have the key of the bond.") from error
            raise

    async def unpair(self) -> None:
        await self.central.forget(self.address)
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
        with bleak_errors():
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
        if not {"notify", "indicate"} & set(characteristic.properties):
            raise BleakGATTProtocolError(BleakGATTProtocolErrorCode.REQUEST_NOT_SUPPORTED)

        def on_value(value: bytes) -> None:
            callback(bytearray(value))

        self._subscriptions[characteristic.handle] = on_value
        await self._operate(characteristic.obj.subscribe(on_value))

    async def stop_notify(self, characteristic: BleakGATTCharacteristic) -> None:
        on_value = self._subscriptions.pop(characteristic.handle, None)
        if on_value is not None:
            await self._operate(characteristic.obj.unsubscribe(on_value, force=True))


@contextlib.contextmanager
def bleak_errors() -> Iterator[None]:
    try:
        yield
    except att.ATT_Error as error:
        raise BleakGATTProtocolError(error.error_code) from error
    except core.BaseBumbleError as error:
        full = isinstance(error, core.ProtocolError) and error.error_code in _FULL
        raise BleakError(_NO_MORE if full else str(error)) from error


def _without_key(error: BaseException | None) -> bool:
    return isinstance(error, hci.HCI_Error) and error.error_code in _KEY_REASONS


async def _connect(device: Any, address: Any) -> Any:
    """LE Create Connection, taken back on the controller when this is cancelled."""
    preferences = {hci.HCI_LE_1M_PHY: _PREFERENCES}
    attempt = asyncio.ensure_future(
        device.connect(address, connection_parameters_preferences=preferences, timeout=None)
    )
    with bleak_errors():
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
