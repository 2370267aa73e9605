"""The domain in frozen dataclasses: what a sensor measured, what the engine saw in it.

Units are in the names. Instants (`*_s`) are device seconds; intervals are half-open, [start, end).
Position and velocity are along the rail, positive away from the stops' lower end: the concentric drives the
sled towards positive, the eccentric lets it come back.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

STANDARD_GRAVITY_MPS2 = 9.80665
MOVING_MPS = 0.02
"""The sled moves while |v| is at least this: the definition every phase boundary follows from."""


class Phase(StrEnum):
    """Where in a repetition the sled is. The tempo digits are the first four, in this order."""

    ECCENTRIC = "eccentric"
    BOTTOM = "bottom"
    CONCENTRIC = "concentric"
    TOP = "top"
    IDLE = "idle"


class Refusal(StrEnum):
    """Why a stroke, or a pair of them, was not counted as a rep."""

    SHORT = "short"
    """Shorter than the shortest stroke that counts."""
    LONG = "long"
    """Longer than any machine."""
    SLOW = "slow"
    """So slow on average that it was knocks, or plates being loaded."""
    OFF_RAIL = "off_rail"
    """The sensor did not move along the rail."""
    UNEVEN = "uneven"
    """It came back by far more than it had gone."""
    UNSEEN = "unseen"
    """Too few samples of it came."""
    AT_REST = "at_rest"
    """What seemed to move lay in a rest, as was seen when the rail was found."""
    RACKED = "racked"
    """The sled was put on its stops."""
    PARKED = "parked"
    """The sled stayed at the far end."""
    HANDLED = "handled"
    """Somebody shifted or turned the sensor."""
    LOST = "lost"
    """The sled seemed to move as no sled can: the track was lost."""


class BounceCause(StrEnum):
    """What reversed a sled that bounced."""

    STOP = "stop"
    """It hit something hard."""
    REBOUND = "rebound"
    """It was thrown back softly, by the lifter's own spring."""


class GapReason(StrEnum):
    LOST = "lost"
    """Packets went missing on the air; sequence numbers tell how many."""
    DISCONNECTED = "disconnected"
    RESTARTED = "restarted"
    """The sensor's clock started again from zero."""


@dataclass(frozen=True, slots=True, eq=False)
class Samples:
    """A block of consecutive samples.

    time_s: (n,) strictly increasing device seconds. accel_mps2: (n, 3) specific force, gravity included, sensor
    frame. gyro_radps: (n, 3) or None. resolution_mps2: one count of the sensor's converter, 0 where unknown.
    saturated: whether any sample of the block sits at the end of the sensor's range. time_sigma_s: standard
    uncertainty of the time between two samples some seconds apart, beyond that they are evenly spaced; 0 where the
    sensor dates them itself.
    """

    time_s: FloatArray
    accel_mps2: FloatArray
    gyro_radps: FloatArray | None = None
    resolution_mps2: float = 0.0
    saturated: bool = False
    time_sigma_s: float = 0.0

    def __len__(self) -> int:
        return len(self.time_s)


@dataclass(frozen=True, slots=True)
class Gap:
    """Samples that are missing between two blocks. `lost` is their number, None where nobody can know."""

    start_s: float
    end_s: float
    lost: int | None
    reason: GapReason = GapReason.LOST


@dataclass(frozen=True, slots=True, kw_only=True)
class Rep:
    """One settled repetition. A metric that cannot be known is None. Velocities without "eccentric" are concentric.

    uncertainty: the standard uncertainty of each metric, by the metric's name and in its unit; None where the
    metric itself is None.
    """

    number: int
    start_s: float | None = None
    bottom_s: float | None = None
    turn_s: float
    end_s: float
    eccentric_s: float | None = None
    bottom_pause_s: float | None = None
    concentric_s: float
    top_pause_s: float | None = None
    """Pause before the next rep's start; None for a set's last rep and while the next has not begun."""
    rom_m: float | None = None
    mean_velocity_mps: float | None = None
    peak_velocity_mps: float | None = None
    mean_eccentric_velocity_mps: float | None = None
    peak_eccentric_velocity_mps: float | None = None
    turn_acceleration_mps2: float | None = None
    bounced: bool | None = None
    bounce_cause: BounceCause | None = None
    """None where it did not bounce, too."""
    hard_lockout: bool | None = None
    partial: bool | None = None
    time_under_tension_s: float | None = None
    """Eccentric, pause and concentric: from the rep's first movement to its last. The pause after it is not in it."""
    mean_propulsive_velocity_mps: float | None = None
    propulsive_share: float | None = None
    """Of the concentric's time, the part before the sled brakes harder than gravity would."""
    mean_power_w_per_kg: float | None = None
    peak_power_w_per_kg: float | None = None
    """Per kilogram of moved load, without friction."""
    sticking_point_share: float | None = None
    """Where the concentric is slowest between two peaks, as a share of its way from the bottom; None without one."""
    sticking_velocity_share: float | None = None
    """Velocity there as a share of the peak before."""
    eccentric_control: float | None = None
    """1 for a lowering at one speed, less the more the speed varied."""
    uncertainty: Mapping[str, float | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RepTrace:
    """The settled course of a rep from the start of its first stroke to the end of its last, evenly spaced at about
    20 Hz. Three columns of equal length."""

    offset_s: tuple[float, ...]
    """From the rep's first instant: its `start_s`, or `turn_s` where the concentric comes first."""
    position_m: tuple[float, ...]
    """From where the sled was at that instant; positive along the concentric like everywhere."""
    velocity_mps: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Set:
    number: int
    start_s: float
    end_s: float
    reps: tuple[Rep, ...]


@dataclass(frozen=True, slots=True)
class Event:
    """Root of what the engine tells. at_s: device time of the newest sample it had used."""

    at_s: float


@dataclass(frozen=True, slots=True)
class Calibrated(Event):
    """The rail is known: (3,) unit axis in the sensor frame, pointing along the concentric."""

    axis: tuple[float, float, float]
    incline_deg: float
    recalibrated: bool
    """True when the clip had moved since the newest rep and this replaces an earlier frame."""
    turned_deg: float | None = None
    """By how much gravity had turned in the sensor's frame; None where the clip had not moved."""


@dataclass(frozen=True, slots=True)
class Motion(Event):
    """Provisional state of the sled for a screen, about 20 times a second."""

    position_m: float
    velocity_mps: float
    phase: Phase
    phase_start_s: float
    set_number: int
    """0 before the first set."""
    rep_count: int
    """Settled reps of the running (or last) set."""


@dataclass(frozen=True, slots=True)
class PhaseBegan(Event):
    phase: Phase
    start_s: float
    set_number: int
    rep_number: int
    """The rep the phase belongs to, from 1."""


@dataclass(frozen=True, slots=True)
class RepSettled(Event):
    set_number: int
    rep: Rep
    trace: RepTrace


@dataclass(frozen=True, slots=True)
class Saturated(Event):
    """The sensor's range was exceeded within a rep. Told once a set, before the first such rep."""

    set_number: int
    limit_mps2: float


@dataclass(frozen=True, slots=True)
class SetStarted(Event):
    set_number: int
    start_s: float


@dataclass(frozen=True, slots=True)
class SetEnded(Event):
    set: Set


@dataclass(frozen=True, slots=True)
class CandidateRejected(Event):
    """A stroke that looked like a rep and was not counted. gates: each measured value that was judged."""

    start_s: float
    end_s: float
    reason: Refusal
    gates: Mapping[str, float | None]


@dataclass(frozen=True, slots=True)
class GapSeen(Event):
    gap: Gap
