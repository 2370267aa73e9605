"""How much of the help that a muscle gets from being stretched first is left after the pause at the bottom.

Source: Wilson, Elliott and Wood 1991: the gain from a preceding stretch halves every 0.85 s of pause (bench press at
95 % of the maximum, twelve lifters). Nobody has measured it on a leg press; it tells pauses apart, not people.
"""

from math import log

from sensor_hub.engine.metrics import UNKNOWN, Figure

HALF_LIFE_S = 0.85


def stretch_shortening_retained(bottom_pause: Figure) -> Figure:
    """Share (0 to 1) that is left after a pause in seconds; 1 without a pause."""
    if bottom_pause.value is None or bottom_pause.sigma is None:
        return UNKNOWN
    retained = float(0.5 ** (max(0.0, bottom_pause.value) / HALF_LIFE_S))
    return Figure(retained, retained * log(2.0) / HALF_LIFE_S * bottom_pause.sigma)
