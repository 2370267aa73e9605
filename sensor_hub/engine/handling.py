"""Whether a hand has the sensor, or only shifts what it sits on.

Steps
1. Velocity across the rail is no sled's. By itself it only says that something was shifted sideways: along the rail
   the integral still holds, and each rep is judged by where its own strokes led (gates.py).
2. Force across the rail, averaged over longer than any stroke, is gravity that has turned: whoever shifts the sensor
   comes to a stop again, and what drives it averages out. Velocity across the rail and gravity that has turned
   together are a hand on the sensor: no integral holds until the next rest.
"""

import math

from sensor_hub.engine.params import Params
from sensor_hub.engine.steps import Step
from sensor_hub.engine.vectors import Vector, dot, size

LEAN_S = 8.0
"""Memory of the mean force: longer than a stroke."""
ALONG_SHARE = 0.3
"""Share of the velocity along the rail that a rail found a little off it shows across."""
UPRIGHT: Vector = (0.0, 0.0, 0.0)


class Handling:
    def __init__(self, params: Params) -> None:
        self._across_mps = params.disturbed_mps
        self._turned = math.sin(math.radians(params.handled_deg))
        self._lean = UPRIGHT
        """Mean force beyond gravity, fading."""

    def rest(self) -> None:
        """The sensor rests, and gravity is known again."""
        self._lean = UPRIGHT

    def advance(self, step: Step, gravity: Vector) -> None:
        (x, y, z), (mx, my, mz), (gx, gy, gz) = self._lean, step.mean_mps2, gravity
        share = min(1.0, step.duration_s / LEAN_S)
        self._lean = (x + share * (mx - gx - x), y + share * (my - gy - y), z + share * (mz - gz - z))

    def handled(self, velocity: Vector, axis: Vector, gravity: Vector) -> bool:
        """velocity: of the last moments, in the sensor's frame."""
        along = abs(dot(velocity, axis))
        if _across(velocity, axis) <= self._across_mps + ALONG_SHARE * along:
            return False
        return _across(self._lean, axis) > self._turned * size(gravity)


def _across(vector: Vector, axis: Vector) -> float:
    along = dot(vector, axis)
    return math.sqrt(max(0.0, dot(vector, vector) - along * along))
