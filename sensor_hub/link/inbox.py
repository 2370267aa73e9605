"""What the sensor has sent and nobody has decoded yet.

Bluetooth's callback only puts bytes here, with the time they arrived; a task takes them out. When the hub is too
slow for so long that the inbox is full, the oldest notification is dropped and counted: what is left is one stretch
up to the present, the screen shows what is, and a sensor that numbers its samples shows one hole, which it can be
asked to fill.
"""

import asyncio
from collections import deque
from dataclasses import dataclass

CAPACITY = 512
"""Some ten seconds of the busiest sensor."""


@dataclass(frozen=True, slots=True)
class Notification:
    characteristic: str
    data: bytes
    arrival_s: float


class Inbox:
    def __init__(self, capacity: int = CAPACITY) -> None:
        self.dropped = 0
        self._waiting: deque[Notification] = deque(maxlen=capacity)
        self._filled = asyncio.Event()

    def put(self, notification: Notification) -> None:
        self.dropped += len(self._waiting) == self._waiting.maxlen
        self._waiting.append(notification)
        self._filled.set()

    def take(self) -> Notification | None:
        """The oldest, None where there is none."""
        return self._waiting.popleft() if self._waiting else None

    async def filled(self) -> None:
        """Until there is something to take."""
        if not self._waiting:
            self._filled.clear()
            await self._filled.wait()
