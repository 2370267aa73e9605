"""A bleak backend over bumble: the hub's Bluetooth through any HCI transport, without an operating system's stack.

`BumbleCentral` is one adapter. Its `scanner` and `client` are classes bound to it, to be given to bleak as
`BleakScanner(..., backend=central.scanner)` and `BleakClient(..., backend=central.client)`.
"""

from pathlib import Path
from typing import Any

from bleak.backends.client import BaseBleakClient
from bleak.backends.scanner import AdvertisementData, BaseBleakScanner
from bleak.exc import BleakError
from bumble import hci
from bumble.device import Device, DeviceConfiguration

from sensor_hub.link.advertising import Announcement
from sensor_hub.link.bonds import Bonding, open_bonds, pairing
from sensor_hub.link.bumble_client import BumbleClient, bleak_errors

MOST_DEVICES = 512
"""How many advertisers a scan remembers; of more, those that came first are forgotten."""


class BumbleCentral:
    """One HCI transport with a bumble host on it, powered on; gone: the transport has ended.

    keeps_bonds: whether it remembers keys for longer than it lives.
    """

    def __init__(self, device: Any, keeps_bonds: bool = False) -> None:
        self.device = device
        self.keeps_bonds = keeps_bonds
        self.gone = False
        self.scanner: type[BaseBleakScanner] = type("BumbleScanner", (BumbleScanner,), {"central": self})
        self.client: type[BaseBleakClient] = type("BumbleClient", (BumbleClient,), {"central": self})
        self._scanners: set[BumbleScanner] = set()
        device.on("advertisement", self._on_advertisement)
        device.on("flush", self._on_transport_lost)
        device.host.on_command_processed = self._on_command_processed

    @classmethod
    async def start(cls, source: Any, sink: Any, bonds: Path | None = None) -> "BumbleCentral":
        """A central on the two ends of an open HCI transport; bonds: the folder of the hub's keys."""
        keys = None if bonds is None else open_bonds(bonds)
        address = hci.Address(keys.namespace) if keys is not None else hci.Address.generate_static_address()
        device = Device.from_config_with_hci(DeviceConfiguration(name="sensor-hub", address=address), source, sink)
        device.pairing_config_factory = lambda connection: pairing()
        device.smp_session_proxy = Bonding
        if keys is not None:
            device.keystore = keys
        await device.power_on()
        return cls(device, keeps_bonds=keys is not None)

    async def shares_key(self, address: str) -> bool:
        return bool(await self._keys_of(address))

    async def forget(self, address: str) -> None:
        """Any key shared with this peer."""
        for name in await self._keys_of(address):
            await self.device.keystore.delete(name)

    async def _keys_of(self, address: str) -> list[str]:
        names = [name for name, _ in await self.device.keystore.get_all()]
        return [name for name in names if name.partition("/")[0] == address.upper()]

    def require(self) -> Any:
        """The bumble device; BleakError where its controller has gone away."""
        if self.gone:
            raise BleakError("The Bluetooth adapter has gone away")
        return self.device

    async def scan(self, scanner: "BumbleScanner") -> None:
        self._scanners.add(scanner)
        if not self.require().is_scanning:
            with bleak_errors():
                await self.device.start_scanning(active=True)

    async def stop_scan(self, scanner: "BumbleScanner") -> None:
        self._scanners.discard(scanner)
        if not self._scanners and not self.gone and self.device.is_scanning:
            with bleak_errors():
                await self.device.stop_scanning()

    def _on_command_processed(self, event: Any) -> None:
        """An answer for the command that waits for it. A controller that was frozen answers, all at once, what nobody
        waits for any longer; bumble would take such an answer for the next command's, and every later one after it."""
        host = self.device.host
        awaited = host.pending_command
        if awaited is not None and awaited.op_code == event.command_opcode and not host.pending_response.done():
            host.pending_response.set_result(event)

    def _on_transport_lost(self) -> None:
        self.gone = True

    def _on_advertisement(self, advertisement: Any) -> None:
        address = advertisement.address.to_string(False).upper()
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
        await self.central.scan(self)

    async def stop(self) -> None:
        await self.central.stop_scan(self)

    def on_advertisement(self, address: str, advertisement: Any) -> None:
        announcement = self._announcements.setdefault(address, Announcement())
        _forget_first(self._announcements)
        _forget_first(self.seen_devices)
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
            device = self.create_or_update_device(address, address, announcement.name, advertisement.address, data)
            self.call_detection_callbacks(device, data)


def _forget_first(known: dict[str, Any]) -> None:
    while len(known) > MOST_DEVICES:
        del known[next(iter(known))]
