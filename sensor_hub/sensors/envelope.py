"""The line that touches a cloud of late arrivals from below."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Line:
    """Through (x, y), rising by `slope` with every x."""

    x: float
    y: float
    slope: float

    def at(self, x: float) -> float:
        return self.y + self.slope * (x - self.x)


Point = tuple[float, float]


def lower_envelope(points: Sequence[Point]) -> Line | None:
    """Of all lines with none of the points (x, y), by rising x, below them the one nearest to them.

    It is the edge of their lower convex hull under their centre; None where two different x are lacking. (Known
    from network clocks: Moon, Skelly, Towsley, INFOCOM 1999.)
    """
    hull: list[Point] = []
    for point in points:
        while len(hull) >= 2 and _slope(hull[-2], point) <= _slope(hull[-2], hull[-1]):
            hull.pop()
        if hull and hull[-1][0] == point[0]:
            continue
        hull.append(point)
    if len(hull) < 2:
        return None
    centre = sum(x for x, _ in points) / len(points)
    right = next(i for i in range(1, len(hull)) if i == len(hull) - 1 or hull[i][0] >= centre)
    return Line(*hull[right - 1], _slope(hull[right - 1], hull[right]))


def _slope(left: Point, right: Point) -> float:
    return (right[1] - left[1]) / (right[0] - left[0])
