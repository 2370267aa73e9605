"""How the sled was turned round at the bottom and stopped at the top.

Bounce: a descent of at least `brisk_mps` that was not braked but thrown back, by the bumper or by rebound. The time in
which its last `brisk_mps` vanish tells: under `bounce_s` on a bumper; a controlled turn takes twice that and more,
however fast the descent was. A slower rebound shows in the whole approach: from four fifths of its speed to
upward movement in under `rebound_s`, where a controlled turn brakes for 0.3 s.

Its cause: how long the reversal takes, which is the change of velocity over it divided by its steepest slope. Two hard
bodies that meet part again within `stop_s`; legs that give and spring back take `thrown_s` or longer.

Hard lockout: the same at the top. The concentric's last `brisk_mps` vanish in under `lockout_s`, where even an
explosive drive that is ended with control takes longer. Knees or an upper stop look alike to the sled.

Source: the turn's force, not the descent's speed, marks a bounce (Achermann 2025). A sensor whose samples are further
apart than SPACING_SHARE of what is to be told apart cannot tell: the flag is None. So is the cause from
CAUSE_SPACING_S on.
"""

import numpy as np

from sensor_hub.engine.params import Params
from sensor_hub.engine.spacing import spacing_of
from sensor_hub.model import MOVING_MPS, BounceCause, FloatArray

APPROACH_S = 0.3
"""How long before the turn the descent's speed is looked up."""
BRAKED_SHARE = 0.8
SPACING_SHARE = 0.6
"""Of what is to be told apart, how far samples may lie from one another."""
CRUSH_S = 0.05
"""Width over which the turn's acceleration is averaged."""
CAUSE_SPACING_S = 0.0135
"""74 samples a second: from here on sampling itself makes a hit as long as a rebound."""
STEEPEST_S = 0.02
"""Width over which a reversal's slope is taken."""
AROUND_S = 0.1
"""A reversal is looked for so close to the turn, and changes the velocity so long before and after its steepest."""


def bounced(time_s: FloatArray, velocity_mps: FloatArray, far: int, params: Params) -> bool | None:
    """far: index of the lowest point; velocity (n,) negative before it."""
    if spacing_of(time_s) > SPACING_SHARE * params.bounce_s:
        return None
    if vanishing_s(time_s, -velocity_mps, far, params.brisk_mps) <= params.bounce_s:
        return True
    speed, brake_s = braking(time_s, -velocity_mps, far)
    up = np.flatnonzero(velocity_mps[far:] >= MOVING_MPS)
    dwell_s = float(time_s[far + up[0]] - time_s[far]) if len(up) else np.inf
    return speed >= params.brisk_mps and brake_s + dwell_s <= params.rebound_s


def bounce_cause(
    time_s: FloatArray, velocity_mps: FloatArray, turn_s: float, params: Params
) -> BounceCause | None:
    """What reversed the sled in a bounce about `turn_s`; None where that cannot be told, or not yet.

    time_s, velocity_mps: (n,), the velocity right but for a constant."""
    if len(time_s) < 4 or spacing_of(time_s) > CAUSE_SPACING_S:
        return None
    took_s = reversal_s(time_s, velocity_mps, turn_s)
    if took_s is None or params.stop_s < took_s < params.thrown_s:
        return None
    return BounceCause.STOP if took_s <= params.stop_s else BounceCause.REBOUND


def reversal_s(time_s: FloatArray, velocity_mps: FloatArray, turn_s: float) -> float | None:
    """How long the velocity would take to change as it did, all at its steepest; None where it did not rise, or not
    all of that has been seen."""
    i, j = np.searchsorted(time_s, [turn_s - AROUND_S, turn_s + AROUND_S])
    rise = np.interp(time_s[i:j] + STEEPEST_S, time_s, velocity_mps) - velocity_mps[i:j]
    if not len(rise) or rise.max() <= 0:
        return None
    middle_s = float(time_s[i + int(rise.argmax())]) + STEEPEST_S / 2
    if not time_s[0] <= middle_s - AROUND_S <= middle_s + AROUND_S <= time_s[-1]:
        return None
    before, after = np.interp([middle_s - AROUND_S, middle_s + AROUND_S], time_s, velocity_mps)
    return float(after - before) / float(rise.max()) * STEEPEST_S


def hard_lockout(time_s: FloatArray, velocity_mps: FloatArray, end: int, params: Params) -> bool | None:
    """end: index at which the concentric has ended; velocity (n,) positive before it."""
    if spacing_of(time_s) > SPACING_SHARE * params.lockout_s:
        return None
    return vanishing_s(time_s, velocity_mps, end, params.brisk_mps) <= params.lockout_s


def vanishing_s(time_s: FloatArray, speed_mps: FloatArray, end: int, from_mps: float) -> float:
    """Time (s) from the last instant at `from_mps` to standstill near index `end`; infinite where never that fast."""
    first = int(np.searchsorted(time_s, time_s[end] - 2.0))
    fast = first + np.flatnonzero(speed_mps[first : end + 1] >= from_mps)
    if not len(fast):
        return np.inf
    start_s = _crossing(time_s, speed_mps, int(fast[-1]), from_mps)
    slow = fast[-1] + np.flatnonzero(speed_mps[fast[-1] :] <= MOVING_MPS)
    if not len(slow):
        return np.inf
    return _crossing(time_s, speed_mps, int(slow[0]) - 1, MOVING_MPS) - start_s


def braking(time_s: FloatArray, speed_mps: FloatArray, end: int) -> tuple[float, float]:
    """Approach speed (m/s) and the time (s) from four fifths of it to index `end`."""
    first = int(np.searchsorted(time_s, time_s[end] - APPROACH_S))
    approach = speed_mps[first : end + 1]
    speed = float(approach.max())
    if speed <= 0:
        return 0.0, 0.0
    fast = np.flatnonzero(approach >= BRAKED_SHARE * speed)
    return speed, float(time_s[end] - time_s[first + fast[-1]])


def turn_acceleration(time_s: FloatArray, velocity_mps: FloatArray, far: int) -> float:
    """Largest mean acceleration (m/s²) over `CRUSH_S` in the quarter second around the lowest point."""
    i = int(np.searchsorted(time_s, time_s[far] - 0.125))
    j = int(np.searchsorted(time_s, time_s[far] + 0.125, side="right"))
    t, v = time_s[i:j], velocity_mps[i:j]
    if len(t) < 2:
        return 0.0
    width = max(CRUSH_S, spacing_of(t))
    later = np.interp(t + width, time_s, velocity_mps)
    return float(np.max(later - v)) / width


def _crossing(time_s: FloatArray, speed_mps: FloatArray, i: int, level_mps: float) -> float:
    """When the speed falls through the level between samples i and i + 1."""
    j = min(i + 1, len(time_s) - 1)
    fall = speed_mps[i] - speed_mps[j]
    share = 0.0 if fall <= 0 else float(np.clip((speed_mps[i] - level_mps) / fall, 0.0, 1.0))
    return float(time_s[i] + share * (time_s[j] - time_s[i]))
