"""Vectors in plain numbers: three at a time, a call of numpy costs more than it saves."""

import math

Vector = tuple[float, float, float]


def dot(a: Vector, b: Vector) -> float:
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


def size(a: Vector) -> float:
    return math.sqrt(a[0] * a[0] + a[1] * a[1] + a[2] * a[2])


def angle_deg(a: Vector, b: Vector) -> float:
    """Between two directions."""
    return math.degrees(math.acos(min(1.0, max(-1.0, dot(a, b) / (size(a) * size(b))))))
