"""What hub, recorder, pages and a chain's centre say to one another: what is stored, who lifts, whom to forget."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from sensor_hub.messages.base import AthleteId, Identity, Instant, LoadKg, Message, Side
from sensor_hub.prescription import Prescription

WHOLE_GYM = "all"
"""In place of a machine, in messages between a gym and its chain's centre."""
MOST_GONE = 200
MOST_SETS = 1000
"""In one message."""


class StoredMessage(Message):
    """A recorder's receipt for what is safe in its database: the ids of reps, sets, sessions and statuses. The hub
    keeps what is counted until it has one. A status among them says that a recorder listens now, and the hub sends
    again what it still keeps."""

    schema_: Literal["legpress/stored/1"] = Field("legpress/stored/1", alias="schema")
    recorder: str
    ids: list[str]
    note: str | None = None
    """What a person should know or do about the recorder, as a sentence."""


class LifterMessage(Message):
    """Retained: who lifts on this machine from the next set on, as its hub understood it; null: nobody said."""

    schema_: Literal["legpress/lifter/1"] = Field("legpress/lifter/1", alias="schema")
    athlete: AthleteId | None = None
    load_kg: LoadKg | None = None
    side: Side | None = None
    asked: Prescription | None = None


class AssignMessage(Message):
    """To the hub: who lifts next. It answers with `lifter`. A set that runs gets it only where nobody was known for it;
    what is older than a minute is not followed."""

    schema_: Literal["legpress/assign/1"] = Field("legpress/assign/1", alias="schema")
    athlete: AthleteId | None = None
    load_kg: LoadKg | None = None
    side: Side | None = None
    asked: Prescription | None = None


class ErasedSet(BaseModel):
    """number: 0 for the whole session; the times are those of its raw samples."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    session: Identity
    number: int
    started: Instant
    ended: Instant


class EraseMessage(Message):
    """To the hub: forget this athlete and these sets, in its outbox and in its journal. It answers with `erased`."""

    schema_: Literal["legpress/erase/1"] = Field("legpress/erase/1", alias="schema")
    athlete: AthleteId
    sets: list[ErasedSet]


class ErasedMessage(Message):
    """From the hub: it has forgotten the athlete."""

    schema_: Literal["legpress/erased/1"] = Field("legpress/erased/1", alias="schema")
    athlete: AthleteId
    messages: int = Field(ge=0)
    """So many waited in its outbox."""


class Gone(BaseModel):
    """An athlete who is erased, and when that was asked for."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    athlete: AthleteId
    asked: Instant


class ForgetMessage(Message):
    """From a chain's centre to a gym, its machine `all`: these athletes are erased, and these sets were one's of them
    by what was said at the centre. Said again until the gym has answered with `forgotten`, where that is asked."""

    schema_: Literal["legpress/forget/1"] = Field("legpress/forget/1", alias="schema")
    athletes: list[Gone] = Field(max_length=MOST_GONE)
    sets: list[ErasedSet] = Field([], max_length=MOST_SETS)
    answer: bool


class ForgottenMessage(Message):
    """From a gym to its chain's centre, its machine `all`: it has erased this athlete, told or by itself. Said again
    until the centre names the athlete in a `forget`."""

    schema_: Literal["legpress/forgotten/1"] = Field("legpress/forgotten/1", alias="schema")
    athlete: AthleteId
    asked: Instant
    sets: list[ErasedSet] = Field([], max_length=MOST_SETS)
    """Whose they were stood in the gym alone, as a later word."""
    outstanding: list[str]
    """What it has not reached there yet."""
