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


UNKNOWN, STANDING, ROLLING = Sound
"""By name: looking a member up in its class takes longer than a dozen sums do."""


class Roughness:
    def __init__(self, params: Params) -> None:
        self._p = params
        self._least_way = math.log(params.rough_ratio)
        self._moment: deque[float] = deque(maxlen=params.rough_steps)
        self._now = 0.0
        """Logarithm of the moment's roughness."""
        self._standing = _Level(params.rough_memory)
        self._rolling = _Level(params.rough_memory)

    def advance(self, rough_mps: float) -> None:
        moment = self._moment
        moment.append(rough_mps)
        now = sum(moment) / len(moment)
        self._now = math.log(now if now > FAINTEST_MPS else FAINTEST_MPS)

    def clear(self) -> None:
        """Steps are missing: the moment starts anew."""
        self._moment.clear()

    def learn(self, standing: bool) -> None:
        """This moment is beyond doubt."""
        if len(self._moment) == self._p.rough_steps:
            (self._standing if standing else self._rolling).add(self._now)

    def sound(self) -> Sound:
        standing, rolling = self._standing, self._rolling
        if len(self._moment) < self._p.rough_steps or not (standing.known and rolling.known):
            return UNKNOWN
        way, done = rolling.value - standing.value, self._now - standing.value
        if way < self._least_way:
            return UNKNOWN
        if done < self._p.standing_height * way:
            return STANDING
        return ROLLING if done > self._p.rolling_height * way else UNKNOWN


class _Level:
    """A mean of logarithms that starts plain and then forgets: one knock does not move it."""

    def __init__(self, memory: int) -> None:
        self._memory = memory
        self._count = 0
        self.value = 0.0
        self.known = False

    def add(self, value: float) -> None:
        if self._count < self._memory:
            self._count += 1
            self.known = self._count >= self._memory // 4
        self.value += (value - self.value) / self._count
