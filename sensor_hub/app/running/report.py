"""What a hub tells of itself to whoever looks after many: a `hub` message every quarter of an hour, and on change.

1. Settings are told by name, from TOLD alone: numbers, switches and amounts. What can hold a name, a path, an address
   or a secret is not told; whether it is set at all is, as a switch (SWITCHES).
2. Of the parts of /health only the grade is told: their sentences may name what is nobody else's business.
3. Loss is that of the last day, from what was counted since the hub runs.
"""

import asyncio
import logging
import platform
import shutil
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sensor_hub import __version__
from sensor_hub.access import is_loopback
from sensor_hub.app.measuring.place import Place
from sensor_hub.app.measuring.tally import Tally
from sensor_hub.app.running.condition import Condition
from sensor_hub.app.running.ntp import synchronised
from sensor_hub.app.running.works import Works
from sensor_hub.bus import Caller
from sensor_hub.config import EMBEDDED, Settings
from sensor_hub.errors import BusError, SensorHubError
from sensor_hub.link import Health
from sensor_hub.messages import MOST_MACHINES, HubMachine, HubMessage, HubPart

log = logging.getLogger(__name__)

FIRST_S = 5.0
EVERY_S = 900.0
LOOK_S = 30.0
"""A change is told after so long at most; what flickers is told no more often."""
DAY = timedelta(hours=24)
SNAPSHOT = timedelta(minutes=30)
BOARD = Path("/proc/device-tree/model")
LONGEST = 120

TOLD: Mapping[str, tuple[str, ...]] = {
    "bluetooth": ("sensors_per_adapter", "rate_hz"),
    "mqtt": ("version",),
    "store": ("keep_raw", "keep_motion", "keep_reps", "delete_unsent", "keep_free", "warn_days"),
    "chain": ("room",),
    "web": ("login",),
    "coach": (
        *("tempo_kept", "full_range", "range_kept", "range_lost", "lowering_faster", "velocity_lost"),
        *("more", "less", "step_kg"),
    ),
}
SWITCHES: Mapping[str, Callable[[Settings], bool | int]] = {
    "bluetooth.adapters": lambda settings: len(settings.bluetooth.adapters),
    "machines": lambda settings: len(settings.machines),
    "mqtt.embedded": lambda settings: settings.mqtt.url == EMBEDDED,
    "mqtt.discovery": lambda settings: bool(settings.mqtt.discovery),
    "store.server": lambda settings: settings.store.url is not None and "sqlite" not in settings.store.url,
    "chain": lambda settings: bool(settings.chain.urls),
    "archive": lambda settings: settings.archive.url is not None,
    "influx": lambda settings: settings.influx.url is not None,
    "web.open": lambda settings: not is_loopback(settings.web.host),
    "web.https": lambda settings: settings.web.certificate is not None,
}


def told_settings(settings: Settings) -> dict[str, bool | int | float | str | None]:
    """What is told of the settings, by name."""
    told = {
        f"{section}.{name}": getattr(getattr(settings, section), name)
        for section, names in TOLD.items()
        for name in names
    }
    return told | {name: switch(settings) for name, switch in SWITCHES.items()}


