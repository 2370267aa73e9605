"""A chain of gyms under faults: three brokers, two gyms, two workers, PostgreSQL, each node and gym in a network
namespace of its own where this computer allows it (root), else all on loopback.

Everything is killed -9 in turn, each line is cut for a while, under load; then the books are compared: what every gym's
hub has put into its outbox, and what PostgreSQL has, in which order. `--calm` leaves all in peace and measures what a
message costs.
"""

import argparse
import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sensor_hub.bus.stream import prepare
from tests.chain import NODES, Brokers, Workers
from tests.postgres import PASSWORD, Postgres
from tests.servers import wait_for

GYMS = ("gym-a", "gym-b")
NETWORK = "10.77.31"
HOSTS = {name: f"{NETWORK}.{number}" for number, name in enumerate((*NODES, *GYMS), 11)}
PATIENCE_S = 180.0
STORED = """
    SELECT machine.site, machine.name, {table}.seq FROM {table} JOIN machine USING (machine_id)
    ORDER BY {table}.change"""

Stored = dict[str, list[tuple[str, str, int]]]


class Lines:
    """A namespace for each node and gym, all on one bridge; workers and database are in front of it."""

    def __init__(self) -> None:
        self.exist = _ip("link", "add", "chain0", "type", "bridge")
        if self.exist:
            self._lay()

    def prefix(self, name: str) -> list[str]:
        return ["ip", "netns", "exec", f"chain-{name}"] if self.exist else []

    @contextmanager
    def cut(self, name: str) -> Iterator[None]:
        _ip("link", "set", f"chain-{name}", "down")
        yield
        _ip("link", "set", f"chain-{name}", "up")

    def remove(self) -> None:
        if self.exist:
            for name in HOSTS:
                _ip("netns", "delete", f"chain-{name}")
            _ip("link", "delete", "chain0")

    def _lay(self) -> None:
        _ip("address", "add", f"{NETWORK}.1/24", "dev", "chain0")
        _ip("link", "set", "chain0", "up")
        for name, host in HOSTS.items():
            space = f"chain-{name}"
            _ip("netns", "add", space)
            _ip("link", "add", space, "type", "veth", "peer", "name", "eth0", "netns", space)
            _ip("link", "set", space, "master", "chain0", "up")
            _ip("-n", space, "address", "add", f"{host}/24", "dev", "eth0")
            _ip("-n", space, "link", "set", "eth0", "up")
            _ip("-n", space, "link", "set", "lo", "up")


class Gym:
    """benchmarks/havoc/gym.py as a process."""

    def __init__(self, name: str, folder: Path, brokers: Brokers, lines: Lines, rate: float) -> None:
        self._folder = folder
        folder.mkdir()
        centre = brokers.centre(name, "LEAVES")
        told = {"urls": centre.urls, "password": centre.password, "ca": str(centre.ca), "rate": rate}
        (folder / "gym.json").write_text(json.dumps(told))
        self._command = [*lines.prefix(name), sys.executable, "-m", "benchmarks.havoc.gym", name, str(folder)]

    def start(self) -> None:
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(self._command, stdout=log, stderr=log)

    def kill(self) -> None:
        """With its broker, and start both again."""
        self._process.kill()
        self._process.wait()
        self.start()

    def kill_broker(self) -> None:
        os.kill(int((self._folder / "pid").read_text()), signal.SIGKILL)

    def finish(self) -> dict[str, int]:
        """No more is lifted; the last number of each machine."""
        self._process.send_signal(signal.SIGUSR1)
        wait_for((self._folder / "books.json").exists, 60, lambda: (self._folder / "log").read_text()[-2000:])
        return dict(json.loads((self._folder / "books.json").read_text()))

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(30)


