"""What several writers of one PostgreSQL get done: each its own sites, as workers of a chain have them.

    python -m benchmarks.writers [--writers 1 2 4] [--batch 10 100] [--for 10]

Each writer is a process; its messages are made before the clock starts: raw chunks of 2 s and phases in turn, of four
machines. The server is one of its own, with PostgreSQL's defaults. Told are messages committed a second, together;
computing time of writers and of the server, a message; and how long a commit took.
"""

import argparse
import multiprocessing
import os
import statistics
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.synchronize import Barrier
from pathlib import Path

from benchmarks.databases import database
from benchmarks.havoc.gym import message
from sensor_hub.messages import Message
from sensor_hub.store import Store

MACHINES = 4
AHEAD = 60_000
"""Messages made for each writer: more than it can write."""
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Written:
    messages: int
    took_s: float
    cpu_s: float
    batches_s: Sequence[float]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--writers", type=int, nargs="+", default=[1, 2, 4])
    parser.add_argument("--batch", type=int, nargs="+", default=[10, 100])
    parser.add_argument("--for", type=float, default=10.0, dest="seconds")
    args = parser.parse_args()
    print("| a batch | writers | messages/s | writers' us | server's us | a batch, ms: median | worst |")
    print("|---|---|---|---|---|---|---|")
    for batch in args.batch:
        for writers in args.writers:
            print(measure(writers, batch, args.seconds), flush=True)


def measure(writers: int, batch: int, seconds: float) -> str:
    """A row of the table."""
    with tempfile.TemporaryDirectory() as folder, database("postgresql", Path(folder)) as url:
        Store.open(url).close()
        barrier = multiprocessing.Barrier(writers + 1)
        with multiprocessing.Pool(writers, _remember, (barrier,)) as pool:
            running = pool.starmap_async(write, [(url, number, batch, seconds) for number in range(writers)])
            barrier.wait()
            before_s = server_cpu_s()
            done: list[Written] = running.get()
            server_s = server_cpu_s() - before_s
    count = sum(one.messages for one in done)
    rate = sum(one.messages / one.took_s for one in done)
    writing_us = 1e6 * sum(one.cpu_s for one in done) / count
    took_ms = [1e3 * took for one in done for took in one.batches_s]
    return (
        f"| {batch} | {writers} | {rate:.0f} | {writing_us:.0f} | {1e6 * server_s / count:.0f} "
        f"| {statistics.median(took_ms):.1f} | {max(took_ms):.0f} |"
    )


def write(url: str, number: int, batch: int, seconds: float) -> Written:
    """As many batches as there is time for; they are made first."""
    messages = list(made(number))
    store, took_s = Store.open(url), list[float]()
    store.record(messages[:1])
    _barrier.wait()
    began, cpu_s = time.perf_counter(), time.process_time()
    while time.perf_counter() < began + seconds and (len(took_s) + 1) * batch < len(messages):
        before = time.perf_counter()
        store.record(messages[len(took_s) * batch : (len(took_s) + 1) * batch])
        took_s.append(time.perf_counter() - before)
    done = Written(len(took_s) * batch, time.perf_counter() - began, time.process_time() - cpu_s, took_s)
    store.close()
    return done


def made(number: int) -> list[Message]:
    """The same few samples again and again: what is written counts."""
    site = f"gym-{number}"
    patterns = [message(site, f"press-{index % MACHINES}", index) for index in range(2 * MACHINES)]
    return [
        patterns[index % len(patterns)].model_copy(update={"id": f"{site}.{index}", "seq": index})
        for index in range(AHEAD)
    ]


def server_cpu_s() -> float:
    """Of our own PostgreSQL: its first process, and its children, those that ended included."""
    us, total = str(os.getpid()), 0
    found = {one: _stat(one) for one in Path("/proc").iterdir() if one.name.isdigit()}
    ours = {one.name for one, (name, *rest) in found.items() if name == "postgres" and rest[1] == us}
    for one, (_, *rest) in found.items():
        if one.name in ours or (rest and rest[1] in ours):
            total += sum(int(field) for field in rest[11:15])
    return total / TICKS


def _stat(process: Path) -> list[str]:
    """Name, state, parent and so on (proc(5)); nothing but an empty name where it has ended."""
    try:
        name, _, rest = (process / "stat").read_text().rpartition(") ")
    except OSError:
        return [""]
    return [name.partition("(")[2], *rest.split()]


def _remember(barrier: Barrier) -> None:
    global _barrier
    _barrier = barrier


_barrier: Barrier

if __name__ == "__main__":
    main()