class Reporter:
    """`run` beside a hub. utc: the date now."""

    def __init__(
        self,
        works: Works,
        condition: Condition,
        settings: Settings,
        caller: Caller,
        utc: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._works, self._condition, self._settings, self._caller = works, condition, settings, caller
        self._utc = utc
        self._started = utc()
        self._counted: deque[tuple[datetime, dict[Place, tuple[int, int]]]] = deque([(self._started, {})])

    async def run(self) -> None:
        """Until cancelled."""
        self._caller.start()
        try:
            await self._report_for_ever()
        finally:
            await asyncio.to_thread(self._caller.stop)

    async def _report_for_ever(self) -> None:
        loop, told, next_s = asyncio.get_running_loop(), None, 0.0
        await asyncio.sleep(FIRST_S)
        while True:
            message = await asyncio.to_thread(self.report)
            if loop.time() >= next_s or _gist(message) != told:
                try:
                    await asyncio.to_thread(self._caller.call, message)
                    told, next_s = _gist(message), loop.time() + EVERY_S
                except BusError as error:
                    log.debug("The hub's own report waits: %s", error)
            await asyncio.sleep(LOOK_S)

    def report(self) -> HubMessage:
        now, name = self._utc(), self._settings.hub.name
        total, free = _disk(self._works.folder)
        keeper = self._works.keeper
        room = None if keeper is None else keeper.room
        return HubMessage(
            id=f"{name}.hub.{now.timestamp():.3f}",
            seq=0,
            time=now,
            site=self._settings.hub.site,
            machine=name,
            version=__version__,
            python=platform.python_version(),
            system=_system()[:LONGEST],
            board=_board(),
            started=self._started,
            clock_synchronised=synchronised(),
            disk_bytes=total,
            disk_free_bytes=free,
            disk_days=None if room is None else room.days_left,
            waiting=self._waiting(),
            parts=[
                HubPart(part=one.part, grade=one.grade.value, since=one.since) for one in self._condition.parts()
            ],
            settings=told_settings(self._settings),
            machines=self._machines(now),
        )

    def _machines(self, now: datetime) -> list[HubMachine]:
        known = self._works.tallies
        places = sorted(known, key=lambda place: (place.site, place.machine))[:MOST_MACHINES]
        tallies = {place: known[place] for place in places}
        before = self._yesterday(now, tallies)
        return [_machine(place, tally, before.get(place, (0, 0))) for place, tally in tallies.items()]

    def _yesterday(self, now: datetime, tallies: Mapping[Place, Tally]) -> dict[Place, tuple[int, int]]:
        """What had been counted a day ago."""
        if now - self._counted[-1][0] >= SNAPSHOT:
            self._counted.append((now, {place: (one.samples, one.lost) for place, one in tallies.items()}))
        while len(self._counted) > 1 and now - self._counted[1][0] >= DAY:
            self._counted.popleft()
        return self._counted[0][1]

    def _waiting(self) -> int:
        count = 0
        for _, outlet in self._works.open_outlets:
            with suppress(SensorHubError):
                count += outlet.pending()
        return count


def _machine(place: Place, tally: Tally, before: tuple[int, int]) -> HubMachine:
    health, sensor = tally.health or Health(None, None, None, None, None), tally.sensor
    came, lost = tally.samples - before[0], tally.lost - before[1]
    return HubMachine(
        site=place.site,
        machine=place.machine,
        sensor=sensor and sensor.address,
        name=sensor and sensor.name[:LONGEST],
        family=sensor and sensor.family,
        firmware=health.firmware and health.firmware[:LONGEST],
        state=tally.link and tally.link.state,
        heard=tally.heard,
        battery_percent=health.battery_percent,
        battery_h=tally.battery_h,
        rssi_dbm=health.rssi_dbm,
        clock_error_ppm=tally.clock_error_ppm,
        samples=tally.samples,
        lost=tally.lost,
        loss_ratio=lost / (came + lost) if came + lost > 0 else None,
    )


def _gist(message: HubMessage) -> object:
    """What is told at once when it changes."""
    sensors = [
        (one.machine, one.sensor, one.firmware, one.state, one.battery_percent is None) for one in message.machines
    ]
    return [(one.part, one.grade) for one in message.parts], sensors, message.clock_synchronised


def _disk(folder: Path) -> tuple[int | None, int | None]:
    try:
        usage = shutil.disk_usage(folder)
    except OSError:
        return None, None
    return usage.total, usage.free


def _system() -> str:
    kernel = f"{platform.system()} {platform.release()} {platform.machine()}"
    try:
        return f"{platform.freedesktop_os_release()['PRETTY_NAME']}, {kernel}"
    except (OSError, KeyError):
        return kernel


def _board() -> str | None:
    """As a single-board computer's firmware names it; None elsewhere."""
    try:
        return BOARD.read_text(encoding="utf-8", errors="replace").strip("\0 \n")[:LONGEST] or None
    except OSError:
        return None
