"""What passes over MQTT, a readable line a message."""

import threading
from collections.abc import Callable, Sequence
from uuid import uuid4

from sensor_hub.app.telling.refusal_words import why_not
from sensor_hub.app.telling.rep_words import in_words
from sensor_hub.bus import Ack, BrokerAddress, Subscriber, encode, filters_of, kind_of
from sensor_hub.messages import (
    AssignMessage,
    ErasedMessage,
    EraseMessage,
    ForgetMessage,
    ForgottenMessage,
    HubMessage,
    Kind,
    LifterMessage,
    Live,
    Message,
    MotionMessage,
    PhaseMessage,
    Progress,
    RawMessage,
    RejectedMessage,
    RepMessage,
    SensorMessage,
    SessionMessage,
    SetMessage,
    StatusMessage,
    StoredMessage,
)

SPARSE = tuple(kind for kind in Kind if kind not in (Kind.LIVE, Kind.MOTION, Kind.RAW, Kind.STORED))
"""What a person can follow."""


def watch(
    address: BrokerAddress,
    kinds: Sequence[Kind],
    machine: str | None,
    show: Callable[[Message], None],
    stopped: threading.Event,
    seconds: float | None = None,
    *,
    site: str | None = None,
    refuse: Callable[[str], None] = lambda reason: None,
) -> None:
    """Shows every message as it passes, until stopped, or for so long. An absent broker is waited for. refuse: is told
    why something that passed is no message."""

    def hear(message: Message, ack: Ack) -> None:
        show(message)
        ack()

    def hear_none(topic: str, payload: bytes, reason: str, ack: Ack) -> None:
        refuse(_printable(reason))
        ack()

    topics = filters_of(kinds, site or "+", machine or "+")
    subscriber = Subscriber(address, f"watch-{uuid4().hex[:8]}", topics, hear, durable=False, on_invalid=hear_none)
    subscriber.start()
    try:
        stopped.wait(seconds)
    finally:
        subscriber.stop()


def as_line(message: Message) -> str:
    """Local time, site and machine, kind, and what it says."""
    when = message.time.astimezone().strftime("%H:%M:%S.%f")[:-5]
    return _printable(f"{when}  {message.site + '/' + message.machine:20} {kind_of(message):8} {_said(message)}")


def as_payload(message: Message) -> str:
    return encode(message).decode()


def _printable(text: str) -> str:
    """A stranger's words command no terminal."""
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text)


def _said(message: Message) -> str:
    match message:
        case Live():
            motion = f"{message.position_m:.3f} m, {message.velocity_mps:+.2f} m/s"
            return f"{message.phase} {motion}, rep {message.rep_count}"
        case PhaseMessage():
            return f"set {message.set_number}, rep {message.rep_number}: {message.phase}"
        case RepMessage():
            return f"set {message.set_number}, rep {message.number}: {in_words(message)}"
        case RejectedMessage():
            return (
                f"not counted, {message.end_s - message.start_s:.1f} s: {why_not(message.reason, message.gates)}"
            )
        case SetMessage():
            reps = "" if message.progress is Progress.STARTED else f", {message.rep_count} reps"
            return f"set {message.number} {message.progress}{reps}"
        case SessionMessage():
            return f"{message.session} {message.progress}, {message.set_count} sets, {message.rep_count} reps"
        case MotionMessage():
            return f"set {message.set_number}, {len(message.position_m)} points"
        case RawMessage():
            return f"{message.count} samples, {'?' if message.lost is None else message.lost} lost before them"
        case SensorMessage():
            return ", ".join(part for part in _health(message) if part)
        case LifterMessage() | AssignMessage():
            return _lifter(message)
        case EraseMessage() | ErasedMessage() | ForgottenMessage():
            return message.athlete
        case ForgetMessage():
            return ", ".join(one.athlete for one in message.athletes)
        case StatusMessage():
            return f"{message.hub} {'online' if message.online else 'offline'}"
        case StoredMessage():
            return f"{message.recorder} has {', '.join(message.ids)}"
        case HubMessage():
            return f"{message.version}, {len(message.machines)} machines"
    return ""


def _lifter(said: LifterMessage | AssignMessage) -> str:
    load = "" if said.load_kg is None else f", {said.load_kg:g} kg"
    side = "" if said.side is None else f", {said.side}"
    return f"{said.athlete or 'nobody known'}{load}{side}"


def _health(sensor: SensorMessage) -> list[str]:
    return [
        sensor.state,
        "" if sensor.battery_percent is None else f"battery {sensor.battery_percent} %",
        "" if sensor.rssi_dbm is None else f"{sensor.rssi_dbm} dBm",
        "" if sensor.loss_ratio is None else f"{100 * sensor.loss_ratio:.1f} % lost",
        sensor.note or "",
    ]
