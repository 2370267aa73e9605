"""Which machine a sensor belongs to: by the enrolment, by the settings, or, where neither knows any, by its name."""

from sensor_hub.app.floor.enrolment import Enrolment
from sensor_hub.app.measuring.journal import SensorIdentity
from sensor_hub.app.measuring.naming import machine_name
from sensor_hub.app.measuring.place import Place
from sensor_hub.config import MachineSettings, Settings
from sensor_hub.errors import ConfigError
from sensor_hub.link import Found


class Places:
    """Settings and enrolment together. Raises ConfigError where they contradict each other."""

    def __init__(self, settings: Settings, enrolment: Enrolment) -> None:
        self.enrolment = enrolment
        self._settings = settings
        for machine in settings.machines:
            self._check(machine)

    def assigned(self, found: Found | SensorIdentity) -> Place | None:
        """The machine that somebody put the sensor on; None for one that is a machine only by its name."""
        return self.of(found) if self.enrolment or self._settings.machines else None

    def of(self, found: Found | SensorIdentity) -> Place | None:
        """The sensor's machine; None for a stranger's sensor."""
        enrolled = self.enrolment.at(found.address)
        if enrolled is not None:
            return Place(enrolled.site, enrolled.machine) if enrolled.family == found.family else None
        machines = self._settings.machines
        if self.enrolment:
            machines = tuple(one for one in machines if one.sensor is not None)
        elif not machines:
            return Place(self._settings.hub.site, machine_name(found.name))
        machine = next((one for one in machines if _wears(one, found)), None)
        return None if machine is None else self._place(machine)

    def serial_of(self, found: Found) -> str | None:
        """The serial number the sensor must have; None where none is known."""
        enrolled = self.enrolment.at(found.address)
        return None if enrolled is None else enrolled.serial

    def fixed(self) -> list[Place]:
        """Every machine that is known before its sensor is heard."""
        enrolled = [Place(one.site, one.machine) for one in self.enrolment]
        return list(dict.fromkeys([*enrolled, *map(self._place, self._settings.machines)]))

    def _place(self, machine: MachineSettings) -> Place:
        return Place(machine.site or self._settings.hub.site, machine.name)

    def _check(self, machine: MachineSettings) -> None:
        if machine.sensor is None:
            return
        place, word = self._place(machine), machine.sensor.lower()
        for sensor in self.enrolment:
            same = word in (sensor.address.lower(), (sensor.name or "").lower())
            if same is not (Place(sensor.site, sensor.machine) == place):
                raise ConfigError(
                    f"The settings put the sensor {machine.sensor} on {machine.name}, the enrolment puts "
                    f"{sensor.called} on {sensor.machine}. Take `sensor` out of [[machines]] {machine.name}, or forget "
                    f"the enrolled one: sensor-hub forget {sensor.address}."
                )


def _wears(machine: MachineSettings, found: Found | SensorIdentity) -> bool:
    if machine.sensor is None:
        return machine_name(found.name) == machine.name
    return machine.sensor.lower() in (found.address.lower(), found.name.lower())
