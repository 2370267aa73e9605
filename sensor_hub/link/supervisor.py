"""One sensor's link, kept up for ever.

    SEARCHING ──heard──▶ CONNECTING ──set up──▶ STREAMING ◀──data──▶ STALLED
        ▲                    │                      │                   │
        └────── LOST ◀───────┴──── failed, or the connection ended ─────┘

A session is: find the sensor, connect (one at a time per adapter), subscribe, and only then start it. While it
runs, data must keep coming: after `stall_s` of silence the link says STALLED, long before Bluetooth itself would
notice, and asks the sensor to start again; a sensor that stays silent without a reason is disconnected. However a
session ends, the sensor is disconnected, and after a pause that grows with every failure the next one begins.
"""

import asyncio
import contextlib
import logging
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bleak import BleakClient
from bleak.exc import BleakError

from sensor_hub.errors import LinkError, PacketError
from sensor_hub.link.adapter import Adapter, rssi_dbm
from sensor_hub.link.events import Health, LinkEvent, Missing, Received, StateChanged
from sensor_hub.link.meter import StreamMeter
from sensor_hub.link.scan import BATTERY_SERVICE_UUID, Found, find
from sensor_hub.messages import LinkState
from sensor_hub.model import Samples
from sensor_hub.sensors import Query, Step, Subscribe, Write

_BATTERY_LEVEL_UUID = "00002a19-0000-1000-8000-00805f9b34fb"
_DEVICE_INFORMATION_UUID = "0000180a-0000-1000-8000-00805f9b34fb"
_FIRMWARE_REVISION_UUID = "00002a26-0000-1000-8000-00805f9b34fb"
_DISCONNECT_TIMEOUT_S = 5.0
_SETUP_TIMEOUT_S = 10.0

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Timing:
    """How patient a link is, in seconds."""

    scan_s: float = 10.0
    tick_s: float = 0.25
    stall_s: float = 1.0
    revive_s: float = 3.0
    revivals: int = 3
    """Unanswered attempts to revive a silent sensor before it is disconnected."""
    health_s: float = 5.0
    battery_s: float = 60.0
    backoff_s: float = 0.25
    longest_backoff_s: float = 5.0


