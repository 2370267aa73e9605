"""A chain of gyms under faults: three brokers, two gyms, two workers, PostgreSQL; each node, gym and worker in a
network namespace of its own where this computer allows it (root), else all on loopback and no line is cut.

Everything is killed -9 in turn, workers are added and taken away, each line is cut for a while, under load; then the
books are compared: what every gym's hub has put into its outbox, and what PostgreSQL has, in which order. `--power`
takes the power from the gyms instead, and compares with what their own databases have then. `--calm` leaves all in
peace and measures what a message costs.
"""

import argparse
import asyncio
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.havoc.drive import Drive
from benchmarks.havoc.lines import DATABASE, Lines
from sensor_hub.bus.stream import prepare
from tests.chain import NODES, Brokers, Workers
from tests.postgres import PASSWORD, Postgres
from tests.servers import wait_for

GYMS = ("gym-a", "gym-b")
WORKERS = ("worker-1", "worker-2")
MORE = ("worker-3", "worker-4")
PATIENCE_S = 300.0
TABLES = ("phase", "raw")
STORED = """
    SELECT machine.site, machine.name, {table}.seq FROM {table} JOIN machine USING (machine_id)
    ORDER BY {table}.change"""
RESENT_S = 20.0
"""After a power cut: the gym's database hands over again what it has got last."""
COUNT = "SELECT (SELECT count(*) FROM phase) + (SELECT count(*) FROM raw)"

Stored = dict[str, list[tuple[str, str, int]]]
Faults = Iterator[tuple[str, Callable[[], None]]]


class Gym:
    """benchmarks/havoc/gym.py as a process, on a disk of its own where `has_drive`."""

    def __init__(
        self, name: str, folder: Path, brokers: Brokers, prefix: list[str], rate: float, has_drive: bool
    ) -> None:
        self._folder = folder
        self.drive = Drive(folder) if has_drive else None
        folder.mkdir(exist_ok=True)
        centre = brokers.centre(name, "LEAVES")
        self._told = json.dumps(
            {
                "urls": centre.urls,
                "password": centre.password,
                "ca": str(centre.ca),
                "rate": rate,
                "records": has_drive,
            }
        )
        self._command = [*prefix, sys.executable, "-m", "benchmarks.havoc.gym", name, str(folder)]
        self._log = folder.with_suffix(".log")

    def start(self) -> None:
        (self._folder / "now").unlink(missing_ok=True)
        (self._folder / "gym.json").write_text(self._told)
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(self._command, stdout=log, stderr=log)

    def kill(self) -> None:
        """With its broker, and start both again."""
        self._end()
        self.start()

    def kill_broker(self) -> None:
        os.kill(self._now()[0], signal.SIGKILL)

    def cut_power(self) -> None:
        assert self.drive is not None
        broker, _ = self._now()
        self._end()
        wait_for(lambda: not Path(f"/proc/{broker}").exists(), 10)
        self.drive.fail()
        self.start()

    @property
    def sent(self) -> int:
        """By all of its machines."""
        return self._now()[1]

    def finish(self) -> dict[str, int]:
        """No more is lifted; the last number of each machine."""
        self._process.send_signal(signal.SIGUSR1)
        wait_for((self._folder / "books.json").exists, 60, lambda: self._log.read_text()[-2000:])
        return dict(json.loads((self._folder / "books.json").read_text()))

    def kept(self) -> set[tuple[str, str, int]]:
        """What the gym's own database has."""
        with closing(sqlite3.connect(self._folder / "hub.db")) as database:
            return {row for table in TABLES for row in database.execute(STORED.format(table=table))}

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(30)
        if self.drive is not None:
            self.drive.remove()

    def _end(self) -> None:
        self._process.kill()
        self._process.wait()

    def _now(self) -> tuple[int, int]:
        wait_for((self._folder / "now").exists, 60, lambda: self._log.read_text()[-2000:])
        broker, sent = (self._folder / "now").read_text().split()
        return int(broker), int(sent)


