"""The derived metrics: on velocities drawn with a ruler, and against the exact motion of the simulator's sled."""

from functools import cache

import numpy as np
import pytest

from firmware_sim.performance import Performance
from firmware_sim.scenario import load
from sensor_hub.engine import Engine
from sensor_hub.engine.metrics import (
    UNKNOWN,
    Figure,
    Stroke,
    eccentric_control,
    mean_power,
    peak_power,
    propulsive,
    sticking_point,
)
from sensor_hub.engine.profile import Incline
from sensor_hub.engine.smoothing import Smoothed
from sensor_hub.model import STANDARD_GRAVITY_MPS2, FloatArray, Rep
from tests.engine.conftest import SCENARIOS, RepTruth, perform, reps_of, tell
from tests.engine.synthetic import journey

SLOPE, FLAT = Incline(45.0, 1.5), Incline(5.0, 1.5)
G_45 = STANDARD_GRAVITY_MPS2 * float(np.sin(np.radians(45.0)))


def smoothed(velocity: FloatArray, rate_hz: float = 200.0, sigma_mps: float = 0.0) -> Smoothed:
    """A velocity as the smoother gives it, every knot off by its own error of this size."""
    time_s = np.arange(len(velocity)) / rate_hz
    position = np.concatenate([[0.0], np.cumsum(0.5 * (velocity[1:] + velocity[:-1]) / rate_hz)])
    knots = time_s[:: max(1, round(0.04 * rate_hz))]
    errors = sigma_mps**2 * np.eye(len(knots))
    return Smoothed(time_s, velocity, position, knots, errors, np.zeros_like(errors))


def drawn(*corners: tuple[float, float], rate_hz: float = 200.0, sigma_mps: float = 0.0) -> Smoothed:
    """Straight lines between (time, velocity) corners, standing for half a second before and after."""
    t, v = np.array(corners).T
    time_s = np.arange(0.0, t[-1] + 0.5, 1 / rate_hz)
    return smoothed(np.interp(time_s, t, v, left=0.0, right=0.0), rate_hz, sigma_mps)


def hump(*bumps: tuple[float, float, float], rate_hz: float = 200.0, sigma_mps: float = 0.0) -> Smoothed:
    """Bell curves of (centre, width, height) between 0.5 and 2.5 s."""
    time_s = np.arange(0.0, 3.0, 1 / rate_hz)
    velocity = sum(height * np.exp(-(((time_s - centre) / width) ** 2)) for centre, width, height in bumps)
    return smoothed(np.asarray(velocity), rate_hz, sigma_mps)


def value(figure: Figure) -> float:
    assert figure.value is not None
    return figure.value


WHOLE = Stroke(0.5, 2.5, 0.001)


class TestPropulsive:
    SLAMMED = drawn((0.5, 0.0), (1.0, 0.6), (2.0, 0.6), (2.03, 0.0))
    BRAKED = drawn((0.5, 0.0), (1.0, 0.6), (2.0, 0.6), (2.2, 0.0))

    def test_a_stop_harder_than_gravity_is_not_propulsive(self) -> None:
        velocity, share = propulsive(self.SLAMMED, Stroke(0.5, 2.03, 0.001), SLOPE)
        assert value(velocity) == pytest.approx((0.15 + 0.6) / 1.5, rel=0.01)
        assert value(share) == pytest.approx(1.5 / 1.53, abs=0.01)

    @pytest.mark.parametrize(("incline_deg", "share"), [(90.0, 1.0), (45.0, 1.0), (10.0, 1.5 / 1.7)])
    def test_the_flatter_the_rail_the_sooner_a_braking_is_no_longer_propulsive(
        self, incline_deg: float, share: float
    ) -> None:
        """3 m/s² are less than gravity along a rail of 45°, and more than along one of 10°."""
        found = propulsive(self.BRAKED, Stroke(0.5, 2.2, 0.001), Incline(incline_deg, 1.0))[1]
        assert value(found) == pytest.approx(share, abs=0.02)

    def test_on_a_flat_rail_it_ends_at_the_peak(self) -> None:
        velocity, share = propulsive(drawn((0.5, 0.0), (1.5, 0.8), (2.5, 0.0)), WHOLE, Incline(0.0, 1.0))
        assert value(share) == pytest.approx(0.5, abs=0.02)
        assert value(velocity) == pytest.approx(0.4, abs=0.01)

    def test_without_such_a_braking_it_is_the_mean_velocity(self) -> None:
        velocity, share = propulsive(hump((1.5, 0.5, 0.5)), WHOLE, SLOPE)
        assert value(share) == 1.0
        assert value(velocity) == pytest.approx(0.5 * 0.5 * np.pi**0.5 / 2.0, rel=0.01)


