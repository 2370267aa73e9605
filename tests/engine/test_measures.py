"""What the engine measures, against the truth: how far off, how honest about it, and which flags."""

from dataclasses import dataclass

import numpy as np
import pytest

from sensor_hub.engine import Engine
from sensor_hub.model import Samples, SetEnded
from tests.engine.conftest import perform, reps_of

POOL = [
    ("controlled", 11),
    ("explosive", 11),
    ("slam", 12),
    ("partials", 11),
    ("touchandgo", 11),
    ("noisy", 12),
    ("cheap", 11),
    ("vertical", 12),
    ("fast_controlled", 11),
    ("bounce", 12),
]
FLAGGED = [
    (family, seed)
    for family in ("slam", "partials", "fast_controlled", "explosive", "touchandgo")
    for seed in (11, 12)
] + [("bounce", 12), ("bounce", 13)]


@dataclass(frozen=True)
class Metric:
    """Largest median and 95th percentile of the absolute error: half as much again as was measured."""

    name: str
    truth: str
    median: float
    p95: float


METRICS = [
    Metric("eccentric_s", "eccentric_s", 0.008, 0.038),
    Metric("concentric_s", "concentric_s", 0.009, 0.037),
    Metric("bottom_pause_s", "bottom_pause_s", 0.0026, 0.018),
    Metric("rom_m", "rom_m", 0.0068, 0.028),
    Metric("mean_velocity_mps", "mean_concentric_velocity", 0.004, 0.013),
    Metric("peak_velocity_mps", "peak_concentric_velocity", 0.010, 0.035),
]


def errors(metric: Metric) -> tuple[np.ndarray, np.ndarray]:
    """Absolute errors of all reps of the pool, and their stated standard uncertainties."""
    pairs = [pair for family, seed in POOL for pair in perform(family, seed).found]
    error = [abs(getattr(event.rep, metric.name) - truth[metric.truth]) for truth, event in pairs]
    return np.array(error), np.array([event.rep.uncertainty[metric.name] for _, event in pairs])


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
def test_errors_stay_small(metric: Metric) -> None:
    error, _ = errors(metric)
    assert len(error) > 200
    assert np.median(error) < metric.median
    assert np.percentile(error, 95) < metric.p95


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
def test_the_truth_lies_within_two_stated_uncertainties(metric: Metric) -> None:
    error, sigma = errors(metric)
    assert np.mean(error <= 2 * sigma) >= 0.85


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
def test_uncertainties_say_something(metric: Metric) -> None:
    error, sigma = errors(metric)
    assert np.median(sigma) < 6 * np.median(error) + 0.005


@pytest.mark.parametrize(("family", "seed"), FLAGGED)
def test_bounces_hard_lockouts_and_partial_reps_are_told_exactly(family: str, seed: int) -> None:
    pairs = perform(family, seed).found
    told = [(event.rep.bounced, event.rep.hard_lockout, event.rep.partial) for _, event in pairs]
    assert told == [(truth["bounce"], truth["lockout_slam"], truth["partial"]) for truth, _ in pairs]


def test_the_flagged_recordings_hold_what_they_are_flagged_for() -> None:
    assert sum(truth["bounce"] for truth in perform("bounce", 12).reps) >= 10
    assert sum(truth["lockout_slam"] for truth in perform("slam", 11).reps) >= 4
    assert sum(truth["partial"] for truth in perform("partials", 11).reps) >= 5


def test_a_turn_that_bounces_is_harder_than_any_controlled_one() -> None:
    turns = [(truth["bounce"], event.rep.turn_acceleration_mps2) for truth, event in perform("bounce", 12).found]
    assert np.median([a for bounced, a in turns if bounced]) > 2 * np.median(
        [a for bounced, a in turns if not bounced]
    )


def test_the_pauses_at_the_top_are_those_between_the_reps() -> None:
    performed = perform("rest_pause", 11)
    ended = [event.set for event in performed.events if isinstance(event, SetEnded)]
    assert len(ended) == len(performed.sets)
    for one, truth in zip(ended, performed.sets, strict=True):
        assert [rep.top_pause_s for rep in one.reps[:-1]] == pytest.approx(
            [rep["top_pause_s"] for rep in truth[:-1]], abs=0.15
        )
        assert one.reps[-1].top_pause_s is None


def test_a_rep_cut_off_on_its_way_back_is_not_taken_to_have_come_back() -> None:
    inside = []
    for family in ("controlled", "explosive", "vertical", "slam"):
        performed = perform(family, 11)
        for truth in performed.reps[2::4]:
            seen = performed.samples.time_s < truth["turn_s"] + 0.7 * truth["concentric_s"]
            engine = Engine()
            cut = Samples(performed.samples.time_s[seen], performed.samples.accel_mps2[seen])
            last = reps_of(engine.feed(cut) + engine.finish())[-1].rep
            assert last.turn_s == pytest.approx(truth["turn_s"], abs=0.3)
            inside.append(abs((last.rom_m or 0.0) - truth["rom_m"]) <= 2 * (last.uncertainty["rom_m"] or 0.0))
    assert np.mean(inside) >= 0.85
