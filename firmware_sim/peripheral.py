"""The sled sensor as a Bluetooth peripheral on bumble: docs/protocol.md from the sensor's side.

It advertises, asks its central for a short connection interval, samples by its own clock from the first START on,
whether anyone listens or not, and packs what it has by the link's MTU. While the radio takes nothing, samples wait
in a small memory; when that is full the oldest are lost, and their sequence numbers with them.
"""

import asyncio
import random
from collections.abc import Callable, Coroutine
from typing import Any

from bumble import core, data_types, hci
from bumble.core import UUID, AdvertisingData
from bumble.device import Device, DeviceConfiguration
from bumble.gatt import Characteristic, CharacteristicValue, Service
from bumble.profiles.battery_service import BatteryService
from bumble.profiles.device_information_service import DeviceInformationService

from firmware_sim.battery import Battery
from firmware_sim.sampler import Sampler
from firmware_sim.source import SampleSource
from sensor_hub import wire
from sensor_hub.errors import PacketError

FIRMWARE_REVISION = "sim-1"
CONNECTION_INTERVAL_MS = 15.0
SUPERVISION_TIMEOUT_MS = 4000.0
MEMORY_S = 1.28
_ADVERTISING_INTERVAL_MS = 100.0
_PACKETS_IN_FLIGHT = 6
_BATTERY_SERVICE = UUID(0x180F)


