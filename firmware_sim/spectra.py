"""Noise with a given spectrum."""

from collections.abc import Callable

import numpy as np

from sensor_hub.model import FloatArray


def coloured(
    count: int, sample_hz: float, rng: np.random.Generator, gain: Callable[[FloatArray], FloatArray]
) -> FloatArray:
    """(count,) noise of unit variance; gain: relative amplitude over frequency in Hz."""
    length = max(16, 1 << (count - 1).bit_length())
    hz = np.asarray(np.arange(length // 2 + 1) * (sample_hz / length), dtype=np.float64)
    amplitude = np.asarray(gain(hz), dtype=np.float64)
    amplitude[0] = 0.0
    spectrum = amplitude * (rng.normal(size=len(hz)) + 1j * rng.normal(size=len(hz)))
    power = 2.0 * float((amplitude**2).sum()) * 2.0 / length**2
    return np.asarray(np.fft.irfft(spectrum, length)[:count] / np.sqrt(power))
