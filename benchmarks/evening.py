"""Who takes part in the evening of benchmarks/links.py: lifters, what is heard of their sensors, hubs, ledgers."""

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from firmware_sim.air import Air
from firmware_sim.controller import RadioController
from firmware_sim.performance import Performance
from firmware_sim.scenario import Scenario
from firmware_sim.source import CountsBlock, TimeBlock
from sensor_hub.app.floor.hub import Hub
from sensor_hub.app.floor.station import Station
from sensor_hub.app.measuring.naming import machine_name
from sensor_hub.bus import Running
from sensor_hub.config import Settings
from sensor_hub.link import LinkEvent, Missing, Radio, Received
from sensor_hub.link.adapter import adapter_on
from sensor_hub.messages import Live, Message, RepMessage, SensorMessage

OPENED = datetime(2026, 3, 2, 17, 0, tzinfo=UTC)


class Lifter:
    """The same ten minutes of sets over and over, on a machine and a sensor of its own."""

    def __init__(self, name: str, rate_hz: float, seed: int) -> None:
        acts = [
            {"kind": "rest", "seconds": 10},
            {"kind": "plates", "count": [1, 4]},
            {"kind": "set", "repeat": 3, "reps": [5, 8], "tempo": "3-1-1-1", "rest_s": [60, 80]},
            {"kind": "set", "repeat": 2, "reps": [6, 10], "tempo": "2-0-1-0.5", "rest_s": [50, 70]},
        ]
        sensor = {"name": name, "rate_hz": rate_hz, "range_g": 8, "warm_up_mg": 0}
        scenario = {"name": machine_name(name), "family": "gym", "sensor": sensor, "act": acts}
        self._performance = Performance(Scenario.model_validate(scenario), seed)
        self.name, self.rate_hz = name, rate_hz
        self.range_g, self.bits = self._performance.range_g, self._performance.bits
        time_s, _ = self._performance.samples
        self._length_s = float(time_s[-1] + np.median(np.diff(time_s)))
        self._began_s = 0.0
        """When the sensor was first started, in the loop's time."""

    def blocks(self) -> Iterator[tuple[TimeBlock, CountsBlock]]:
        self._began_s = asyncio.get_running_loop().time()
        offset_s = 0.0
        while True:
            for time_s, counts in self._performance.blocks():
                yield time_s + offset_s, counts
            offset_s += self._length_s

    def reps(self, until_s: float) -> Iterator[tuple[float, float, float]]:
        """Start, turn and end of every rep that was over by then, in the loop's time."""
        for number in range(int(until_s / self._length_s) + 1):
            for rep in (rep for one in self._performance.truth()["sets"] for rep in one["reps"]):
                begin_s = self._began_s + number * self._length_s
                if begin_s + rep["end_s"] < until_s:
                    yield begin_s + rep["start_s"], begin_s + rep["turn_s"], begin_s + rep["end_s"]


@dataclass
class Heard:
    """What the hubs heard of one sensor. Instants in the loop's time."""

    rate_hz: float
    samples: int = 0
    gaps: Counter[str] = field(default_factory=Counter)
    lost: int = 0
    """Samples that are known to be missing."""
    untold: int = 0
    """Holes in time that no gap accounts for."""
    unheard: list[tuple[float, float]] = field(default_factory=list)
    """From when to when samples are missing."""
    computing_s: float = 0.0
    """From decoded samples to the journal and the messages."""
    _arrival_s: float = 0.0
    _device_s: float | None = None

    def take(self, event: LinkEvent, now_s: float) -> None:
        match event:
            case Missing(gap):
                self.gaps[gap.reason] += 1
                self.lost += gap.lost or 0
                self._hole(now_s)
            case Received(samples, arrival_s):
                first_s = float(samples.time_s[0])
                if self._device_s is not None and not 0.0 < first_s - self._device_s < 2.5 / self.rate_hz:
                    self.untold += 1
                    self._hole(now_s)
                self.samples += len(samples)
                self._arrival_s, self._device_s = arrival_s, float(samples.time_s[-1])

    def another_hub(self, now_s: float) -> None:
        """It could not go on where the one before was: nobody listened in between."""
        if self._device_s is not None:
            self._hole(now_s)

    def missed(self, start_s: float, end_s: float) -> bool:
        """Whether any sample between these instants is missing."""
        return any(begin_s < end_s and stop_s > start_s for begin_s, stop_s in self.unheard)

    def _hole(self, now_s: float) -> None:
        self.unheard.append((self._arrival_s, now_s))
        self._device_s = None


class Ledger:
    """What one machine told, each message once, whichever hub told it."""

    def __init__(self) -> None:
        self.turns_s: dict[str, float] = {}
        """When each rep turned, in the loop's time, by the rep's id."""
        self.notes: list[tuple[float, str]] = []
        self.deaf = False
        self._seq = 0
        self._running = Running()

    def next_seq(self) -> int:
        self._seq += 1
        return self._seq

    def append(self, message: Message) -> None:
        self._running = self._running.heard(message)
        match message:
            case RepMessage() if not self.deaf:
                ended_s = (message.time - OPENED).total_seconds()
                self.turns_s[message.id] = ended_s - message.end_s + message.turn_s
            case SensorMessage(note=str(note)) if not self.deaf:
                self.notes.append(((message.time - OPENED).total_seconds(), note))

    def live(self, message: Live) -> None: ...

    problem: str | None = None

    def running(self) -> Running:
        return self._running

    def pending(self) -> int:
        return 0

    async def close(self, *, for_good: bool = False) -> None: ...


class CountingHub(Hub):
    """A hub that notes what it hears before it acts on it."""

    def __init__(self, folder: Path, ledgers: dict[str, Ledger], heard: dict[str, Heard]) -> None:
        super().__init__(Settings(), folder, lambda place: ledgers[place.machine], _virtual_utc)
        self._heard = heard

    def _deliver(self, station: Station, event: LinkEvent) -> None:
        heard = self._heard[station.machine.sensor.name]
        heard.take(event, asyncio.get_running_loop().time())
        began_s = time.process_time()
        super()._deliver(station, event)
        heard.computing_s += time.process_time() - began_s


@dataclass
class PluggedIn:
    """A hub at work on a dongle of its own."""

    air: Air
    dongle: RadioController
    task: asyncio.Task[None]

    @classmethod
    async def on(cls, air: Air, hub: Hub) -> "PluggedIn":
        dongle = air.dongle()
        adapter = await adapter_on(dongle, dongle, "virtual")
        return cls(air, dongle, asyncio.create_task(hub.work(Radio([adapter]))))

    async def leave(self) -> None:
        """Raises what ended the hub before."""
        self.task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self.task
        self.air.unplug(self.dongle)


def _virtual_utc() -> datetime:
    return OPENED + timedelta(seconds=asyncio.get_running_loop().time())
