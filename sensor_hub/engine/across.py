"""What the rail forbids tells what the sensor errs.

A sled cannot move across its rail. What the sensor says it moved there over a whole rep is rollers, rattle, a frame
that gives: and as much of it lies along the rail, hidden in the motion.

Steps
1. The force across the rail, in two directions, integrated over each stroke with the sled at rest at both ends.
2. A rail that is aimed a little wrong lets the motion through, there and back alike: over both strokes that cancels.
   What is left is error, of two strokes and in two directions.
3. Of it each stroke has a share that grows with its duration. What shakes within a stroke makes its peak uncertain.
"""

from dataclasses import dataclass

import numpy as np

from sensor_hub.engine.metrics import Stroke
from sensor_hub.engine.rail import Rail
from sensor_hub.model import FloatArray


@dataclass(frozen=True, slots=True)
class AcrossError:
    """Root mean square over both directions across the rail."""

    travel_m: float
    """Left over after a whole rep."""
    velocity_mps: float
    """What does not go with the motion, over both strokes."""
    duration_s: float
    """Of both strokes, their squares added."""

    def of(self, stroke: Stroke) -> float:
        """Standard uncertainty (m) of the stroke's travel along the rail."""
        return self.travel_m * (stroke.end_s - stroke.start_s) / max(self.duration_s, 1e-9)


def across_error(
    time_s: FloatArray, force_mps2: FloatArray, rail: Rail, strokes: tuple[Stroke, Stroke]
) -> AcrossError:
    """time_s, force_mps2: (n,) and (n, 3) samples of a rep in the sensor's frame; strokes: there and back."""
    axis = np.asarray(rail.axis)
    travel, variances = np.zeros(3), []
    for stroke in strokes:
        i, j = np.searchsorted(time_s, [stroke.start_s, stroke.end_s])
        if j - i < 3:
            continue
        velocity = _velocity(time_s[i:j], force_mps2[i:j])
        along = velocity @ axis
        across = velocity - along[:, None] * axis
        travel += np.trapezoid(across, time_s[i:j], axis=0)
        shaken = across - along[:, None] * (along @ across) / max(float(along @ along), 1e-12)
        variances.append(float((shaken**2).sum(axis=1).mean()))
    there, back = (stroke.end_s - stroke.start_s for stroke in strokes)
    shaking = float(np.mean(variances)) if variances else 0.0
    return AcrossError(float(np.linalg.norm(travel)) / 2**0.5, (shaking / 2) ** 0.5, float(np.hypot(there, back)))


def _velocity(time_s: FloatArray, force: FloatArray) -> FloatArray:
    """(n, 3) integral, at rest at both ends."""
    steps = np.diff(time_s)[:, None]
    velocity = np.concatenate([np.zeros((1, 3)), np.cumsum(0.5 * (force[1:] + force[:-1]) * steps, axis=0)])
    return np.asarray(velocity - ((time_s - time_s[0]) / (time_s[-1] - time_s[0]))[:, None] * velocity[-1])
