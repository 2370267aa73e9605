"""A gym's evening on the virtual air: six sensors, people in the way, reboots, an empty battery, a killed hub.

    python benchmarks/links.py [--minutes 60] [--seed 1] [--json]

Everything is real but the radio and the clock: the sensors speak their makers' protocols on bumble; the hub scans,
connects, decodes, counts and journals as it does anywhere. 5 % of all connection events fail. For each sensor it is
told what became of its samples, and whether the reps are those of the simulated lifter. In the end, what a sensor costs
the hub.

A rep counts as hidden when some of its samples are missing and it was not found: several may have been told as one,
marked as uncertain. What a sensor had measured and not yet sent when it restarted is lost, a packet or two.
"""

import argparse
import asyncio
import json
import random
import shutil
import sys
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import delivery
from evening import CountingHub, Heard, Ledger, Lifter, PluggedIn

from firmware_sim import virtual_time
from firmware_sim.air import Air, Conditions, Shadow
from firmware_sim.battery import Battery
from sensor_hub.app.floor.hub import Hub
from sensor_hub.app.measuring.naming import machine_name

SAME_TURN_S = 0.8
SETTLING_S = 3.0
"""A rep that was over later may not have been told."""
LONGEST_REP_S = 30.0
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
        told_s = sorted(ledger.turns_s.values())
        found = hidden = missing = 0
        settled_s = end_s - SETTLING_S
        for start_s, turn_s, over_s in self._lifters[name].reps(end_s + LONGEST_REP_S):
            near = min(told_s, key=lambda at_s: abs(at_s - turn_s), default=float("inf"))
            if abs(near - turn_s) <= SAME_TURN_S:
                told_s.remove(near)
                found += bool(over_s < settled_s)
            elif over_s >= settled_s:
                continue
            elif heard.missed(start_s - 1.0, over_s + 1.0):
                hidden += 1
            else:
                missing += 1
        added = sum(at_s < settled_s and not heard.missed(at_s - 1.0, at_s + 1.0) for at_s in told_s)
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
    if arguments.json:
        json.dump(figures, sys.stdout, indent=1)
        return
    show(figures)
    print("\nOf a hub in a process of its own, in real time:")
    delivery.show([1, 6], seconds=10.0)


if __name__ == "__main__":
    main()
