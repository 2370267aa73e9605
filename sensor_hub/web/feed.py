"""Hands every machine's newest messages to each viewer as fast as that viewer can take them.

A viewer remembers the newest version it was given and asks for what is beyond it. A slow one therefore skips
frames and never queues them, and a newcomer gets all a screen needs in its first call.
"""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from sensor_hub.messages import Message
from sensor_hub.web import sse
from sensor_hub.web.now import MachineNow, MachineSummary

MAX_MACHINES = 256

Address = tuple[str, str]
"""Site and machine."""


class LiveFeed:
    """Thread-safe: `offer` may be called from any thread; viewers live in their own event loops."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._machines: dict[Address, MachineNow] = {}
        self._viewers: dict[Address, set[Viewer]] = {}
        self._closed = False

    def offer(self, message: Message) -> None:
        """Take any message of the bus; kinds that no screen shows are ignored."""
        address = (message.site, message.machine)
        with self._lock:
            machine = self._machines.get(address) or self._add(address)
            if machine.take(message, self._clock()):
                for viewer in self._viewers.get(address, ()):
                    viewer.wake()

    def machines(self) -> list[MachineSummary]:
        """Every machine heard, by site and name."""
        with self._lock:
            now_s = self._clock()
            return [self._machines[address].summary(now_s) for address in sorted(self._machines)]

    @property
    def viewer_count(self) -> int:
        with self._lock:
            return sum(len(viewers) for viewers in self._viewers.values())

    @contextmanager
    def viewer(self, site: str, machine: str) -> Iterator["Viewer"]:
        """A place to watch one machine from, heard yet or not. Enter it in the event loop that will wait."""
        address = (site, machine)
        viewer = Viewer(lambda seen: self._news(address, seen))
        with self._lock:
            self._viewers.setdefault(address, set()).add(viewer)
        try:
            yield viewer
        finally:
            with self._lock:
                self._viewers[address].discard(viewer)
                if not self._viewers[address]:
                    del self._viewers[address]

    def close(self) -> None:
        """End every viewer's stream, and those of newcomers: the server is going down."""
        with self._lock:
            self._closed = True
            for viewers in self._viewers.values():
                for viewer in viewers:
                    viewer.wake()

    def _add(self, address: Address) -> MachineNow:
        if len(self._machines) >= MAX_MACHINES:
            del self._machines[min(self._machines, key=lambda known: self._machines[known].heard_s)]
        machine = self._machines[address] = MachineNow(*address)
        return machine

    def _news(self, address: Address, seen: int | None) -> tuple[int | None, bytes] | None:
        """The version a viewer has reached and the events that bring it there; None once the feed is closed."""
        with self._lock:
            if self._closed:
                return None
            machine = self._machines.get(address)
            if machine is None:
                return None, sse.beat(None)
            now_s = self._clock()
            beat = sse.beat(machine.live_age_s(now_s))
            if seen is None:
                return machine.version, machine.trace(now_s) + machine.newer_than(0) + beat
            return machine.version, machine.newer_than(seen) or beat


class Viewer:
    """One screen's cursor into the feed."""

    def __init__(self, news: Callable[[int | None], tuple[int | None, bytes] | None]) -> None:
        self._ask = news
        self._loop = asyncio.get_running_loop()
        self._woken = False
        self._changed = asyncio.Event()
        self._changed.set()
        self._seen: int | None = None

    def wake(self) -> None:
        """From any thread. However often it is called in between, the loop gets one callback."""
        if not self._woken:
            self._woken = True
            with suppress(RuntimeError):  # the loop has closed, so nobody is waiting
                self._loop.call_soon_threadsafe(self._changed.set)

    async def next(self, patience_s: float) -> bytes | None:
        """All events this viewer has not had; a heartbeat after `patience_s` without any; None when it is over."""
        with suppress(TimeoutError):
            async with asyncio.timeout(patience_s):
                await self._changed.wait()
        self._changed.clear()
        self._woken = False
        news = self._ask(self._seen)
        if news is None:
            return None
        self._seen, events = news
        return events
