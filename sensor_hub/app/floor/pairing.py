"""One pairing: the sensor's link feeds the procedure; what was confirmed is stored, and can be taken back."""

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from sensor_hub.app.floor.enrolment import Enrolment, EnrolmentFile, checked
from sensor_hub.app.floor.places import Places
from sensor_hub.app.measuring.place import Place
from sensor_hub.app.measuring.profiles import render
from sensor_hub.config import Settings
from sensor_hub.errors import ConfigError
from sensor_hub.link import Found, Health, LinkEvent, Missing, Radio, Received, SensorLink, StateChanged
from sensor_hub.messages import LinkState
from sensor_hub.pairing import MachineKind, Procedure, View, worst


@dataclass(frozen=True, slots=True)
class Plan:
    """Which sensor goes on which machine. replacing: whether another one may have to leave it."""

    found: Found
    place: Place
    kind: MachineKind
    replacing: bool = False

    def enrolment(self, settings: Settings, folder: Path, serial: str | None = None) -> Enrolment:
        """The enrolment as it will be. Raises ConfigError where something stands against it."""
        sensor = checked(
            {
                "address": self.found.address,
                "family": self.found.family,
                "name": self.found.name,
                "serial": serial,
                "site": self.place.site,
                "machine": self.place.machine,
                "kind": self.kind,
            }
        )
        enrolment = EnrolmentFile(folder).read().with_sensor(sensor, self.replacing)
        Places(settings, enrolment)
        return enrolment


class Pairing:
    """Call `run` in a task; it ends when cancelled, and then the sensor is disconnected."""

    def __init__(self, plan: Plan, radio: Radio, rate_hz: float | None = None) -> None:
        self.plan = plan
        abilities = plan.found.driver.abilities
        self.procedure = Procedure(plan.kind, rate_hz or abilities.usual_rate_hz, abilities.tells_losses)
        self.procedure.battery_percent = plan.found.battery_percent
        self.link = SensorLink(plan.found, radio, self._deliver, rate_hz)
        self.stored: str | None = None
        self._serial: str | None = None
        self._state = StateChanged(LinkState.SEARCHING)

    async def run(self) -> None:
        await self.link.run()

    def view(self) -> View:
        found, place, procedure = self.plan.found, self.plan.place, self.procedure
        return View(
            address=found.address,
            name=found.name,
            family=found.family,
            site=place.site,
            machine=place.machine,
            kind=self.plan.kind,
            link=self._state.state,
            note=self._state.note,
            progress=procedure.progress,
            findings=tuple(procedure.findings),
            grade=worst(procedure.findings) if procedure.findings else None,
            stored=self.stored,
        )

    def store(self, settings: Settings, folder: Path, at: datetime) -> str:
        """Enrols the sensor and writes the machine's profile and what was measured; says so. Raises ConfigError."""
        procedure, place = self.procedure, self.plan.place
        if procedure.measured is None:
            raise ConfigError("Nothing has been measured yet: let the sled rest, then press three slow reps.")
        name = f"{place.site}.{place.machine}"
        report = {"at": at.isoformat(), "findings": [asdict(one) for one in procedure.findings]}
        beside = {
            f"profiles/{name}.toml": render(procedure.measured.profile, place.machine),
            f"pairings/{name}.json": json.dumps(report, indent=1, ensure_ascii=False) + "\n",
        }
        what = f"{self.plan.found.name} put on {place.machine}."
        EnrolmentFile(folder).write(self.plan.enrolment(settings, folder, self._serial), what, at, beside)
        self.stored = what
        procedure.confirm()
        return what

    def _deliver(self, event: LinkEvent) -> None:
        match event:
            case Received(samples):
                self._serial = self.link.serial or self._serial
                self.procedure.feed(samples)
            case Missing(gap):
                self.procedure.feed(gap)
            case Health(battery_percent=battery, rssi_dbm=rssi):
                self.procedure.battery_percent = battery if battery is not None else self.procedure.battery_percent
                self.procedure.rssi_dbm = rssi if rssi is not None else self.procedure.rssi_dbm
            case StateChanged():
                self._state = event
