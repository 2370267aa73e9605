"""What is to be done over one connection: one thing after the other, in the order it was asked for.

Set-up, what the stream asks for in answer to what it was fed, reviving, battery, identify: all stand in this line,
so that no two of them are ever under way at once.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

from bleak.exc import BleakError

from sensor_hub.errors import LinkError

Work = Callable[[], Awaitable[None]]


class Line:
    def __init__(self) -> None:
        self._works: deque[Work] = deque()
        self._added = asyncio.Event()
        self._asked: set[asyncio.Future[None]] = set()

    def add(self, work: Work) -> None:
        """Its failure ends `run`."""
        self._works.append(work)
        self._added.set()

    async def do(self, work: Work) -> None:
        """Waits until it was done. Its failure is the asker's, as a LinkError, as is the connection's end before; what
        else is in the line goes on."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        async def told() -> None:
            try:
                await work()
            except LinkError as error:
                if not done.done():
                    done.set_exception(error)
            except (BleakError, OSError, EOFError, TimeoutError) as error:
                if not done.done():
                    done.set_exception(LinkError(f"The sensor did not take it: {error}."))
            else:
                if not done.done():
                    done.set_result(None)

        self._asked.add(done)
        try:
            self.add(told)
            await done
        finally:
            self._asked.discard(done)

    async def run(self) -> None:
        while True:
            while self._works:
                await self._works.popleft()()
            self._added.clear()
            await self._added.wait()

    def close(self) -> None:
        self._works.clear()
        for done in self._asked:
            if not done.done():
                done.set_exception(LinkError("The connection ended before the sensor was asked."))
