"""What is stored as points: one a rep, a stroke that was not counted, a set, a session, a tenth of a second of motion,
a report on a sensor.

store.points says what each looks like; docs/timeseries.md describes them.
"""

from datetime import datetime

from sensor_hub.messages import (
    LinkState,
    Message,
    MotionMessage,
    Progress,
    RejectedMessage,
    RepMessage,
    SensorMessage,
    SessionMessage,
    SetMessage,
    StatusMessage,
)
from sensor_hub.model import Phase
from sensor_hub.store import points
from sensor_hub.store.columns import to_microseconds
from sensor_hub.store.points import REP_FLAGS, REP_FLOATS, UNCERTAIN, Value, line

PHASE_NUMBERS = {Phase.IDLE: 0, Phase.ECCENTRIC: 1, Phase.BOTTOM: 2, Phase.CONCENTRIC: 3, Phase.TOP: 4}

_SENSOR_FIELDS = tuple(name for name in points.SENSOR.fields if name != "streaming")


def lines_of(message: Message) -> list[str]:
    """The points of a message: none before a set or session has ended, and none for phases and raw samples."""
    match message:
        case RepMessage():
            return [_rep(message)]
        case RejectedMessage():
            return [_rejected(message)]
        case SetMessage(progress=Progress.ENDED):
            return [_set(message)]
        case SessionMessage(progress=Progress.ENDED):
            return [_session(message)]
        case MotionMessage():
            return _motion(message)
        case SensorMessage():
            return [_sensor(message)]
        case StatusMessage():
            return [line(points.HUB, _place(message), {"online": message.online}, message.time)]
        case _:
            return []


def sink_line(hub: str, waiting: int, parked: int, time: datetime) -> str:
    """What a sink tells of itself. waiting: rows that are not passed on yet; parked: points that were refused."""
    return line(points.SINK, {"hub": hub}, {"waiting": waiting, "parked": parked}, time)


def _place(message: Message) -> dict[str, str | int]:
    return {"machine": message.machine, "site": message.site}


def _rep(rep: RepMessage) -> str:
    fields: dict[str, Value] = {name: getattr(rep, name) for name in (*REP_FLOATS, *REP_FLAGS)}
    fields |= {name: rep.uncertainty.get(metric) for name, metric in UNCERTAIN.items()}
    fields |= {"number": rep.number, "bounce_cause": rep.bounce_cause, "session": rep.session}
    return line(points.REP, _place(rep) | {"set": rep.set_number}, fields, rep.time)


def _rejected(stroke: RejectedMessage) -> str:
    fields: dict[str, Value] = {
        "depth_m": stroke.gates.get("depth_m"),
        "duration_s": stroke.end_s - stroke.start_s,
        "session": stroke.session,
    }
    return line(points.REJECTED, _place(stroke) | {"reason": stroke.reason}, fields, stroke.time)


def _set(ended: SetMessage) -> str:
    fields: dict[str, Value] = {
        "rep_count": ended.rep_count,
        "duration_s": None if ended.end_s is None else ended.end_s - ended.start_s,
        "incline_deg": ended.incline_deg,
        "load_kg": ended.load_kg,
        "side": ended.side,
        "athlete": ended.athlete,
        "session": ended.session,
    }
    return line(points.SET, _place(ended) | {"set": ended.number}, fields, ended.started)


def _session(ended: SessionMessage) -> str:
    fields: dict[str, Value] = {
        "set_count": ended.set_count,
        "rep_count": ended.rep_count,
        "duration_s": None if ended.ended is None else (ended.ended - ended.started).total_seconds(),
        "load_kg": ended.load_kg,
        "athlete": ended.athlete,
        "session": ended.session,
    }
    return line(points.SESSION, _place(ended), fields, ended.started)


def _motion(motion: MotionMessage) -> list[str]:
    """As `points.line` would have them, but faster: a week's backlog is made of these."""
    key = f"{points.MOTION.name},machine={motion.machine},site={motion.site}"
    begin_us = to_microseconds(motion.time)
    samples = zip(motion.offset_s, motion.position_m, motion.velocity_mps, motion.phase, strict=False)
    return [
        f"{key} position_m={float(position)!r},velocity_mps={float(velocity)!r},phase={PHASE_NUMBERS[phase]}i "
        f"{begin_us + round(1e6 * offset)}000"
        for offset, position, velocity, phase in samples
    ]


def _sensor(sensor: SensorMessage) -> str:
    fields: dict[str, Value] = {name: getattr(sensor, name) for name in _SENSOR_FIELDS}
    fields["streaming"] = sensor.state in (LinkState.STREAMING, LinkState.CATCHING_UP)
    return line(points.SENSOR, _place(sensor), fields, sensor.time)
