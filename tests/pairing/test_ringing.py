"""A clip that rings is told from plates, rollers and hands, by simulated clips of known frequency."""

from typing import Any

import numpy as np
import pytest

from firmware_sim.performance import Performance
from sensor_hub.pairing.findings import RING_GAIN, RING_MPS2
from sensor_hub.pairing.ringing import Ring, strongest_ring


def of_reps(performance: Performance) -> Ring:
    """The strongest resonance in the performance's reps."""
    reps = performance.truth()["sets"][0]["reps"]
    time_s, counts = performance.samples
    part = (time_s >= reps[0]["start_s"] - 0.5) & (time_s <= reps[-1]["end_s"] + 0.5)
    ring = strongest_ring(time_s[part], counts[part] * performance.chip.count_mps2)
    assert ring is not None
    return ring


@pytest.mark.parametrize("hz", [14, 20, 28, 36, 42])
@pytest.mark.parametrize("decay_s", [0.2, 0.4])
def test_the_frequency_of_a_loose_clip_is_found(press: Any, hz: float, decay_s: float) -> None:
    ring = of_reps(press(sensor={"clip_ring_hz": hz, "clip_ring_decay_s": decay_s}))
    assert ring.hz == pytest.approx(hz, abs=1.5)
    assert ring.gain > RING_GAIN
    assert ring.rms_mps2 > RING_MPS2[0]


@pytest.mark.parametrize("seed", range(12))
def test_a_tight_clip_does_not_ring(press: Any, seed: int) -> None:
    ring = of_reps(press(seed))
    assert ring.gain < RING_GAIN or ring.rms_mps2 < RING_MPS2[0]


def test_a_resonance_has_its_frequency_strength_and_direction() -> None:
    rng = np.random.default_rng(3)
    time_s = np.arange(0.0, 12.0, 0.01)
    force = 0.01 * rng.normal(size=(len(time_s), 3))
    force[:, 1] += 0.3 * np.sin(2 * np.pi * 17 * time_s)
    ring = strongest_ring(time_s, force)
    assert ring is not None
    assert ring.hz == pytest.approx(17, abs=0.5)
    assert ring.rms_mps2 == pytest.approx(0.3 / np.sqrt(2), rel=0.05)
    assert ring.direction == pytest.approx((0, 1, 0), abs=0.05)


def test_holes_in_the_stream_are_no_resonance() -> None:
    rng = np.random.default_rng(3)
    time_s = np.arange(0.0, 40.0, 0.01)
    time_s = time_s[np.floor(time_s) % 3 != 2]
    force = 0.1 * rng.normal(size=(len(time_s), 3)) + np.sin(time_s)[:, None]
    ring = strongest_ring(time_s, force)
    assert ring is not None
    assert ring.gain < 3


@pytest.mark.parametrize("count", [0, 1, 50, 250])
def test_too_little_to_tell(count: int) -> None:
    assert strongest_ring(np.arange(count) * 0.01, np.ones((count, 3))) is None
