"""What has been seen of a sensor while it was paired, as figures. None where it cannot be known."""

from collections import deque
from dataclasses import dataclass, field

import numpy as np

from sensor_hub.model import FloatArray, Gap, Samples
from sensor_hub.pairing.ringing import Ring, strongest_ring

REST_S = 2.5
"""A rest that is measured lasts so long: noise to 10 %, and a pause in handling is no rest."""
BLOCK_S = 0.1
REST_SWING_MPS2 = 0.15
"""Means over BLOCK_S of a sensor at rest stay within this. A little more than the engine allows (0.12 m/s² over half a
second), so that a sensor too noisy for it is measured and told instead of waited for."""
PRESSED_S = 120.0
"""How much of the reps is looked at for a ringing clip; who takes longer is not remembered for ever."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A live figure for a screen: how far the specific force swings, and how long it has been still."""

    swing_mps2: float
    still_s: float


class RestWatch:
    """Whether the sensor rests, and how noisy it is then."""

    def __init__(self) -> None:
        self._blocks: deque[Samples] = deque()
        self._begin_s = float("inf")
        self.reading = Reading(0.0, 0.0)

    @property
    def rest(self) -> tuple[Samples, ...]:
        """The blocks of the running rest."""
        return tuple(self._blocks)

    def add(self, samples: Samples) -> float | None:
        """Noise in m/s² (standard deviation of a sample, on the worst axis) once it has rested for REST_S."""
        self._blocks.append(samples)
        self._begin_s = min(self._begin_s, float(samples.time_s[0]))
        now_s = float(samples.time_s[-1])
        while float(self._blocks[0].time_s[-1]) < now_s - REST_S:
            self._begin_s = float(self._blocks.popleft().time_s[-1])
        time_s = np.concatenate([block.time_s for block in self._blocks])
        force = np.concatenate([block.accel_mps2 for block in self._blocks])
        swing = _swing(time_s, force)
        resting = swing <= REST_SWING_MPS2
        if not resting:
            self._blocks, self._begin_s = deque([samples]), now_s
        self.reading = Reading(swing, min(now_s - self._begin_s, REST_S) if resting else 0.0)
        if not resting or now_s - self._begin_s < REST_S or len(force) < 8:
            return None
        return float(force.std(axis=0).max())


@dataclass(slots=True)
class Evidence:
    """Samples and losses since the pairing began to listen."""

    received: int = 0
    lost: int = 0
    unknown_losses: int = 0
    """Gaps of which nobody can know how many samples they swallowed."""
    noise_mps2: float | None = None
    _span_s: float = 0.0
    _spacings: int = 0
    _last_s: float | None = None
    _pressed: deque[Samples] = field(default_factory=deque)

    def add(self, item: Samples | Gap, pressing: bool) -> None:
        if isinstance(item, Gap):
            self.lost += item.lost or 0
            self.unknown_losses += item.lost is None
            self._last_s = None
            return
        first_s, last_s = float(item.time_s[0]), float(item.time_s[-1])
        self.received += len(item)
        self._span_s += last_s - (first_s if self._last_s is None else self._last_s)
        self._spacings += len(item) - (self._last_s is None)
        self._last_s = last_s
        if pressing:
            self._pressed.append(item)
            while last_s - float(self._pressed[0].time_s[-1]) > PRESSED_S:
                self._pressed.popleft()

    @property
    def rate_hz(self) -> float | None:
        """By the sensor's own clock, or, where it has none, by the arrival of its samples."""
        return self._spacings / self._span_s if self._span_s >= 1.0 else None

    @property
    def loss_ratio(self) -> float | None:
        if self.unknown_losses or not self.received:
            return None
        return self.lost / (self.lost + self.received)

    def ring(self) -> Ring | None:
        """Of the reps; None where they were too short to tell."""
        if not self._pressed:
            return None
        time_s = np.concatenate([block.time_s for block in self._pressed])
        return strongest_ring(time_s, np.concatenate([block.accel_mps2 for block in self._pressed]))


def _swing(time_s: FloatArray, force: FloatArray) -> float:
    """How far the means over BLOCK_S are apart, on the worst axis."""
    number = np.floor((time_s - time_s[0]) / BLOCK_S).astype(int)
    _, first = np.unique(number, return_index=True)
    means = np.add.reduceat(force, first, axis=0) / np.diff([*first, len(force)])[:, None]
    return float(np.ptp(means, axis=0).max())
