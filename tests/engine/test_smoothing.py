"""The smoother on strokes whose velocity is known: better than integration, and honest about it."""

from dataclasses import replace

import numpy as np
import pytest

from sensor_hub.engine.motion import Track
from sensor_hub.engine.smoothing import Closure, Place, Smoothed, smooth
from sensor_hub.model import FloatArray
from tests.engine.synthetic import Journey, journey

RATE_HZ = 100.0
EVERY = 4
OFFSET_SIGMA_MPS2 = 0.02


def tracks_of(
    motion: Journey, held: list[tuple[float, float]], offset_sigma: float = OFFSET_SIGMA_MPS2
) -> list[Track]:
    """The live filter's steps: at rest at first, held within the given spans."""
    knots = motion.time_s[::EVERY]
    return [
        Track(
            time_s=float(at_s),
            position_m=0.0,
            velocity_mps=0.0,
            offset_mps2=0.0,
            velocity_sigma_mps=0.001,
            offset_variance=offset_sigma**2,
            cross_variance=0.0,
            added_variance=1e-8,
            hold_sigma_mps=0.002 if any(start <= at_s < end for start, end in held) else None,
        )
        for at_s in knots
    ]


MOVES = [(0.0, 1.0), (-0.4, 2.0), (0.0, 1.0), (0.4, 1.0), (0.0, 1.0)]
REP = journey(MOVES, RATE_HZ)
RESTS = [(0.0, 1.0), (3.1, 4.0), (5.1, 6.0)]

ANYWHERE = Closure(0.5, 1e3)
"""A return that is not known at all."""


def smoothed(error_mps2: float, held: list[tuple[float, float]], closure: Closure = ANYWHERE) -> Smoothed:
    return smooth(REP.time_s, REP.accel_mps2 + error_mps2, tracks_of(REP, held), closure)


def off(result: Smoothed) -> float:
    return float(np.abs(result.velocity_mps - REP.velocity_mps).max())


def lowest(result: Smoothed) -> float:
    return float(result.position_m.min())


def test_without_any_measurement_it_is_the_integral() -> None:
    result = smoothed(0.0, [])
    assert off(result) < 0.002
    assert lowest(result) == pytest.approx(-0.4, abs=0.002)


@pytest.mark.parametrize("error_mps2", [0.03, -0.02])
def test_standstills_take_a_constant_offset_error_away(error_mps2: float) -> None:
    assert off(smoothed(error_mps2, [])) > 0.08
    result = smoothed(error_mps2, RESTS)
    assert off(result) < 0.004
    assert lowest(result) == pytest.approx(-0.4, abs=0.004)


def test_the_return_to_the_start_takes_most_of_it_away() -> None:
    result = smoothed(0.03, [], Closure(0.5, 0.01))
    assert off(result) < 0.35 * off(smoothed(0.03, []))
    assert result.position_m[-1] == pytest.approx(0.0, abs=0.03)


def test_every_standstill_makes_the_velocity_better_known() -> None:
    sigmas = [smoothed(0.0, RESTS[:count]).velocity_sigma(3.0) for count in range(4)]
    assert sigmas == sorted(sigmas, reverse=True)
    assert sigmas[3] < 0.1 * sigmas[0]


def test_the_range_is_better_known_with_standstills_and_a_return() -> None:
    blank = smoothed(0.0, []).distance_sigma(1.0, 3.0)
    closed = smoothed(0.0, [], Closure(0.5, 0.03)).distance_sigma(1.0, 3.0)
    held = smoothed(0.0, RESTS).distance_sigma(1.0, 3.0)
    assert blank == pytest.approx(OFFSET_SIGMA_MPS2 * (3.0**2 - 1.0**2) / 2, rel=0.1)
    assert held < closed < blank


def test_covariances_are_symmetric_and_not_negative() -> None:
    result = smoothed(0.01, RESTS, Closure(0.5, 0.03))
    for covariance in (result.velocity_covariance, result.position_covariance):
        np.testing.assert_allclose(covariance, covariance.T, atol=1e-12)
        assert np.linalg.eigvalsh(covariance).min() > -1e-9


def test_errors_drawn_from_the_prior_spread_as_is_stated() -> None:
    """Offsets, and how far from its start the sled comes back, drawn with the uncertainties the smoother is told."""
    rng = np.random.default_rng(4)
    errors, stated = [], 0.0
    for _ in range(200):
        motion = journey([*MOVES[:3], (0.4 + rng.normal(0.0, 0.05), 1.0), (0.0, 1.0)], RATE_HZ)
        force = motion.accel_mps2 + rng.normal(0.0, OFFSET_SIGMA_MPS2)
        result = smooth(motion.time_s, force, tracks_of(motion, []), Closure(0.5, 0.05))
        errors.append(float((result.velocity_mps - motion.velocity_mps)[200]))
        stated = result.velocity_sigma(float(motion.time_s[200]))
    assert np.std(errors) == pytest.approx(stated, rel=0.15)
    assert stated < 0.6 * smoothed(0.0, []).velocity_sigma(2.0)


def test_samples_are_left_as_they_were() -> None:
    time_s: FloatArray = REP.time_s.copy()
    force = REP.accel_mps2.copy()
    smooth(time_s, force, tracks_of(REP, RESTS), Closure(0.5, 0.03))
    np.testing.assert_array_equal(time_s, REP.time_s)
    np.testing.assert_array_equal(force, REP.accel_mps2)


@pytest.mark.parametrize("steps", [3, 7, 10, 11, 12])
def test_a_window_of_a_few_steps_is_smoothed_like_any_other(steps: int) -> None:
    """After a loss of track, a rep may begin at once."""
    count = (steps - 1) * EVERY + 1
    time_s, accel = REP.time_s[100 : 100 + count], REP.accel_mps2[100 : 100 + count]
    tracks = tracks_of(Journey(time_s, np.zeros(count), accel), [])
    result = smooth(time_s, accel, tracks, Closure(float(time_s[0]), 1e3))
    assert result.velocity_mps == pytest.approx(REP.velocity_mps[100 : 100 + count], abs=0.01)


def test_a_place_that_is_known_takes_the_drift_out() -> None:
    tracks, bottom = tracks_of(REP, []), Place(0.0, 3.5, -0.4, 0.005)
    lost = smooth(REP.time_s, REP.accel_mps2 + 0.02, tracks)
    known = smooth(REP.time_s, REP.accel_mps2 + 0.02, tracks, places=[bottom])
    at = int(np.searchsorted(REP.time_s, bottom.at_s))
    assert abs(lost.position_m[at] + 0.4) > 0.08
    assert known.position_m[at] == pytest.approx(-0.4, abs=0.01)


def test_a_place_beyond_a_gap_tells_what_the_gap_hid() -> None:
    seen = (REP.time_s < 4.1) | (REP.time_s > 4.9)
    tracks = [one for one in tracks_of(REP, RESTS) if one.time_s < 4.1 or one.time_s > 4.9]
    after = next(i for i, one in enumerate(tracks) if one.time_s > 4.9)
    tracks[after] = replace(tracks[after], blind=True, added_variance=0.9)
    told = [
        smooth(REP.time_s[seen], REP.accel_mps2[seen], tracks, places=[Place(0.0, 5.9, at_m, 0.01)])
        for at_m in (0.0, -0.2)
    ]
    assert [one.position_m[-1] for one in told] == pytest.approx([0.0, -0.2], abs=0.02)
    assert [one.velocity_mps[-1] for one in told] == pytest.approx([0.0, 0.0], abs=0.01)