class TestPower:
    def test_the_mean_is_gravity_along_the_rail_times_the_mean_velocity(self) -> None:
        found = mean_power(rep(mean=0.4, sigma=0.004), SLOPE)
        assert value(found) == pytest.approx(G_45 * 0.4)
        assert found.sigma == pytest.approx(G_45 * 0.4 * np.hypot(0.01, np.radians(1.5)), rel=0.01)

    def test_the_peak_is_force_times_velocity_at_its_highest(self) -> None:
        push = hump((1.5, 0.4, 0.9))
        acceleration = -2 * (push.time_s - 1.5) / 0.4**2 * push.velocity_mps
        expected = float(((acceleration + G_45) * push.velocity_mps).max())
        found = peak_power(push, WHOLE, SLOPE)
        assert expected > 1.05 * G_45 * 0.9
        assert value(found) == pytest.approx(expected, rel=0.02)
        assert abs(value(found) - expected) < 2 * (found.sigma or 0.0)

    def test_a_flat_rail_has_none_that_could_be_known(self) -> None:
        assert mean_power(rep(mean=0.4, sigma=0.004), FLAT) == UNKNOWN
        assert peak_power(hump((1.5, 0.5, 0.5)), WHOLE, FLAT) == UNKNOWN


def rep(mean: float, sigma: float) -> Rep:
    return Rep(
        number=1,
        start_s=0.0,
        bottom_s=1.0,
        turn_s=1.0,
        end_s=2.0,
        eccentric_s=1.0,
        bottom_pause_s=0.0,
        concentric_s=1.0,
        rom_m=mean,
        mean_velocity_mps=mean,
        uncertainty={"mean_velocity_mps": sigma},
    )


class TestStickingPoint:
    TWO = ((1.1, 0.2, 0.5), (1.9, 0.2, 0.6))

    def test_it_is_found_where_it_is_and_as_deep_as_it_is(self) -> None:
        found = hump(*self.TWO)
        lowest = 200 + int(np.argmin(found.velocity_mps[200:360]))
        place, depth = sticking_point(found, WHOLE)
        assert value(place) == pytest.approx(found.position_m[lowest] / found.position_m[-1], abs=0.01)
        assert value(depth) == pytest.approx(found.velocity_mps[lowest] / 0.5, abs=0.02)

    @pytest.mark.parametrize("bumps", [((1.5, 0.5, 0.5),), ((1.3, 0.3, 0.5), (1.7, 0.3, 0.48))])
    def test_a_single_hump_has_none(self, bumps: tuple[tuple[float, float, float], ...]) -> None:
        assert sticking_point(hump(*bumps), WHOLE) == (UNKNOWN, UNKNOWN)

    def test_slowing_down_to_the_end_is_none(self) -> None:
        assert sticking_point(drawn((0.5, 0.0), (0.8, 0.5), (2.0, 0.1), (2.4, 0.0)), WHOLE) == (UNKNOWN, UNKNOWN)

    @pytest.mark.parametrize(("sigma_mps", "told"), [(0.01, True), (0.2, False)])
    def test_it_must_stand_out_from_the_uncertainty(self, sigma_mps: float, told: bool) -> None:
        place, _ = sticking_point(hump(*self.TWO, sigma_mps=sigma_mps), WHOLE)
        assert (place.value is not None) is told

    @pytest.mark.parametrize("seed", range(5))
    def test_noise_and_tremor_make_none(self, seed: int) -> None:
        """30 mm/s of noise and 20 mm/s of 11 Hz on a hump of 0.4 m/s, rattle that a smoothed velocity never has."""
        clean, rng = hump((1.5, 0.5, 0.4)), np.random.default_rng(seed)
        tremor = 0.02 * np.sin(2 * np.pi * 11 * clean.time_s + seed)
        shaken = smoothed(clean.velocity_mps + tremor + rng.normal(0.0, 0.03, len(clean.time_s)))
        assert sticking_point(shaken, WHOLE) == (UNKNOWN, UNKNOWN)


