"""Bounces and hard lockouts on speeds that are drawn with a ruler."""

import numpy as np
import pytest

from sensor_hub.engine import Engine, Params
from sensor_hub.engine.turnaround import (
    bounce_cause,
    bounced,
    braking,
    hard_lockout,
    reversal_s,
    turn_acceleration,
    vanishing_s,
)
from sensor_hub.model import MOVING_MPS, BounceCause, FloatArray, RepSettled, Samples
from tests.engine.conftest import part, perform

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


@pytest.mark.parametrize(
    ("took_s", "cause"),
    [(0.03, BounceCause.STOP), (0.04, BounceCause.STOP), (0.045, None), (0.05, "rebound"), (0.09, "rebound")],
)
@pytest.mark.parametrize("speed_mps", [0.5, 0.9])
def test_what_takes_longer_to_turn_round_was_softer(
    took_s: float, cause: BounceCause | None, speed_mps: float
) -> None:
    time_s, velocity, far = turn(took_s / 2, speed_mps, rate_hz=400.0)
    assert reversal_s(time_s, velocity, time_s[far]) == pytest.approx(took_s, abs=0.0015)
    assert bounce_cause(time_s, velocity, time_s[far], PARAMS) == cause
    assert bounce_cause(time_s, velocity + 0.3, time_s[far], PARAMS) == cause


def test_the_cause_of_a_bounce_is_not_told_before_all_of_it_was_seen() -> None:
    time_s, velocity, far = turn(0.015)
    seen = int(np.searchsorted(time_s, 1.09))
    assert bounce_cause(time_s[:seen], velocity[:seen], time_s[far], PARAMS) is None
    assert bounce_cause(time_s[:3], velocity[:3], time_s[far], PARAMS) is None


@pytest.mark.parametrize(("rate_hz", "cause"), [(100.0, BounceCause.STOP), (70.0, None)])
def test_a_sensor_that_blurs_a_hit_into_a_rebound_tells_no_cause(
    rate_hz: float, cause: BounceCause | None
) -> None:
    time_s, velocity, far = turn(0.015, rate_hz=rate_hz)
    assert bounce_cause(time_s, velocity, time_s[far], PARAMS) is cause


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


def causes(family: str, seed: int) -> list[tuple[BounceCause | None, BounceCause]]:
    """What was told and what was true of each rep that bounced."""
    found = perform(family, seed).found
    return [(told.rep.bounce_cause, truth["bounce_cause"]) for truth, told in found if told.rep.bounced]


def test_what_threw_the_sled_back_is_told_where_it_can_be_and_never_wrong() -> None:
    pairs = causes("bounce", 11) + causes("bounce", 12) + causes("noisy", 12)
    known = [(told, true) for told, true in pairs if told is not None]
    assert {true for _, true in known} == set(BounceCause)
    assert all(told is true for told, true in known)
    assert len(known) >= 0.8 * len(pairs) > 20


def test_at_50_hz_a_bounce_has_no_cause() -> None:
    pairs = causes("cheap", 11) + causes("cheap", 12)
    assert pairs
    assert {told for told, _ in pairs} == {None}


def test_what_did_not_bounce_has_no_cause() -> None:
    settled = [one.rep for one in perform("bounce", 11).settled]
    assert all(rep.bounce_cause is None for rep in settled if not rep.bounced)


def test_samples_that_were_cut_off_tell_no_cause() -> None:
    one = perform("bounce", 11).samples
    engine, saturated = Engine(motion=False), []
    for start in range(0, len(one), 32):
        block = part(one, start, start + 32)
        force = np.clip(block.accel_mps2, -19.6, 19.6)
        cut_off = bool((force != block.accel_mps2).any())
        events = engine.feed(Samples(block.time_s, force, saturated=cut_off))
        saturated += [e.rep for e in events if isinstance(e, RepSettled)]
    thrown = [rep for rep in saturated if rep.bounced]
    assert any(rep.turn_acceleration_mps2 is None for rep in thrown)
    assert all(rep.bounce_cause is None for rep in thrown if rep.turn_acceleration_mps2 is None)
