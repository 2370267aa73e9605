"""How a chain's centre grows from ten machines to ten thousand: what each costs, and what is full first.

    python -m benchmarks.growth [--machines 10 100 1000 10000] [--seconds 20] [--in-use 0.4] [--workers 2] [--gyms 24]

The messages are recorded ones: simulated lifters through a hub's own code (benchmarks/crowd/recorded.py), told again
under the names of as many machines as wanted, each from an instant of its own. They go into the stream of three nodes
on config/chain, three times replicated, over TLS, and from there through `sensor-hub chain work` into a PostgreSQL with
its defaults and an empty database.

Short cut: they are published into the stream, instead of being fetched from hundreds of brokers in gyms. What that
leaves out is measured at the end, with some real gyms: hub's outbox, embedded broker, leaf of the nodes.

All of it runs on this computer. Where that cannot keep up, stored messages a second are what it did. Costs are seconds
of a core for what went through; bytes are those of a machine and hour at the share of machines in use that is given.
"""

import argparse
import json
import math
import os
import signal
import sys
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import psutil

from benchmarks.crowd.archived import archived
from benchmarks.crowd.centre import Centre
from benchmarks.crowd.leaves import leaves
from benchmarks.crowd.measured import Row, measure
from benchmarks.crowd.recorded import at_rest, in_use
from benchmarks.crowd.traffic import IN_GYM, Traffic, place_of


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--machines", type=int, nargs="+", default=[10, 100, 1000, 10_000])
    parser.add_argument("--seconds", type=float, default=20.0, help="measured, of each")
    parser.add_argument("--in-use", type=float, default=0.4, help="share of the machines on which somebody trains")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--gyms", type=int, default=24, help="with brokers of their own; 0 leaves them out")
    parser.add_argument("--minutes", type=float, default=20.0, help="recorded of each machine")
    parser.add_argument("--keep", type=Path, help="a file for the figure in docs/scale.md")
    args = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(f"Stopped by signal {number}."))
    lifted, rested = in_use(args.minutes), at_rest(args.minutes)
    for stream in (*lifted, *rested):
        print(f"{stream.name:10} {stream.per_hour:6.0f} messages an hour, {stream.bytes_per_hour / 1e6:5.2f} MB")
    print(f"{archived(lifted):.2f} MB an hour in use in the archive")
    with ExitStack() as stack:
        gyms = [place_of(IN_GYM * number)[0] for number in range(args.gyms)]
        centre = Centre(stack, Path(stack.enter_context(TemporaryDirectory())), gyms)
        rows = []
        for machines in args.machines:
            rows.append(
                measure(centre, Traffic(machines, args.in_use, lifted, rested), args.seconds, args.workers)
            )
            print(f"{machines} machines: {rows[-1].waits}", file=sys.stderr, flush=True)
        show(rows)
        if args.keep:
            args.keep.write_text(json.dumps([asdict(row) for row in rows], indent=1) + "\n")
        if gyms:
            traffic = Traffic(IN_GYM * len(gyms), args.in_use, lifted, rested)
            print(leaves(centre, gyms, traffic, args.seconds))


def show(rows: list[Row]) -> None:
    """As the table of docs/scale.md."""
    lines: list[tuple[str, list[str]]] = [
        ("machines", [f"{row.machines:,}".replace(",", " ") for row in rows]),
        ("---", ["---" for _ in rows]),
        ("messages a second, due", [f"{row.due_per_s:.0f}" for row in rows]),
        ("taken by the nodes", [f"{row.taken_per_s:.0f}" for row in rows]),
        ("stored", [f"{row.stored_per_s:.0f}" for row in rows]),
        ("stored how long after: half of them; 99 % (s)", [_late(row) for row in rows]),
        (f"cores busy, of {psutil.cpu_count()}, with all else", [f"{row.busy:.1f}" for row in rows]),
    ]
    for pick, name in enumerate(("nodes, all three", "workers, all", "PostgreSQL")):
        lines += [
            (f"{name}: cores", [f"{row.cores[pick]:.2f}" for row in rows]),
            ("a core's seconds for 1000 messages", [f"{row.per_1000_s[pick]:.2g}" for row in rows]),
            ("machines a core", [f"{row.machines_a_core(pick):.0f}" for row in rows]),
            ("memory, MB", [f"{row.memory_mb[pick]:.0f}" for row in rows]),
        ]
    lines += [(name, [f"{row.kb_an_hour[at]:.0f}" for row in rows]) for at, name in enumerate(Row.BYTES)]
    lines.append(("a worker's connection waits for a lock", [f"{row.waits.get('Lock', 0):.0%}" for row in rows]))
    for name, found in lines:
        print(f"| {name} | {' | '.join(found)} |")


def _late(row: Row) -> str:
    return "behind" if math.isinf(row.half_s) else f"{row.half_s:.1f}; {row.most_s:.1f}"


if __name__ == "__main__":
    main()
