"""What goes over MQTT and what the store gives back: one model per topic, in the field's words.

Topic: `legpress/<site>/<machine>/<kind>`; of `hub` the third level is the hub's own name. `id` is made from what the
message is about, so a resend has the same id and a consumer that keys on it stores it once. `seq` counts the durable
messages of one machine. `time` is UTC; `*_s` instants are device seconds of the sensor; JSON Schemas of all kinds are
in schemas/.
"""

from sensor_hub.messages.base import (
    COUNTED,
    AthleteId,
    Finite,
    Identity,
    Instant,
    Kind,
    LinkState,
    LoadKg,
    Message,
    Name,
    Progress,
    Side,
)
from sensor_hub.messages.hubs import MOST_MACHINES, HubMachine, HubMessage, HubPart
from sensor_hub.messages.measured import (
    Live,
    MotionMessage,
    PhaseMessage,
    RawMessage,
    RejectedMessage,
    RepMessage,
    SensorMessage,
    SessionMessage,
    SetMessage,
    SettledTrace,
    StatusMessage,
)
from sensor_hub.messages.orders import (
    AssignMessage,
    ErasedMessage,
    ErasedSet,
    EraseMessage,
    LifterMessage,
    StoredMessage,
)

MODELS: dict[Kind, type[Message]] = {
    Kind.LIVE: Live,
    Kind.PHASE: PhaseMessage,
    Kind.REP: RepMessage,
    Kind.REJECTED: RejectedMessage,
    Kind.SET: SetMessage,
    Kind.SESSION: SessionMessage,
    Kind.MOTION: MotionMessage,
    Kind.RAW: RawMessage,
    Kind.SENSOR: SensorMessage,
    Kind.STATUS: StatusMessage,
    Kind.HUB: HubMessage,
    Kind.STORED: StoredMessage,
    Kind.LIFTER: LifterMessage,
    Kind.ASSIGN: AssignMessage,
    Kind.ERASE: EraseMessage,
    Kind.ERASED: ErasedMessage,
}

__all__ = [
    "COUNTED",
    "MODELS",
    "MOST_MACHINES",
    "AssignMessage",
    "AthleteId",
    "EraseMessage",
    "ErasedMessage",
    "ErasedSet",
    "Finite",
    "HubMachine",
    "HubMessage",
    "HubPart",
    "Identity",
    "Instant",
    "Kind",
    "LifterMessage",
    "LinkState",
    "Live",
    "LoadKg",
    "Message",
    "MotionMessage",
    "Name",
    "PhaseMessage",
    "Progress",
    "RawMessage",
    "RejectedMessage",
    "RepMessage",
    "SensorMessage",
    "SessionMessage",
    "SetMessage",
    "SettledTrace",
    "Side",
    "StatusMessage",
    "StoredMessage",
]