class Chain:
    def __init__(self, stack: ExitStack, folder: Path, rate: float, *, drives: bool) -> None:
        self._patience_s = RESENT_S if drives else PATIENCE_S
        self.lines = Lines((*NODES, *GYMS, *WORKERS, *MORE), (*WORKERS, *MORE))
        hosts = [self.lines.hosts[node] if self.lines.exist else "127.0.0.1" for node in NODES]
        (folder / "centre").mkdir()
        self.brokers = Brokers(folder / "centre", hosts, {node: self.lines.prefix(node) for node in NODES})
        stack.callback(self.brokers.stop)
        self.brokers.start()
        asyncio.run(prepare(self.brokers.centre("manager"), GYMS, []))
        self.postgres = Postgres((), DATABASE if self.lines.exist else None)
        stack.callback(self.postgres.remove)
        self.postgres.start()
        self.database = self.postgres.new_database()
        url = self.postgres.url_of(self.database)
        url = url.replace("127.0.0.1", DATABASE) if self.lines.exist else url
        self.workers = Workers(folder, self.brokers.centre("worker"), url, PASSWORD)
        stack.callback(self.workers.stop)
        self.gyms = {}
        for name in GYMS:
            self.gyms[name] = Gym(name, folder / name, self.brokers, self.lines.prefix(name), rate, drives)
            self.gyms[name].start()
            stack.callback(self.gyms[name].stop)
        for worker in WORKERS:
            self._start_worker(worker)

    def stored(self) -> Stored:
        """Of each table, in the order in which it was committed."""
        return {name: self.postgres.run(STORED.format(table=name), self.database) for name in TABLES}

    def count(self) -> int:
        return int(self.postgres.run(COUNT, self.database)[0][0])

    def catch_up_s(self) -> float:
        """Until what is sent by now is stored, as far as it comes."""
        wanted, began = sum(gym.sent for gym in self.gyms.values()), time.monotonic()
        while self.count() < wanted and time.monotonic() < began + self._patience_s:
            time.sleep(0.2)
        return time.monotonic() - began

    def costs(self, calm_s: float) -> dict[str, float]:
        """Messages a second, and for each second of a core that all nodes, or all workers, took."""
        before = self.count(), self.brokers.cpu_s(), self.workers.cpu_s()
        time.sleep(calm_s)
        after = self.count(), self.brokers.cpu_s(), self.workers.cpu_s()
        messages, nodes_s, workers_s = (late - early for late, early in zip(after, before, strict=True))
        each = {"per_node_core_s": messages / nodes_s, "per_worker_core_s": messages / workers_s}
        return {"stored_per_s": messages / calm_s, **each}

    def faults(self, cut_s: float) -> Faults:
        for node in NODES:
            yield f"node {node} killed", partial(self._kill_node, node)
        for name, gym in self.gyms.items():
            yield f"{name}'s broker killed", gym.kill_broker
            yield f"{name} killed with its broker", gym.kill
        for worker in WORKERS:
            yield f"{worker} killed", partial(self._kill_worker, worker)
        yield "database killed", self._kill_database
        yield "two more workers", partial(self._scale, MORE, ())
        yield "the first two workers ended", partial(self._scale, (), WORKERS)
        yield "the first two back, the others ended", partial(self._scale, WORKERS, MORE)
        for name in (*NODES, *GYMS, *WORKERS, "database") if self.lines.exist else ():
            yield f"line of {name} cut", partial(self._cut, name, cut_s)

    def power_cuts(self, number: int) -> Faults:
        for _ in range(number):
            for name, gym in self.gyms.items():
                yield f"{name} without power", gym.cut_power

    def _kill_node(self, node: str) -> None:
        self.brokers.end_node(node, signal.SIGKILL)
        time.sleep(1)
        self.brokers.start_node(node)

    def _kill_database(self) -> None:
        self.postgres.kill()
        time.sleep(1)
        self.postgres.start()

    def _kill_worker(self, worker: str) -> None:
        self.workers.end(worker, signal.SIGKILL)
        self._start_worker(worker)

    def _scale(self, new: tuple[str, ...], gone: tuple[str, ...]) -> None:
        for worker in new:
            self._start_worker(worker)
        for worker in gone:
            self.workers.end(worker, signal.SIGTERM)

    def _start_worker(self, worker: str) -> None:
        self.workers.start(worker, self.lines.prefix(worker))
        wait_for(partial(self.workers.is_up, worker), 60, partial(self.workers.words, worker))

    def _cut(self, name: str, cut_s: float) -> None:
        with self.lines.cut(name):
            time.sleep(cut_s)


def run(rate: float, pause_s: float, cut_s: float, calm_s: float | None, power: int) -> dict[str, Any]:
    with ExitStack() as stack:
        chain = Chain(stack, Path(stack.enter_context(TemporaryDirectory())), rate, drives=power > 0)
        costs = {} if calm_s is None else chain.costs(calm_s)
        faults = chain.power_cuts(power) if power else chain.faults(cut_s)
        happened = _strike(chain, faults, pause_s) if calm_s is None else {}
        books = {(gym, name): last for gym, one in chain.gyms.items() for name, last in one.finish().items()}
        caught_up_s = chain.catch_up_s()
        wanted = {(*place, number) for place, last in books.items() for number in range(1, last + 1)}
        if power:
            wanted = set.union(*(gym.kept() for gym in chain.gyms.values()))
        return {
            "lines": "network namespaces" if chain.lines.exist else "loopback alone: no line was cut",
            "caught_up_s_after": happened,
            **_balance(wanted, chain.stored()),
            "caught_up_s": caught_up_s,
            **costs,
        }


def _strike(chain: Chain, faults: Faults, pause_s: float) -> dict[str, float]:
    """After how long all was stored that had been sent by the end of each fault."""
    began, happened = time.monotonic(), dict[str, float]()
    for name, strike in faults:
        time.sleep(pause_s)
        strike()
        happened[name] = round(chain.catch_up_s(), 1)
        print(f"{time.monotonic() - began:6.1f} s  {name}: {happened[name]} s", file=sys.stderr, flush=True)
    return happened


def _balance(wanted: set[tuple[str, str, int]], stored: Stored) -> dict[str, int]:
    every = [row for rows in stored.values() for row in rows]
    latest, misplaced = dict[tuple[str, str, str], int](), 0
    for table, rows in stored.items():
        for site, machine, number in rows:
            misplaced += number <= latest.get((table, site, machine), 0)
            latest[table, site, machine] = number
    lost = len(wanted - set(every))
    return {
        "sent": len(wanted),
        "stored": len(every),
        "lost": lost,
        "doubled": len(every) - len(set(every)),
        "misplaced": misplaced,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rate", type=float, default=60.0, help="Messages a second in each gym.")
    parser.add_argument("--pause", type=float, default=3.0, metavar="S", help="Before each fault.")
    parser.add_argument("--cut", type=float, default=10.0, metavar="S", help="How long a line is cut.")
    parser.add_argument("--calm", type=float, metavar="S", help="No faults: what so many seconds of load cost.")
    parser.add_argument("--power", type=int, default=0, metavar="N", help="Each gym loses its power so often.")
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(f"Stopped by signal {number}."))
    found = run(arguments.rate, arguments.pause, arguments.cut, arguments.calm, arguments.power)
    print(json.dumps(found, indent=2))
    sys.exit(1 if found["lost"] or found["doubled"] or found["misplaced"] else 0)


if __name__ == "__main__":
    main()
