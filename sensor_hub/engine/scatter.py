"""How a velocity scatters over directions, as six sums: three at a time, a call of numpy costs more than it saves."""

import numpy as np

from sensor_hub.engine.vectors import Vector
from sensor_hub.model import FloatArray

Scatter = tuple[float, float, float, float, float, float]
"""xx, xy, xz, yy, yz, zz of a symmetric matrix."""

UNSCATTERED: Scatter = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0)


def total(scatter: Scatter) -> float:
    xx, _, _, yy, _, zz = scatter
    return xx + yy + zz


def share_along(scatter: Scatter, axis: Vector, noise: float) -> float:
    """Share of it along a unit axis, without the noise in its total, which is alike in all directions."""
    a, b, c = axis
    xx, xy, xz, yy, yz, zz = scatter
    left = xx + yy + zz - noise
    along = a * a * xx + b * b * yy + c * c * zz + 2 * (a * b * xy + a * c * xz + b * c * yz)
    return max(0.0, along - noise / 3) / left if left > 0 else 1.0


def line_of(scatter: Scatter) -> tuple[FloatArray, float]:
    """(3,) unit direction of most of it, of either sign, and the share that lies along that."""
    xx, xy, xz, yy, yz, zz = scatter
    values, vectors = np.linalg.eigh([[xx, xy, xz], [xy, yy, yz], [xz, yz, zz]])
    return vectors[:, 2], float(values[2] / max(values.sum(), 1e-12))
