"""The hub's Bluetooth adapter: the system's, or any HCI transport through our bleak backend over bumble."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

from bleak import BleakClient, BleakScanner
from bleak.backends.client import BaseBleakClient
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementDataCallback, BaseBleakScanner
from bleak.exc import BleakBluetoothNotAvailableError, BleakBluetoothNotAvailableReason, BleakError

from sensor_hub.errors import LinkError

CONNECT_TIMEOUT_S = 10.0
_NO_ADAPTER = (
    "No Bluetooth adapter found. Plug one in and check that its service runs (systemctl status bluetooth), "
    "or name an HCI transport with --adapter, for example usb:0 or tcp-client:127.0.0.1:9001."
)
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


@dataclass(frozen=True, eq=False)
class Adapter:
    """One adapter. scanner_backend, client_backend: bleak backends; None for the system's."""

    name: str
    scanner_backend: type[BaseBleakScanner] | None = None
    client_backend: type[BaseBleakClient] | None = None
    connect_lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    """One connection at a time is set up on an adapter."""

    def scanner(self, on_advertisement: AdvertisementDataCallback) -> BleakScanner:
        return BleakScanner(on_advertisement, backend=self.scanner_backend)

    def client(
        self, device: BLEDevice, service_uuids: list[str], on_disconnected: Callable[[], None]
    ) -> BleakClient:
        return BleakClient(
            device,
            lambda client: on_disconnected(),
            services=service_uuids,
            timeout=CONNECT_TIMEOUT_S,
            backend=self.client_backend,
        )


async def rssi_dbm(client: BleakClient) -> int | None:
    """Signal strength of a connection, None where the system does not tell it."""
    backend = client._backend
    return await backend.read_rssi_dbm() if isinstance(backend, _MeasuresSignal) else None


@contextlib.asynccontextmanager
async def open_adapter(moniker: str | None = None) -> AsyncIterator[Adapter]:
    """Open an adapter for as long as the context lasts.

    moniker: None for the system's Bluetooth; else a bumble transport such as "usb:0", "serial:/dev/ttyACM0" or
    "tcp-client:127.0.0.1:9001". Raises LinkError, with what to do, where it cannot be used.
    """
    if moniker is None:
        await _check_system_adapter()
        yield Adapter("system")
        return
    async with _open_transport(moniker) as transport:
        yield await adapter_on(transport.source, transport.sink, moniker)


async def adapter_on(hci_source: Any, hci_sink: Any, name: str) -> Adapter:
    """An adapter on the two ends of an HCI transport that is already open."""
    from sensor_hub.link.bumble_backend import BumbleCentral

    try:
        async with asyncio.timeout(CONNECT_TIMEOUT_S):
            central = await BumbleCentral.start(hci_source, hci_sink)
    except TimeoutError:
        raise LinkError(
            f"{name} is open but no Bluetooth controller answers there. Check what is on it."
        ) from None
    return Adapter(name, central.scanner, central.client)


@contextlib.contextmanager
def link_errors() -> Any:
    """Turn what bleak raises about the adapter itself into LinkErrors that say what to do."""
    try:
        yield
    except BleakBluetoothNotAvailableError as error:
        raise LinkError(_SENTENCES.get(error.reason, _NO_ADAPTER)) from error
    except (BleakError, OSError, EOFError) as error:
        raise LinkError(f"Bluetooth failed: {error or type(error).__name__}.") from error


async def _check_system_adapter() -> None:
    """Scan for a moment: the only way bleak tells whether there is an adapter, everywhere."""
    try:
        with link_errors():
            async with BleakScanner():
                pass
    except LinkError as error:
        if isinstance(error.__cause__, (FileNotFoundError, ConnectionError)):
            raise LinkError(_NO_ADAPTER) from error.__cause__
        raise


@contextlib.asynccontextmanager
async def _open_transport(moniker: str) -> AsyncIterator[Any]:
    try:
        from bumble import core
        from bumble.transport import open_transport
    except ImportError as error:
        raise LinkError(f"The adapter {moniker} needs the bumble package: pip install sensor-hub[sim]") from error
    try:
        transport = await open_transport(moniker)
    except ConnectionRefusedError as error:
        raise LinkError(
            f"Nothing listens at {moniker}. Start the simulator first (firmware-sim run SCENARIO --listen "
            f"{moniker.replace('tcp-client', 'tcp-server')}), or check the address."
        ) from error
    except (OSError, core.BaseBumbleError, ValueError, ImportError) as error:
        raise LinkError(
            f"The adapter {moniker} cannot be opened: {error}. Check that it is plugged in."
        ) from error
    async with transport:
        yield transport