class TestEccentricControl:
    @staticmethod
    def lowered(wave: float) -> float:
        time_s = np.arange(0.0, 3.0, 0.005)
        moving = (time_s >= 0.5) & (time_s < 2.5)
        speed = 0.2 * (1 + wave * np.sin(2 * np.pi * 2.5 * (time_s - 0.5)))
        return value(eccentric_control(smoothed(np.where(moving, -speed, 0.0)), WHOLE))

    def test_one_speed_is_the_best_there_is(self) -> None:
        assert self.lowered(0.0) == pytest.approx(1.0)

    @pytest.mark.parametrize("wave", [0.1, 0.3])
    def test_a_wave_takes_away_its_standard_deviation(self, wave: float) -> None:
        assert self.lowered(wave) == pytest.approx(1 - wave / 2**0.5, abs=0.05 * wave + 0.01)

    def test_a_jerky_lowering_scores_worse_than_a_smooth_one(self) -> None:
        smooth = hump((1.5, 0.6, -0.3))
        jerky = hump((0.9, 0.2, -0.3), (1.5, 0.2, -0.3), (2.1, 0.2, -0.3))
        assert value(eccentric_control(smooth, WHOLE)) > 0.85
        assert value(eccentric_control(jerky, WHOLE)) < value(eccentric_control(smooth, WHOLE)) - 0.1

    def test_its_scale_is_neither_speed_nor_duration(self) -> None:
        slow, fast = hump((1.5, 0.6, -0.3)), hump((1.5, 0.3, -0.9))
        swift = Stroke(1.0, 2.0, 0.001)
        assert value(eccentric_control(fast, swift)) == pytest.approx(
            value(eccentric_control(slow, WHOLE)), abs=0.02
        )

    def test_a_lowering_that_stops_half_way_is_not_controlled(self) -> None:
        stopped = drawn((0.5, 0.0), (0.6, -0.4), (1.1, -0.4), (1.2, 0.0), (1.8, 0.0), (1.9, -0.4), (2.5, -0.4))
        assert value(eccentric_control(stopped, WHOLE)) < 0.4


def test_a_sensor_too_slow_to_tell_says_so() -> None:
    slow = hump(*TestStickingPoint.TWO, rate_hz=10.0)
    assert propulsive(slow, WHOLE, SLOPE) == sticking_point(slow, WHOLE) == (UNKNOWN, UNKNOWN)
    assert peak_power(slow, WHOLE, SLOPE) == UNKNOWN


POOL = [
    ("controlled", 11),
    ("failure", 11),
    ("failure", 12),
    ("explosive", 11),
    ("slam", 12),
    ("touchandgo", 11),
    ("noisy", 12),
    ("vertical", 12),
    ("fast_controlled", 11),
]
LIMITS = {
    "time_under_tension_s": (0.0092, 0.07),
    "mean_propulsive_velocity_mps": (0.0041, 0.013),
    "propulsive_share": (0.001, 0.01),
    "mean_power_w_per_kg": (0.07, 0.18),
    "peak_power_w_per_kg": (0.13, 0.56),
    "sticking_point_share": (0.0065, 0.04),
    "sticking_velocity_share": (0.015, 0.1),
    "eccentric_control": (0.0065, 0.025),
}
"""Largest median and 95th percentile of the absolute error: half as much again as was measured."""


@cache
def truths(family: str, seed: int) -> list[tuple[RepTruth, Rep]]:
    """What the sled really did in each rep that was found, and the rep."""
    performance = Performance(load(SCENARIOS / f"{family}.toml"), seed)
    return [(true_metrics(performance, truth), event.rep) for truth, event in perform(family, seed).found]


