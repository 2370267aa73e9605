"""Which sensor is on which machine: `enrolment.toml` in the hub's data folder, commented, written whole.

Written by `pair`, `move` and `forget`, and by people. Every change can be taken back (history.py). A running hub
reads it again when it has changed.
"""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from pydantic import Field, ValidationError

from sensor_hub.app.history import History, read_text
from sensor_hub.config import Section, nearest
from sensor_hub.errors import ConfigError
from sensor_hub.messages import Name
from sensor_hub.pairing import MachineKind

FILE = "enrolment.toml"


class EnrolledSensor(Section):
    """One sensor and the machine it is clipped on."""

    address: str = Field(
        min_length=1, description="The sensor's Bluetooth address, as `sensor-hub scan` shows it."
    )
    family: str = Field(min_length=1, description="The sensor's family, as `sensor-hub scan` shows it.")
    name: str | None = Field(None, description="The name it gives itself.")
    serial: str | None = Field(None, description="Its serial number: another sensor at its address is refused.")
    site: Name = Field(description="The machine's room or gym.")
    machine: Name = Field(description="The machine's name in topics and on screen.")
    kind: MachineKind | None = Field(
        None, description='"leg-press-45", "vertical-press", "horizontal-press" or "weight-stack".'
    )

    @property
    def called(self) -> str:
        return self.name or self.address


@dataclass(frozen=True, slots=True)
class Enrolment:
    """Every enrolled sensor. Never two of one address, nor two on one machine."""

    sensors: tuple[EnrolledSensor, ...] = ()

    def __iter__(self) -> Iterator[EnrolledSensor]:
        return iter(self.sensors)

    def __bool__(self) -> bool:
        return bool(self.sensors)

    def at(self, address: str) -> EnrolledSensor | None:
        return next((one for one in self.sensors if one.address.lower() == address.lower()), None)

    def on(self, site: str, machine: str) -> EnrolledSensor | None:
        return next((one for one in self.sensors if (one.site, one.machine) == (site, machine)), None)

    def find(self, word: str) -> EnrolledSensor:
        """By address, name, serial number or machine. Raises ConfigError where none is meant, or several are."""
        hits = [one for one in self.sensors if word.lower() in _words(one)]
        if len(hits) == 1:
            return hits[0]
        if hits:
            raise ConfigError(
                f"{len(hits)} sensors are called {word}; give an address, as `sensor-hub scan` shows it."
            )
        known = ", ".join(f"{one.called} on {one.machine}" for one in self.sensors) or "none"
        raise ConfigError(f"No sensor {word} is enrolled. Enrolled: {known}.")

    def with_sensor(self, sensor: EnrolledSensor, replacing: bool = False) -> "Enrolment":
        """The sensor where it says it is, and nowhere else. Raises ConfigError where the machine has another one,
        unless that is to be replaced."""
        others = [one for one in self.sensors if one.address.lower() != sensor.address.lower()]
        there = next((one for one in others if (one.site, one.machine) == (sensor.site, sensor.machine)), None)
        if there is not None and not replacing:
            raise ConfigError(
                f"{sensor.machine} has the sensor {there.called} already. Replace it (--replace), or forget it first: "
                f"sensor-hub forget {there.address}."
            )
        return Enrolment((*(one for one in others if one is not there), sensor))

    def moved(self, word: str, machine: str, site: str | None = None) -> "Enrolment":
        """A sensor on another machine, whose kind is not known yet. Raises ConfigError."""
        sensor = self.find(word)
        there = {"machine": machine, "site": site or sensor.site, "kind": None}
        return self.with_sensor(checked(sensor.model_dump() | there))

    def without(self, word: str) -> "Enrolment":
        """Raises ConfigError."""
        gone = self.find(word)
        return replace(self, sensors=tuple(one for one in self.sensors if one is not gone))


