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


class Sound(Enum):
    UNKNOWN = "unknown"
    STANDING = "standing"
    ROLLING = "rolling"


class Roughness:
    def __init__(self, params: Params) -> None:
        self._p = params
        self._moment: deque[float] = deque(maxlen=params.rough_steps)
        self._standing = _Level(params.rough_memory)
        self._rolling = _Level(params.rough_memory)

    def advance(self, rough_mps: float) -> None:
        self._moment.append(rough_mps)

    def clear(self) -> None:
        """Steps are missing: the moment starts anew."""
        self._moment.clear()

    def learn(self, standing: bool) -> None:
        """This moment is beyond doubt."""
        if len(self._moment) == self._p.rough_steps:
            (self._standing if standing else self._rolling).add(self._now())

    def sound(self) -> Sound:
        if len(self._moment) < self._p.rough_steps or not (self._standing.known and self._rolling.known):
            return Sound.UNKNOWN
        standing, rolling = max(self._standing.value, FAINTEST_MPS), max(self._rolling.value, FAINTEST_MPS)
        if rolling < self._p.rough_ratio * standing:
            return Sound.UNKNOWN
        height = math.log(max(self._now(), FAINTEST_MPS) / standing) / math.log(rolling / standing)
        if height < self._p.standing_height:
            return Sound.STANDING
        return Sound.ROLLING if height > self._p.rolling_height else Sound.UNKNOWN

    def _now(self) -> float:
        return sum(self._moment) / len(self._moment)


class _Level:
    """A mean that starts plain and then forgets."""

    def __init__(self, memory: int) -> None:
        self._memory = memory
        self._count = 0
        self.value = 0.0

    @property
    def known(self) -> bool:
        return self._count >= self._memory // 4

    def add(self, value: float) -> None:
        self._count = min(self._count + 1, self._memory)
        self.value += (value - self.value) / self._count