class Chain:
    def __init__(self, stack: ExitStack, folder: Path, rate: float) -> None:
        self.lines = Lines()
        stack.callback(self.lines.remove)
        hosts = [HOSTS[node] if self.lines.exist else "127.0.0.1" for node in NODES]
        (folder / "centre").mkdir()
        self.brokers = Brokers(folder / "centre", hosts, {node: self.lines.prefix(node) for node in NODES})
        stack.callback(self.brokers.stop)
        self.brokers.start()
        asyncio.run(prepare(self.brokers.centre("manager"), GYMS, []))
        self.postgres = Postgres(())
        stack.callback(self.postgres.remove)
        self.postgres.start()
        self.database = self.postgres.new_database()
        url = self.postgres.url_of(self.database)
        self.workers = Workers(folder, self.brokers.centre("worker"), url, PASSWORD)
        stack.callback(self.workers.stop)
        self.gyms = {name: Gym(name, folder / name, self.brokers, self.lines, rate) for name in GYMS}
        for gym in self.gyms.values():
            gym.start()
            stack.callback(gym.stop)
        for worker in ("1", "2"):
            self.workers.start(worker)
            wait_for(partial(self.workers.is_up, worker), 60, lambda: self.workers.words("1"))

    def stored(self) -> Stored:
        """Of each table, in the order in which it was committed."""
        return {name: self.postgres.run(STORED.format(table=name), self.database) for name in ("phase", "raw")}

    def count(self) -> int:
        return sum(map(len, self.stored().values()))

    def costs(self, calm_s: float) -> dict[str, float]:
        """Messages a second, and for each second of a core that all nodes, or all workers, took."""
        before = self.count(), self.brokers.cpu_s(), self.workers.cpu_s()
        time.sleep(calm_s)
        after = self.count(), self.brokers.cpu_s(), self.workers.cpu_s()
        messages, nodes_s, workers_s = (late - early for late, early in zip(after, before, strict=True))
        each = {"per_node_core_s": messages / nodes_s, "per_worker_core_s": messages / workers_s}
        return {"stored_per_s": messages / calm_s, **each}

    def faults(self, cut_s: float) -> Iterator[tuple[str, Callable[[], None]]]:
        for node in NODES:
            yield f"node {node} killed", partial(self._kill_node, node)
        for name, gym in self.gyms.items():
            yield f"{name}'s broker killed", gym.kill_broker
            yield f"{name} killed with its broker", gym.kill
        for worker in ("1", "2"):
            yield f"worker {worker} killed", partial(self._kill_worker, worker)
        yield "database killed", self._kill_database
        for name in HOSTS if self.lines.exist else ():
            yield f"line of {name} cut", partial(self._cut, name, cut_s)

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
        self.workers.start(worker)

    def _cut(self, name: str, cut_s: float) -> None:
        with self.lines.cut(name):
            time.sleep(cut_s)


def run(rate: float, pause_s: float, cut_s: float, calm_s: float | None) -> dict[str, Any]:
    with ExitStack() as stack:
        chain = Chain(stack, Path(stack.enter_context(TemporaryDirectory())), rate)
        began, happened = time.monotonic(), list[str]()
        costs = {} if calm_s is None else chain.costs(calm_s)
        for name, strike in chain.faults(cut_s) if calm_s is None else ():
            time.sleep(pause_s)
            strike()
            happened.append(name)
            print(f"{time.monotonic() - began:6.1f} s  {name}", file=sys.stderr)
        books = {(gym, name): last for gym, one in chain.gyms.items() for name, last in one.finish().items()}
        wanted, ended = sum(books.values()), time.monotonic()
        while chain.count() < wanted and time.monotonic() < ended + PATIENCE_S:
            time.sleep(0.5)
        balance = _balance(books, chain.stored())
        lines = "network namespaces" if chain.lines.exist else "loopback alone: no line was cut"
        return {"lines": lines, "faults": happened, **balance, "caught_up_s": time.monotonic() - ended, **costs}


def _balance(books: dict[tuple[str, str], int], stored: Stored) -> dict[str, int]:
    wanted = {(*place, number) for place, last in books.items() for number in range(1, last + 1)}
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


def _ip(*arguments: str) -> bool:
    return subprocess.run(["ip", *arguments], capture_output=True, check=False).returncode == 0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rate", type=float, default=60.0, help="Messages a second in each gym.")
    parser.add_argument("--pause", type=float, default=3.0, metavar="S", help="Before each fault.")
    parser.add_argument("--cut", type=float, default=10.0, metavar="S", help="How long a line is cut.")
    parser.add_argument("--calm", type=float, metavar="S", help="No faults: what so many seconds of load cost.")
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(f"Stopped by signal {number}."))
    found = run(arguments.rate, arguments.pause, arguments.cut, arguments.calm)
    print(json.dumps(found, indent=2))
    sys.exit(1 if found["lost"] or found["doubled"] or found["misplaced"] else 0)


if __name__ == "__main__":
    main()
