"""The chip gives counts as a real one would: noisy, biased, late, clipped."""

import numpy as np
import pytest

from firmware_sim.chip import Chip

GRAVITY_MPS2 = 9.80665


def chip(**changes: object) -> Chip:
    plain: dict[str, object] = {
        "rate_hz": 100.0,
        "true_rate_hz": 101.0,
        "clock_ppm": 50.0,
        "range_g": 4.0,
        "bits": 16,
        "bandwidth_hz": 45.0,
        "noise_mps2": 0.01,
        "bias_mps2": np.array([0.2, 0.0, -0.1]),
        "scale": np.array([1.01, 1.0, 0.99]),
        "warm_up_mps2": np.zeros(3),
        "warm_up_s": 60.0,
    }
    return Chip(**(plain | changes))  # type: ignore[arg-type]


def still(seconds: float, force: tuple[float, float, float] = (3.0, 0.0, 9.0)) -> np.ndarray:
    return np.tile(np.array(force), (int(seconds * 1000) + 1, 1))


def test_samples_come_at_the_true_rate_on_the_sensors_own_clock() -> None:
    time_s, counts = chip().measure(still(60.0), 1000.0, np.random.default_rng(1))
    assert len(time_s) == len(counts) == 6061
    assert np.diff(time_s).mean() == pytest.approx(1.00005 / 101.0, rel=1e-6)


def test_bias_scale_and_noise_are_those_of_the_specimen() -> None:
    one = chip()
    _, counts = one.measure(still(60.0), 1000.0, np.random.default_rng(1))
    felt = counts * one.count_mps2
    assert felt.mean(axis=0) == pytest.approx([3.0 * 1.01 + 0.2, 0.0, 9.0 * 0.99 - 0.1], abs=1e-3)
    assert felt.std(axis=0) == pytest.approx([0.01] * 3, rel=0.05)


def test_it_drifts_while_it_warms_up() -> None:
    one = chip(noise_mps2=0.0, warm_up_mps2=np.array([0.1, 0.0, 0.0]), warm_up_s=20.0)
    _, counts = one.measure(still(100.0), 1000.0, np.random.default_rng(1))
    felt = counts[:, 0] * one.count_mps2
    assert felt[-1] - felt[0] == pytest.approx(0.1, abs=0.003)


@pytest.mark.parametrize(("bits", "highest"), [(16, 32767), (14, 32764), (8, 32512)])
def test_counts_saturate_at_the_range(bits: int, highest: int) -> None:
    one = chip(bits=bits)
    assert one.quantised(np.array([[100.0, -100.0, 0.0]])).tolist() == [[highest, -32768, 0]]


def test_fewer_bits_leave_the_lowest_ones_empty() -> None:
    one = chip(bits=12)
    force = np.linspace(-39.0, 39.0, 999).reshape(-1, 3)
    counts = one.quantised(force)
    assert not np.any(counts % 16)
    assert np.abs(counts * one.count_mps2 - force).max() <= 8.01 * one.count_mps2


def test_the_filter_delays_and_keeps_a_blows_impulse() -> None:
    one = chip(noise_mps2=0.0, bandwidth_hz=45.0, bias_mps2=np.zeros(3), scale=np.ones(3))
    force = still(2.0, (0.0, 0.0, GRAVITY_MPS2))
    force[1000:1040, 0] = 20.0
    time_s, counts = one.measure(force, 1000.0, np.random.default_rng(1))
    felt = counts[:, 0] * one.count_mps2
    assert 15.0 < felt.max() < 24.0
    assert 1.005 < time_s[np.flatnonzero(felt > 10.0)[0]] < 1.025
    assert felt.sum() / 101.0 == pytest.approx(0.8, rel=0.05)
