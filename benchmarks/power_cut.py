"""The power fails: what is on the disk of hub and recorder at any moment, and whether it is enough.

    python benchmarks/power_cut.py [--for 20] [--cuts 60] [--seed 1] [--broker mosquitto] [--json]

Hub and recorder run under strace, with a replayed load as in benchmarks/chaos.py. Their files are then rebuilt as a
power cut would have left them right after something was counted: once with nothing but what had been forced to the
disk, once with a random half of the rest. Both are opened by the program itself. Nobody asks the broker: it may have
lost everything. Lost is what was counted by then and is neither in the hub's outbox nor in the store; damaged is a
file that had to be set aside; behind is a journal that knows less than was told.
"""

import argparse
import json
import random
import signal
import sqlite3
import sys
import time
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from havoc.disk import Disk, strace
from havoc.ledger import Ledger
from havoc.replay import Tray
from havoc.scene import Scene, together, wait_for

from sensor_hub.app.measuring.clocks import HostClock
from sensor_hub.app.measuring.desk import Desk
from sensor_hub.app.measuring.journal import Journal
from sensor_hub.app.measuring.machine import Machine, Memory
from sensor_hub.app.measuring.profiles import MachineProfile
from sensor_hub.bus import Outbox
from sensor_hub.errors import StoreError

MACHINES, SPEED = 2, 6.0
JOURNALS_EVERY = 5
"""Journals are read through at every fifth cut only: it takes as long as the rest together."""


@dataclass
class Found:
    cuts: int = 0
    counted: int = 0
    """By the last cut: reps, sets and sessions."""
    lost: list[str] = field(default_factory=list)
    damaged: list[str] = field(default_factory=list)
    journals: int = 0
    behind: list[str] = field(default_factory=list)


def record(broker: str, seconds: float, folder: Path) -> Path:
    """A trace of hub and recorder at work."""
    scene, trace = Scene(folder, broker, MACHINES, SPEED), folder / "trace"
    both = together("both", strace(trace), [scene.hub, scene.recorder], scene.ledger.hear)
    try:
        scene.broker.start()
        scene.target.start()
        time.sleep(0.5)
        both.start()
        wait_for(lambda: len(scene.ledger.counted) > 0, 60, "a rep")
        time.sleep(seconds)
    finally:
        both.kill_with_children()
        scene.target.stop()
        scene.network.close()
        scene.broker.stop()
    return trace


def examine(trace: Path, cuts: int, seed: int, folder: Path) -> Found:
    told = [line for line in Disk(folder).play(trace) if line.startswith('{"kind"')]
    chosen = {round((number + 1) * len(told) / cuts) for number in range(cuts)}
    found, disk = Found(), Disk(folder)
    counted: list[str] = []
    for line in disk.play(trace):
        if not line.startswith('{"kind"'):
            continue
        counted.append(json.loads(line)["id"])
        if len(counted) not in chosen:
            continue
        found.cuts, found.counted = found.cuts + 1, len(counted)
        for chance in (None, random.Random(seed + len(counted))):
            with TemporaryDirectory() as left:
                disk.fail(Path(left), chance)
                look(Path(left) / "data", set(counted), found, journals=found.cuts % JOURNALS_EVERY == 0)
    return found


def look(data: Path, counted: set[str], found: Found, journals: bool) -> None:
    """What the next hub and the next recorder find."""
    safe = stored(data / "hub.db")
    for path in sorted((data / "outbox").glob("*.db")):
        outbox, machine = Outbox(path), path.stem.split(".")[1]
        outbox.recall()
        safe |= {json.loads(waiting.payload)["id"] for waiting in outbox.after(0, 1_000_000)}
        if journals:
            found.journals += 1
            found.behind += behind(data, outbox, machine)
        outbox.close()
    found.lost += sorted(counted - safe)
    found.damaged += [path.name for path in data.rglob("*.broken")]


def stored(file: Path) -> set[str]:
    """Nothing where there is no store yet, or no table in it."""
    try:
        return Ledger(file).stored_names()
    except sqlite3.OperationalError:
        return set()


def behind(data: Path, outbox: Outbox, machine: str) -> list[str]:
    """The machine's name, where its journal knows less than was told."""
    running, path = outbox.running(machine), data / "journal" / f"home.{machine}.db"
    if running.session is None:
        return []
    try:
        journal = Journal(path)
        sensor = journal.sensor()
        assert sensor is not None
        desk = Desk("home", machine, Tray())
        memory = Memory(MachineProfile(data, "home", machine), journal)
        again = Machine(desk, sensor, HostClock(datetime.now(UTC), 0.0), memory)
    except StoreError as error:
        return [f"{machine}: {error}"]
    knows = again.session == running.session.session and again.rep_count >= running.rep_count
    journal.close()
    return [] if knows else [machine]


def run(broker: str, seconds: float, cuts: int, seed: int) -> dict[str, Any]:
    with TemporaryDirectory() as folder:
        return asdict(examine(record(broker, seconds, Path(folder)), cuts, seed, Path(folder)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--for", dest="seconds", type=float, default=20.0, metavar="SECONDS")
    parser.add_argument("--cuts", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--broker", choices=("embedded", "mosquitto"), default="mosquitto")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(f"Stopped by signal {number}."))
    found = run(arguments.broker, arguments.seconds, arguments.cuts, arguments.seed)
    figures = {name: len(value) if isinstance(value, list) else value for name, value in found.items()}
    print(
        json.dumps(found, indent=2) if arguments.json else ", ".join(f"{n} {name}" for name, n in figures.items())
    )


if __name__ == "__main__":
    main()
