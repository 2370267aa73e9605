"""What is stored as InfluxDB line protocol: one point a rep, a set, a session, a tenth of a second of motion.

docs/timeseries.md describes the points. A point is identified by its measurement, its tags and its time, so
sending it again replaces it. Types never flip: seconds and metres are floats even where they are whole, yes and no
are the integers 1 and 0, and what is not known is left out.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sensor_hub.messages import (
    LinkState,
    Message,
    MotionMessage,
    Progress,
    RepMessage,
    SensorMessage,
    SessionMessage,
    SetMessage,
    StatusMessage,
)
from sensor_hub.model import Phase
from sensor_hub.store.tables import to_microseconds

Value = float | int | bool | str | None

PHASE_NUMBERS = {Phase.IDLE: 0, Phase.ECCENTRIC: 1, Phase.BOTTOM: 2, Phase.CONCENTRIC: 3, Phase.TOP: 4}

_REP_METRICS = (
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
    "bounced",
    "hard_lockout",
    "partial",
    "time_under_tension_s",
    "mean_propulsive_velocity_mps",
    "propulsive_share",
    "mean_power_w_per_kg",
    "peak_power_w_per_kg",
    "sticking_point_share",
    "sticking_velocity_share",
    "eccentric_control",
)


def lines_of(message: Message) -> list[str]:
    """The points of a message: none before a set or session has ended, and none for phases and raw samples."""
    match message:
        case RepMessage():
            return [_rep(message)]
        case SetMessage(progress=Progress.ENDED):
            return [_set(message)]
        case SessionMessage(progress=Progress.ENDED):
            return [_session(message)]
        case MotionMessage():
            return _motion(message)
        case SensorMessage():
            return [_sensor(message)]
        case StatusMessage():
            return [_line("hub", message, {}, {"online": message.online}, message.time)]
        case _:
            return []


def _rep(rep: RepMessage) -> str:
    fields: dict[str, Value] = {name: getattr(rep, name) for name in _REP_METRICS}
    fields |= {f"{name}_uncertainty": value for name, value in rep.uncertainty.items()}
    fields |= {"number": rep.number, "session": rep.session}
    return _line("rep", rep, {"set": rep.set_number}, fields, rep.time)


def _set(ended: SetMessage) -> str:
    fields: dict[str, Value] = {
        "rep_count": ended.rep_count,
        "duration_s": None if ended.end_s is None else ended.end_s - ended.start_s,
        "incline_deg": ended.incline_deg,
        "session": ended.session,
    }
    return _line("set", ended, {"set": ended.number}, fields, ended.started)


def _session(ended: SessionMessage) -> str:
    fields: dict[str, Value] = {
        "set_count": ended.set_count,
        "rep_count": ended.rep_count,
        "duration_s": None if ended.ended is None else (ended.ended - ended.started).total_seconds(),
        "load_kg": ended.load_kg,
        "athlete": ended.athlete,
        "session": ended.session,
    }
    return _line("session", ended, {}, fields, ended.started)


def _motion(motion: MotionMessage) -> list[str]:
    points = zip(motion.offset_s, motion.position_m, motion.velocity_mps, motion.phase, strict=False)
    return [
        _line(
            "motion",
            motion,
            {},
            {"position_m": position, "velocity_mps": velocity, "phase": PHASE_NUMBERS[phase]},
            motion.time + timedelta(seconds=offset),
        )
        for offset, position, velocity, phase in points
    ]


def _sensor(sensor: SensorMessage) -> str:
    fields: dict[str, Value] = {
        "streaming": sensor.state in (LinkState.STREAMING, LinkState.CATCHING_UP),
        "battery_percent": sensor.battery_percent,
        "battery_h": sensor.battery_h,
        "clock_error_ppm": sensor.clock_error_ppm,
        "rssi_dbm": sensor.rssi_dbm,
        "rate_hz": sensor.rate_hz,
        "loss_ratio": sensor.loss_ratio,
    }
    return _line("sensor", sensor, {}, fields, sensor.time)


def _line(
    measurement: str, place: Message, tags: Mapping[str, int], fields: Mapping[str, Value], time: datetime
) -> str:
    key = f"{measurement},machine={place.machine},site={place.site}"
    key += "".join(f",{name}={value}" for name, value in tags.items())
    known = ",".join(f"{name}={_spelled(value)}" for name, value in fields.items() if value is not None)
    return f"{key} {known} {to_microseconds(time)}000"


def _spelled(value: float | int | bool | str) -> str:
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ")
        return f'"{escaped}"'
    return f"{int(value)}i" if isinstance(value, int) else repr(float(value))
