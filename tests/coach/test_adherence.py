"""Each phase against its digit: counted by hand."""

from dataclasses import dataclass, field

import pytest

from sensor_hub.coach.adherence import adherence, judge
from sensor_hub.prescription import parse_tempo


@dataclass(frozen=True)
class Timed:
    eccentric_s: float | None
    bottom_pause_s: float | None
    concentric_s: float
    top_pause_s: float | None
    uncertainty: dict[str, float | None] = field(default_factory=dict)


@pytest.mark.parametrize(
    ("phase", "prescribed_s", "measured_s", "kept", "error_s"),
    [
        ("eccentric_s", 4.0, 3.2, True, -0.8),
        ("eccentric_s", 4.0, 3.1, False, -0.9),
        ("eccentric_s", 4.0, 4.8, True, 0.8),
        ("bottom_pause_s", 1.0, 1.3, False, 0.3),
        ("bottom_pause_s", 0.0, 0.4, True, 0.0),
        ("top_pause_s", 0.0, 0.8, False, 0.3),
        ("concentric_s", 0.0, 0.7, True, 0.0),
        ("concentric_s", 0.0, 1.0, False, 0.25),
    ],
)
def test_a_phase_is_judged_by_its_digit(
    phase: str, prescribed_s: float, measured_s: float, kept: bool, error_s: float
) -> None:
    verdict = judge(phase, prescribed_s, measured_s)
    assert verdict is not None
    assert verdict.kept is kept
    assert verdict.error_s == pytest.approx(error_s)


def test_what_was_not_measured_is_not_judged() -> None:
    found = adherence([[Timed(None, 1.0, 2.0, None)] * 2], parse_tempo("4-1-2-0"))
    assert {phase: one.judged for phase, one in found.items()} == {
        "eccentric_s": 0,
        "bottom_pause_s": 2,
        "concentric_s": 2,
        "top_pause_s": 0,
    }


def test_the_lifter_has_the_benefit_of_the_doubt() -> None:
    verdict, doubted = judge("eccentric_s", 4.0, 3.1), judge("eccentric_s", 4.0, 3.1, sigma_s=0.15)
    assert verdict is not None
    assert doubted is not None
    assert (verdict.kept, doubted.kept) == (False, True)


def test_adherence_pools_reps_and_leaves_out_the_pause_that_ends_a_set() -> None:
    good, quick, resting = Timed(4.0, 1.0, 2.0, 0.1), Timed(2.0, 1.0, 2.0, 0.1), Timed(4.2, 1.0, 2.0, 60.0)
    found = adherence([[good, quick, resting], [good, resting]], parse_tempo("4-1-2-0"))
    assert found["eccentric_s"].judged == 5
    assert found["eccentric_s"].kept_share == pytest.approx(0.8)
    assert found["eccentric_s"].error_s == pytest.approx((0 - 2.0 + 0.2 + 0 + 0.2) / 5)
    assert (found["top_pause_s"].judged, found["top_pause_s"].kept_share) == (3, 1.0)
    assert adherence([], parse_tempo("4-1-2-0"))["eccentric_s"].kept_share is None