class EnrolmentFile:
    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE
        self._history = History(folder)
        self._seen: str | None = None

    def read(self) -> Enrolment:
        """What the file says; nobody is enrolled where there is none. Raises ConfigError that says what is wrong."""
        self._seen = read_text(self.path)
        return Enrolment() if self._seen is None else parse(self._seen, self.path)

    def changed(self) -> bool:
        """Whether the file is another than when it was read last. Raises ConfigError."""
        return read_text(self.path) != self._seen

    def write(
        self, enrolment: Enrolment, what: str, at: datetime, beside: Mapping[str, str | None] | None = None
    ) -> None:
        """what: the change as a sentence; beside: other files of the folder that belong to it. Raises ConfigError."""
        self._history.write(what, at, {FILE: render(enrolment), **(beside or {})})

    def undo(self) -> str:
        return self._history.undo()

    def redo(self) -> str:
        return self._history.redo()


def checked(values: object) -> EnrolledSensor:
    """A sensor of these values. Raises ConfigError: which is wrong, and what it may be."""
    try:
        return EnrolledSensor.model_validate(values)
    except ValidationError as error:
        raise ConfigError(_explain(error)) from error


def parse(text: str, path: Path) -> Enrolment:
    """A file's content. Raises ConfigError: which value is wrong, and what it may be."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path} is not valid TOML: {error}. Correct it.") from error
    unknown = set(document) - {"sensors"}
    if unknown:
        raise ConfigError(f'{path} has no table "{unknown.pop()}"; write [[sensors]] for each sensor.')
    enrolment = Enrolment()
    for number, table in enumerate(_tables(document, path), start=1):
        try:
            sensor = checked(table)
        except ConfigError as error:
            raise ConfigError(f"{path}, sensor {number}: {error} Correct it.") from error
        if enrolment.at(sensor.address) is not None:
            raise ConfigError(f"{path} has the sensor {sensor.address} twice. A sensor is on one machine.")
        if enrolment.on(sensor.site, sensor.machine) is not None:
            raise ConfigError(f"{path} has two sensors on {sensor.machine}. A machine has one sensor.")
        enrolment = enrolment.with_sensor(sensor)
    return enrolment


def render(enrolment: Enrolment) -> str:
    """The commented TOML file."""
    lines = ["# Which sensor is on which machine. A hub talks to these and to no others, once there is one.", "#"]
    lines += [f"# {name}: {field.description}" for name, field in EnrolledSensor.model_fields.items()]
    for sensor in enrolment:
        lines += ["", "[[sensors]]"]
        lines += [f"{name} = {_toml_string(value)}" for name, value in sensor if value is not None]
    return "\n".join(lines) + "\n"


def _tables(document: Mapping[str, object], path: Path) -> list[object]:
    tables = document.get("sensors", [])
    if not isinstance(tables, list):
        raise ConfigError(f"{path}: write [[sensors]] with two brackets for each sensor.")
    return tables


def _words(sensor: EnrolledSensor) -> list[str]:
    return [
        word.lower() for word in (sensor.address, sensor.name, sensor.serial, sensor.machine) if word is not None
    ]


def _toml_string(value: str) -> str:
    """A basic string: https://toml.io/en/v1.0.0#string"""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(c if c.isprintable() else f"\\U{ord(c):08x}" for c in escaped) + '"'


def _explain(error: ValidationError) -> str:
    """The first fault in words, a name that does not exist before one that is missing."""
    fault = min(error.errors(), key=lambda one: one["type"] != "extra_forbidden")
    if not fault["loc"]:
        return "it is not a table."
    name, known = str(fault["loc"][0]), list(EnrolledSensor.model_fields)
    if fault["type"] == "extra_forbidden":
        meant = nearest(name, known)
        return f'there is no value "{name}"; ' + (
            f'did you mean "{meant}"?' if meant else f"known are {', '.join(known)}."
        )
    if fault["type"] == "missing":
        return f"{name} is missing."
    return f"{name} = {fault['input']!r} does not fit. {EnrolledSensor.model_fields[name].description}"
