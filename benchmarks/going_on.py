"""How long a hub needs to go on from a journal, and how long its event loop stands still meanwhile.

    python benchmarks/going_on.py [--minutes 60]

The journal of a session of so many minutes at 100 Hz, read as a hub reads it that starts after a kill, beside a loop
that looks at the clock every 5 ms: what a page or another machine's sensor would wait.
"""

import argparse
import asyncio
import time
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from havoc.replay import Lifts, Tray

from sensor_hub.app.floor.succession import read_through
from sensor_hub.app.measuring.clocks import HostClock
from sensor_hub.app.measuring.desk import Desk
from sensor_hub.app.measuring.journal import Journal, SensorIdentity
from sensor_hub.app.measuring.machine import Machine, Memory
from sensor_hub.app.measuring.profiles import MachineProfile
from sensor_hub.link import Received

BEGAN = datetime(2026, 3, 2, 17, 0, tzinfo=UTC)
SENSOR = SensorIdentity("C0:FF:EE:00:00:01", "sled-01", "sled")
LOOK_S = 0.005


def machine(folder: Path, journal: Journal, at_s: float) -> Machine:
    memory = Memory(MachineProfile(folder, "home", "sled-01"), journal)
    return Machine(
        Desk("home", "sled-01", Tray()), SENSOR, HostClock(BEGAN + timedelta(seconds=at_s), at_s), memory
    )


def lift(folder: Path, minutes: float) -> Journal:
    """A journal that a hub has left; nobody has ticked, so the session runs on."""
    journal, lifts = Journal(folder / "journal.db"), Lifts()
    one = machine(folder, journal, 0.0)
    for number in range(lifts.count(60 * minutes)):
        block = lifts.block(number)
        one.handle(Received(block, float(block.time_s[-1]), str(number)), float(block.time_s[-1]))
    return journal


async def go_on(folder: Path, journal: Journal, at_s: float) -> tuple[float, np.ndarray]:
    """Seconds until the machine is back, and how late each look at the clock was."""
    late_s: list[float] = []

    async def look() -> None:
        while True:
            before_s = time.perf_counter()
            await asyncio.sleep(LOOK_S)
            late_s.append(time.perf_counter() - before_s - LOOK_S)

    looking, began_s = asyncio.create_task(look()), time.perf_counter()
    one = await read_through(journal, partial(machine, folder, journal, at_s))
    took_s = time.perf_counter() - began_s
    looking.cancel()
    assert one.session is not None
    return took_s, np.array(late_s)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=60.0)
    minutes = parser.parse_args().minutes
    with TemporaryDirectory() as folder:
        journal = lift(Path(folder), minutes)
        size_mb = sum(file.stat().st_size for file in Path(folder).glob("journal.db*")) / 1e6
        took_s, late_s = asyncio.run(go_on(Path(folder), journal, 60 * minutes))
    median, most = 1e3 * np.median(late_s), 1e3 * late_s.max()
    took = f"{minutes:g} min, {size_mb:.0f} MB: back after {took_s:.1f} s"
    print(f"{took}; the loop late by {median:.0f} ms, at most {most:.0f}")


if __name__ == "__main__":
    main()
