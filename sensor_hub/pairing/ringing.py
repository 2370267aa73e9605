"""Whether the clip rings: a loose one swings on the sled and answers every jolt at its own frequency.

Steps
1. Runs without a missing sample are cut into windows of a second that overlap by half; each loses its mean and trend.
2. The cross spectrum of the three axes is averaged over the windows. Its largest eigenvalue at a frequency is the power
   along whatever direction swings there.
3. A resonance stands out of its neighbourhood, from 1/1.6 to 1.6 of its frequency: gain is how much, in amplitude. The
   median of the neighbourhood is what rollers and jolts bring at all frequencies.
4. Its strength is the power above that median within an eighth of its frequency either side.

Looked for from 6 Hz, below which people move, to 0.43 of the sample rate. What rings faster shows at a lower frequency
in a sensor that does not filter it away.
"""

from dataclasses import dataclass

import numpy as np

from sensor_hub.model import FloatArray

WINDOW_S = 1.0
LEAST_WINDOWS = 5
SLOWEST_HZ = 6.0
FASTEST_SHARE = 0.43
NEIGHBOURHOOD = 1.6
OWN_BINS = 2.5
BAND_SHARE = 0.125


@dataclass(frozen=True, slots=True)
class Ring:
    """The strongest resonance: gain over its neighbourhood (amplitude), strength (rms) and direction (unit vector)."""

    hz: float
    gain: float
    rms_mps2: float
    direction: tuple[float, float, float]


def strongest_ring(time_s: FloatArray, accel_mps2: FloatArray) -> Ring | None:
    """time_s: (n,), accel_mps2: (n, 3), holes allowed. None where there is too little to tell."""
    if len(time_s) < 2:
        return None
    spacing_s = float(np.median(np.diff(time_s)))
    spectrum = _cross_spectrum(time_s, accel_mps2, spacing_s)
    if spectrum is None:
        return None
    hz, cross = spectrum
    powers, vectors = np.linalg.eigh(cross)
    power = powers[:, -1]
    gains = _gains(hz, power, FASTEST_SHARE / spacing_s)
    peak = int(np.argmax(gains))
    floor = power[peak] / gains[peak]
    band = np.abs(hz - hz[peak]) <= max(BAND_SHARE * hz[peak], 2 * hz[1])
    strength = np.sqrt(np.maximum(power[band] - floor, 0.0).sum() * hz[1])
    x, y, z = np.abs(vectors[peak, :, -1])
    return Ring(float(hz[peak]), float(np.sqrt(gains[peak])), float(strength), (float(x), float(y), float(z)))


def _cross_spectrum(
    time_s: FloatArray, accel_mps2: FloatArray, spacing_s: float
) -> tuple[FloatArray, FloatArray] | None:
    """(m,) Hz and (m, 3, 3) cross spectral density in (m/s²)²/Hz."""
    length = 2 * round(0.5 * WINDOW_S / spacing_s)
    window = np.hanning(length)[:, None]
    ramp = np.linspace(-1.0, 1.0, length)[:, None]
    holes = np.flatnonzero(np.diff(time_s) > 1.5 * spacing_s) + 1
    total = np.zeros((length // 2 + 1, 3, 3), dtype=np.complex128)
    count = 0
    for run in np.split(accel_mps2, holes):
        for begin in range(0, len(run) - length + 1, max(1, length // 2)):
            part = run[begin : begin + length]
            part = part - part.mean(axis=0)
            part = part - ramp * (ramp * part).sum(axis=0) / (ramp**2).sum()
            lines = np.fft.rfft(part * window, axis=0)
            total += lines[:, :, None] * lines[:, None, :].conj()
            count += 1
    if count < LEAST_WINDOWS or length < 16:
        return None
    density = total * (2.0 * spacing_s / (count * float((window**2).sum())))
    return np.asarray(np.fft.rfftfreq(length, spacing_s)), density.real


def _gains(hz: FloatArray, power: FloatArray, fastest_hz: float) -> FloatArray:
    """(m,) power over the median of its neighbourhood; 0 where nothing is looked for."""
    gains = np.zeros_like(power)
    for i in np.flatnonzero((hz >= SLOWEST_HZ) & (hz <= fastest_hz)):
        near = (hz > hz[i] / NEIGHBOURHOOD) & (hz < min(hz[i] * NEIGHBOURHOOD, 1.1 * fastest_hz))
        near &= np.abs(hz - hz[i]) > OWN_BINS * hz[1]
        gains[i] = power[i] / max(float(np.median(power[near])), 1e-12) if near.any() else 0.0
    return gains
