"""How late the event loop is: the engines of all machines run in it, and so does every page."""

import asyncio
from collections import deque

BEAT_S = 0.25
REMEMBERED_S = 60.0


class Pulse:
    """`run` in the loop that is to be watched; `lag_s` may be asked from anywhere."""

    def __init__(self) -> None:
        self._late: deque[float] = deque(maxlen=round(REMEMBERED_S / BEAT_S))

    @property
    def lag_s(self) -> float:
        """The longest of the last minute."""
        return max(self._late.copy(), default=0.0)

    @property
    def usual_lag_s(self) -> float:
        """Nine in ten beats of the last minute were late by less."""
        late = sorted(self._late.copy())
        return late[len(late) * 9 // 10] if late else 0.0

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            due_s = loop.time() + BEAT_S
            await asyncio.sleep(BEAT_S)
            self.note(loop.time() - due_s)

    def note(self, late_s: float) -> None:
        self._late.append(late_s)
