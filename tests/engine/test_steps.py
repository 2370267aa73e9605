"""Samples into steps: what a step says, and that no cut into blocks changes it."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sensor_hub.engine.steps import Step, Stepper
from sensor_hub.model import FloatArray, Samples

RATE_HZ = 100.0


def samples(time_s: FloatArray, seed: int = 3) -> Samples:
    """Noise that drifts, on three axes."""
    noise = np.random.default_rng(seed).standard_normal((len(time_s), 3))
    return Samples(time_s, noise + np.outer(time_s, [1.0, -2.0, 0.5]))


def seconds(duration_s: float, rate_hz: float = RATE_HZ) -> FloatArray:
    return 5.0 + np.arange(round(duration_s * rate_hz)) / rate_hz


def with_gap(duration_s: float, gap_s: float) -> FloatArray:
    time_s = seconds(duration_s)
    return np.where(time_s - 5.0 > duration_s / 2, time_s + gap_s, time_s)


def cut_up(block: Samples, edges: list[int]) -> list[Step]:
    """The steps of a block that arrives cut at these samples."""
    stepper, out = Stepper(0.04), []
    for start, stop in pairwise([0, *sorted(edges), len(block)]):
        out += stepper.feed(Samples(block.time_s[start:stop], block.accel_mps2[start:stop]))
    return out + list(stepper.flush())


@settings(max_examples=40, deadline=None, derandomize=True)
@given(edges=st.lists(st.integers(0, 300), max_size=12), gap_s=st.sampled_from([0.0, 0.03, 1.0]))
def test_steps_are_the_same_however_the_stream_is_cut(edges: list[int], gap_s: float) -> None:
    block = samples(with_gap(3.0, gap_s))
    assert cut_up(block, edges) == cut_up(block, [])


def test_steps_of_single_samples_are_the_same() -> None:
    block = samples(with_gap(3.0, 0.5))
    assert cut_up(block, list(range(1, 300))) == cut_up(block, [])


@pytest.mark.parametrize(("rate_hz", "size"), [(7.6, 1), (25.0, 1), (50.0, 2), (100.0, 4), (104.0, 4), (200.0, 8)])
def test_a_step_is_a_whole_number_of_samples(rate_hz: float, size: int) -> None:
    steps = cut_up(samples(seconds(8.0, rate_hz)), [])
    assert [step.duration_s for step in steps[:-1]] == pytest.approx([size / rate_hz] * (len(steps) - 1))
    assert sum(step.duration_s for step in steps) == pytest.approx(8.0, abs=1 / rate_hz)


def test_a_step_holds_the_mean_of_a_straight_line() -> None:
    time_s = seconds(2.0)
    steps = cut_up(Samples(time_s, np.outer(time_s, [3.0, 0.0, -1.0])), [])
    for step in steps[1:]:
        middle_s = step.end_s - step.duration_s / 2
        assert step.mean_mps2 == pytest.approx((3.0 * middle_s, 0.0, -middle_s))
        assert step.rough_mps == pytest.approx(0.0, abs=1e-9)


def test_noise_makes_a_step_rough_by_the_velocity_it_would_add_up_to() -> None:
    time_s = seconds(200.0)
    noise = np.random.default_rng(8).standard_normal((len(time_s), 3)) * [0.5, 0.0, 0.0]
    steps = cut_up(Samples(time_s, noise), [])
    rough = np.mean([step.rough_mps**2 for step in steps]) ** 0.5
    assert rough == pytest.approx(0.5 * 0.01 * 2.0, rel=0.05)


def test_the_step_over_missing_samples_is_blind_and_spans_them() -> None:
    steps = cut_up(samples(with_gap(3.0, 0.5)), [])
    (blind,) = [step for step in steps if step.blind]
    assert blind.duration_s == pytest.approx(0.51)
    assert [later.end_s - later.duration_s for later in steps[1:]] == pytest.approx([s.end_s for s in steps[:-1]])


def test_a_clock_that_jitters_is_no_gap() -> None:
    time_s = seconds(3.0) + np.random.default_rng(2).uniform(-0.001, 0.001, 300)
    assert not any(step.blind for step in cut_up(samples(time_s), []))


def test_the_history_keeps_what_the_smoother_needs_and_no_more() -> None:
    stepper = Stepper(0.04, keep_s=10.0)
    block = samples(seconds(60.0))
    for start in range(0, len(block), 50):
        list(stepper.feed(Samples(block.time_s[start : start + 50], block.accel_mps2[start : start + 50])))
    last_s = float(block.time_s[-1])
    assert 10.0 * RATE_HZ <= len(stepper.history) <= 13.0 * RATE_HZ
    time_s, force = stepper.history.since(last_s - 8.005, last_s - 1.995)
    np.testing.assert_allclose(time_s, block.time_s[-801:-200])
    np.testing.assert_array_equal(force, block.accel_mps2[-801:-200])
