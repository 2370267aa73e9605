"""Whether the sled sounds as if it rolled: rollers on a rail shake a sensor, a sled that stands does not.

Steps
1. The roughness of a moment is that of its steps (steps.py): second differences, which hold noise and shaking but
   hardly any motion.
2. How rough this machine is while it stands and while it moves is learned from moments that are beyond doubt.
3. Where the two differ clearly, the moment is told by which it is nearer to, in proportion. On a machine that
   rolls as quietly as it stands they do not, and nothing is told.
"""

import math
from collections import deque
from enum import Enum

from sensor_hub.engine.params import Params

FAINTEST_MPS = 1e-7
"""Below what any converter's last bit leaves."""
NEVER = (0.0, math.inf)
"""Limits of a machine on which roughness tells nothing."""


class Sound(Enum):
    UNKNOWN = "unknown"
    STANDING = "standing"
    ROLLING = "rolling"


UNKNOWN, STANDING, ROLLING = Sound
"""By name: looking a member up in its class takes longer than a dozen sums do."""


class Roughness:
    def __init__(self, params: Params) -> None:
        self._p = params
        self._moment: deque[float] = deque(maxlen=params.rough_steps)
        self._now = 0.0
        self._standing = _Level(params.rough_memory)
        self._rolling = _Level(params.rough_memory)
        self._limits: tuple[float, float] | None = None
        """Up to where a moment stands and from where it rolls; None after something was learned."""

    def advance(self, rough_mps: float) -> None:
        self._moment.append(rough_mps)
        self._now = sum(self._moment) / len(self._moment)

    def clear(self) -> None:
        """Steps are missing: the moment starts anew."""
        self._moment.clear()

    def learn(self, standing: bool) -> None:
        """This moment is beyond doubt."""
        if len(self._moment) == self._p.rough_steps:
            (self._standing if standing else self._rolling).add(self._now)
            self._limits = None

    def sound(self) -> Sound:
        if len(self._moment) < self._p.rough_steps:
            return UNKNOWN
        if self._limits is None:
            self._limits = self._on_the_way()
        stands_below, rolls_above = self._limits
        if self._now < stands_below:
            return STANDING
        return ROLLING if self._now > rolls_above else UNKNOWN

    def _on_the_way(self) -> tuple[float, float]:
        """The limits, on the logarithmic way from standing to rolling."""
        standing, rolling = self._standing.value, self._rolling.value
        if not (self._standing.known and self._rolling.known) or rolling < self._p.rough_ratio * standing:
            return NEVER
        way = rolling / standing
        return standing * math.pow(way, self._p.standing_height), standing * math.pow(way, self._p.rolling_height)


class _Level:
    """A geometric mean that starts plain and then forgets: one knock does not move it."""

    def __init__(self, memory: int) -> None:
        self._memory = memory
        self._count = 0
        self.value = 0.0

    @property
    def known(self) -> bool:
        return self._count >= self._memory // 4

    def add(self, value: float) -> None:
        self._count = min(self._count + 1, self._memory)
        faintest = max(value, FAINTEST_MPS)
        if self._count == 1:
            self.value = faintest
        self.value *= (faintest / self.value) ** (1 / self._count)
