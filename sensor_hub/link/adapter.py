"""The hub's Bluetooth adapter: the system's, or any HCI transport through our bleak backend over bumble."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from bleak import BleakAdapter, BleakClient, BleakScanner
from bleak.args.bluez import BlueZAdapterArgs, BlueZClientArgs, BlueZScannerArgs
from bleak.backends.adapter import BaseBleakAdapter
from bleak.backends.client import BaseBleakClient
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementDataCallback, BaseBleakScanner
from bleak.exc import (
    BleakBluetoothNotAvailableError,
    BleakBluetoothNotAvailableReason,
    BleakDBusError,
    BleakError,
)

from sensor_hub.errors import LinkError

if TYPE_CHECKING:
    from sensor_hub.link.bumble_backend import BumbleCentral

SYSTEM = "system"
SLOTS = 6
_BLUEZ_PREFIX = "hci"
CONNECT_TIMEOUT_S = 10.0
REOPEN_S = 2.0
_NO_ADAPTER = (
    "No Bluetooth adapter found. Plug one in and check that its service runs (systemctl status bluetooth), "
    "or name an HCI transport with --adapter, for example usb:0 or tcp-client:127.0.0.1:9001."
)
_ABSENT_SERVICE = {"org.freedesktop.DBus.Error.ServiceUnknown", "org.freedesktop.DBus.Error.NameHasNoOwner"}
_SENTENCES = {
    BleakBluetoothNotAvailableReason.NO_BLE_CENTRAL_ROLE: (
        "The Bluetooth adapter cannot talk to Low Energy sensors. Plug in another one."
    ),
    BleakBluetoothNotAvailableReason.POWERED_OFF: (
        "Bluetooth is switched off. Switch it on (bluetoothctl power on; rfkill unblock bluetooth)."
    ),
    BleakBluetoothNotAvailableReason.DENIED_BY_USER: "Bluetooth was denied. Allow it in the system's settings.",
    BleakBluetoothNotAvailableReason.DENIED_BY_SYSTEM: (
        "This user may not use Bluetooth. Add it to the bluetooth group, or run the hub as a service."
    ),
}


@runtime_checkable
class _MeasuresSignal(Protocol):
    async def read_rssi_dbm(self) -> int: ...


class Adapter:
    """One adapter.

    central: the bumble host behind it, replaced when its transport was opened anew; None for the system's Bluetooth,
    and then system: the bleak backend that knows it, by default the platform's. slots: how many sensors it carries.
    """

    def __init__(
        self,
        name: str,
        central: "BumbleCentral | None" = None,
        system: type[BaseBleakAdapter] | None = None,
        slots: int = SLOTS,
        bonds: Path | None = None,
    ) -> None:
        self.name = name
        self.central = central
        self.slots = slots
        self.carried = 0
        """How many sensors it carries now, or is about to."""
        self.connect_lock = asyncio.Lock()
        """One connection at a time is set up on an adapter."""
        self.bonds = bonds
        self.unwilling: set[str] = set()
        """Sensors that would not bond."""
        self._system = system
        self._named = name if name.startswith(_BLUEZ_PREFIX) else None

    @property
    def keeps_bonds(self) -> bool:
        """Whether a sensor met today can be told from an imitator tomorrow."""
        return self.central is None or self.central.keeps_bonds

    async def shares_key(self, address: str) -> bool:
        """Whether a bond with this sensor is kept; of the system's nobody knows better than the system."""
        return self.central is None or await self.central.shares_key(address)

    async def forget(self, address: str) -> None:
        """Any bond with this sensor, so that it can bond anew."""
        self.unwilling.discard(address)
        if self.central is not None:
            await self.central.forget(address)

    @property
    def has_room(self) -> bool:
        return self.carried < self.slots

    async def held_devices(self, service_uuids: Sequence[str]) -> list[BLEDevice]:
        """Devices that the system has kept connected, as it does when a hub is killed; they do not advertise."""
        if self.central is not None:
            return []
        try:
            arguments = BlueZAdapterArgs(adapter=self._named) if self._named else BlueZAdapterArgs()
            system = await BleakAdapter.get(bluez=arguments, backend=self._system)
            return await system.get_connected_devices([*service_uuids])
        except NotImplementedError:  # this platform cannot tell
            return []

    def scanner(self, on_advertisement: AdvertisementDataCallback) -> BleakScanner:
        backend: type[BaseBleakScanner] | None = self.central.scanner if self.central is not None else None
        arguments = BlueZScannerArgs(adapter=self._named) if self._named else BlueZScannerArgs()
        return BleakScanner(on_advertisement, bluez=arguments, backend=backend)

    def client(
        self, device: BLEDevice, service_uuids: list[str], on_disconnected: Callable[[], None]
    ) -> BleakClient:
        backend: type[BaseBleakClient] | None = self.central.client if self.central is not None else None
        arguments = BlueZClientArgs(adapter=self._named) if self._named else BlueZClientArgs()
        return BleakClient(
            device,
            lambda client: on_disconnected(),
            services=service_uuids,
            timeout=CONNECT_TIMEOUT_S,
            bluez=arguments,
            backend=backend,
        )


