"""Where sensors are paired while a hub runs: at most one at a time, from the page or anything else in the process."""

import asyncio
import logging
from collections.abc import Coroutine, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from sensor_hub.app.floor.blink import blink
from sensor_hub.app.floor.enrolment import EnrolmentFile
from sensor_hub.app.floor.pairing import Pairing, Plan
from sensor_hub.app.floor.places import Places
from sensor_hub.app.measuring.place import Place
from sensor_hub.config import Settings
from sensor_hub.errors import ConfigError, LinkError
from sensor_hub.link import Found, Radio, scan
from sensor_hub.pairing import MachineKind, Nearby, Step, View

log = logging.getLogger(__name__)

LISTEN_S = 3.0
BLINK_S = 5.0
DESERTED_S = 120.0
"""A pairing at which nobody has looked for so long is given up, and the sensor goes back to work."""
LEFT_S = 10.0
"""And so long after the last page that showed it was closed."""


class Bench(Protocol):
    """Who has the radio, and may be using the sensor."""

    @property
    def radio(self) -> Radio:
        """Raises LinkError while there is none."""

    def in_use(self) -> Sequence[Found]:
        """Sensors that are connected, and therefore not heard."""

    async def borrow(self, address: str) -> None:
        """Let go of the sensor until it is given back."""

    def give_back(self, address: str) -> None: ...

    def start(self, work: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
        """A task that ends before the radio is closed."""


class Workshop:
    """folder: the hub's data."""

    def __init__(self, bench: Bench, settings: Settings, folder: Path) -> None:
        self._bench = bench
        self._settings = settings
        self._folder = folder
        self._near: dict[str, Found] = {}
        self._pairing: Pairing | None = None
        self._running: asyncio.Task[None] | None = None
        self._looked_s = 0.0
        self._pages = 0
        self._was_left = False

    async def nearby(self) -> list[Nearby]:
        """Listens for some seconds; sensors in use first, then the strongest. Raises LinkError."""
        heard = {one.address: one for one in await scan(self._bench.radio, LISTEN_S)}
        used = {one.address: one for one in self._bench.in_use()}
        self._near = used | heard
        places = Places(self._settings, EnrolmentFile(self._folder).read())
        return [_nearby(one, one.address in used, places.of(one)) for one in {**used, **heard}.values()]

    async def identify(self, address: str) -> None:
        """Lets it blink for some seconds, and returns when it has stopped. Raises LinkError."""
        if self._pairing is not None and self._pairing.plan.found.address == address:
            await self._pairing.link.identify(BLINK_S)
            return
        found = self._find(address)
        await self._bench.borrow(address)
        try:
            await blink(found, self._bench.radio, BLINK_S)
        finally:
            self._bench.give_back(address)

    async def begin(
        self, address: str, machine: str, kind: MachineKind, site: str | None, replacing: bool
    ) -> None:
        """Starts measuring; a pairing that was running is cancelled. Raises ConfigError, LinkError."""
        place = Place(site or self._settings.hub.site, machine)
        plan = Plan(self._find(address), place, kind, replacing)
        plan.enrolment(self._settings, self._folder)
        await self.cancel()
        await self._bench.borrow(address)
        await self._bench.radio.forget(address)
        self._pairing = Pairing(plan, self._bench.radio, self._settings.bluetooth.rate_hz)
        self._looked_s, self._was_left = _now_s(), False
        self._running = self._bench.start(self._run(self._pairing), f"pairing {plan.found.name}")

    def view(self) -> View | None:
        """The pairing as it stands, also one that was just stored; None where there is none."""
        self._looked_s = _now_s()
        return None if self._pairing is None else self._pairing.view()

    @property
    def under_way(self) -> bool:
        return self._running is not None and not self._running.done()

    @contextmanager
    def attended(self) -> Iterator[None]:
        """While a page that shows the pairing is open."""
        self._pages += 1
        self._was_left = False
        try:
            yield
        finally:
            self._pages -= 1
            self._was_left, self._looked_s = self._pages == 0, _now_s()

    def again(self) -> None:
        if self._pairing is not None:
            self._pairing.procedure.again()

    async def confirm(self) -> str:
        """Stores it and gives the sensor back to work. Raises ConfigError."""
        if self._pairing is None or self._pairing.procedure.step is not Step.REVIEW:
            raise ConfigError("There is nothing to confirm: let the sled rest, then press three slow reps.")
        what = self._pairing.store(self._settings, self._folder, datetime.now(UTC))
        await self._end()
        return what

    async def cancel(self) -> None:
        """Nothing is stored; the sensor goes back to work."""
        if self._pairing is not None:
            self._pairing.procedure.cancel()
        await self._end()
        self._pairing = None

    def undo(self) -> str:
        """Takes the newest change of the enrolment back and says which. Raises ConfigError."""
        return EnrolmentFile(self._folder).undo()

    async def _run(self, pairing: Pairing) -> None:
        link = asyncio.create_task(pairing.run())
        try:
            while not link.done() and not self._deserted():
                await asyncio.wait({link}, timeout=1.0)
        finally:
            if link.done() and not link.cancelled():
                log.error("Pairing %s failed.", pairing.plan.found.name, exc_info=link.exception())
            link.cancel()
            await asyncio.wait({link})
            pairing.procedure.cancel()
            self._bench.give_back(pairing.plan.found.address)

    def _deserted(self) -> bool:
        return _now_s() - self._looked_s > (LEFT_S if self._was_left else DESERTED_S)

    async def _end(self) -> None:
        if self._running is not None:
            self._running.cancel()
            await asyncio.wait({self._running})
            self._running = None

    def _find(self, address: str) -> Found:
        found = self._near.get(address)
        if found is None:
            raise LinkError("This sensor was not heard lately. Look for sensors again.")
        return found


def _nearby(found: Found, connected: bool, place: Place | None) -> Nearby:
    abilities = found.driver.abilities
    return Nearby(
        address=found.address,
        name=found.name,
        family=found.family,
        rssi_dbm=None if connected else found.rssi_dbm,
        battery_percent=found.battery_percent,
        connected=connected,
        identifies=abilities.identify,
        site=None if place is None else place.site,
        machine=None if place is None else place.machine,
        shortcomings=abilities.shortcomings,
    )


def _now_s() -> float:
    return asyncio.get_running_loop().time()
