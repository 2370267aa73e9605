"""Machine profiles on disk: one commented TOML file a machine, in the folder `profiles` of the hub's data.

The engine learns them, people may edit them. A file that was edited since the hub last read or wrote it is not
written over: the edit counts from the next session on. What the settings say of a machine stands above both.
"""

import logging
import tomllib
from dataclasses import asdict, replace
from pathlib import Path
from textwrap import wrap
from typing import Any

from pydantic import Field, ValidationError

from sensor_hub.config import MachineSettings, Section
from sensor_hub.engine import First, Params, Profile
from sensor_hub.errors import ConfigError

log = logging.getLogger(__name__)

GIVEN = {"first", "incline_deg", "full_range_m"}
"""What the settings may say of a machine."""
SET_ASIDE = "This machine's profile could not be read and was set aside. It is learned anew."


class StoredProfile(Section):
    """What a hub knows of a machine."""

    first: First = Field(
        First.AUTO,
        description='Which phase a rep starts with: "eccentric", "concentric", or "auto" where unknown.',
    )
    incline_deg: float | None = Field(
        None, ge=0, le=90, description="The rail's angle against the ground, in degrees."
    )
    incline_sigma_deg: float | None = Field(None, ge=0, le=45, description="Its standard uncertainty, in degrees.")
    full_range_m: float | None = Field(None, ge=0.05, le=2, description="Travel of a full rep, in metres.")
    full_range_sigma_m: float | None = Field(
        None, ge=0, le=1, description="Its standard uncertainty from set to set, in metres."
    )
    stops_m: float | None = Field(
        None, ge=0, le=2, description="How far below the top end the sled rests on its stops, in metres."
    )
    bumper_m: float | None = Field(
        None, ge=0, le=2, description="How far below the top end the bottom bumper is, in metres."
    )
    peak_acceleration_mps2: float | None = Field(
        None, ge=0, le=200, description="Typical peak acceleration of the sled within a rep, in m/s²."
    )
    sets: int = Field(0, ge=0, description="How many sets it was learned from.")


class MachineProfile:
    """One machine's profile: its file, and what the settings say above it."""

    def __init__(self, folder: Path, site: str, machine: str, settings: MachineSettings | None = None) -> None:
        self.path = folder / "profiles" / f"{site}.{machine}.toml"
        self._machine = machine
        self._settings = settings
        self._known: bytes | None = None
        """The file as last read or written."""

    @property
    def params(self) -> Params:
        return Params() if self._settings is None else Params(first=self._settings.first)

    def read(self) -> Profile | None:
        """What the file says, None where there is none. Raises ConfigError that says which value is wrong."""
        data = self._bytes()
        return None if data is None else parse(data, self.path)

    def load(self) -> tuple[Profile, str | None]:
        """What the file and the settings say, and a sentence where the file was no good and had to be set aside."""
        try:
            return self.with_settings(self.read() or Profile()), None
        except ConfigError as error:
            aside = self.path.replace(self.path.with_suffix(".broken"))
            self._known = None
            log.warning("%s It was set aside as %s.", error, aside)
            return self.with_settings(Profile()), SET_ASIDE

    def keep(self, profile: Profile) -> None:
        """Writes what was learned, unless somebody has edited the file meanwhile."""
        try:
            if self._bytes_now() == self._known:
                self.write(profile)
            else:
                log.info("The profile of %s was edited; it counts from the next session on.", self._machine)
        except ConfigError as error:
            log.warning("%s", error)

    def write(self, profile: Profile) -> None:
        """Whole or not at all: written beside, then moved. Raises ConfigError."""
        text = render(profile, self._machine)
        beside = self.path.with_suffix(".new")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            beside.write_text(text, encoding="utf-8")
            beside.replace(self.path)
        except OSError as error:
            raise ConfigError(f"Cannot write the profile {self.path}: {error.strerror}.") from error
        self._known = text.encode()

    def forget(self) -> bool:
        """Removes the file; False where there was none."""
        existed = self.path.exists()
        self.path.unlink(missing_ok=True)
        return existed

    def with_settings(self, profile: Profile) -> Profile:
        """The profile with what the settings give in place of what was learned."""
        given = {} if self._settings is None else self._settings.model_dump(include=GIVEN, exclude_none=True)
        if given.get("first") is First.AUTO:
            del given["first"]
        return replace(profile, **given)

    def _bytes(self) -> bytes | None:
        self._known = self._bytes_now()
        return self._known

    def _bytes_now(self) -> bytes | None:
        try:
            return self.path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise ConfigError(f"Cannot read the profile {self.path}: {error.strerror}.") from error


def parse(data: bytes, path: Path) -> Profile:
    """A profile file's content. Raises ConfigError: which value is wrong, what it may be, and the way out."""
    try:
        stored = StoredProfile.model_validate(tomllib.loads(data.decode("utf-8")))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"The profile {path} is not valid TOML: {error}. Correct it or delete it.") from error
    except ValidationError as error:
        raise ConfigError(
            f"The profile {path} cannot be used: {_explain(error)} Correct it or delete it."
        ) from error
    return Profile(**dict(stored))


def changed(profile: Profile, values: dict[str, str]) -> Profile:
    """The profile with values as a person types them; "unknown" takes one away. Raises ConfigError."""
    document: dict[str, Any] = {**asdict(profile), **values}
    for name, value in values.items():
        if value == "unknown":
            document[name] = First.AUTO if name == "first" else None
    try:
        return Profile(**dict(StoredProfile.model_validate(document)))
    except ValidationError as error:
        raise ConfigError(_explain(error)) from error


def render(profile: Profile, machine: str) -> str:
    """The commented TOML file of a profile."""
    lines = [f"# What the hub has learned of {machine}. Every line may be edited or taken out.", ""]
    for name, field in StoredProfile.model_fields.items():
        lines += wrap(field.description or "", width=100, initial_indent="# ", subsequent_indent="# ")
        lines.append(_line(name, getattr(profile, name)))
    return "\n".join(lines) + "\n"


def _line(name: str, value: object) -> str:
    if value is None:
        return f"#{name} ="
    if isinstance(value, float):
        return f"{name} = {round(value, 4)}"
    return f'{name} = "{value}"' if isinstance(value, str) else f"{name} = {value}"


def _explain(error: ValidationError) -> str:
    """The first fault in words."""
    fault = error.errors()[0]
    name = str(fault["loc"][0])
    if fault["type"] == "extra_forbidden":
        return f'there is no value "{name}"; known are {", ".join(StoredProfile.model_fields)}.'
    meaning = StoredProfile.model_fields[name].description
    return f"{name} = {fault['input']!r}: {fault['msg'].removeprefix('Input ')}. {meaning}"
