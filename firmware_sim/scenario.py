"""Scenario files: the machine, the sensor, and what happens, in the order it happens.

A number may be written as a range `[low, high]`; each seed draws its own value from it. Units are in the names.
"""

import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from firmware_sim.complaints import complaint
from firmware_sim.makes import MAKES, SLED
from firmware_sim.spans import Number, Span, Tempo, parse_tempo, within
from sensor_hub.errors import ConfigError

Which = list[int] | Annotated[float, Field(ge=0, le=1)]
"""Numbers of the reps, from 1 (from the end where negative), or the share of all reps that chance picks."""


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


class Machine(Section):
    """The sled, its rail and what shakes on it."""

    incline_deg: Annotated[Number, within(5, 90)] = Span(38, 52)
    rail_length_m: Annotated[Number, within(0.2, 2)] = Span(0.9, 0.9)
    rail_sag_deg: Annotated[Number, within(0, 1)] = Span(0, 0.03)
    flex_deg_per_mps2: Annotated[Number, within(0, 0.5)] = Span(0, 0.015)
    roller_noise_mps2: Annotated[Number, within(0, 5)] = Span(0.1, 0.3)
    """Standard deviation along the rail at 0.25 m/s; it grows with speed."""
    plate_ring_hz: Annotated[Number, within(5, 200)] = Span(14, 40)
    plate_ring_share: Annotated[Number, within(0, 1)] = Span(0.02, 0.08)
    """Mass of what rings against the mass of the sled."""
    plate_ring_decay_s: Annotated[Number, within(0.005, 2)] = Span(0.04, 0.15)


ChipName = Literal["lsm6dso", "bmi270", "cheap14", "noisy"]


class Sensor(Section):
    """The sensor on the sled. Its family or the chip's preset gives what is left out; of several chips a seed draws
    one."""

    family: str = SLED
    name: Annotated[str, Field(min_length=1, max_length=26)] = "sled-01"
    chip: ChipName | Annotated[list[ChipName], Field(min_length=1)] = "lsm6dso"
    rate_hz: Annotated[float, Field(ge=5, le=1000)] | None = None
    range_g: Literal[2, 4, 8, 16] | None = None
    bits: Annotated[int, Field(ge=8, le=16)] | None = None
    noise_ug_per_rthz: Annotated[Number, within(0, 5000)] | None = None
    bias_mg: Annotated[Number, within(-500, 500)] | None = None
    scale_error_percent: Annotated[Number, within(-10, 10)] | None = None
    rate_error_percent: Annotated[Number, within(-10, 10)] | None = None
    warm_up_mg: Annotated[Number, within(-50, 50)] = Span(-4, 4)
    clock_ppm: Annotated[Number, within(-500, 500)] = Span(-40, 40)
    mounting_deg: Annotated[list[Number], Field(min_length=3, max_length=3)] | None = None
    """Roll, pitch, yaw of the sensor against the sled; any orientation where not given."""
    clip_ring_hz: Annotated[Number, within(5, 200)] | None = None
    """Where the clip swings on the sled: a loose one. Tight where not given."""
    clip_ring_decay_s: Annotated[Number, within(0.005, 2)] = Span(0.1, 0.3)

    @field_validator("family")
    @classmethod
    def _is_known(cls, family: str) -> str:
        if family not in MAKES:
            raise ValueError(f"there is no {family!r}; known are {', '.join(sorted(MAKES))}")
        return family

    @model_validator(mode="after")
    def _measures_what_its_family_can(self) -> "Sensor":
        make = MAKES[self.family]
        if self.rate_hz and make.rates_hz and self.rate_hz not in make.rates_hz:
            able = ", ".join(f"{rate:g}" for rate in make.rates_hz)
            raise ValueError(f"rate_hz = {self.rate_hz:g}, but a {self.family} measures at {able} Hz")
        if self.range_g and make.range_g and self.range_g != make.range_g:
            raise ValueError(f"range_g = {self.range_g}, but a {self.family} measures up to ±{make.range_g} g")
        return self

    def draw_chip_name(self, rng: np.random.Generator) -> ChipName:
        return self.chip[int(rng.integers(len(self.chip)))] if isinstance(self.chip, list) else self.chip


class Radio(Section):
    """Packets that never arrive, as over a poor radio link."""

    loss_ratio: Annotated[float, Field(ge=0, le=0.5)] = 0.0
    burst_packets: Annotated[float, Field(ge=1, le=100)] = 3.0
    samples_per_packet: Annotated[int, Field(ge=1, le=80)] = 4


class SetAct(Section):
    """A set, or several alike."""

    kind: Literal["set"]
    repeat: Annotated[Number, within(1, 20)] = Span(1, 1)
    reps: Annotated[Number, within(1, 60)]
    tempo: Annotated[Tempo, BeforeValidator(parse_tempo)]
    tempo_variation: Annotated[float, Field(ge=0, le=0.5)] = 0.08
    range_m: Annotated[Number, within(0.08, 1.5)] = Span(0.35, 0.45)
    range_variation: Annotated[float, Field(ge=0, le=0.1)] = 0.025
    stroke: Literal["any", "even"] = "any"
    """Velocity profiles: any that lifters show, or only ones so even that they look like rest."""
    bounced: Which = []
    hard_lockout: Which = []
    partial: Which = []
    partial_ratio: Annotated[Number, within(0.2, 0.6)] = Span(0.35, 0.55)
    unrack: bool = True
    unrack_m: Annotated[Number, within(0.005, 0.2)] = Span(0.015, 0.05)
    settle_s: Annotated[Number, within(0.3, 60)] = Span(0.8, 2.5)
    """From the unracked (or untouched) sled to the first rep, and from the last one to racking it."""
    hold_after: list[int] = []
    hold_s: Annotated[Number, within(0.3, 60)] = Span(6, 14)
    tremor_mps2: Annotated[Number, within(0, 5)] = Span(0.02, 0.06)
    fatigue: Annotated[Number, within(0, 4)] = Span(0, 0.2)
    """How much longer the last concentric takes than the first, as a ratio."""
    sticking: Annotated[Number, within(0, 0.9)] = Span(0, 0)
    """How much of its speed the last concentric loses at the sticking point."""
    plates_before: Annotated[Number, within(0, 12)] = Span(0, 0)
    plates_after: Annotated[Number, within(0, 12)] = Span(0, 0)
    rest_s: Annotated[Number, within(0, 3600)] = Span(12, 20)
    """Rest on the stops after the set."""

    @model_validator(mode="after")
    def _names_reps_that_exist(self) -> "SetAct":
        for key in ("bounced", "hard_lockout", "partial", "hold_after"):
            named = getattr(self, key)
            for number in named if isinstance(named, list) else []:
                if not 1 <= abs(number) <= self.reps.high:
                    raise ValueError(f"{key} names rep {number}, but the reps go from 1 to {self.reps.high:g}")
        return self


