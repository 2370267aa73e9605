"""Listening for sensors on every adapter, for all who wait for one.

A scan takes air time from the links that stream on the same adapter, and computing time for everything else that
advertises nearby. So an ear opens only while somebody waits, for a short while, and then rests; the longer it
hears nothing new, the longer it rests. Whoever begins to wait opens every ear at once.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass

from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData

from sensor_hub.errors import LinkError
from sensor_hub.link.adapter import Adapter, link_errors
from sensor_hub.link.found import Hearing, held, recognise

_log = logging.getLogger(__name__)

OnHearing = Callable[[Hearing], object]


@dataclass(frozen=True, slots=True)
class Pace:
    """How long an ear is open, and how long it rests: at first, at last, and by which factor more each time."""

    listen_s: float = 2.0
    rest_s: float = 1.0
    longest_rest_s: float = 8.0
    growth: float = 1.25


USUAL_PACE = Pace()


class Lookout:
    def __init__(self, adapters: Sequence[Adapter], pace: Pace = USUAL_PACE) -> None:
        self._ears = [_Ear(adapter, pace, self._tell) for adapter in adapters]
        self._listeners: dict[object, OnHearing] = {}
        self._steady = 0

    @property
    def open_s(self) -> float:
        """For how long ears have been open, added up."""
        return sum(ear.open_s for ear in self._ears)

    @property
    def troubles(self) -> dict[str, str | None]:
        """Why each adapter cannot listen, None where it can."""
        return {ear.name: None if ear.trouble is None else str(ear.trouble) for ear in self._ears}

    @contextlib.asynccontextmanager
    async def listening(self, on_heard: OnHearing, *, steadily: bool = False) -> AsyncIterator[None]:
        """on_heard gets every sensor of a known family each time it is heard; steadily: without rests.

        Raises LinkError, with what to do, where no adapter can listen.
        """
        key = object()
        self._listeners[key] = on_heard
        self._steady += steadily
        self._adjust(urgent=True)
        try:
            for ear in self._ears:
                await ear.tried.wait()
            if all(ear.trouble for ear in self._ears):
                raise LinkError(str(self._ears[0].trouble)) from self._ears[0].trouble
            yield
        finally:
            del self._listeners[key]
            self._steady -= steadily
            self._adjust(urgent=False)

    async def close(self) -> None:
        self._listeners.clear()
        for ear in self._ears:
            await ear.close()

    def _adjust(self, *, urgent: bool) -> None:
        for ear in self._ears:
            ear.adjust(wanted=bool(self._listeners), steady=self._steady > 0, urgent=urgent)

    def _tell(self, hearing: Hearing) -> None:
        for on_heard in list(self._listeners.values()):
            on_heard(hearing)


class _Ear:
    """One adapter's turn of listening and resting."""

    def __init__(self, adapter: Adapter, pace: Pace, tell: OnHearing) -> None:
        self.name = adapter.name
        self.tried = asyncio.Event()
        self.trouble: LinkError | None = None
        self.open_s = 0.0
        self._adapter = adapter
        self._pace = pace
        self._tell = tell
        self._wanted = self._steady = False
        self._stirred = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def adjust(self, *, wanted: bool, steady: bool, urgent: bool) -> None:
        self._wanted, self._steady = wanted, steady
        if wanted and self._task is None:
            self.tried.clear()
            self._task = asyncio.create_task(self._run(), name=f"listen on {self._adapter.name}")
        elif urgent or not wanted:
            self._stirred.set()

    async def close(self) -> None:
        self._wanted = False
        self._stirred.set()
        if self._task is not None:
            await asyncio.wait({self._task})

    async def _run(self) -> None:
        try:
            rest_s = self._pace.rest_s
            while self._wanted:
                self._stirred.clear()
                await self._listen()
                if self._steady and self.trouble is None:
                    continue
                if await happens_within(self._stirred, rest_s) or self.trouble is not None:
                    rest_s = self._pace.rest_s
                else:
                    rest_s = min(rest_s * self._pace.growth, self._pace.longest_rest_s)
        finally:
            self._task = None

    async def _listen(self) -> None:
        try:
            with link_errors():
                for found in await held(self._adapter):
                    self._tell(Hearing(self._adapter, found, named=True))
                async with self._adapter.scanner(self._on_advertisement):
                    self._report(None)
                    await self._stay_open()
        except LinkError as error:
            self._report(error)
        except asyncio.CancelledError:
            if self._task is None or self._task.cancelling():
                raise
            self._report(LinkError("The adapter went away in the middle of a command."))

    async def _stay_open(self) -> None:
        """For the pace's time since the last one began to wait, or until nobody does."""
        loop = asyncio.get_running_loop()
        began_s = loop.time()
        while self._wanted and await happens_within(self._stirred, self._pace.listen_s):
            self._stirred.clear()
        self.open_s += loop.time() - began_s

    def _report(self, trouble: LinkError | None) -> None:
        if trouble is not None and self.trouble is None:
            _log.warning("%s cannot listen: %s Once it can, sensors come back.", self._adapter.name, trouble)
        self.trouble = trouble
        self.tried.set()

    def _on_advertisement(self, device: BLEDevice, data: AdvertisementData) -> None:
        found = recognise(device, data)
        if found is not None:
            self._tell(Hearing(self._adapter, found, named=data.local_name is not None))


async def happens_within(event: asyncio.Event, seconds: float | None) -> bool:
    """seconds: None waits for ever."""
    try:
        async with asyncio.timeout(seconds):
            return await event.wait()
    except TimeoutError:
        return False
