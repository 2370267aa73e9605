"""The accelerometer: what a perfect one would feel, turned into the counts that a cheap one sends.

1. The chip's own low-pass filter (second order, causal: it delays as a real one does).
2. Sampled at the true output rate, which is off the nominal one by up to a few percent.
3. Scale error, bias, the drift while it warms up, and white noise.
4. Rounded to steps of range / 2^(bits-1), saturating at the ends of the converter, and sent as int16 counts: a
   converter of fewer bits leaves the lowest ones 0, so that ±range is full scale for all.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sensor_hub.model import STANDARD_GRAVITY_MPS2, FloatArray

Counts = NDArray[np.int16]


@dataclass(frozen=True, slots=True)
class Preset:
    """Data-sheet figures of one accelerometer, typical rather than best."""

    rate_hz: float
    range_g: int
    bits: int
    noise_ug_per_rthz: float
    bias_mg: float
    scale_error_percent: float
    rate_error_percent: float


PRESETS: dict[str, Preset] = {
    "lsm6dso": Preset(104.0, 8, 16, 80.0, 30.0, 0.5, 1.0),
    "bmi270": Preset(100.0, 8, 16, 150.0, 25.0, 0.5, 1.0),
    "cheap14": Preset(50.0, 8, 14, 220.0, 40.0, 1.0, 2.0),
    "noisy": Preset(100.0, 8, 16, 400.0, 50.0, 1.0, 2.0),
}


@dataclass(frozen=True, slots=True)
class Chip:
    """One specimen, with its own errors. Vectors are (3,), in the sensor frame."""

    rate_hz: float
    """Nominal output rate."""
    true_rate_hz: float
    clock_ppm: float
    range_g: float
    bits: int
    bandwidth_hz: float
    noise_mps2: float
    """Standard deviation of one sample's noise."""
    bias_mps2: FloatArray
    scale: FloatArray
    warm_up_mps2: FloatArray
    warm_up_s: float

    @property
    def count_mps2(self) -> float:
        """One count of the int16 that is sent."""
        return self.range_g * STANDARD_GRAVITY_MPS2 / 32768.0

    @property
    def clock_rate(self) -> float:
        """Device seconds per true second."""
        return 1.0 + self.clock_ppm * 1e-6

    def measure(
        self, force_mps2: FloatArray, grid_hz: float, rng: np.random.Generator
    ) -> tuple[FloatArray, Counts]:
        """Device times (m,) in seconds and counts (m, 3) for the specific force (n, 3) on a grid from 0 s."""
        filtered = self._low_passed(force_mps2, grid_hz)
        duration_s = (len(force_mps2) - 1) / grid_hz
        true_time_s = np.arange(int(duration_s * self.true_rate_hz) + 1) / self.true_rate_hz
        grid_s = np.arange(len(force_mps2)) / grid_hz
        felt = np.column_stack([np.interp(true_time_s, grid_s, column) for column in filtered.T])
        felt = felt * self.scale + self.bias_mps2
        felt += self.warm_up_mps2 * (1.0 - np.exp(-true_time_s / self.warm_up_s))[:, None]
        felt += rng.normal(0.0, self.noise_mps2, felt.shape)
        return np.round(true_time_s * self.clock_rate, 6), self.quantised(felt)

    def quantised(self, force_mps2: FloatArray) -> Counts:
        """Specific force (n, 3) in m/s² as counts, saturating."""
        step = 1 << (16 - self.bits)
        steps = np.rint(force_mps2 / (self.count_mps2 * step))
        return (np.clip(steps, -32768 // step, 32767 // step) * step).astype(np.int16)

    def _low_passed(self, force_mps2: FloatArray, grid_hz: float) -> FloatArray:
        start = force_mps2[0]
        padded = len(force_mps2) + int(grid_hz)
        ratio = np.fft.rfftfreq(padded, 1.0 / grid_hz) / self.bandwidth_hz
        response = 1.0 / (1.0 - ratio**2 + 1j * np.sqrt(2.0) * ratio)
        spectrum = np.fft.rfft(force_mps2 - start, padded, axis=0) * response[:, None]
        return np.asarray(np.fft.irfft(spectrum, padded, axis=0)[: len(force_mps2)] + start)
