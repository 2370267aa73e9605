"""Whatever dies: hub, recorder, pages, broker, time-series server and disk, in rotation, while machines are lifted on.

    python benchmarks/chaos.py [--for 10] [--seed 1] [--broker embedded mosquitto] [--json]

Real programs, each a process of its own, in a folder of its own. The hub's radio is replaced by a replay of a recorded
press on every machine, two and a half times as fast as in life; every rep it counts is written down by a process that
is never killed. After each fault it is waited until all that was counted so far is in the database: "stored after". In
the end the books are balanced: what was lifted (the same recording, counted by a hub that nothing happens to), counted,
stored, lost (counted, not stored), doubled (one rep under two names), misplaced (out of order), uncounted (lifted,
never counted, told beside the fault before it), unended (sessions that nobody has ended). `--for`: minutes for each
broker; every fault is made once at least.
"""

import argparse
import json
import random
import signal
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from havoc.faults import FAULTS
from havoc.ledger import Balance
from havoc.replay import lifted
from havoc.scene import Scene, playing

BROKERS = ("embedded", "mosquitto")
SPEED = 2.5
MACHINES = 3
PAUSE_S = (1.0, 2.0)
LASTS_S = (2.0, 5.0)
STORED_WITHIN_S = 45.0
BEGIN_ANEW = ("journal damaged", "hub's disk full")
LEARNS_S = 240.0
"""On the lifters' clock, a session: until then there is no journal, and a new engine has to know the machine."""
LAST_WORDS_S = 20.0


@dataclass
class Suffered:
    """A fault, as often as it was made."""

    times: int = 0
    counted: int = 0
    """Reps meanwhile, and until all were stored."""
    stored_after_s: list[float] = field(default_factory=list)
    late: list[str] = field(default_factory=list)
    """Not stored even long after the fault's end."""
    uncounted: int = 0
    began_s: list[float] = field(default_factory=list)
    """On the lifters' clock."""


def rotation(seed: int, names: Sequence[str]) -> Iterator[str]:
    """All faults in ever another order."""
    chance = random.Random(seed)
    while True:
        yield from chance.sample(names, len(names))


def suffer(scene: Scene, name: str, lasts_s: float, told: Suffered) -> None:
    before = len(scene.ledger.counted)
    told.began_s.append((time.time() - scene.began) * SPEED)
    FAULTS[name](scene, lasts_s)
    names, began_s = scene.ledger.names(), time.monotonic()
    while missing := scene.ledger.missing(names):
        if time.monotonic() - began_s > STORED_WITHIN_S:
            told.late += sorted(missing)
            break
        time.sleep(0.1)
    told.times += 1
    told.stored_after_s.append(time.monotonic() - began_s)
    told.counted += len(scene.ledger.counted) - before


def run(broker: str, minutes: float, seed: int, folder: Path, faults: Sequence[str]) -> dict[str, Any]:
    """Figures of one broker."""
    revived: list[str] = []
    chance, suffered = random.Random(seed), {name: Suffered() for name in faults}
    with playing(folder, broker, MACHINES, SPEED) as scene:
        end_s = time.monotonic() + 60 * minutes
        for name in rotation(seed, faults):
            if time.monotonic() > end_s and all(one.times for one in suffered.values()):
                break
            time.sleep(chance.uniform(*PAUSE_S))
            suffer(scene, name, chance.uniform(*LASTS_S), suffered[name])
            revived += scene.revive()
            print(f"{broker}: {name}", file=sys.stderr, flush=True)
        until_s = (time.time() - scene.began) * SPEED - 5.0
        books = settle(scene, until_s)
        blame(books, suffered)
        complaints = [one.name for one in scene.programs if not one.alive() or "Traceback" in one.log]
        return {
            "faults": {name: asdict(one) for name, one in suffered.items()},
            "books": asdict(books),
            "points": points(scene),
            "revived": revived,
            "complaints": complaints,
        }


def blame(books: Balance, suffered: Mapping[str, Suffered]) -> None:
    """Every rep that nobody counted is laid at the door of the fault before it; a hub that has to begin anew needs a
    while to know the machine again."""
    for _, turn_s in books.uncounted:
        before = {
            name: max((s for s in one.began_s if s < turn_s), default=-1.0) for name, one in suffered.items()
        }
        new = [name for name in BEGIN_ANEW if name in before and 0.0 <= turn_s - before[name] < LEARNS_S]
        suffered[new[0] if new else max(before, key=lambda name: before[name])].uncounted += 1


def settle(scene: Scene, until_s: float) -> Balance:
    """The books, as soon as they balance, or after long enough."""
    lifted_s, names = lifted(until_s), scene.ledger.names()
    end_s = time.monotonic() + LAST_WORDS_S
    while True:
        books = scene.ledger.balance(names, lifted_s, until_s)
        if not (books.lost or books.uncounted) or time.monotonic() > end_s:
            return books
        time.sleep(0.5)


def points(scene: Scene) -> dict[str, int]:
    """Reps that the time-series server has, or whose points it refused and the store keeps."""
    lines = {line for line in scene.points().splitlines() if line.startswith("rep,")}
    moments = {(line.split(" ")[0], line.rsplit(" ", 1)[1]) for line in lines}
    return {"taken": len(moments), "parked": scene.ledger.parked()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--for", dest="minutes", type=float, default=10.0, metavar="MINUTES")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--broker", nargs="+", choices=BROKERS, default=BROKERS)
    parser.add_argument("--faults", nargs="+", choices=list(FAULTS), default=list(FAULTS), metavar="FAULT")
    parser.add_argument("--keep", type=Path, help="Keep the files of the last run in this folder.")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(f"Stopped by signal {number}."))
    figures = {}
    for broker in arguments.broker:
        with TemporaryDirectory() as folder:
            place = Path(folder) if arguments.keep is None else arguments.keep / broker
            place.mkdir(parents=True, exist_ok=True)
            figures[broker] = run(broker, arguments.minutes, arguments.seed, place, arguments.faults)
    print(json.dumps(figures, indent=2) if arguments.json else "\n\n".join(map(table, figures.items())))


def table(figures: tuple[str, dict[str, Any]]) -> str:
    broker, found = figures
    lines = [f"{broker:24} times   reps  stored after s  never stored  never counted"]
    for name, one in found["faults"].items():
        after = one["stored_after_s"]
        spread = f"{sum(after) / len(after):5.1f} ({max(after):5.1f})" if after else "-"
        counts = f"{one['times']:5d}  {one['counted']:5d}  {spread:>14}"
        lines.append(f"{name:24} {counts}  {len(one['late']):12d}  {one['uncounted']:13d}")
    books = {name: len(value) if isinstance(value, list) else value for name, value in found["books"].items()}
    lines.append(", ".join(f"{value} {name}" for name, value in books.items()))
    lines.append(f"time series: {found['points']['taken']} reps taken, {found['points']['parked']} points parked")
    lines += [f"lost: {name}" for name in found["books"]["lost"]]
    lines += [f"ended by itself and was started again: {name}" for name in found["revived"]]
    if found["complaints"]:
        lines.append(f"look into: {', '.join(found['complaints'])}")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
