"""A gym's evening on the virtual air: six sensors, people in the way, reboots, an empty battery, a killed hub.

    python benchmarks/links.py [--minutes 60] [--seed 1] [--json]

Everything is real but the radio and the clock: the sensors speak their makers' protocols on bumble; the hub scans,
connects, decodes, counts and journals as it does anywhere. 5 % of all connection events fail. For each sensor it is
told what became of its samples, and whether the reps are those of the simulated lifter.

A rep counts as hidden when some of its samples are missing: then it may be told, marked as uncertain, or not.
"""

import argparse
import asyncio
import contextlib
import json
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from firmware_sim import virtual_time
from firmware_sim.air import Air, Conditions, Shadow
from firmware_sim.battery import Battery
from firmware_sim.controller import RadioController
from firmware_sim.performance import Performance
from firmware_sim.scenario import Scenario
from firmware_sim.source import CountsBlock, TimeBlock
from sensor_hub.app.hub import Hub, Station
from sensor_hub.app.naming import machine_name
from sensor_hub.config import Settings
from sensor_hub.link import LinkEvent, Missing, Radio, Received
from sensor_hub.link.adapter import adapter_on
from sensor_hub.messages import Live, Message, RepMessage, SensorMessage

OPENED = datetime(2026, 3, 2, 17, 0, tzinfo=UTC)
SAME_TURN_S = 0.8
SENSORS = {
    "sled-01": ("sled", 100.0),
    "sled-02": ("sled", 100.0),
    "sled-03": ("sled", 200.0),
    "Movesense 204130000147": ("movesense", 104.0),
    "WT901BLE67": ("witmotion", 100.0),
    "Polar H10 8C4CAD2D": ("polar", 100.0),
}
"""Names on the air: family and rate."""
REBOOTS = ((0.22, "sled-02"), (0.37, "Movesense 204130000147"), (0.63, "sled-01"))
KILLED, DIED, DYING = 0.5, 0.85, "sled-03"
"""Shares of the evening; the sensor whose battery is empty then."""
WITHOUT_HUB_S = 5.0


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
        self._began_s = 0.0
        """When the sensor was first started, in the loop's time."""

    def blocks(self) -> Iterator[tuple[TimeBlock, CountsBlock]]:
        self._began_s = asyncio.get_running_loop().time()
        offset_s = 0.0
        while True:
            for time_s, counts in self._performance.blocks():
                yield time_s + offset_s, counts
            offset_s += self._performance.duration_s

    def reps(self, until_s: float) -> Iterator[tuple[float, float, float]]:
        """Start, turn and end of every rep that was over by then, in the loop's time."""
        length_s = self._performance.duration_s
        for number in range(int(until_s / length_s) + 1):
            for rep in (rep for one in self._performance.truth()["sets"] for rep in one["reps"]):
                begin_s = self._began_s + number * length_s
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

    def _hole(self, now_s: float) -> None:
        self.unheard.append((self._arrival_s, now_s))
        self._device_s = None


class Ledger:
    """What one machine told, each message once, whichever hub told it."""

    def __init__(self) -> None:
        self.reps: dict[str, RepMessage] = {}
        self.notes: list[tuple[float, str]] = []
        self.deaf = False
        self._seq = 0

    def next_seq(self) -> int:
        self._seq += 1
        return self._seq

    def append(self, message: Message) -> None:
        match message:
            case RepMessage() if not self.deaf:
                self.reps[message.id] = message
            case SensorMessage(note=str(note)) if not self.deaf:
                self.notes.append(((message.time - OPENED).total_seconds(), note))

    def live(self, message: Live) -> None: ...

    def pending(self) -> int:
        return 0

    async def close(self) -> None: ...


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


