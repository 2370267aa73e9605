"""What was measured, and how those who measure do."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from sensor_hub.messages.base import (
    AthleteId,
    Finite,
    Identity,
    Instant,
    LinkState,
    LoadKg,
    Message,
    Progress,
    Side,
    successor,
)
from sensor_hub.model import BounceCause, Phase, Refusal
from sensor_hub.prescription import Prescription


class Live(Message):
    """10-20 a second, QoS 0, latest wins: the sled now. Durations are those of the running rep, provisional."""

    schema_: Annotated[Literal["legpress/live/2"], successor("legpress/live/1", "legpress/live/2")] = Field(
        "legpress/live/2", alias="schema"
    )
    at_s: Finite
    calibrated: bool
    position_m: Finite
    velocity_mps: Finite
    phase: Phase
    phase_elapsed_s: Finite
    set_number: int
    rep_count: int
    eccentric_s: Finite | None = None
    bottom_pause_s: Finite | None = None
    concentric_s: Finite | None = None
    top_pause_s: Finite | None = None
    range_low_m: Finite | None = None
    range_high_m: Finite | None = None
    """Lowest and highest position of the running set."""
    bounced: bool | None = None
    """Whether the running rep was thrown back at its turn, as it looks at once; the settled rep has the last word."""
    bounce_cause: BounceCause | None = None
    """Likewise what threw it back; null where nobody can tell."""
    full_range_m: Finite | None = None
    """The machine's, as far as its profile knows it."""
    bumper_m: Finite | None = None
    """How far below the top of the range the machine's bottom bumper is, as far as its profile knows it."""


class PhaseMessage(Message):
    """A phase has begun."""

    schema_: Literal["legpress/phase/1"] = Field("legpress/phase/1", alias="schema")
    session: Identity
    set_number: int
    rep_number: int
    phase: Phase
    start_s: Finite
    at_s: Finite


