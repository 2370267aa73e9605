"""A gate: on a small fixed set of recordings no figure gets worse than it was, give or take a quarter.

`python benchmarks/accuracy.py` prints the same figures over many more. A change that makes one of them better for good
should tighten it here.
"""

from functools import cache

import pytest

from firmware_sim.scoring import Score
from tests.engine.conftest import perform

FAMILIES = (
    *("bounce", "cheap", "controlled", "empty", "failure"),
    *("partials", "rest_pause", "slam", "touchandgo"),
)
SEED = 11
LEAST = {
    "exact": 1.0,
    "whole": 1.0,
    "eccentric_s.inside": 0.92,
    "concentric_s.inside": 0.92,
    "bottom_pause_s.inside": 0.92,
    "rom_m.inside": 0.90,
    "mean_velocity_mps.inside": 0.92,
    "peak_velocity_mps.inside": 0.90,
    "bounced.precision": 1.0,
    "bounced.recall": 1.0,
    "bounce_cause.right": 1.0,
    "hard_lockout.precision": 1.0,
    "hard_lockout.recall": 1.0,
    "partial.precision": 0.95,
    "partial.recall": 1.0,
}
MOST = {
    "added": 0,
    "told_idle": 0,
    "eccentric_s.median": 0.007,
    "eccentric_s.p95": 0.026,
    "concentric_s.median": 0.0055,
    "concentric_s.p95": 0.023,
    "bottom_pause_s.median": 0.003,
    "bottom_pause_s.p95": 0.020,
    "rom_m.median": 0.0053,
    "rom_m.p95": 0.017,
    "mean_velocity_mps.median": 0.0035,
    "mean_velocity_mps.p95": 0.0075,
    "mean_velocity_mps.inside": 0.99,
    "peak_velocity_mps.median": 0.007,
    "peak_velocity_mps.p95": 0.024,
    "rep.told_s": 0.13,
    "rep.told_p95_s": 0.20,
    "eccentric.told_s": 0.13,
    "eccentric.told_p95_s": 0.19,
    "eccentric.missed": 0.01,
    "concentric.told_s": 0.09,
    "concentric.told_p95_s": 0.14,
    "concentric.missed": 0.01,
}


@cache
def figures() -> dict[str, float]:
    score = Score()
    for family in FAMILIES:
        performed = perform(family, SEED)
        score.add(performed.sets, performed.events)
    return score.figures()


def test_enough_is_judged() -> None:
    assert figures()["sets"] >= 20
    assert figures()["reps"] >= 180


@pytest.mark.parametrize("figure", LEAST)
def test_a_figure_is_no_less_than_it_was(figure: str) -> None:
    assert figures()[figure] >= LEAST[figure]


@pytest.mark.parametrize("figure", MOST)
def test_a_figure_is_no_more_than_it_was(figure: str) -> None:
    assert figures()[figure] <= MOST[figure]