class Gym:
    def __init__(self, minutes: float, seed: int, folder: Path) -> None:
        self._end_s = minutes * 60.0
        self._seed = seed
        self._folder = folder
        rates = {name: rate_hz for name, (_, rate_hz) in SENSORS.items()}
        self._lifters = {name: Lifter(name, rate_hz, seed) for name, rate_hz in rates.items()}
        self._heard = {name: Heard(rate_hz) for name, rate_hz in rates.items()}
        self._ledgers = {machine_name(name): Ledger() for name in SENSORS}
        self._memory_mb: list[float] = []

    async def open(self) -> dict[str, Any]:
        """The evening; its figures."""
        families = {name: family for name, (family, _) in SENSORS.items()}
        conditions = Conditions(event_failure=0.05, shadows=tuple(self._shadows()))
        lifters = list(self._lifters.values())
        async with Air(lifters, families=families, conditions=conditions, seed=self._seed) as air:
            dying = _peripheral(air, DYING)
            dying.battery = Battery(percent_at_start=20.0, life_h=5.0 * DIED * self._end_s / 3600.0)
            hub = await PluggedIn.on(air, self._hub("first"))
            for share, happen in self._plan(air):
                await self._until(share)
                hub = await happen(hub)
            await self._until(1.0)
            await hub.leave()
        return self.figures()

    def figures(self) -> dict[str, Any]:
        sensors = {name: self._figures_of(name) for name in SENSORS}
        return {"sensors": sensors, "memory_mb": self._memory_mb[9:10] + self._memory_mb[-1:]}

    def _figures_of(self, name: str) -> dict[str, Any]:
        heard, ledger = self._heard[name], self._ledgers[machine_name(name)]
        end_s = DIED * self._end_s if name == DYING else self._end_s
        told_s = sorted(
            (rep.time - OPENED).total_seconds() - rep.end_s + rep.turn_s for rep in ledger.reps.values()
        )
        found = hidden = missing = 0
        for start_s, turn_s, over_s in self._lifters[name].reps(end_s - 3.0):
            near = min(told_s, key=lambda at_s: abs(at_s - turn_s), default=float("inf"))
            if abs(near - turn_s) <= SAME_TURN_S:
                told_s.remove(near)
                found += 1
            elif any(begin_s < over_s + 1.0 and stop_s > start_s - 1.0 for begin_s, stop_s in heard.unheard):
                hidden += 1
            else:
                missing += 1
        added = sum(at_s < end_s - 3.0 for at_s in told_s)
        low = [at_s for at_s, note in ledger.notes if "battery is low" in note]
        return {
            "samples": heard.samples,
            "lost": heard.lost,
            "gaps": dict(heard.gaps),
            "untold": heard.untold,
            "reps": {"found": found, "hidden": hidden, "missing": missing, "added": added},
            "battery_told_min": round((end_s - low[0]) / 60.0, 1) if low else None,
            "us_per_sample": round(1e6 * heard.computing_s / max(1, heard.samples), 1),
        }

    async def _until(self, share: float) -> None:
        """Sleeps to this share of the evening, and weighs the process on the way."""
        loop = asyncio.get_running_loop()
        while (left_s := share * self._end_s - loop.time()) > 0.0:
            await asyncio.sleep(min(60.0, left_s))
            self._memory_mb.append(_resident_mb())

    def _hub(self, name: str) -> Hub:
        return CountingHub(self._folder / name, self._ledgers, self._heard)

    def _shadows(self) -> Iterator[Shadow]:
        """People between a sensor and the hub: a few seconds often, half a minute now and then."""
        rng = random.Random(self._seed)
        for name in SENSORS:
            at_s = rng.uniform(60.0, 120.0)
            while at_s < self._end_s:
                seconds = rng.choice([3.0, 6.0, 20.0, 35.0])
                yield Shadow(at_s, at_s + seconds, name)
                at_s += seconds + rng.uniform(150.0, 300.0)

    def _plan(self, air: Air) -> list[tuple[float, Callable[[PluggedIn], Awaitable[PluggedIn]]]]:
        """What happens to the sensors and to the hub, as shares of the evening."""

        async def reboot(hub: PluggedIn, name: str) -> PluggedIn:
            await _peripheral(air, name).boot()
            return hub

        async def die(hub: PluggedIn) -> PluggedIn:
            air.switch_off(DYING)
            return hub

        async def kill(hub: PluggedIn) -> PluggedIn:
            """What the hub does while it is taken down counts for nothing: its successor gets the folder as it was."""
            shutil.copytree(self._folder / "first", self._folder / "second")
            for ledger in self._ledgers.values():
                ledger.deaf = True
            await hub.leave()
            for ledger in self._ledgers.values():
                ledger.deaf = False
            await asyncio.sleep(WITHOUT_HUB_S)
            now_s = asyncio.get_running_loop().time()
            for name, (family, _) in SENSORS.items():
                if family != "sled":
                    self._heard[name].another_hub(now_s)
            return await PluggedIn.on(air, self._hub("second"))

        reboots = [(share, partial(reboot, name=name)) for share, name in REBOOTS]
        return sorted([*reboots, (KILLED, kill), (DIED, die)], key=lambda one: one[0])


def _peripheral(air: Air, name: str) -> Any:
    return next(one for one in air.peripherals if one.name == name)


def _virtual_utc() -> datetime:
    return OPENED + timedelta(seconds=asyncio.get_running_loop().time())


def _resident_mb() -> float:
    """Memory of this process now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return round(pages * 4096 / 1e6, 1)


def show(figures: dict[str, Any]) -> None:
    columns = ("samples", "lost", "gaps", "untold", "reps", "hidden", "missing", "added", "µs/sample")
    print(" " * 24 + "".join(f"{column:>10}" for column in columns))
    for name, one in figures["sensors"].items():
        values = [one["samples"], one["lost"], sum(one["gaps"].values()), one["untold"], *one["reps"].values()]
        print(f"{name:24}" + "".join(f"{value:>10}" for value in [*values, one["us_per_sample"]]))
        if one["battery_told_min"] is not None:
            print(f"{'':24}  its low battery was told {one['battery_told_min']} min before it was empty")
    print("memory of hub and simulator, MB, after ten minutes and at the end:", *figures["memory_mb"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        figures = virtual_time.run(Gym(arguments.minutes, arguments.seed, Path(folder)).open())
    json.dump(figures, sys.stdout, indent=1) if arguments.json else show(figures)


if __name__ == "__main__":
    main()
