"""The hub: finds sensors, gives each to its machine, keeps every machine's messages going out."""

import asyncio
import logging
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from sensor_hub.app.clocks import HostClock
from sensor_hub.app.desk import Desk
from sensor_hub.app.machine import Machine, SensorIdentity
from sensor_hub.app.naming import machine_name
from sensor_hub.app.outlet import BrokerOutlet
from sensor_hub.app.profiles import MachineProfile
from sensor_hub.bus import BrokerAddress
from sensor_hub.config import SYSTEM, MachineSettings, Settings
from sensor_hub.link import Adapter, Found, LinkEvent, SensorLink, open_adapter, watch

log = logging.getLogger(__name__)

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
    address: str


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
            async with open_adapter(None if adapter == SYSTEM else adapter) as radio, asyncio.TaskGroup() as tasks:
                tasks.create_task(self._tick(), name="tick")
                async for found in watch(radio):
                    self._meet(found, radio, tasks)
        finally:
            await self._stop()

    def _meet(self, found: Found, radio: Adapter, tasks: asyncio.TaskGroup) -> None:
        if found.address in self._stations:
            return
        place = place_of(found, self._settings)
        if place is None:
            log.info("%s (%s) belongs to no machine of the settings.", found.name, found.address)
            return
        if any(self._outlets.get(place) is station.outlet for station in self._stations.values()):
            log.warning("%s (%s): %s has a sensor already.", found.name, found.address, place.machine)
            return
        station = self._open_station(found, place)
        link = SensorLink(
            found, radio, deliver=partial(self._deliver, station), rate_hz=self._settings.bluetooth.rate_hz
        )
        tasks.create_task(link.run(), name=f"link {found.name}")

    def _open_station(self, found: Found, place: Place) -> Station:
        outlet = self._outlet(place)
        sensor = SensorIdentity(found.address, found.name, found.family)
        host = HostClock.now(asyncio.get_running_loop().time())
        profile = machine_profile(place, self._settings, self._folder)
        machine = Machine(Desk(place.site, place.machine, outlet), sensor, host, profile)
        station = self._stations[found.address] = Station(machine, outlet, found.address)
        log.info("%s (%s) is on %s.", found.name, found.address, place.machine)
        return station

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
            now = HostClock.now(asyncio.get_running_loop().time())
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