class Peripheral:
    """One simulated sensor. hci_source, hci_sink: its controller; max_mtu: the largest ATT MTU it agrees to."""

    def __init__(
        self,
        source: SampleSource,
        address: str,
        hci_source: Any,
        hci_sink: Any,
        *,
        rng: random.Random,
        battery: Battery | None = None,
        speed: float = 1.0,
        max_mtu: int = 247,
        on_started: Callable[[], None] = lambda: None,
        on_finished: Callable[[str], None] = lambda name: None,
    ) -> None:
        self.address = hci.Address(address)
        self.name = source.name
        self.identify_until_s = 0.0
        self.sampler = Sampler(
            source, speed=speed, memory_s=MEMORY_S, on_samples=self._on_samples, on_finished=self._on_ended
        )
        self._hci = (hci_source, hci_sink)
        self._rng = rng
        self._battery = battery or Battery()
        self._max_mtu = max_mtu
        self._on_started = on_started
        self._on_finished = on_finished
        self._tasks: set[asyncio.Task[None]] = set()
        self._sampling: asyncio.Task[None] | None = None
        self._sending: asyncio.Task[None] | None = None
        self._boot_id = 0
        self._switched_on_s = _now_s()
        self._connection: Any = None
        self._subscribed = False
        self._wake = asyncio.Event()

    @property
    def connected(self) -> bool:
        return self._connection is not None

    async def boot(self) -> None:
        """Power on, or restart: a new boot id, sequence and clock from zero, advertising."""
        self._boot_id = self._rng.getrandbits(32)
        self._connection, self._subscribed = None, False
        if self._sending is not None:
            self._sending.cancel()
        self.sampler.boot()
        configuration = DeviceConfiguration(
            name=self.name,
            address=self.address,
            advertising_interval_min=_ADVERTISING_INTERVAL_MS,
            advertising_interval_max=_ADVERTISING_INTERVAL_MS,
        )
        self._device = Device.from_config_with_hci(configuration, *self._hci)
        self._device.gatt_server.max_mtu = self._max_mtu
        self._device.add_services(self._services())
        self._device.advertising_data, self._device.scan_response_data = self._advertisement()
        self._device.on("connection", self._on_connection)
        await self._device.power_on()
        await self._device.start_advertising(auto_restart=True)

    def stop(self) -> None:
        for task in self._tasks:
            task.cancel()

    def _services(self) -> list[Any]:
        properties, permissions = Characteristic.Properties, Characteristic.Permissions
        self._data = Characteristic(UUID(wire.DATA_UUID), properties.NOTIFY, permissions(0), b"")
        self._control = Characteristic(
            UUID(wire.CONTROL_UUID),
            properties.WRITE | properties.INDICATE,
            permissions.WRITEABLE,
            CharacteristicValue(write=self._on_control),
        )
        self._state = Characteristic(
            UUID(wire.STATE_UUID),
            properties.READ | properties.NOTIFY,
            permissions.READABLE,
            CharacteristicValue(read=lambda connection: self._current_state().encode()),
        )
        self._data.on("subscription", self._on_subscription)
        return [
            Service(UUID(wire.SERVICE_UUID), [self._data, self._control, self._state]),
            BatteryService(lambda connection: self._battery.percent(self._age_s())),
            DeviceInformationService(
                manufacturer_name="sensor-hub",
                model_number="simulated sled sensor",
                serial_number=str(self.address).partition("/")[0].replace(":", ""),
                firmware_revision=FIRMWARE_REVISION,
            ),
        ]

    def _advertisement(self) -> tuple[bytes, bytes]:
        flags = AdvertisingData.Flags
        percent = self._battery.percent(self._age_s())
        said = AdvertisingData(
            [
                data_types.Flags(flags.LE_GENERAL_DISCOVERABLE_MODE | flags.BR_EDR_NOT_SUPPORTED),
                data_types.CompleteListOf128BitServiceUUIDs([UUID(wire.SERVICE_UUID)]),
                data_types.ServiceData16BitUUID(_BATTERY_SERVICE, bytes((percent,))),
            ]
        )
        answered = AdvertisingData([data_types.CompleteLocalName(self.name)])
        return bytes(said), bytes(answered)

    @property
    def _mode(self) -> wire.Mode:
        running = self.sampler.streaming and not self.sampler.finished
        return wire.Mode.STREAMING if running else wire.Mode.IDLE

    def _announce_state(self) -> None:
        if self._connection is not None:
            value = self._current_state().encode()
            notification = self._device.gatt_server.notify_subscriber(self._connection, self._state, value)
            self._spawn(_until_disconnected(self._connection, notification))

    def _current_state(self) -> wire.State:
        sampler = self.sampler
        return wire.State(
            mode=self._mode,
            range_g=int(sampler.source.range_g),
            bits=sampler.source.bits,
            rate_hz=sampler.source.rate_hz,
            boot_id=self._boot_id,
            next_sequence=sampler.next_sequence,
            oldest_sequence=sampler.next_sequence,
        )

    def _age_s(self) -> float:
        return _now_s() - self._switched_on_s

    def _on_connection(self, connection: Any) -> None:
        self._connection = connection
        sending = self._sending = self._spawn(self._send(connection))
        self._spawn(_ask_for_interval(self._device, connection))

        def on_disconnection(reason: int) -> None:
            sending.cancel()
            if self._connection is connection:
                self._connection, self._subscribed = None, False

        connection.on("disconnection", on_disconnection)

    def _on_subscription(self, connection: Any, notify: bool, indicate: bool) -> None:
        self._subscribed = notify
        self._wake.set()

    def _on_samples(self) -> None:
        self._wake.set()

    def _on_ended(self, name: str) -> None:
        self._announce_state()
        self._on_finished(name)

    def _on_control(self, connection: Any, value: bytes) -> None:
        before = self._mode
        response = self._answer(bytes(value))
        if self._mode is not before:
            self._announce_state()
        indication = self._device.gatt_server.indicate_subscriber(connection, self._control, response.encode())
        self._spawn(_until_disconnected(connection, indication))

    def _answer(self, value: bytes) -> wire.Response:
        try:
            request = wire.Request.decode(value)
        except PacketError:
            known = bool(value) and value[0] in set(wire.Opcode)
            result = wire.Result.BAD_PARAMETER if known else wire.Result.UNKNOWN_OPCODE
            return wire.Response(value[0] if value else 0, result)
        return wire.Response(request.opcode, self._obey(request))

    def _obey(self, request: wire.Request) -> wire.Result:
        source = self.sampler.source
        match request.opcode:
            case wire.Opcode.START if self.sampler.finished:
                return wire.Result.NOT_NOW
            case wire.Opcode.START:
                self._start()
            case wire.Opcode.STOP:
                self.sampler.streaming = False
            case wire.Opcode.SET_RATE if request.parameters[0] != round(source.rate_hz * 1000):
                return wire.Result.BAD_PARAMETER
            case wire.Opcode.SET_RANGE if request.parameters[0] != source.range_g:
                return wire.Result.BAD_PARAMETER
            case wire.Opcode.IDENTIFY:
                self.identify_until_s = _now_s() + request.parameters[0]
            case wire.Opcode.CLEAR:
                self.sampler.queue.clear()
            case wire.Opcode.RESEND:
                return wire.Result.NOT_NOW
        return wire.Result.OK

    def _start(self) -> None:
        self.sampler.streaming = True
        if self._sampling is None:
            self._sampling = self._spawn(self.sampler.run(self._packet_limit))
            self._on_started()

    def _packet_limit(self) -> int:
        return wire.samples_per_packet(self._connection.att_mtu if self._connection is not None else 23)

    async def _send(self, connection: Any) -> None:
        packets = self._device.host.get_data_packet_queue(connection.handle)
        credit = asyncio.Event()
        packets.on("flow", credit.set)
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._subscribed and len(self.sampler.queue):
                while packets.pending >= _PACKETS_IN_FLIGHT:
                    credit.clear()
                    await credit.wait()
                battery_low = self._battery.low(self._age_s())
                packet = self.sampler.queue.pack(self._packet_limit(), battery_low=battery_low)
                if packet is not None:
                    await self._device.gatt_server.notify_subscriber(connection, self._data, packet.encode())

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


async def _ask_for_interval(device: Any, connection: Any) -> None:
    """A central may refuse or be gone; then the interval stays as it was."""
    request = device.update_connection_parameters(
        connection, CONNECTION_INTERVAL_MS, CONNECTION_INTERVAL_MS, 0, SUPERVISION_TIMEOUT_MS
    )
    await _until_disconnected(connection, request)


async def _until_disconnected(connection: Any, work: Any) -> None:
    try:
        await connection.cancel_on_disconnection(work)
    except (core.BaseBumbleError, TimeoutError, asyncio.CancelledError):
        return


def _now_s() -> float:
    return asyncio.get_running_loop().time()
