"""What a point looks like: measurements, tags, and fields with their one type. docs/timeseries.md is made from this.

A point is identified by its measurement, its tags and its time, so sending it again replaces it. A field's type is a
property of its name, never of its value: a whole number of seconds is still a float, yes and no are the integers 1 and
0, and what is not known is left out.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sensor_hub.store.columns import to_microseconds

Value = float | int | bool | str | None


class FieldType(StrEnum):
    FLOAT = "float"
    INTEGER = "integer"
    STRING = "string"


@dataclass(frozen=True, slots=True)
class Measurement:
    """point, time: what one is about, and which instant it carries, in words for the page."""

    name: str
    point: str
    time: str
    tags: tuple[str, ...]
    fields: Mapping[str, FieldType]


_F, _I, _S = FieldType.FLOAT, FieldType.INTEGER, FieldType.STRING

REP_FLOATS = (
    "eccentric_s",
    "bottom_pause_s",
    "concentric_s",
    "top_pause_s",
    "rom_m",
    "mean_velocity_mps",
    "peak_velocity_mps",
    "mean_eccentric_velocity_mps",
    "peak_eccentric_velocity_mps",
    "turn_acceleration_mps2",
    "time_under_tension_s",
    "mean_propulsive_velocity_mps",
    "propulsive_share",
    "mean_power_w_per_kg",
    "peak_power_w_per_kg",
    "sticking_point_share",
    "sticking_velocity_share",
    "eccentric_control",
)
REP_FLAGS = ("bounced", "hard_lockout", "partial")
UNCERTAIN = {f"{name}_uncertainty": name for name in REP_FLOATS}
"""The metric that each uncertainty belongs to."""

REP = Measurement(
    "rep",
    "a settled rep",
    "its end",
    ("machine", "site", "set"),
    {
        **dict.fromkeys(REP_FLOATS, _F),
        **dict.fromkeys(REP_FLAGS, _I),
        **dict.fromkeys(UNCERTAIN, _F),
        "number": _I,
        "bounce_cause": _S,
        "session": _S,
    },
)
REJECTED = Measurement(
    "rejected",
    "a stroke that was not counted",
    "its end",
    ("machine", "site", "reason"),
    {"depth_m": _F, "duration_s": _F, "session": _S},
)
SET = Measurement(
    "set",
    "a set that has ended",
    "its start",
    ("machine", "site", "set"),
    {
        "rep_count": _I,
        "duration_s": _F,
        "incline_deg": _F,
        "load_kg": _F,
        "side": _S,
        "athlete": _S,
        "session": _S,
    },
)
SESSION = Measurement(
    "session",
    "a session that has ended",
    "its start",
    ("machine", "site"),
    {"set_count": _I, "rep_count": _I, "duration_s": _F, "load_kg": _F, "athlete": _S, "session": _S},
)
MOTION = Measurement(
    "motion",
    "10 a second while a set runs",
    "the moment",
    ("machine", "site"),
    {"position_m": _F, "velocity_mps": _F, "phase": _I},
)
SENSOR = Measurement(
    "sensor",
    "a report on a sensor and its link",
    "the moment",
    ("machine", "site"),
    {
        "streaming": _I,
        "battery_percent": _I,
        "battery_h": _F,
        "clock_error_ppm": _F,
        "rssi_dbm": _I,
        "rate_hz": _F,
        "loss_ratio": _F,
        "packet_interval_s": _F,
        "dropped_notifications": _I,
        "behind_s": _F,
    },
)
HUB = Measurement("hub", "a hub comes or goes", "the moment", ("machine", "site"), {"online": _I})
SINK = Measurement(
    "sink",
    "what is passed on to this server, once a minute",
    "the moment",
    ("hub",),
    {"waiting": _I, "parked": _I},
)

MEASUREMENTS = (REP, REJECTED, SET, SESSION, MOTION, SENSOR, HUB, SINK)


def line(
    measurement: Measurement, tags: Mapping[str, str | int], fields: Mapping[str, Value], time: datetime
) -> str:
    """A point as line protocol. Raises KeyError for a tag or field that the measurement does not have."""
    key = ",".join([measurement.name, *(f"{name}={tags[name]}" for name in measurement.tags)])
    spelled = (
        f"{name}={_spelled(value, measurement.fields[name])}" for name, value in fields.items() if _is_known(value)
    )
    return f"{key} {','.join(spelled)} {to_microseconds(time)}000"


def _is_known(value: Value) -> bool:
    return value is not None and not (isinstance(value, float) and not math.isfinite(value))


def _spelled(value: Value, kind: FieldType) -> str:
    if kind is FieldType.STRING:
        escaped = str(value).replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ").replace("\r", " ")
        return f'"{escaped}"'
    assert isinstance(value, float | int)
    return f"{int(value)}i" if kind is FieldType.INTEGER else repr(float(value))
