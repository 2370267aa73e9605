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


def turned_by(a: Vector, b: Vector, limit: float) -> bool:
    """Whether two directions differ by more than the angle, below 90 degrees, whose squared cosine is `limit`."""
    ax, ay, az = a
    bx, by, bz = b
    along = ax * bx + ay * by + az * bz
    return along < 0 or along * along < limit * (ax * ax + ay * ay + az * az) * (bx * bx + by * by + bz * bz)


def squared_cosine(deg: float) -> float:
    return math.cos(math.radians(deg)) ** 2
