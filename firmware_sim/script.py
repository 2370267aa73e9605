"""What will happen in one performance: strokes, blows, spells, and which reps they make."""

from dataclasses import dataclass, field
from enum import StrEnum

from firmware_sim.strokes import Stroke
from sensor_hub.model import BounceCause


class SpellKind(StrEnum):
    HOLDING = "holding"
    """The lifter's legs carry the sled: tremor and sway. Strength: m/s²."""
    HANDLED = "handled"
    """The sensor is in a hand. Strength: 1."""
    LEANING = "leaning"
    """Somebody leans on the frame. Strength: degrees."""


@dataclass(frozen=True, slots=True)
class Spell:
    kind: SpellKind
    start_s: float
    end_s: float
    strength: float


@dataclass(frozen=True, slots=True)
class Blow:
    """A knock on the sled from outside, which sets it ringing but does not move it."""

    at_s: float
    strength_mps2: float


@dataclass(frozen=True, slots=True)
class Knock:
    """The clip turns on the sled by an angle about a chance axis, within `duration_s`."""

    at_s: float
    duration_s: float
    angle_deg: float


@dataclass(frozen=True, slots=True)
class PlannedRep:
    eccentric: Stroke
    concentric: Stroke
    start_s: float
    """Start and end of the strokes and contacts that make it up."""
    end_s: float
    bounce_cause: BounceCause | None = None


@dataclass(slots=True)
class Script:
    strokes: list[Stroke] = field(default_factory=list)
    spells: list[Spell] = field(default_factory=list)
    blows: list[Blow] = field(default_factory=list)
    knocks: list[Knock] = field(default_factory=list)
    sets: list[list[PlannedRep]] = field(default_factory=list)
    duration_s: float = 0.0
