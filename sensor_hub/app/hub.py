"""The hub: finds sensors, gives each to its machine, keeps every machine's messages going out."""

import asyncio
import logging
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from sensor_hub.app.clocks import HostClock
from sensor_hub.app.desk import Desk
from sensor_hub.app.journal import Journal, SensorIdentity
from sensor_hub.app.machine import Machine
from sensor_hub.app.naming import machine_name
from sensor_hub.app.outlet import BrokerOutlet
from sensor_hub.app.profiles import MachineProfile
from sensor_hub.bus import BrokerAddress
from sensor_hub.config import SYSTEM, MachineSettings, Settings
from sensor_hub.errors import StoreError
from sensor_hub.link import Adapter, Found, LinkEvent, SensorLink, open_adapter, watch

log = logging.getLogger(__name__)

JOURNALS = "journal"
"""Folder of the machines' journals, beside the outbox."""
TICK_S = 2.0
DRAIN_S = 1.0
"""Longest wait at the end for the broker to take what is left; the rest stays on disk."""


@dataclass(frozen=True, slots=True)
class Place:
    site: str
    machine: str


@dataclass(slots=True)
class Station:
    """A machine at work: its sensor's link feeds it, its outlet carries what it says."""

    machine: Machine
    outlet: BrokerOutlet
    linked: bool = False


class Hub:
    def __init__(self, settings: Settings, broker: BrokerAddress, folder: Path) -> None:
        self._settings = settings
        self._broker = broker
        self._folder = folder
        self._outlets: dict[Place, BrokerOutlet] = {}
        self._stations: dict[str, Station] = {}

    async def run(self) -> None:
        """Until cancelled; then every running set and session is ended and sent. Raises LinkError."""
        adapter = self._settings.bluetooth.adapter
        try:
            for configured in self._settings.machines:
                self._outlet(Place(configured.site or self._settings.hub.site, configured.name))
            self._go_on()
            async with open_adapter(None if adapter == SYSTEM else adapter) as radio, asyncio.TaskGroup() as tasks:
                tasks.create_task(self._tick(), name="tick")
                async for found in watch(radio):
                    self._meet(found, radio, tasks)
        finally:
            await self._stop()

    def _meet(self, found: Found, radio: Adapter, tasks: asyncio.TaskGroup) -> None:
        station = self._stations.get(found.address) or self._open_station(found)
        if station is None or station.linked:
            return
        station.linked = True
        link = SensorLink(
            found, radio, deliver=partial(self._deliver, station), rate_hz=self._settings.bluetooth.rate_hz
        )
        tasks.create_task(link.run(), name=f"link {found.name}")

    def _open_station(self, found: Found) -> Station | None:
        place = place_of(found, self._settings)
        if place is None:
            log.info("%s (%s) belongs to no machine of the settings.", found.name, found.address)
            return None
        outlet = self._outlet(place)
        for address, station in list(self._stations.items()):
            if station.outlet is outlet and station.linked:
                log.warning("%s (%s): %s has a sensor already.", found.name, found.address, place.machine)
                return None
            if station.outlet is outlet:
                self._stations.pop(address).machine.finish(asyncio.get_running_loop().time())
        sensor = SensorIdentity(found.address, found.name, found.family)
        profile = machine_profile(place, self._settings, self._folder)
        desk = Desk(place.site, place.machine, outlet)
        machine = Machine(desk, sensor, _host_clock(), profile, self._journal(place))
        log.info("%s (%s) is on %s.", found.name, found.address, place.machine)
        return self._station(machine, outlet)

    def _go_on(self) -> None:
        """Where a hub that died left journals, its machines go on, even before their sensors are heard."""
        for path in sorted((self._folder / JOURNALS).glob("*.db")):
            site, _, name = path.stem.partition(".")
            place = Place(site, name)
            journal = self._journal(place)
            if journal is None:
                continue
            profile = machine_profile(place, self._settings, self._folder)
            desk = Desk(site, name, self._outlet(place))
            try:
                machine = Machine.restored(desk, journal, _host_clock(), profile)
            except StoreError as error:
                log.error("%s It was set aside.", error)
                journal.close()
                path.replace(path.with_suffix(".broken"))
                continue
            if machine is not None:
                log.info("%s goes on where the hub left it.", name)
                self._station(machine, self._outlet(place))

    def _station(self, machine: Machine, outlet: BrokerOutlet) -> Station:
        station = self._stations[machine.sensor.address] = Station(machine, outlet)
        return station

    def _journal(self, place: Place) -> Journal | None:
        try:
            return Journal(self._folder / JOURNALS / f"{place.site}.{place.machine}.db")
        except StoreError as error:
            log.error("%s", error)
            return None

    def _outlet(self, place: Place) -> BrokerOutlet:
        if place not in self._outlets:
            self._outlets[place] = BrokerOutlet(
                self._broker, self._folder, self._settings.hub.name, place.site, place.machine
            )
        return self._outlets[place]

    def _deliver(self, station: Station, event: LinkEvent) -> None:
        station.machine.handle(event, asyncio.get_running_loop().time())

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(TICK_S)
            now = _host_clock()
            for station in self._stations.values():
                station.machine.tick(now)

    async def _stop(self) -> None:
        now_s = asyncio.get_running_loop().time()
        for station in self._stations.values():
            station.machine.finish(now_s)
        while any(outlet.pending() for outlet in self._outlets.values()):
            if asyncio.get_running_loop().time() - now_s > DRAIN_S:
                break
            await asyncio.sleep(0.02)
        await asyncio.gather(*(asyncio.to_thread(outlet.stop) for outlet in self._outlets.values()))


def _host_clock() -> HostClock:
    return HostClock.now(asyncio.get_running_loop().time())


def place_of(found: Found, settings: Settings) -> Place | None:
    """The machine a sensor belongs to: as configured; with none configured, one named after the sensor."""
    if not settings.machines:
        return Place(settings.hub.site, machine_name(found.name))
    machine = next((one for one in settings.machines if _wears(one, found)), None)
    return None if machine is None else Place(machine.site or settings.hub.site, machine.name)


def machine_profile(place: Place, settings: Settings, folder: Path) -> MachineProfile:
    """The profile of a machine: its file in the data folder, and the settings' word above it."""
    of_place = (one for one in settings.machines if Place(one.site or settings.hub.site, one.name) == place)
    return MachineProfile(folder, place.site, place.machine, next(of_place, None))


def _wears(machine: MachineSettings, found: Found) -> bool:
    if machine.sensor is None:
        return machine_name(found.name) == machine.name
    return machine.sensor.lower() in (found.address.lower(), found.name.lower())
