"""Topics and payloads: `legpress/<site>/<machine>/<kind>` carries the JSON of the model of that kind."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from sensor_hub.errors import BusError
from sensor_hub.messages import MODELS, Kind, Message

ROOT = "legpress"
RETAINED = frozenset({Kind.SENSOR, Kind.STATUS, Kind.HUB, Kind.LIFTER})
"""Kinds of which a new subscriber gets the latest at once."""
UNRECORDED = frozenset({Kind.LIVE, Kind.STORED, Kind.LIFTER, Kind.ASSIGN, Kind.ERASE, Kind.FORGET, Kind.FORGOTTEN})
RECORDED = tuple(kind for kind in Kind if kind not in UNRECORDED)
"""Kinds that belong into the database."""
CARRIED = (*RECORDED, Kind.FORGOTTEN)
"""Kinds that a gym hands to the centre of its chain."""
LARGEST_PAYLOAD = 256 * 1024
"""More than any of ours: a second of samples is 10 kB at most."""
_SHOWN = 80
"""Characters of a stranger's words that a reason repeats."""
_KINDS = {model: kind for kind, model in MODELS.items()}


class Topic(NamedTuple):
    site: str
    machine: str
    kind: Kind


def kind_of(message: Message) -> Kind:
    return _KINDS[type(message)]


def topic_of(message: Message) -> str:
    return f"{ROOT}/{message.site}/{message.machine}/{kind_of(message)}"


def parse_topic(topic: str) -> Topic:
    """Take a topic apart. Raises BusError where it is none of ours."""
    parts = topic.split("/")
    if len(parts) != 4 or parts[0] != ROOT or parts[3] not in list(Kind):
        raise BusError(f"{topic!r} is not a topic of the form {ROOT}/<site>/<machine>/<kind>.")
    return Topic(parts[1], parts[2], Kind(parts[3]))


def is_cleared(topic: str, payload: bytes) -> bool:
    """Whether this takes a retained message back: it says nothing and is no fault."""
    return not payload and topic.rpartition("/")[2] in RETAINED


def filters_of(kinds: Iterable[Kind], site: str = "+", machine: str = "+") -> list[str]:
    """Topic filters for a subscription; `+` stands for any."""
    return [f"{ROOT}/{site}/{machine}/{kind}" for kind in kinds]


def encode(message: Message) -> bytes:
    return message.model_dump_json(by_alias=True).encode()


def decode(topic: str, payload: bytes) -> Message:
    """The message of a payload. Raises BusError with the reason where it is not what the topic promises."""
    expected = parse_topic(topic)
    model = MODELS[expected.kind]
    if len(payload) > LARGEST_PAYLOAD:
        raise BusError(f"{topic}: {len(payload)} bytes are more than any message has ({LARGEST_PAYLOAD}).")
    try:
        message = model.model_validate_json(payload, strict=True)
    except ValidationError as error:
        faults = error.errors(include_url=False)
        if (version := _other_version(faults, model)) is not None:
            raise BusError(f"{topic}: {version} is not known to this program. Update it.") from error
        where = ".".join(str(part) for part in faults[0]["loc"])[:_SHOWN] or "payload"
        raise BusError(f"{topic}: {where}: {faults[0]['msg'][:_SHOWN]} ({len(faults)} in all)") from error
    if (message.site, message.machine) != (expected.site, expected.machine):
        raise BusError(f"{topic}: the payload speaks of {message.site}/{message.machine}.")
    return message


def _other_version(faults: Sequence[ErrorDetails], model: type[Message]) -> str | None:
    """The schema that a payload names, where that is another number of the right kind."""
    known = str(model.model_fields["schema_"].default).rpartition("/")[0]
    for fault in faults:
        given = str(fault["input"]) if fault["loc"] == ("schema",) else ""
        if given.startswith(f"{known}/") and given.removeprefix(f"{known}/").isdecimal():
            return given[:_SHOWN]
    return None
