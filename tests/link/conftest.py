"""A hub and its sensors on one virtual radio. In virtual time minutes of it take seconds, the same each run."""

import asyncio
import contextlib
import random
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from firmware_sim.air import Air
from firmware_sim.controller import RadioController
from firmware_sim.families import FAMILIES
from firmware_sim.makes import MAKES, Make
from firmware_sim.peripheral import Peripheral
from firmware_sim.source import CountsBlock, TimeBlock
from sensor_hub.link import Found, Health, LinkEvent, Missing, Radio, Received, SensorLink, StateChanged, scan
from sensor_hub.link.adapter import adapter_on
from sensor_hub.messages import LinkState
from sensor_hub.model import Gap


@dataclass
class CountingSource:
    """Sample number k shows in its counts: x = k mod 30000, y = k div 30000."""

    name: str
    seconds: float = 3600.0
    rate_hz: float = 100.0
    range_g: float = 8.0
    bits: int = 16

    def blocks(self) -> Iterator[tuple[TimeBlock, CountsBlock]]:
        total = round(self.seconds * self.rate_hz)
        for first in range(0, total, 64):
            number = np.arange(first, min(first + 64, total))
            counts = np.stack([number % 30000, number // 30000, np.full_like(number, 4096)], axis=1)
            yield number / self.rate_hz, counts.astype(np.int16)


@dataclass
class Heard:
    """All that one link told."""

    events: list[LinkEvent] = field(default_factory=list)

    @property
    def numbers(self) -> list[int]:
        """Which samples arrived, by the number that CountingSource gave them, in order of arrival."""
        blocks = [event.samples for event in self.events if isinstance(event, Received)]
        counts = [np.rint(block.accel_mps2 / block.resolution_mps2).astype(int) for block in blocks]
        return [int(x + 30000 * y) for block in counts for x, y, _ in block]

    @property
    def times_s(self) -> list[float]:
        return [float(t) for e in self.events if isinstance(e, Received) for t in e.samples.time_s]

    @property
    def latencies_s(self) -> list[float]:
        """Arrival minus device time of each sample, whatever their clocks' offset."""
        return [e.arrival_s - float(t) for e in self.events if isinstance(e, Received) for t in e.samples.time_s]

    @property
    def gaps(self) -> list[Gap]:
        return [event.gap for event in self.events if isinstance(event, Missing)]

    @property
    def states(self) -> list[LinkState]:
        return [event.state for event in self.events if isinstance(event, StateChanged)]

    @property
    def notes(self) -> list[str]:
        return [event.note for event in self.events if isinstance(event, StateChanged) and event.note]

    @property
    def health(self) -> list[Health]:
        return [event for event in self.events if isinstance(event, Health)]

    def told(self, text: str) -> bool:
        return any(text in note for note in self.notes)


class Hub:
    """One hub process's worth of links."""

    def __init__(self, air: Air, dongles: list[RadioController], radio: Radio) -> None:
        self.radio = radio
        self.dongles = dongles
        self._air = air
        self.heard: dict[str, Heard] = {}
        self._tasks: list[asyncio.Task[None]] = []

    async def connect(self, scan_s: float = 1.0, **how: Any) -> list[SensorLink]:
        """A link for every sensor that one scan finds; how: further arguments of SensorLink."""
        return [self.link(found, **how) for found in await scan(self.radio, scan_s)]

    def link(self, found: Found, **how: Any) -> SensorLink:
        heard = self.heard.setdefault(found.name, Heard())
        link = SensorLink(found, self.radio, heard.events.append, rng=random.Random(found.name), **how)
        self._tasks.append(asyncio.create_task(link.run()))
        return link

    async def kill(self) -> None:
        """End without a goodbye: the dongle is unplugged under the links."""
        for dongle in self.dongles:
            if dongle in self._air.radio.controllers:
                self._air.unplug(dongle)
        await self.close()

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.radio.close()


@pytest.fixture
def source() -> type[CountingSource]:
    return CountingSource


@pytest.fixture
def plug_in() -> Callable[..., contextlib.AbstractAsyncContextManager[Hub]]:
    """A hub with dongles of its own on the air, for as long as the context lasts.

    gains_db: of each dongle, as it hears every sensor; slots, bonds: as an Adapter takes them.
    """

    @contextlib.asynccontextmanager
    async def plugged(
        air: Air, gains_db: Sequence[float] = (0.0,), slots: int = 6, bonds: Path | None = None
    ) -> AsyncIterator[Hub]:
        dongles = [air.dongle() for _ in gains_db]
        adapters = []
        for number, (dongle, gain_db) in enumerate(zip(dongles, gains_db, strict=True)):
            dongle.gain_db = gain_db
            name = "virtual" if len(dongles) == 1 else f"virtual:{number}"
            adapters.append(await adapter_on(dongle, dongle, name, slots, bonds))
        hub = Hub(air, dongles, Radio(adapters))
        try:
            yield hub
        finally:
            await hub.close()
            await hub.kill()

    return plugged


@pytest.fixture
def mangle() -> Callable[[Peripheral, Mapping[int, Callable[[bytes], list[bytes]]]], None]:
    """Make a sensor send other packets than it meant to: instead of its nth one, what the nth function makes of it."""

    def mangled(peripheral: Peripheral, faults: Mapping[int, Callable[[bytes], list[bytes]]]) -> None:
        meant, numbers, waiting = peripheral.next_notification, count(), deque[bytes]()

        def next_notification(mtu: int) -> bytes | None:
            if not waiting and (packet := meant(mtu)) is not None:
                waiting.extend(faults.get(next(numbers), lambda packet: [packet])(packet))
            return waiting.popleft() if waiting else None

        peripheral.next_notification = next_notification  # type: ignore[method-assign]

    return mangled


@pytest.fixture
def make_odd(monkeypatch: pytest.MonkeyPatch) -> Callable[[type[Peripheral]], dict[str, str]]:
    """Puts a kind of sensor on the air under the family "odd"; gives the families with sled-01 being such a one."""

    def register(peripheral: type[Peripheral]) -> dict[str, str]:
        monkeypatch.setitem(FAMILIES, "odd", peripheral)
        monkeypatch.setitem(MAKES, "odd", Make())
        return {"sled-01": "odd"}

    return register
