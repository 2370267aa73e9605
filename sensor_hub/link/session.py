"""One connection to a sensor, from its set-up to its loss."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from bleak import BleakClient
from bleak.exc import BleakCharacteristicNotFoundError, BleakError, BleakGATTProtocolError

from sensor_hub.errors import LinkError
from sensor_hub.link.adapter import Adapter, rssi_dbm
from sensor_hub.link.events import Health
from sensor_hub.link.found import Found
from sensor_hub.link.intake import Intake
from sensor_hub.link.line import Line
from sensor_hub.link.lookout import happens_within
from sensor_hub.link.trust import bond, read_text, serial_number
from sensor_hub.sensors import Query, Step, Subscribe, Write

_BATTERY_LEVEL_UUID = "00002a19-0000-1000-8000-00805f9b34fb"
_FIRMWARE_REVISION_UUID = "00002a26-0000-1000-8000-00805f9b34fb"
_SETUP_TIMEOUT_S = 10.0


@dataclass(frozen=True, slots=True)
class Timing:
    """How patient a link is, in seconds."""

    scan_s: float = 10.0
    """How long a sensor is not heard before the user is told."""
    tick_s: float = 0.25
    stall_s: float = 1.0
    revive_s: float = 3.0
    revivals: int = 3
    """Unanswered attempts to revive a silent sensor before it is disconnected."""
    health_s: float = 5.0
    battery_s: float = 60.0
    backoff_s: float = 0.25
    longest_backoff_s: float = 20.0


USUAL_TIMING = Timing()


class Session:
    """gone: set when the connection ends; on_silence gets a sentence while the sensor sends nothing,
    on_serial the sensor's serial number."""

    def __init__(
        self,
        client: BleakClient,
        gone: asyncio.Event,
        sensor: Found,
        intake: Intake,
        timing: Timing,
        adapter: Adapter,
        deliver: Callable[[Health], None],
        on_silence: Callable[[str], None],
        on_serial: Callable[[str | None], None],
    ) -> None:
        self._client = client
        self._gone = gone
        self._sensor = sensor
        self._intake = intake
        self._timing = timing
        self._adapter = adapter
        self._deliver = deliver
        self._on_silence = on_silence
        self._on_serial = on_serial
        self._line = Line()
        self._ready = asyncio.Event()
        self._firmware: str | None = None
        self._battery_percent = sensor.battery_percent

    async def run(self, rate_hz: float | None, identity: str | None) -> None:
        """Until the connection ends (raises BleakError) or is not worth keeping (raises LinkError)."""
        self._intake.heard_s = max(self._intake.heard_s, _now_s())
        self._line.add(partial(self._set_up, rate_hz, identity))
        try:
            await first_of(self._intake.run(self._ask), self._line.run(), self._watch())
        finally:
            self._line.close()

    async def identify(self, seconds: float) -> None:
        """Raises LinkError where the sensor does not take it. Some do not end it by themselves."""
        driver = self._sensor.driver
        await self._line.do(partial(self._carry_out, driver.identify(seconds)))
        asyncio.get_running_loop().call_later(seconds, self._ask, driver.identify(0.0))

    def _ask(self, steps: Sequence[Step]) -> None:
        self._line.add(partial(self._carry_out, steps))

    async def _set_up(self, rate_hz: float | None, identity: str | None) -> None:
        async with asyncio.timeout(_SETUP_TIMEOUT_S):
            if self._adapter.keeps_bonds and self._sensor.driver.abilities.bonds:
                await bond(self._client, self._adapter, self._sensor)
            self._on_serial(await serial_number(self._client, self._sensor, identity))
            self._firmware = await read_text(self._client, _FIRMWARE_REVISION_UUID)
            await self._carry_out(self._intake.stream.setup(rate_hz))
        self._ready.set()

    async def _carry_out(self, steps: Sequence[Step]) -> None:
        for step in steps:
            try:
                await self._take(step)
            except BleakCharacteristicNotFoundError as error:
                raise LinkError(
                    f"{self._sensor.name} lacks something every {self._sensor.family} sensor has"
                    f" ({step.characteristic}): its firmware may be too old, or it is something else."
                ) from error
            except BleakGATTProtocolError as error:
                reason = str(error.args[-1]).removeprefix("GATT Protocol Error: ").lower()
                raise LinkError(f"{self._sensor.name} refuses {_words(step)}: {reason}.") from error

    async def _take(self, step: Step) -> None:
        match step:
            case Subscribe(uuid):
                await self._client.start_notify(uuid, lambda sender, data: self._intake.put(sender.uuid, data))
            case Query(uuid):
                self._intake.put(uuid, await self._client.read_gatt_char(uuid))
            case Write(uuid, data, response):
                await self._client.write_gatt_char(uuid, data, response=response)

    async def _watch(self) -> None:
        """Nothing but the loss of the connection ends this, or a sensor that stays silent."""
        timing, stream = self._timing, self._intake.stream
        next_health_s, next_battery_s = _now_s() + timing.health_s, _now_s()
        revived_s, revivals = _now_s(), 0
        while not await happens_within(self._gone, timing.tick_s):
            now_s = _now_s()
            if not self._ready.is_set():
                continue
            if now_s - self._intake.heard_s <= timing.stall_s + stream.packet_s:
                revivals = 0
            else:
                self._on_silence(stream.refusal or f"{self._sensor.name} sends nothing.")
                if now_s - max(revived_s, self._intake.heard_s) > timing.revive_s:
                    if revivals == timing.revivals:
                        raise LinkError(f"{self._sensor.name} is connected but stays silent; connecting anew.")
                    self._ask(stream.revive())
                    revived_s = now_s
                    revivals += not stream.idle
            if now_s >= next_battery_s:
                next_battery_s = now_s + timing.battery_s
                self._line.add(self._read_battery)
            if now_s >= next_health_s:
                next_health_s = now_s + timing.health_s
                self._line.add(self._report_health)
        raise BleakError(f"The connection to {self._sensor.name} was lost.")

    async def _read_battery(self) -> None:
        if self._intake.stream.battery_percent is not None:
            self._battery_percent = self._intake.stream.battery_percent
        elif self._client.services.get_characteristic(_BATTERY_LEVEL_UUID) is not None:
            level = bytes(await self._client.read_gatt_char(_BATTERY_LEVEL_UUID))
            self._battery_percent = min(level[0], 100) if level else None

    async def _report_health(self) -> None:
        meter = self._intake.meter
        self._deliver(
            Health(
                battery_percent=self._battery_percent,
                rssi_dbm=await rssi_dbm(self._client),
                rate_hz=meter.rate_hz,
                loss_ratio=meter.loss_ratio,
                firmware=self._firmware,
                packet_interval_s=meter.packet_interval_s,
                dropped_notifications=self._intake.inbox.dropped,
                adapter=self._adapter.name,
            )
        )


async def first_of(*works: Coroutine[Any, Any, None]) -> None:
    """Until one of them ends, which decides how this ends, or this is cancelled; then all are."""
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        await next(task for task in tasks if task in done)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _words(step: Step) -> str:
    match step:
        case Subscribe(uuid):
            return f"to send {uuid}"
        case Query(uuid):
            return f"to be read ({uuid})"
        case Write(uuid, data):
            return f"{data.hex(' ')} ({uuid})"


def _now_s() -> float:
    return asyncio.get_running_loop().time()
