"""Bounces and hard lockouts on speeds that are drawn with a ruler."""

import numpy as np
import pytest

from sensor_hub.engine import Params
from sensor_hub.engine.turnaround import bounced, braking, hard_lockout, turn_acceleration, vanishing_s
from sensor_hub.model import MOVING_MPS, FloatArray

PARAMS = Params()


def drawn(corners: list[tuple[float, float]], rate_hz: float = 200.0) -> tuple[FloatArray, FloatArray]:
    """(n,) time and velocity along straight lines between (time, velocity) corners."""
    t, v = np.array(corners).T
    time_s = np.arange(0.0, t[-1] + 1e-9, 1 / rate_hz)
    return time_s, np.interp(time_s, t, v)


def turn(brake_s: float, speed_mps: float = 0.6, rate_hz: float = 200.0) -> tuple[FloatArray, FloatArray, int]:
    """A descent at a speed, braked within brake_s to zero at 1 s, and as hard a drive up."""
    time_s, velocity = drawn(
        [(0.0, -speed_mps), (1.0 - brake_s, -speed_mps), (1.0 + brake_s, speed_mps), (2.0, speed_mps)], rate_hz
    )
    return time_s, velocity, int(np.searchsorted(time_s, 1.0))


def stop(brake_s: float, speed_mps: float = 0.6, rate_hz: float = 200.0) -> tuple[FloatArray, FloatArray, int]:
    """A concentric at a speed that loses it within brake_s, at rest from 1 s on."""
    corners = [(0.0, speed_mps), (1.0 - brake_s, speed_mps), (1.0, 0.0), (1.5, 0.0)]
    time_s, velocity = drawn(corners, rate_hz)
    return time_s, velocity, int(np.searchsorted(time_s, 1.0))


@pytest.mark.parametrize("brake_s", [0.03, 0.1, 0.4])
@pytest.mark.parametrize("from_mps", [0.2, 0.3, 0.5])
def test_the_vanishing_of_speed_on_a_ramp_is_exact(brake_s: float, from_mps: float) -> None:
    time_s, velocity, end = stop(brake_s)
    expected = brake_s * (from_mps - MOVING_MPS) / 0.6
    assert vanishing_s(time_s, velocity, end, from_mps) == pytest.approx(expected, abs=1e-9)


def test_speed_that_was_never_reached_does_not_vanish() -> None:
    time_s, velocity, end = stop(0.1, speed_mps=0.25)
    assert vanishing_s(time_s, velocity, end, 0.3) == np.inf


def test_speed_that_never_ends_does_not_vanish() -> None:
    time_s, velocity = drawn([(0.0, 0.6), (1.0, 0.4)])
    assert vanishing_s(time_s, velocity, len(time_s) - 1, 0.3) == np.inf


@pytest.mark.parametrize(("brake_s", "expected"), [(0.02, True), (0.10, True), (0.40, False), (0.60, False)])
@pytest.mark.parametrize("speed_mps", [0.5, 0.9])
def test_a_descent_that_is_thrown_back_bounced(brake_s: float, expected: bool, speed_mps: float) -> None:
    time_s, velocity, far = turn(brake_s, speed_mps)
    assert bounced(time_s, velocity, far, PARAMS) is expected


@pytest.mark.parametrize(("pause_s", "expected"), [(0.0, True), (0.3, False)])
def test_a_slower_rebound_shows_in_the_whole_approach(pause_s: float, expected: bool) -> None:
    up_s = 1.0 + pause_s
    corners = [(0.0, -0.35), (0.87, -0.35), (1.0, 0.0), (up_s, 0.0), (up_s + 0.13, 0.35), (2.0, 0.35)]
    time_s, velocity = drawn(corners)
    far = int(np.searchsorted(time_s, 1.0))
    assert vanishing_s(time_s, -velocity, far, PARAMS.brisk_mps) > PARAMS.bounce_s
    assert bounced(time_s, velocity, far, PARAMS) is expected


def test_a_slow_descent_does_not_bounce_however_hard_it_turns() -> None:
    time_s, velocity, far = turn(0.02, speed_mps=0.25)
    assert bounced(time_s, velocity, far, PARAMS) is False


def test_a_hard_drive_after_a_braked_descent_is_no_bounce() -> None:
    time_s, velocity = drawn([(0.0, -0.8), (0.6, -0.8), (1.0, 0.0), (1.1, 1.0), (2.0, 1.0)])
    assert bounced(time_s, velocity, int(np.searchsorted(time_s, 1.0)), PARAMS) is False


@pytest.mark.parametrize(("brake_s", "expected"), [(0.02, True), (0.06, True), (0.15, False), (0.4, False)])
def test_a_lockout_that_loses_the_last_speed_at_once_is_hard(brake_s: float, expected: bool) -> None:
    time_s, velocity, end = stop(brake_s)
    assert hard_lockout(time_s, velocity, end, PARAMS) is expected


def test_a_sensor_too_slow_to_tell_says_so() -> None:
    time_s, velocity, far = turn(0.1, rate_hz=15.0)
    assert bounced(time_s, velocity, far, PARAMS) is None
    time_s, velocity, end = stop(0.02, rate_hz=25.0)
    assert hard_lockout(time_s, velocity, end, PARAMS) is None


def test_braking_is_timed_from_four_fifths_of_the_approach() -> None:
    time_s, velocity, end = stop(0.2)
    assert braking(time_s, velocity, end) == pytest.approx((0.6, 0.8 * 0.2), abs=0.006)
    assert braking(time_s, -velocity, end) == (0.0, 0.0)


@pytest.mark.parametrize("brake_s", [0.1, 0.3])
def test_the_turns_acceleration_is_its_slope(brake_s: float) -> None:
    time_s, velocity, far = turn(brake_s)
    assert turn_acceleration(time_s, velocity, far) == pytest.approx(0.6 / brake_s, rel=0.02)