@contextlib.asynccontextmanager
async def open_adapter(
    moniker: str = SYSTEM, slots: int = SLOTS, bonds: Path | None = None
) -> AsyncIterator[Adapter]:
    """Open an adapter for as long as the context lasts; one that goes away is opened again when it is back.

    moniker: "system" for the system's Bluetooth, or one of its adapters, such as "hci1"; else a bumble transport
    such as "usb:0", "serial:/dev/ttyACM0" or "tcp-client:127.0.0.1:9001". bonds: the folder for keys shared with
    sensors. Raises LinkError, with what to do, where it cannot be used.
    """
    if moniker == SYSTEM or moniker.startswith(_BLUEZ_PREFIX):
        await _check_system_adapter()
        yield Adapter(moniker, slots=slots)
        return
    transport = await _open_transport(moniker)
    adapter = Adapter(moniker, slots=slots, bonds=bonds)
    keeper = asyncio.create_task(_keep_open(adapter, transport), name=f"keep {moniker} open")
    try:
        adapter.central = await _start_central(transport.source, transport.sink, adapter)
        yield adapter
    finally:
        keeper.cancel()
        await asyncio.wait({keeper})


async def adapter_on(
    hci_source: Any, hci_sink: Any, name: str, slots: int = SLOTS, bonds: Path | None = None
) -> Adapter:
    """An adapter on the two ends of an HCI transport that is already open. Raises LinkError."""
    adapter = Adapter(name, slots=slots, bonds=bonds)
    adapter.central = await _start_central(hci_source, hci_sink, adapter)
    return adapter


async def rssi_dbm(client: BleakClient) -> int | None:
    """Signal strength of a connection, None where the system does not tell it."""
    backend = client._backend
    return await backend.read_rssi_dbm() if isinstance(backend, _MeasuresSignal) else None


@contextlib.contextmanager
def link_errors() -> Iterator[None]:
    """Turn what bleak raises about the adapter itself into LinkErrors that say what to do."""
    try:
        yield
    except BleakBluetoothNotAvailableError as error:
        raise LinkError(_SENTENCES.get(error.reason, _NO_ADAPTER)) from error
    except BleakDBusError as error:
        absent = error.dbus_error in _ABSENT_SERVICE
        raise LinkError(_NO_ADAPTER if absent else f"Bluetooth failed: {error}.") from error
    except (BleakError, OSError, EOFError) as error:
        raise LinkError(f"Bluetooth failed: {str(error) or type(error).__name__}.") from error


async def _check_system_adapter() -> None:
    try:
        with link_errors():
            try:
                await BleakAdapter.get()
            except NotImplementedError:  # elsewhere only a scan tells
                async with BleakScanner():
                    pass
    except LinkError as error:
        if isinstance(error.__cause__, (FileNotFoundError, ConnectionError)):
            raise LinkError(_NO_ADAPTER) from error.__cause__
        raise


async def _keep_open(adapter: Adapter, transport: Any) -> None:
    """Open the transport again, as often as it ends; closes it when cancelled."""
    try:
        while True:
            await transport.source.wait_for_termination()
            ended, transport = transport, None
            await ended.close()
            transport = await _reopen(adapter)
    finally:
        if transport is not None:
            await transport.close()


async def _reopen(adapter: Adapter) -> Any:
    while True:
        await asyncio.sleep(REOPEN_S)
        with contextlib.suppress(LinkError):
            transport = await _open_transport(adapter.name)
            try:
                adapter.central = await _start_central(transport.source, transport.sink, adapter)
            except BaseException:
                await transport.close()
                raise
            return transport


async def _start_central(hci_source: Any, hci_sink: Any, adapter: Adapter) -> "BumbleCentral":
    from sensor_hub.link.bumble_backend import BumbleCentral

    try:
        async with asyncio.timeout(CONNECT_TIMEOUT_S):
            return await BumbleCentral.start(hci_source, hci_sink, adapter.bonds)
    except TimeoutError:
        raise LinkError(
            f"{adapter.name} is open but no Bluetooth controller answers there. Check what it is."
        ) from None


async def _open_transport(moniker: str) -> Any:
    try:
        from bumble.transport import open_transport
    except ImportError as error:
        raise LinkError(f"The adapter {moniker} needs bumble: pip install 'sensor-hub[sim]'.") from error
    try:
        return await open_transport(moniker)
    except ConnectionRefusedError as error:
        served = moniker.replace("tcp-client", "tcp-server")
        raise LinkError(
            f"Nothing listens at {moniker}. Start the simulator there first"
            f" (firmware-sim run SCENARIO --listen {served}), or check the address."
        ) from error
    except Exception as error:  # each transport raises its own library's errors, which share no root
        reason = "its name is malformed" if isinstance(error, ValueError) else str(error) or type(error).__name__
        raise LinkError(
            f"The adapter {moniker} cannot be opened ({reason}). Check that it is plugged in, that you may use it,"
            " and how it is written: usb:0, serial:/dev/ttyACM0 or tcp-client:HOST:PORT."
        ) from error