class SettledTrace(BaseModel):
    """Three columns of equal length."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    offset_s: list[Finite]
    position_m: list[Finite]
    velocity_mps: list[Finite]


class RepMessage(Message):
    """A settled rep; `time` is its end. Metrics as in sensor_hub.model.Rep. `trace` is its course, about 20 points a
    second: seconds after `start_s` (`turn_s` where that is null), position from where it began, pushing is positive.
    """

    schema_: Annotated[Literal["legpress/rep/2"], successor("legpress/rep/1", "legpress/rep/2")] = Field(
        "legpress/rep/2", alias="schema"
    )
    session: Identity
    set_number: int
    number: int
    start_s: Finite | None
    bottom_s: Finite | None
    turn_s: Finite
    end_s: Finite
    eccentric_s: Finite | None
    bottom_pause_s: Finite | None
    concentric_s: Finite
    top_pause_s: Finite | None
    rom_m: Finite | None
    mean_velocity_mps: Finite | None
    peak_velocity_mps: Finite | None
    mean_eccentric_velocity_mps: Finite | None
    peak_eccentric_velocity_mps: Finite | None
    turn_acceleration_mps2: Finite | None
    bounced: bool | None
    bounce_cause: BounceCause | None = None
    """Null where it did not bounce, where the sensor is too slow to tell, and from a hub that did not yet."""
    hard_lockout: bool | None
    partial: bool | None
    time_under_tension_s: Finite | None = None
    mean_propulsive_velocity_mps: Finite | None = None
    propulsive_share: Finite | None = None
    mean_power_w_per_kg: Finite | None = None
    peak_power_w_per_kg: Finite | None = None
    sticking_point_share: Finite | None = None
    sticking_velocity_share: Finite | None = None
    eccentric_control: Finite | None = None
    uncertainty: dict[str, Finite | None]
    trace: SettledTrace | None = None
    """Null from a hub that did not send it yet."""


class RejectedMessage(Message):
    """A stroke, or a pair of them, that was seen and not counted; `time` is its end, `gates` what it was judged by.
    Told at once; `session` is null where none runs. When one begins, those of the two minutes before are told again as
    its own. Of a session the first 200 are its own; no recorder keeps the others.
    """

    schema_: Literal["legpress/rejected/1"] = Field("legpress/rejected/1", alias="schema")
    session: Identity | None
    start_s: Finite
    end_s: Finite
    at_s: Finite
    reason: Refusal
    gates: dict[str, Finite | None]


class SetMessage(Message):
    """Sent when a set starts and again when it ends; the later one replaces the earlier."""

    schema_: Literal["legpress/set/1"] = Field("legpress/set/1", alias="schema")
    session: Identity
    number: int
    progress: Progress
    start_s: Finite
    end_s: Finite | None
    started: Instant
    ended: Instant | None
    rep_count: int
    incline_deg: Finite | None
    top_pauses_s: list[Finite | None] = []  # noqa: RUF012 (pydantic copies it)
    """Top pause after each rep, known for certain when the set has ended; the last is null."""
    athlete: AthleteId | None = None
    """Who lifts, as somebody said at the machine before it ended; null where nobody did, and for guests."""
    load_kg: LoadKg | None = None
    side: Side | None = None
    asked: Prescription | None = None


class SessionMessage(Message):
    """Sent when a session starts and again when it ends; the later one replaces the earlier."""

    schema_: Literal["legpress/session/1"] = Field("legpress/session/1", alias="schema")
    session: Identity
    progress: Progress
    started: Instant
    ended: Instant | None
    sensor: Identity
    athlete: AthleteId | None = None
    """Where all sets are of one; likewise the load."""
    load_kg: Finite | None = None
    set_count: int = 0
    rep_count: int = 0


class MotionMessage(Message):
    """About one second of the sled's motion at 10 Hz, only while a set runs; equal lengths, instants in UTC by
    `time` + `offset_s[i]` (`time` belongs to the first)."""

    schema_: Literal["legpress/motion/1"] = Field("legpress/motion/1", alias="schema")
    session: Identity
    set_number: int
    start_s: Finite
    offset_s: list[Finite]
    position_m: list[Finite]
    velocity_mps: list[Finite]
    phase: list[Phase]


class RawMessage(Message):
    """A chunk of samples as the sensor sent them; `time` belongs to the first, `data` is decoded by
    sensor_hub.store.chunks."""

    schema_: Literal["legpress/raw/1"] = Field("legpress/raw/1", alias="schema")
    session: Identity | None
    sensor: Identity
    start_s: Finite
    end_s: Finite
    count: int = Field(ge=0)
    lost: int | None = 0
    """Samples missing directly before this chunk; null where nobody can know."""
    encoding: Literal["samples/1"] = "samples/1"
    data: str
    """Base64."""


class SensorMessage(Message):
    """Retained: the sensor on this machine and its link."""

    schema_: Literal["legpress/sensor/1"] = Field("legpress/sensor/1", alias="schema")
    sensor: Identity
    name: str
    family: str
    firmware: str | None = None
    state: LinkState
    battery_percent: int | None = None
    battery_h: Finite | None = None
    """Hours of use until it is empty; null until that can be told. In a set both stay as they were before it."""
    clock_error_ppm: Finite | None = None
    """How much faster the sensor's clock runs than the hub's."""
    rssi_dbm: int | None = None
    rate_hz: Finite | None = None
    loss_ratio: Finite | None = None
    packet_interval_s: Finite | None = None
    """Mean time between the last notifications."""
    dropped_notifications: int | None = None
    """Those the hub was too slow to take, since it met the sensor."""
    adapter: str | None = None
    """The one of the hub's that carries it."""
    behind_s: Finite | None = None
    """While it catches up: how much is still to come."""
    note: str | None = None
    """What a person should know or do, as a sentence."""


class StatusMessage(Message):
    """Retained, and the hub's last will: whether anyone is watching this machine."""

    schema_: Literal["legpress/status/1"] = Field("legpress/status/1", alias="schema")
    hub: str
    online: bool
    version: str
