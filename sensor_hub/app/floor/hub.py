"""The hub: finds sensors, gives each to its machine, keeps every machine's messages going out.

While nobody is enrolled, every sensor becomes a machine. The enrolment is read again whenever it has changed, and a
sensor that sits elsewhere now, or nowhere, leaves its machine.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from sensor_hub.app.floor.following import Following
from sensor_hub.app.floor.station import Station, StationOutlet, forget_and_say
from sensor_hub.app.floor.succession import (
    JOURNALS,
    end_session,
    end_what_was_told,
    give_up,
    open_journal,
    places_left,
    read_through,
)
from sensor_hub.app.measuring.clocks import HostClock
from sensor_hub.app.measuring.desk import Desk
from sensor_hub.app.measuring.journal import Journal, SensorIdentity
from sensor_hub.app.measuring.machine import LENT, STOPPED, TAKEN_OFF, Machine, Memory
from sensor_hub.app.measuring.place import Place, machine_profile
from sensor_hub.app.measuring.tally import Tally
from sensor_hub.bus import claim
from sensor_hub.config import Settings
from sensor_hub.errors import LinkError, StoreError
from sensor_hub.link import MOST_NEIGHBOURS, Found, LinkEvent, Radio, SensorLink, open_radio, watch
from sensor_hub.messages import EraseMessage
from sensor_hub.store import Lifter

log = logging.getLogger(__name__)

BONDS = "bonds"
"""Folder of the keys shared with sensors."""
NOT_READY = "The hub's Bluetooth is not ready yet. Try again in a moment."
TICK_S = 2.0
MOST_MACHINES = 64
"""Where nobody is enrolled yet, no more sensors than this become machines."""
DRAIN_S = 1.0
"""Longest wait at the end for the broker to take what is left; the rest stays on disk."""


class Hub:
    """folder: the hub's data; open_outlet: makes a machine's way out, once for each machine; utc: the date now."""

    def __init__(
        self,
        settings: Settings,
        folder: Path,
        open_outlet: Callable[[Place], StationOutlet],
        utc: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._utc = utc
        self._settings = settings
        self._folder = folder
        self._open_outlet = open_outlet
        self._outlets: dict[Place, StationOutlet] = {}
        self.tallies: dict[Place, Tally] = {}
        """Of every machine that has an outlet."""
        self._stations: dict[str, Station] = {}
        """By the sensor's address."""
        self._met: dict[str, Found] = {}
        """Every sensor that was heard, whosever it is."""
        self._radio: Radio | None = None
        self._tasks: asyncio.TaskGroup | None = None
        self._lent: set[str] = set()
        """Addresses of sensors that are being paired."""
        self._stale = False
        """Somebody was given back."""
        self._resuming: list[Place] = []
        """Machines whose journals are still to be read."""
        self.enrolment = Following(settings, folder)

    async def run(self) -> None:
        """On the adapters of the settings, until cancelled. Raises LinkError."""
        bluetooth = self._settings.bluetooth
        bonds = self._folder / BONDS
        async with open_radio(bluetooth.adapters, bluetooth.sensors_per_adapter, bonds) as radio:
            await self.work(radio)

    @property
    def radio(self) -> Radio:
        if self._radio is None:
            raise LinkError(NOT_READY)
        return self._radio

    def in_use(self) -> list[Found]:
        return [found for address, found in self._met.items() if self._links(address)]

    async def borrow(self, address: str) -> None:
        """Let go of a sensor until it is given back: it is being paired."""
        self._lent.add(address)
        if address in self._stations:
            await self._close_station(address, LENT)

    def give_back(self, address: str) -> None:
        self._lent.discard(address)
        self._stale = True

    def assign(self, place: Place, lifter: Lifter) -> None:
        """Who lifts next on a machine. One that has no sensor yet, or is another hub's, hears nothing."""
        for station in [one for one in self._stations.values() if one.place == place]:
            self._guarded(station, partial(station.machine.assign, lifter, self._host_clock().host_s))

    async def forget(self, place: Place, erase: EraseMessage) -> None:
        """Takes an athlete out of what is kept on disk of a machine, and says so. Raises BusError."""
        for station in [one for one in self._stations.values() if one.place == place]:
            if station.machine.concerns(erase.athlete, {one.session for one in erase.sets}):
                self._guarded(station, partial(self._begin_anew, station))
        if (outlet := self._outlets.get(place)) is not None:
            await forget_and_say(outlet, erase, self._utc())

    def start(self, work: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
        """A task that ends before the radio is closed. Raises LinkError while there is none."""
        if self._tasks is None:
            raise LinkError(NOT_READY)
        return self._tasks.create_task(work, name=name)

    async def work(self, radio: Radio) -> None:
        """Until cancelled; then every running set and session is ended and sent. Raises LinkError, and BusError where
        another hub works on the same data."""
        self._radio = radio
        with claim(self._folder / JOURNALS, patience_s=0.0):
            await self._work(radio)

    async def _work(self, radio: Radio) -> None:
        try:
            for place in self.enrolment.places.fixed():
                self._outlet(place)
            self._resuming = places_left(self._folder)
            async with asyncio.TaskGroup() as tasks:
                self._tasks = tasks
                tasks.create_task(self._go_on(radio, tasks), name="go on")
                tasks.create_task(self._tick(radio, tasks), name="tick")
                async for found in watch(radio):
                    self._remember(found)
                    self._meet(found, radio, tasks)
        finally:
            await self._stop()

    def _remember(self, found: Found) -> None:
        """Of more than can be real, a stranger is forgotten."""
        self._met[found.address] = found
        if len(self._met) > MOST_NEIGHBOURS:
            mine = self._lent | self._stations.keys()
            del self._met[next((address for address in self._met if address not in mine), found.address)]

    def _meet(self, found: Found, radio: Radio, tasks: asyncio.TaskGroup) -> None:
        if found.address in self._lent:
            return
        station = self._stations.get(found.address) or self._open_station(found)
        if station is None or station.link is not None:
            return
        link = SensorLink(
            found,
            radio,
            deliver=partial(self._deliver, station),
            rate_hz=self._settings.bluetooth.rate_hz,
            identity=self.enrolment.places.serial_of(found),
            bookmark=station.machine.bookmark,
        )
        station.link = tasks.create_task(self._keep_up(station, link), name=f"link {found.name}")

    async def _keep_up(self, station: Station, link: SensorLink) -> None:
        """Whatever ends the link, the sensor is met again at the next look."""
        try:
            await link.run()
        except Exception:  # of whatever part of the link
            log.exception("The link to %s failed and begins anew; please report it.", link.found.name)
        finally:
            station.link, self._stale = None, True

    def _open_station(self, found: Found) -> Station | None:
        place = self.enrolment.places.of(found)
        if place in self._resuming:
            return None
        if place is None:
            if len(self._met) < MOST_NEIGHBOURS:
                log.info("%s (%s) is enrolled on no machine: left alone.", found.name, found.address)
            return None
        if len(self._stations) == MOST_MACHINES:
            log.warning("%s is left out: %d sensors are machines already. Enrol yours.", found.name, MOST_MACHINES)
            return None
        for address, station in list(self._stations.items()):
            if station.place == place and station.link is not None:
                log.warning("%s is left out: %s has a sensor already. Enrol one.", found.address, place.machine)
                return None
            if station.place == place:
                self._finish(self._stations.pop(address))
        log.info("%s (%s) is on %s.", found.name, found.address, place.machine, extra={"machine": place.machine})
        sensor = SensorIdentity(found.address, found.name, found.family)
        journal = open_journal(self._folder, place)
        return self._add(place, self._machine(place, sensor, journal, self._host_clock()))

    async def _go_on(self, radio: Radio, tasks: asyncio.TaskGroup) -> None:
        """Where a hub that died left journals, its machines go on, even before their sensors are heard."""
        for place in tuple(self._resuming):
            await self._resume(place)
            self._resuming.remove(place)
            for found in [one for one in self._met.values() if self.enrolment.places.of(one) == place]:
                self._meet(found, radio, tasks)
        for address, station in list(self._stations.items()):
            if self.enrolment.places.of(station.machine.sensor) != station.place:
                self._finish(self._stations.pop(address), TAKEN_OFF)
                self._stale = True

    async def _resume(self, place: Place) -> None:
        journal = open_journal(self._folder, place)
        try:
            if journal is not None and (sensor := journal.sensor()) is not None:
                work = partial(self._machine, place, sensor, journal, self._host_clock())
                self._add(place, await read_through(journal, work))
                log.info("%s goes on where the hub left it.", place.machine)
                return
        except StoreError as error:
            log.error("%s", error)
            give_up(self._folder, place, journal)
        except Exception:  # what ended the last hub does not end this one as well
            log.exception("%s cannot go on from its journal.", place.machine)
            give_up(self._folder, place, journal)
        outlet = self._outlet(place)
        end_session(Desk(place.site, place.machine, outlet), outlet)

    def _machine(
        self, place: Place, sensor: SensorIdentity, journal: Journal | None, now: HostClock
    ) -> tuple[Machine, Desk]:
        """In whichever thread."""
        profile = machine_profile(place, self._settings, self._folder)
        outlet = self._outlet(place)
        is_all_told = outlet.running().session is not None
        memory = Memory(profile, journal, self._folder / "batteries", is_all_told)
        desk = Desk(place.site, place.machine, outlet)
        return Machine(desk, sensor, now, memory), desk

    def _add(self, place: Place, made: tuple[Machine, Desk]) -> Station:
        machine, desk = made
        end_what_was_told(machine, desk, self._outlet(place), self._host_clock())
        station = Station(place, machine, desk, self.tallies[place])
        station.tally.sensor = machine.sensor
        self._stations[machine.sensor.address] = station
        return station

    def _links(self, address: str) -> bool:
        station = self._stations.get(address)
        return station is not None and station.link is not None

    async def _close_station(self, address: str, note: str = TAKEN_OFF) -> None:
        """Its sensor is on this machine no longer, for the reason that the note gives. Whoever comes second finds
        nothing to do."""
        station = self._stations.get(address)
        if station is not None and station.link is not None:
            station.link.cancel()
            await asyncio.wait({station.link})
        if station is None or self._stations.get(address) is not station:
            return
        self._finish(self._stations.pop(address), note)
        log.info("%s is on %s no longer.", address, station.place.machine)

    async def _follow_enrolment(self, radio: Radio, tasks: asyncio.TaskGroup) -> None:
        if not self.enrolment.is_new(self._stale):
            return
        self._stale = False
        for address, station in list(self._stations.items()):
            place = self.enrolment.places.of(station.machine.sensor)
            if place is None:
                await radio.forget(address)
            if place != station.place:
                await self._close_station(address)
        for place in self.enrolment.places.fixed():
            self._outlet(place)
        await self._close_outlets()
        for found in self._met.values():
            self._meet(found, radio, tasks)

    async def _close_outlets(self) -> None:
        """Of machines that are no more: nobody is enrolled on them."""
        at_work = (station.place for station in self._stations.values())
        in_use = {*self.enrolment.places.fixed(), *self._resuming, *at_work}
        for place in self._outlets.keys() - in_use:
            del self.tallies[place]
            await self._outlets.pop(place).close(for_good=True)

    def _outlet(self, place: Place) -> StationOutlet:
        if place not in self._outlets:
            self._outlets[place] = self._open_outlet(place)
            self.tallies[place] = Tally()
        return self._outlets[place]

    def _deliver(self, station: Station, event: LinkEvent) -> None:
        station.tally.hear(event, self._utc())
        self._guarded(station, lambda: station.machine.handle(event, asyncio.get_running_loop().time()))

    def _finish(self, station: Station, note: str = STOPPED) -> None:
        station.tally.leave()
        self._guarded(station, lambda: station.machine.finish(asyncio.get_running_loop().time(), note))

    def _guarded(self, station: Station, act: Callable[[], None]) -> None:
        """A machine that fails begins anew, and the others do not notice."""
        if not self._succeeds(station, act):
            self._succeeds(station, lambda: self._begin_anew(station))

    def _begin_anew(self, station: Station) -> None:
        now = self._host_clock()
        station.machine.begin_anew(now)
        end_what_was_told(station.machine, station.desk, self._outlet(station.place), now)

    def _succeeds(self, station: Station, act: Callable[[], None]) -> bool:
        try:
            act()
        except Exception as error:  # of whatever part of the machine
            station.tally.fail(self._utc())
            if repr(error) != station.complaint:
                station.complaint = repr(error)
                machine = station.place.machine
                log.exception("%s failed and begins anew; please report it.", machine, extra={"machine": machine})
            return False
        return True

    async def _tick(self, radio: Radio, tasks: asyncio.TaskGroup) -> None:
        while True:
            await asyncio.sleep(TICK_S)
            await self._follow_enrolment(radio, tasks)
            now = self._host_clock()
            for station in self._stations.values():
                self._guarded(station, partial(station.machine.tick, now))
                problem = self._outlet(station.place).problem
                self._guarded(station, partial(station.machine.warn, problem, now.host_s))
                station.tally.clock_error_ppm = station.machine.clock_error_ppm
                station.tally.battery_h = station.machine.battery_h

    async def _stop(self) -> None:
        now_s = asyncio.get_running_loop().time()
        for station in self._stations.values():
            self._finish(station)
        while any(outlet.pending() for outlet in self._outlets.values()):
            if asyncio.get_running_loop().time() - now_s > DRAIN_S:
                break
            await asyncio.sleep(0.02)
        await asyncio.gather(*(outlet.close() for outlet in self._outlets.values()))

    def _host_clock(self) -> HostClock:
        return HostClock(self._utc(), asyncio.get_running_loop().time())
