"""The rail's direction as whole strokes show it, which the first motion and gravity only suggest.

The force over a stroke, integrated and straightened so that it starts and ends at rest, is a velocity free of gravity
and of the chip's offset. The principal direction of its scatter is the rail, to a tenth of a degree or so after one
rep. With gravity at rest it gives the incline; there the chip's offset is back and turns gravity by about a degree.
"""

from dataclasses import dataclass, field, replace

import numpy as np

from sensor_hub.engine.frame import AIM_DEG
from sensor_hub.engine.rail import Rail
from sensor_hub.engine.spacing import spacing_of
from sensor_hub.engine.vectors import Vector, angle_deg
from sensor_hub.model import FloatArray

OFFSET_DEG = 1.3
"""Standard uncertainty of an incline from the chip's offset and scale, 20 mg or so."""
LEAST_SAMPLES = 12
"""Fewer samples do not show a stroke's direction."""
AIM_SIGMAS = 3.0
"""Strokes that lead off the rail must do so by so many times what went across them."""
SLOPE_DEG = 10.0
LAUNCH_DEG = 25.0
"""A clip that turns about gravity leaves the incline as it was: so nearly where reps have told it, and so where the
rail was found from its first motion."""
LINEAR_RATIO = 0.15
"""Motion across the rail, as a share of that along it, up to which the direction is believed."""


def aimed(rail: Rail, direction: "Direction", confirmed: bool) -> tuple[Rail, float] | None:
    """The rail along a rep's strokes, and by how many degrees it was off them; None where it was not. The clip has
    turned about gravity: a turn that gravity shows is noticed at rest. confirmed: whether reps have told the rail."""
    line = direction.line()
    if line is None:
        return None
    (x, y, z), across = line[0].tolist(), line[1]
    axis: Vector = (x, y, z) if float(line[0] @ rail.axis) > 0 else (-x, -y, -z)
    off = angle_deg(axis, rail.axis)
    if off < max(AIM_DEG, AIM_SIGMAS * float(np.degrees(across))):
        return None
    found = replace(rail, axis=axis)
    if abs(found.incline_deg - rail.incline_deg) > (SLOPE_DEG if confirmed else LAUNCH_DEG):
        return None
    return found, off


@dataclass(frozen=True, slots=True)
class Incline:
    """A rail's angle with its standard uncertainty."""

    deg: float
    sigma_deg: float


@dataclass(frozen=True, slots=True, eq=False)
class Direction:
    """(3, 3) scatter of the velocity over so many strokes, in the sensor's frame."""

    scatter: FloatArray = field(default_factory=lambda: np.zeros((3, 3)))
    strokes: int = 0

    def with_stroke(self, time_s: FloatArray, force_mps2: FloatArray) -> "Direction":
        """(n,) and (n, 3): the samples of one more stroke, which starts and ends at rest."""
        if len(time_s) < LEAST_SAMPLES:
            return self
        steps = 0.5 * (force_mps2[1:] + force_mps2[:-1]) * np.diff(time_s)[:, None]
        velocity = np.concatenate([np.zeros((1, 3)), np.cumsum(steps, axis=0)])
        elapsed = (time_s - time_s[0]) / (time_s[-1] - time_s[0])
        velocity -= np.outer(elapsed, velocity[-1])
        more = velocity.T @ velocity * spacing_of(time_s)
        return Direction(self.scatter + more, self.strokes + 1)

    def __add__(self, other: "Direction") -> "Direction":
        return Direction(self.scatter + other.scatter, self.strokes + other.strokes)

    def share_along(self, axis: Vector) -> float | None:
        """Share of the strokes' motion that was along this line; None until both have told."""
        total = float(np.trace(self.scatter))
        if self.strokes < 2 or total <= 0.0:
            return None
        unit = np.asarray(axis)
        return float(unit @ self.scatter @ unit) / total

    def line(self) -> tuple[FloatArray, float] | None:
        """(3,) unit direction, of either sign, and how much went across it, as a share of the speed along it. None
        until two strokes have told, or where they were not along one line."""
        if self.strokes < 2:
            return None
        values, vectors = np.linalg.eigh(self.scatter)
        across = float(max(values[1], 0.0) / values[2]) ** 0.5
        return None if across > LINEAR_RATIO else (vectors[:, 2], across)

    def incline(self, gravity: Vector) -> Incline | None:
        """Unsigned. gravity: its reaction at rest."""
        line = self.line()
        if line is None:
            return None
        axis, across = line
        rise = abs(float(axis @ gravity)) / float(np.linalg.norm(gravity))
        sigma = float(np.hypot(OFFSET_DEG, np.degrees(across) / self.strokes**0.5))
        return Incline(float(np.degrees(np.arcsin(min(1.0, rise)))), sigma)
