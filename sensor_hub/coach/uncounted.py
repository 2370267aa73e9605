"""What was not counted, and the set it was seen in."""

from collections.abc import Sequence

from sensor_hub.engine.params import Params
from sensor_hub.messages import RejectedMessage, SetMessage
from sensor_hub.model import Refusal

NEAR_S = Params().set_pause_s
"""So close to a set somebody was still, or already, at it."""
NO_STROKES = frozenset({Refusal.RACKED, Refusal.AT_REST})
"""What nobody did as a rep."""


def set_of(rejected: RejectedMessage, sets: Sequence[SetMessage]) -> int | None:
    """Number of the nearest set that it was seen in, or shortly before or after. None between sets, and for what was no
    stroke of anybody's."""
    if rejected.reason in NO_STROKES:
        return None
    near = [(_apart_s(rejected, one), -one.number) for one in sets]
    apart_s, number = min(near, default=(NEAR_S, 0))
    return -number if apart_s < NEAR_S else None


def _apart_s(rejected: RejectedMessage, one: SetMessage) -> float:
    """0 within the set; one that nobody has ended goes on."""
    before_s = one.start_s - rejected.end_s
    after_s = 0.0 if one.end_s is None else rejected.start_s - one.end_s
    return max(before_s, after_s, 0.0)
