"""How often somebody may try."""

from collections import OrderedDict
from collections.abc import Callable

MOST_KEYS = 4096


class Throttle:
    """A bucket of tries for each key, which fills again slowly. Of too many keys the longest unused is forgotten.

    burst: tries in a row; every_s: seconds until there is one more; clock: seconds.
    """

    def __init__(self, burst: int, every_s: float, clock: Callable[[], float]) -> None:
        self._burst = burst
        self._every_s = every_s
        self._clock = clock
        self._full_at: OrderedDict[str, float] = OrderedDict()
        """When each bucket will be full again."""

    def __len__(self) -> int:
        return len(self._full_at)

    def wait_s(self, key: str) -> float:
        """Seconds until there is a try; 0 where there is one."""
        missing_s = self._full_at.get(key, 0.0) - self._clock()
        return max(0.0, missing_s - (self._burst - 1) * self._every_s)

    def spend(self, key: str) -> None:
        self._full_at[key] = max(self._full_at.pop(key, 0.0), self._clock()) + self._every_s
        if len(self._full_at) > MOST_KEYS:
            self._full_at.popitem(last=False)

    def give_back(self, key: str) -> None:
        """The last try was a good one and does not count."""
        if key in self._full_at:
            self._full_at[key] -= self._every_s
