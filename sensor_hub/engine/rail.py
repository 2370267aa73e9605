"""The rail a sled moves on, as the sensor's frame has it, and what is not known of a track that starts on it."""

from dataclasses import dataclass, replace

import numpy as np

from sensor_hub.engine.vectors import Vector
from sensor_hub.model import FloatArray

AT_REST_MPS = 0.05
IN_MOTION_MPS = 0.5
"""Standard uncertainty of the velocity at the start of a track, from a rest and from the middle of a motion."""
NO_REST_S = 8.0
"""A stream without a rest for this long is taken to have started in motion; gravity is its mean over as long."""


@dataclass(frozen=True, slots=True)
class Rail:
    """(3,) unit axis along the concentric, and gravity's reaction at rest (m/s², the chip's offset included)."""

    axis: Vector
    gravity: Vector
    offset_sigma_mps2: float
    start_speed_mps: float = AT_REST_MPS
    """What is not known of the velocity at the start of the motion."""
    offset_mps2: float = 0.0
    """Known offset along the axis, beyond gravity's reaction."""

    def in_motion(self) -> "Rail":
        """The same rail for a track that starts in the middle of a motion."""
        sigma = max(self.offset_sigma_mps2, IN_MOTION_MPS / NO_REST_S)
        return replace(self, offset_sigma_mps2=sigma, start_speed_mps=IN_MOTION_MPS)

    def with_offset(self, offset_mps2: float, sigma_mps2: float) -> "Rail":
        return replace(self, offset_mps2=offset_mps2, offset_sigma_mps2=sigma_mps2)

    @property
    def incline_deg(self) -> float:
        g = np.asarray(self.gravity)
        return float(np.degrees(np.arcsin(np.clip(np.dot(self.axis, g) / np.linalg.norm(g), -1.0, 1.0))))

    def along_all(self, force: FloatArray) -> FloatArray:
        """(n, 3) specific force to (n,) acceleration along the rail."""
        a, g = self.axis, self.gravity
        return a[0] * (force[:, 0] - g[0]) + a[1] * (force[:, 1] - g[1]) + a[2] * (force[:, 2] - g[2])

    def along(self, force: Vector) -> float:
        a, g = self.axis, self.gravity
        return a[0] * (force[0] - g[0]) + a[1] * (force[1] - g[1]) + a[2] * (force[2] - g[2])
