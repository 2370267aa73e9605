"""How many live streams run at once, so that nobody takes them all."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

SEATS = 200
SEATS_AN_ADDRESS = 50


class Seats:
    """For one event loop."""

    def __init__(self) -> None:
        self._taken: Counter[str] = Counter()

    def full(self, address: str) -> str | None:
        """Why there is no more room for this address; None where there is."""
        if self._taken.total() >= SEATS:
            return f"{SEATS} live pages are open already. Close one."
        if self._taken[address] >= SEATS_AN_ADDRESS:
            return f"{SEATS_AN_ADDRESS} live pages are open from this address already. Close one."
        return None

    @contextmanager
    def taken(self, address: str) -> Iterator[None]:
        self._taken[address] += 1
        try:
            yield
        finally:
            self._taken[address] -= 1
            if not self._taken[address]:
                del self._taken[address]
