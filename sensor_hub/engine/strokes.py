"""What the state machine tells: a phase has begun, a pair of strokes is finished."""

from dataclasses import dataclass

from sensor_hub.model import Phase, Refusal


@dataclass(frozen=True, slots=True)
class PhaseChange:
    phase: Phase
    start_s: float


@dataclass(frozen=True, slots=True)
class Candidate:
    """A finished stroke pair, as seen live: rough instants for the smoother to refine, and the gate values."""

    refusal: Refusal | None
    """Why it is none; None where it looks like a rep."""
    concentric_first: bool
    start_s: float
    far_s: float
    """When the sled was furthest from home."""
    end_s: float
    depth_m: float
    returned_share: float
    turned_at_home: bool
    """The next stroke began at once; there was no stop."""
