"""How the sled was turned round at the bottom and stopped at the top.

Bounce: a descent still faster than `bounce_speed_mps` that is stopped and reversed within `bounce_s`, by the bumper
or by rebound. A controlled turn brakes for 0.3 s or more however fast the descent was, so the braking time decides: from
the last instant at four fifths of the speed before the turn to the reversal.

Hard lockout: `lockout_drop_mps` or more of the concentric's velocity is lost within `lockout_s` at its end. The chip's
own bandwidth smears that by a sample on either side.
Source for both: the turn's force, not the descent's speed, marks a bounce (Achermann 2025).
"""

import numpy as np

from sensor_hub.engine.params import Params
from sensor_hub.model import MOVING_MPS, FloatArray

APPROACH_S = 0.3
"""How long before the turn the descent's speed is looked up."""
BRAKED_SHARE = 0.8
CRUSH_S = 0.05
"""Width over which the turn's acceleration is averaged."""


def braking(time_s: FloatArray, velocity_mps: FloatArray, reversal: int) -> tuple[float, float]:
    """Approach speed (m/s) and the time (s) from four fifths of it to the reversal at index `reversal`.

    velocity_mps: (n,), negative before the reversal.
    """
    first = int(np.searchsorted(time_s, time_s[reversal] - APPROACH_S))
    approach = -velocity_mps[first : reversal + 1]
    speed = float(approach.max())
    if speed <= 0:
        return 0.0, 0.0
    fast = np.flatnonzero(approach >= BRAKED_SHARE * speed)
    return speed, float(time_s[reversal] - time_s[first + fast[-1]])


def bounced(time_s: FloatArray, velocity_mps: FloatArray, far: int, params: Params) -> bool:
    """far: index of the lowest point. Reversed means upward movement within `bounce_s` of fast descent."""
    up = np.flatnonzero(velocity_mps[far:] >= MOVING_MPS)
    if not len(up):
        return False
    reversal = far + int(up[0])
    speed, brake_s = braking(time_s, velocity_mps, far)
    dwell_s = float(time_s[reversal] - time_s[far])
    return speed >= params.bounce_speed_mps and brake_s + dwell_s <= params.bounce_s


def hard_lockout(time_s: FloatArray, velocity_mps: FloatArray, end: int, params: Params) -> bool:
    """end: index at which the concentric has ended."""
    first = int(np.searchsorted(time_s, time_s[end] - 0.25))
    last = min(end + 3, len(time_s) - 1)
    t, v = time_s[first : last + 1], velocity_mps[first : last + 1]
    return largest_drop(t, v, params.lockout_s) >= params.lockout_drop_mps * 1.5


def largest_drop(time_s: FloatArray, velocity_mps: FloatArray, within_s: float) -> float:
    """Largest loss of velocity (m/s) over any `within_s`, velocity interpolated between samples."""
    if len(time_s) < 2:
        return 0.0
    later = np.interp(time_s + within_s, time_s, velocity_mps)
    return float(np.max(velocity_mps - later))


def turn_acceleration(time_s: FloatArray, velocity_mps: FloatArray, far: int) -> float:
    """Largest mean acceleration (m/s²) over `CRUSH_S` in the quarter second around the lowest point."""
    i = int(np.searchsorted(time_s, time_s[far] - 0.125))
    j = int(np.searchsorted(time_s, time_s[far] + 0.125, side="right"))
    t, v = time_s[i:j], velocity_mps[i:j]
    if len(t) < 2:
        return 0.0
    width = max(CRUSH_S, float(np.median(np.diff(t))))
    later = np.interp(t + width, time_s, velocity_mps)
    return float(np.max(later - v)) / width