def true_metrics(performance: Performance, truth: RepTruth) -> RepTruth:
    path, gravity = (
        performance.trajectory,
        STANDARD_GRAVITY_MPS2 * np.sin(np.radians(performance.frame.incline_deg)),
    )
    at_s = path.time_s * performance.chip.clock_rate
    up, down = (
        slice(*at_s.searchsorted([truth["turn_s"], truth["end_s"]])),
        slice(*at_s.searchsorted([truth["start_s"], truth["bottom_s"]])),
    )
    t, p, v, a = at_s[up], path.position_m[up], path.velocity_mps[up], path.acceleration_mps2[up]
    peak = int(np.argmax(v))
    braking = peak + np.flatnonzero(a[peak:] < -gravity)
    last = int(braking[0]) if len(braking) else len(t) - 1
    drops = np.minimum(np.maximum.accumulate(v), np.maximum.accumulate(v[::-1])[::-1]) - v
    k = int(np.argmax(drops))
    way = path.position_m[down] - path.position_m[down][0]
    middle = -path.velocity_mps[down][(way / way[-1] >= 0.2) & (way / way[-1] <= 0.8)]
    return {
        "time_under_tension_s": truth["end_s"] - truth["start_s"],
        "mean_propulsive_velocity_mps": (p[last] - p[0]) / (t[last] - t[0]),
        "propulsive_share": (t[last] - t[0]) / (t[-1] - t[0]),
        "mean_power_w_per_kg": float(np.trapezoid((a + gravity) * v, t)) / (t[-1] - t[0]),
        "peak_power_w_per_kg": float(((a + gravity) * v).max()),
        "sticking_drop": drops[k] / v[: k + 1].max(),
        "sticking_point_share": (p[k] - p[0]) / (p[-1] - p[0]),
        "sticking_velocity_share": v[k] / v[: k + 1].max(),
        "eccentric_control": 1 - middle.std() / middle.mean(),
    }


def pooled(name: str) -> tuple[FloatArray, FloatArray]:
    """Absolute errors of a metric over all reps that have it, and the stated uncertainties."""
    pairs = [pair for one in POOL for pair in truths(*one) if getattr(pair[1], name) is not None]
    if name.startswith("sticking"):
        pairs = [pair for pair in pairs if pair[0]["sticking_drop"] > 0.1]
    errors = [abs(getattr(found, name) - true[name]) for true, found in pairs]
    return np.array(errors), np.array([found.uncertainty[name] for _, found in pairs])


@pytest.mark.parametrize("name", LIMITS)
def test_errors_stay_small_and_within_what_is_stated(name: str) -> None:
    errors, sigmas = pooled(name)
    assert len(errors) >= (40 if name.startswith("sticking") else 190)
    assert np.median(errors) < LIMITS[name][0]
    assert np.percentile(errors, 95) < LIMITS[name][1]
    assert np.mean(errors <= 2 * sigmas + 1e-9) >= 0.85
    assert np.median(sigmas) < 6 * np.median(errors) + 0.01


def test_sticking_points_are_found_and_none_is_invented() -> None:
    """Those that cost a seventh of the speed or more are told, those under a twelfth are not."""
    pairs = [pair for one in POOL for pair in truths(*one)]
    told = np.array([found.sticking_point_share is not None for _, found in pairs])
    drop = np.array([true["sticking_drop"] for true, _ in pairs])
    assert (drop > 1 / 7).sum() > 40
    assert told[drop > 1 / 7].mean() > 0.97
    assert told[drop < 1 / 12].mean() < 0.01


def test_a_weight_stack_has_them_too() -> None:
    """The concentric comes first; 0.5 m up in 1 s and down in 2 s, with the least jerk."""
    motion = journey([(0.0, 6.0), *[(0.5, 1.0), (0.0, 0.8), (-0.5, 2.0), (0.0, 1.2)] * 4, (0.0, 20.0)], 100.0)
    events = tell(engine := Engine(), motion.felt(noise_mps2=0.05)) + engine.finish()
    reps = [event.rep for event in reps_of(events)]
    strokes = motion.moving_s()
    lasted_s = strokes[1][1] - strokes[0][0]
    assert len(reps) == 4
    for one in reps:
        assert one.start_s is None
        assert one.time_under_tension_s == pytest.approx(lasted_s, abs=0.06)
        assert one.mean_power_w_per_kg == pytest.approx(9.8 * (one.mean_velocity_mps or 0.0), rel=0.02)
        assert 0.8 < (one.eccentric_control or 0.0) < 0.95
        assert one.sticking_point_share is None
