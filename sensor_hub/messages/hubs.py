"""What a hub tells of itself, for those who look after many."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from sensor_hub.messages.base import Finite, Identity, Instant, LinkState, Message, Name

Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Count = Annotated[int, Field(ge=0, lt=2**53)]
Word = Annotated[str, Field(max_length=120)]
Setting = bool | int | Finite | Word | None
MOST_MACHINES = 128


class HubPart(BaseModel):
    """grade: as in /health; since: when it became so."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    part: Word
    grade: Literal["good", "poor", "bad", "unknown"]
    since: Instant


class HubMachine(BaseModel):
    """A machine of the hub's, and the sensor on it; null where nobody knows, or no sensor was met yet."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    site: Name
    machine: Name
    sensor: Identity | None = None
    name: Word | None = None
    family: Word | None = None
    firmware: Word | None = None
    state: LinkState | None = None
    heard: Instant | None = None
    """When samples came last, since the hub runs."""
    battery_percent: int | None = None
    battery_h: Finite | None = None
    """Hours of use until it is empty."""
    rssi_dbm: int | None = None
    clock_error_ppm: Finite | None = None
    samples: Count = 0
    lost: Count = 0
    """Since the hub runs, those whose number is known."""
    loss_ratio: Share | None = None
    """Lost over all, of the last 24 hours or since the hub runs; null where none came."""


class HubMessage(Message):
    """Retained: what a hub runs on, how it does, and the settings that count. `machine` is the hub's own name. Told
    every quarter of an hour, and when something changes."""

    schema_: Literal["legpress/hub/1"] = Field("legpress/hub/1", alias="schema")
    version: Word
    python: Word
    system: Word
    board: Word | None = None
    started: Instant
    clock_synchronised: bool | None = None
    """As the computer's kernel says; null where it cannot be asked."""
    disk_bytes: Count | None = None
    disk_free_bytes: Count | None = None
    disk_days: Count | None = None
    """Until the disk of the data folder is full at the present rate; null where that cannot be told."""
    waiting: Count = 0
    """Messages in the hub's outboxes that no broker has acknowledged."""
    parts: list[HubPart] = Field(max_length=32)
    settings: dict[Word, Setting] = Field(max_length=64)
    """Those that sensor_hub.app.running.report lists. No secret, address or path is among them."""
    machines: list[HubMachine] = Field(max_length=MOST_MACHINES)
