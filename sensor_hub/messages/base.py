"""What every message has, and the values that several of them share."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field

Finite = Annotated[float, Field(allow_inf_nan=False)]
Instant = Annotated[AwareDatetime, Field(ge=datetime(1970, 1, 1, tzinfo=UTC), lt=datetime(2200, 1, 1, tzinfo=UTC))]
Identity = Annotated[str, Field(max_length=200)]
Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")]
ATHLETE_ID = r"^[bcdfghjkmnpqrstvwxz2-9]{8}$"
AthleteId = Annotated[str, Field(pattern=ATHLETE_ID)]
"""Drawn at random. Without vowels, so that nobody's name is one: names never leave the store."""
LoadKg = Annotated[float, Field(ge=0, le=2000, allow_inf_nan=False)]


def successor(earlier: str, number: str) -> BeforeValidator:
    """Reads a payload of an earlier schema, which lacks nothing but fields that may be null, as one of this number."""
    return BeforeValidator(lambda given: number if given == earlier else given)


class Kind(StrEnum):
    """Last level of a topic."""

    LIVE = "live"
    PHASE = "phase"
    REP = "rep"
    REJECTED = "rejected"
    SET = "set"
    SESSION = "session"
    MOTION = "motion"
    RAW = "raw"
    SENSOR = "sensor"
    STATUS = "status"
    HUB = "hub"
    STORED = "stored"
    LIFTER = "lifter"
    ASSIGN = "assign"
    ERASE = "erase"
    ERASED = "erased"
    FORGET = "forget"
    FORGOTTEN = "forgotten"


COUNTED = frozenset({Kind.REP, Kind.SET, Kind.SESSION})
"""What was lifted: never dropped, and kept by the hub until a recorder has it."""


class Progress(StrEnum):
    STARTED = "started"
    ENDED = "ended"


class Side(StrEnum):
    """Which leg presses."""

    BOTH = "both"
    LEFT = "left"
    RIGHT = "right"


class LinkState(StrEnum):
    SEARCHING = "searching"
    CONNECTING = "connecting"
    STREAMING = "streaming"
    CATCHING_UP = "catching_up"
    """Data flows, but what is measured now is still to come: the sensor sends what it kept meanwhile."""
    STALLED = "stalled"
    """Connected, but no data for longer than a packet takes."""
    LOST = "lost"


class Message(BaseModel):
    """What every payload has."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Identity
    seq: int = Field(ge=0)
    time: Instant
    site: Name
    machine: Name