class RestAct(Section):
    """Nobody touches the machine."""

    kind: Literal["rest"]
    seconds: Annotated[Number, within(0.1, 3600)]


class HandleAct(Section):
    """The sensor is in somebody's hand and is clipped on at the end."""

    kind: Literal["handle"]
    seconds: Annotated[Number, within(1, 600)]


class PlatesAct(Section):
    """Plates are pushed onto the sled or pulled off."""

    kind: Literal["plates"]
    count: Annotated[Number, within(1, 20)]


class LeanAct(Section):
    """Somebody leans on the frame, shoves it, steps over it."""

    kind: Literal["lean"]
    seconds: Annotated[Number, within(1, 600)]


class UnrackAct(Section):
    """The sled is lifted off its stops and put back: not a rep."""

    kind: Literal["unrack"]
    height_m: Annotated[Number, within(0.005, 0.1)] = Span(0.02, 0.06)


class KnockAct(Section):
    """Something knocks the clip round on the sled."""

    kind: Literal["knock"]
    angle_deg: Annotated[Number, within(1, 120)]


Act = Annotated[
    SetAct | RestAct | HandleAct | PlatesAct | LeanAct | UnrackAct | KnockAct, Field(discriminator="kind")
]


class Scenario(Section):
    name: Annotated[str, Field(pattern=r"^[a-z0-9_-]+$")]
    family: Annotated[str, Field(pattern=r"^[a-z0-9_-]+$")]
    machine: Machine = Machine()
    sensor: Sensor = Sensor()
    radio: Radio = Radio()
    act: Annotated[list[Act], Field(min_length=1)]

    @model_validator(mode="after")
    def _range_fits_the_rail(self) -> "Scenario":
        for number, act in enumerate(self.act, start=1):
            if isinstance(act, SetAct) and act.range_m.high * 1.2 > self.machine.rail_length_m.low:
                raise ValueError(
                    f"act {number} (set): range_m = {act.range_m.high:g} does not fit a rail of rail_length_m = "
                    f"{self.machine.rail_length_m.low:g}; leave a fifth of the range to spare"
                )
        return self


SECTIONS: dict[str, type[Section]] = {"machine": Machine, "sensor": Sensor, "radio": Radio}
ACTS: dict[str, type[Section]] = {
    "set": SetAct,
    "rest": RestAct,
    "handle": HandleAct,
    "plates": PlatesAct,
    "lean": LeanAct,
    "unrack": UnrackAct,
    "knock": KnockAct,
}


def load(path: Path) -> Scenario:
    """The scenario in a TOML file; ConfigError says what is wrong with it, and where."""
    scenarios = load_all(path)
    if len(scenarios) > 1:
        raise ConfigError(f"The scenario {path} has {len(scenarios)} sensors; here it may have one only.")
    return scenarios[0]


def load_all(path: Path, family: str | None = None) -> list[Scenario]:
    """A scenario for each sensor of a TOML file: one in [sensor], or several in [[sensor]]. Each of several is on a
    machine of its own, has a lifter of its own, and its scenario's name ends in its number.

    family: what all of its sensors are instead. Raises ConfigError, which says what is wrong, and where.
    """
    content = _read(path)
    sensors = content.get("sensor", {})
    if not isinstance(sensors, list):
        return [_validated(path, content, family)]
    if not sensors:
        raise ConfigError(f"The scenario {path} cannot be used: it has no sensor.")
    names = [f"{content.get('name', '')}-{number}" for number in range(1, len(sensors) + 1)]
    return [
        _validated(path, content | {"name": name, "sensor": sensor}, family)
        for name, sensor in zip(names, sensors, strict=True)
    ]


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"Cannot read the scenario {path}: {error.strerror}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"The scenario {path} is not valid TOML: {error}.") from error


def _validated(path: Path, content: dict[str, Any], family: str | None) -> Scenario:
    if family is not None and isinstance(content.get("sensor", {}), dict):
        content = content | {"sensor": content.get("sensor", {}) | {"family": family}}
    try:
        return Scenario.model_validate(content)
    except ValidationError as error:
        raise ConfigError(f"The scenario {path} cannot be used: {complaint(error, keys_at)}.") from error


def keys_at(location: tuple[int | str, ...]) -> list[str]:
    """The keys that are known in the table a location of a pydantic error lies in."""
    model: type[Section] = Scenario
    if location[0] in SECTIONS and len(location) > 1:
        model = SECTIONS[str(location[0])]
    elif location[0] == "act" and len(location) > 2:
        model = ACTS[str(location[2])]
    return list(model.model_fields)
