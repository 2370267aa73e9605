"""Topics and payloads: `legpress/<site>/<machine>/<kind>` carries the JSON of the model of that kind."""

from collections.abc import Iterable
from typing import NamedTuple

from pydantic import ValidationError

from sensor_hub.errors import BusError
from sensor_hub.messages import MODELS, Kind, Message

ROOT = "legpress"
RETAINED = frozenset({Kind.SENSOR, Kind.STATUS, Kind.LIFTER})
"""Kinds of which a new subscriber gets the latest at once."""
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


def filters_of(kinds: Iterable[Kind], site: str = "+", machine: str = "+") -> list[str]:
    """Topic filters for a subscription; `+` stands for any."""
    return [f"{ROOT}/{site}/{machine}/{kind}" for kind in kinds]


def encode(message: Message) -> bytes:
    return message.model_dump_json(by_alias=True).encode()


def decode(topic: str, payload: bytes) -> Message:
    """The message of a payload. Raises BusError with the reason where it is not what the topic promises."""
    expected = parse_topic(topic)
    try:
        message = MODELS[expected.kind].model_validate_json(payload)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "payload"
        raise BusError(f"{topic}: {where}: {first['msg']} ({error.error_count()} in all)") from error
    if (message.site, message.machine) != (expected.site, expected.machine):
        raise BusError(f"{topic}: the payload speaks of {message.site}/{message.machine}.")
    return message
