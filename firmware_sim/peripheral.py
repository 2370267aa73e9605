"""A simulated sensor as a Bluetooth peripheral on bumble: what every family has in common.

It advertises, asks its central for a short connection interval, samples by its own clock once it was started,
whether anyone listens or not, and sends what its family has to send as fast as the radio takes it. What is said in
which bytes is the family's: `SledPeripheral` here, the sensors people can buy in firmware_sim.families.
"""

import abc
import asyncio
import random
from collections.abc import Callable, Coroutine
from typing import Any, ClassVar

from bumble import core, hci
from bumble.core import AdvertisingData
from bumble.device import Device, DeviceConfiguration
from bumble.gatt import Characteristic
from bumble.keys import MemoryKeyStore
from bumble.pairing import PairingConfig, PairingDelegate
from bumble.profiles.battery_service import BatteryService
from bumble.profiles.device_information_service import DeviceInformationService

from firmware_sim.battery import Battery
from firmware_sim.sampler import Sampler
from firmware_sim.source import SampleSource

FIRMWARE_REVISION = "sim-1"
SUPERVISION_TIMEOUT_MS = 4000.0
_ADVERTISING_INTERVAL_MS = 100.0
_PACKETS_IN_FLIGHT = 6


class Peripheral(abc.ABC):
    """One simulated sensor. hci_source, hci_sink: its controller; max_mtu: the largest ATT MTU it agrees to.

    name: what it calls itself on the air, where that is not what its source is called; bonding: False makes one that
    could bond refuse to.
    """

    manufacturer: ClassVar[str] = "sensor-hub"
    model: ClassVar[str]
    has_battery_service: ClassVar[bool] = True
    connection_interval_ms: ClassVar[float] = 15.0
    samples_alone: ClassVar[bool] = False
    """Whether it goes on sampling when its central is gone."""
    bonds: ClassVar[bool] = False
    """Whether it agrees on a key with a central that asks for one; it keeps it over restarts."""
    packet_s: ClassVar[float] = 0.040
    """A sample waits at most this long for the others of its packet."""

    def __init__(
        self,
        source: SampleSource,
        address: str,
        hci_source: Any,
        hci_sink: Any,
        *,
        rng: random.Random,
        name: str | None = None,
        battery: Battery | None = None,
        speed: float = 1.0,
        bonding: bool = True,
        max_mtu: int = 247,
        on_started: Callable[[], None] = lambda: None,
        on_finished: Callable[[str], None] = lambda name: None,
    ) -> None:
        self.address = hci.Address(address)
        self.name = name or source.name
        self.source = source
        self.speed = speed
        self.rng = rng
        self.sampler = Sampler(source, speed=speed, on_sample=self.keep, on_batch=self.wake, on_end=self._end)
        self.identify_until_s = 0.0
        self._hci = (hci_source, hci_sink)
        self._keys = MemoryKeyStore()
        self._bonding = bonding
        self.battery = battery or Battery()
        self._max_mtu = max_mtu
        self._on_started = on_started
        self._on_finished = on_finished
        self._tasks: set[asyncio.Task[None]] = set()
        self._sampling: asyncio.Task[None] | None = None
        self._sending: asyncio.Task[None] | None = None
        self._switched_on_s = now_s()
        self._connection: Any = None
        self._listening = False
        self._wake = asyncio.Event()

    @abc.abstractmethod
    def services(self) -> list[Any]:
        """The family's own GATT services, made anew at every boot."""

    @abc.abstractmethod
    def advertisement(self) -> tuple[AdvertisingData, AdvertisingData]:
        """What it says of itself, and its scan response."""

    @abc.abstractmethod
    def keep(self, sequence: int, time_us: int, counts: list[int]) -> None:
        """A sample was taken while streaming: its number and device time since the boot, and the converter's counts."""

    @abc.abstractmethod
    def next_notification(self, mtu: int) -> bytes | None:
        """The next value of the characteristic that `stream_through` was told, taken out of the memory."""

    @abc.abstractmethod
    def on_boot(self) -> None:
        """Forget everything."""

    def on_disconnected(self) -> None:
        """The central is gone, and with it what it had asked for."""
        self._connection, self._listening = None, False
        self.sampler.streaming &= self.samples_alone

    def on_ended(self) -> None:
        """The source has no more samples: what waits for others to fill a packet goes out."""
        self.wake()

    @property
    def connected(self) -> bool:
        return self._connection is not None

    @property
    def serial_number(self) -> str:
        return str(self.address).partition("/")[0].replace(":", "")

    @property
    def age_s(self) -> float:
        return now_s() - self._switched_on_s

    @property
    def battery_percent(self) -> int:
        return self.battery.percent(self.age_s)

    @property
    def battery_low(self) -> bool:
        return self.battery.low(self.age_s)

    async def boot(self) -> None:
        """Power on, or restart: sequence and clock from zero, advertising."""
        self._connection, self._listening = None, False
        if self._sending is not None:
            self._sending.cancel()
        self.sampler.boot()
        self.on_boot()
        configuration = DeviceConfiguration(
            name=self.name,
            address=self.address,
            advertising_interval_min=_ADVERTISING_INTERVAL_MS,
            advertising_interval_max=_ADVERTISING_INTERVAL_MS,
        )
        self._device = Device.from_config_with_hci(configuration, *self._hci)
        self._device.gatt_server.max_mtu = self._max_mtu
        self._device.keystore = self._keys
        delegate = PairingDelegate() if self.bonds and self._bonding else _NoBond()
        self._device.pairing_config_factory = lambda connection: PairingConfig(
            sc=True, mitm=False, bonding=True, delegate=delegate
        )
        self._device.add_services([*self.services(), *self._standard_services()])
        said, answered = self.advertisement()
        self._device.advertising_data, self._device.scan_response_data = bytes(said), bytes(answered)
        self._device.on("connection", self._on_connection)
        await self._device.power_on()
        await self._device.start_advertising(auto_restart=True)

    def stop(self) -> None:
        for task in self._tasks:
            task.cancel()

    def start(self) -> None:
        """Sample and send; the first time, the source begins to play."""
        self.sampler.streaming = True
        if self._sampling is None:
            self._sampling = self._spawn(self.sampler.run(lambda: self.samples_per_packet(self._mtu)))
            self._on_started()

    def samples_per_packet(self, mtu: int) -> int:
        """How many samples wait for each other at most."""
        return max(1, int(self.packet_s * self.source.rate_hz * self.speed))

    def stream_through(self, characteristic: Characteristic[Any]) -> None:
        """Samples go out as notifications of this characteristic while a central subscribes to it."""
        self._data = characteristic
        characteristic.on("subscription", self._on_subscription)

    def wake(self) -> None:
        """There may be something to send."""
        self._wake.set()

    def notify(self, characteristic: Characteristic[Any], value: bytes) -> None:
        if self._connection is not None:
            sent = self._device.gatt_server.notify_subscriber(self._connection, characteristic, value)
            self._spawn(_until_disconnected(self._connection, sent))

    def indicate(self, characteristic: Characteristic[Any], value: bytes) -> None:
        if self._connection is not None:
            sent = self._device.gatt_server.indicate_subscriber(self._connection, characteristic, value)
            self._spawn(_until_disconnected(self._connection, sent))

    @property
    def _mtu(self) -> int:
        return int(self._connection.att_mtu) if self._connection is not None else 23

    def _standard_services(self) -> list[Any]:
        information = DeviceInformationService(
            manufacturer_name=self.manufacturer,
            model_number=self.model,
            serial_number=self.serial_number,
            firmware_revision=FIRMWARE_REVISION,
        )
        battery = BatteryService(lambda connection: self.battery_percent)
        return [battery, information] if self.has_battery_service else [information]

    def _end(self) -> None:
        self.on_ended()
        self._on_finished(self.source.name)

    def _on_connection(self, connection: Any) -> None:
        self._connection = connection
        sending = self._sending = self._spawn(self._send(connection))
        self._spawn(self._ask_for_interval(connection))

        def on_disconnection(reason: int) -> None:
            sending.cancel()
            if self._connection is connection:
                self.on_disconnected()

        connection.on("disconnection", on_disconnection)

    def _on_subscription(self, connection: Any, notify: bool, indicate: bool) -> None:
        self._listening = notify
        self.wake()

    async def _send(self, connection: Any) -> None:
        packets = self._device.host.get_data_packet_queue(connection.handle)
        credit = asyncio.Event()
        packets.on("flow", credit.set)
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._listening:
                while packets.pending >= _PACKETS_IN_FLIGHT:
                    credit.clear()
                    await credit.wait()
                value = self.next_notification(self._mtu)
                if value is None:
                    break
                await self._device.gatt_server.notify_subscriber(connection, self._data, value)

    async def _ask_for_interval(self, connection: Any) -> None:
        """A central may refuse or be gone; then the interval stays as it was."""
        interval_ms = self.connection_interval_ms
        request = self._device.update_connection_parameters(
            connection, interval_ms, interval_ms, 0, SUPERVISION_TIMEOUT_MS
        )
        await _until_disconnected(connection, request)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


class _NoBond(PairingDelegate):  # type: ignore[misc]
    async def accept(self) -> bool:
        return False


async def _until_disconnected(connection: Any, work: Any) -> None:
    try:
        await connection.cancel_on_disconnection(work)
    except (core.BaseBumbleError, TimeoutError, asyncio.CancelledError):
        return


def now_s() -> float:
    return asyncio.get_running_loop().time()
