"""The line that touches late arrivals from below."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensor_hub.sensors.envelope import Line, lower_envelope

LATE = st.lists(st.floats(0.0, 1.0), min_size=2, max_size=60)


@given(LATE, st.floats(-0.1, 0.1))
def test_no_point_lies_below_it_and_two_lie_on_it(late: list[float], slope: float) -> None:
    points = [(float(x), slope * x + y) for x, y in enumerate(late)]
    line = lower_envelope(points)
    assert line is not None
    above = [y - line.at(x) for x, y in points]
    assert min(above) >= -1e-9
    assert sum(one < 1e-9 for one in above) >= 2


@given(LATE, st.floats(-0.1, 0.1))
def test_late_ones_between_two_that_were_not_change_nothing(late: list[float], slope: float) -> None:
    last = float(len(late) + 1)
    between = [(x, slope * x + y + 1e-3) for x, y in enumerate(late, start=1)]
    line = lower_envelope([(0.0, 0.0), *between, (last, slope * last)])
    assert line is not None
    assert line.at(10.0) == pytest.approx(10.0 * slope, abs=1e-9)


def test_of_two_edges_it_is_the_one_under_the_middle() -> None:
    points = [(0.0, 5.0), (1.0, 1.0), (2.0, 0.5), (3.0, 0.0), (4.0, 0.5), (9.0, 3.0)]
    assert lower_envelope(points) == Line(3.0, 0.0, 0.5)


@pytest.mark.parametrize("points", [[], [(1.0, 2.0)], [(1.0, 2.0), (1.0, 3.0)]])
def test_less_than_two_places_make_no_line(points: list[tuple[float, float]]) -> None:
    assert lower_envelope(points) is None