class SensorLink:
    """deliver: called with every LinkEvent, in order, in the loop; it must return quickly. What it raises ends `run`.

    rate_hz: None leaves the sensor's rate alone.
    """

    def __init__(
        self,
        found: Found,
        adapter: Adapter,
        deliver: Callable[[LinkEvent], None],
        rate_hz: float | None = None,
        *,
        timing: Timing = Timing(),
        rng: random.Random | None = None,
    ) -> None:
        self.found = found
        self._adapter = adapter
        self._deliver = deliver
        self._rate_hz = rate_hz
        self._timing = timing
        self._rng = rng or random.Random()
        self._stream = found.driver.stream()
        self._broken: Exception | None = None
        self._meter = StreamMeter()
        self._state: LinkState | None = None
        self._failures = 0
        self._heard_s = 0.0
        self._battery_percent = found.battery_percent
        self._firmware: str | None = None

    async def run(self) -> None:
        """Connect, supervise, reconnect, until cancelled; then the sensor is disconnected."""
        while True:
            try:
                await self._session()
            except (BleakError, LinkError, TimeoutError, OSError, EOFError) as error:
                self._stream.interrupted()
                self._change(LinkState.LOST, _sentence(error))
            pause_s = min(self._timing.backoff_s * 2**self._failures, self._timing.longest_backoff_s)
            self._failures += 1
            await asyncio.sleep(pause_s * self._rng.uniform(0.75, 1.25))

    async def _session(self) -> None:
        self._change(LinkState.SEARCHING)
        device = await find(self._adapter, self.found, self._timing.scan_s)
        if device is None:
            raise LinkError(f"{self.found.name} is not heard. Bring it nearer, or charge it.")
        gone = asyncio.Event()
        services = [*self.found.driver.service_uuids, BATTERY_SERVICE_UUID, _DEVICE_INFORMATION_UUID]
        client = self._adapter.client(device, services, gone.set)
        try:
            async with self._adapter.connect_lock:
                self._change(LinkState.CONNECTING)
                await client.connect()
            async with asyncio.timeout(_SETUP_TIMEOUT_S):
                await self._carry_out(client, self._stream.setup(self._rate_hz))
                self._firmware = await _read_text(client, _FIRMWARE_REVISION_UUID)
            await self._supervise(client, gone)
        finally:
            await _disconnect(client)

    async def _carry_out(self, client: BleakClient, steps: Sequence[Step]) -> None:
        for step in steps:
            match step:
                case Subscribe(uuid):
                    await client.start_notify(uuid, lambda sender, data: self._on_notification(sender.uuid, data))
                case Query(uuid):
                    self._on_bytes(uuid, bytes(await client.read_gatt_char(uuid)))
                case Write(uuid, data, response):
                    await client.write_gatt_char(uuid, data, response=response)

    def _on_notification(self, uuid: str, data: bytearray) -> None:
        """Bluetooth stacks log what a callback raises and go on; a fault of the owner must end `run` instead."""
        if self._broken is None:
            try:
                self._on_bytes(uuid, bytes(data))
            except Exception as error:
                self._broken = error

    def _on_bytes(self, uuid: str, data: bytes) -> None:
        arrival_s = _now_s()
        try:
            items = self._stream.feed(uuid, data, arrival_s)
        except PacketError as error:
            _log.warning("%s sent bytes that are left out: %s", self.found.name, error)
            return
        for item in items:
            self._meter.add(item)
            if isinstance(item, Samples):
                self._heard_s = arrival_s
                self._failures = 0
                self._change(LinkState.STREAMING, self._stream.refusal)
                self._deliver(Received(item, arrival_s))
            else:
                self._deliver(Missing(item))

    async def _supervise(self, client: BleakClient, gone: asyncio.Event) -> None:
        """Until the connection ends (raises BleakError) or the sensor stays silent (raises LinkError)."""
        self._heard_s = max(self._heard_s, _now_s())
        next_health_s = _now_s() + self._timing.health_s
        next_battery_s = _now_s()
        revived_s, revivals = self._heard_s, 0
        while not await _happens_within(gone, self._timing.tick_s):
            if self._broken is not None:
                raise self._broken
            await self._carry_out(client, self._stream.requests())
            now_s = _now_s()
            if now_s - self._heard_s <= self._timing.stall_s:
                revivals = 0
            else:
                self._change(LinkState.STALLED, self._stream.refusal or f"{self.found.name} sends nothing.")
                if now_s - max(revived_s, self._heard_s) > self._timing.revive_s:
                    if revivals == self._timing.revivals:
                        raise LinkError(f"{self.found.name} is connected but stays silent; connecting anew.")
                    await self._carry_out(client, self._stream.revive())
                    revived_s = now_s
                    revivals += not self._stream.idle
            if now_s >= next_battery_s:
                next_battery_s = now_s + self._timing.battery_s
                await self._read_battery(client)
            if now_s >= next_health_s:
                next_health_s = now_s + self._timing.health_s
                await self._report_health(client)
        raise BleakError(f"The connection to {self.found.name} was lost.")

    async def _read_battery(self, client: BleakClient) -> None:
        if self._stream.battery_percent is not None:
            self._battery_percent = self._stream.battery_percent
        elif client.services.get_characteristic(_BATTERY_LEVEL_UUID) is not None:
            level = bytes(await client.read_gatt_char(_BATTERY_LEVEL_UUID))
            self._battery_percent = min(level[0], 100) if level else None

    async def _report_health(self, client: BleakClient) -> None:
        self._deliver(
            Health(
                battery_percent=self._battery_percent,
                rssi_dbm=await rssi_dbm(client),
                rate_hz=self._meter.rate_hz,
                loss_ratio=self._meter.loss_ratio,
                firmware=self._firmware,
            )
        )

    def _change(self, state: LinkState, note: str | None = None) -> None:
        if state is not self._state:
            self._state = state
            self._deliver(StateChanged(state, note))


async def _happens_within(event: asyncio.Event, seconds: float) -> bool:
    try:
        async with asyncio.timeout(seconds):
            return await event.wait()
    except TimeoutError:
        return False


async def _read_text(client: BleakClient, uuid: str) -> str | None:
    if client.services.get_characteristic(uuid) is None:
        return None
    return bytes(await client.read_gatt_char(uuid)).decode("utf-8", "replace").rstrip("\0")


async def _disconnect(client: BleakClient) -> None:
    """Also after a set-up that stopped half-way: a link left open would block the sensor."""
    with contextlib.suppress(BleakError, TimeoutError, OSError, EOFError):
        async with asyncio.timeout(_DISCONNECT_TIMEOUT_S):
            await client.disconnect()


def _sentence(error: BaseException) -> str:
    if isinstance(error, TimeoutError):
        return "The sensor did not answer in time."
    return str(error) or type(error).__name__


def _now_s() -> float:
    return asyncio.get_running_loop().time()
