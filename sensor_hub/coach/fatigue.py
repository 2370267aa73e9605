"""How much slower a set became: velocity loss, the share by which a rep is slower than the fastest before it.

Source: Sánchez-Medina and González-Badillo 2011, who found it to go with lactate, ammonia and lost jump height.
"""

from collections.abc import Sequence

from sensor_hub.engine.metrics import UNKNOWN, Figure


def velocity_losses(velocities: Sequence[Figure]) -> list[Figure]:
    """Each rep's loss against the fastest up to it, 0 for that one; unknown where its velocity is."""
    losses: list[Figure] = []
    fastest = UNKNOWN
    for velocity in velocities:
        if velocity.value is not None and velocity.value > (fastest.value or 0.0):
            fastest = velocity
        losses.append(_loss(velocity, fastest))
    return losses


def velocity_loss(velocities: Sequence[Figure]) -> Figure:
    """The set's: of its last rep whose velocity is known. Unknown before there are two of them."""
    known = [loss for loss in velocity_losses(velocities) if loss.value is not None]
    return known[-1] if len(known) > 1 else UNKNOWN


def _loss(velocity: Figure, fastest: Figure) -> Figure:
    if velocity.value is None or velocity.sigma is None or fastest.value is None or fastest.sigma is None:
        return UNKNOWN
    if velocity is fastest:
        return Figure(0.0, 0.0)
    kept = velocity.value / fastest.value
    sigma = (velocity.sigma**2 + (kept * fastest.sigma) ** 2) ** 0.5 / fastest.value
    return Figure(1.0 - kept, sigma)
