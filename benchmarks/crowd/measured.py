"""One row of the table: so many machines before the chain's centre for a while."""

import pickle
import subprocess
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import psutil

from benchmarks.crowd.books import Watch, carried, cpu_s, disk, memory
from benchmarks.crowd.centre import Centre
from benchmarks.crowd.sender import Plan
from benchmarks.crowd.traffic import Traffic
from tests.chain import Workers
from tests.postgres import PASSWORD
from tests.servers import wait_for

WARM_S, AFTER_S, DRAINED_S, EVERY_S = 4.0, 2.0, 12.0, 0.1


@dataclass(frozen=True, slots=True)
class Row:
    """cores, per_1000_s, memory_mb: of nodes, workers, PostgreSQL. waits: share of looks at which a worker's connection
    waited for that."""

    BYTES: ClassVar = (
        "kB a machine and hour: told",
        "in the stream, each replica",
        "between the nodes",
        "nodes with workers, and with what publishes",
        "workers with PostgreSQL",
        "PostgreSQL: tables",
        "indexes",
        "write-ahead log",
    )
    machines: int
    due_per_s: float
    taken_per_s: float
    stored_per_s: float
    half_s: float
    most_s: float
    """How long after they were due half of them, and 99 %, were stored; infinity where they were not."""
    busy: float
    """Cores of this computer, whoever took them."""
    cores: list[float]
    per_1000_s: list[float]
    memory_mb: list[float]
    kb_an_hour: list[float]
    """Of a machine, as BYTES names them."""
    waits: dict[str, float]

    def machines_a_core(self, pick: int) -> float:
        return 1000 / self.per_1000_s[pick] * self.machines / self.due_per_s


def measure(centre: Centre, traffic: Traffic, seconds: float, count: int) -> Row:
    """count: of workers."""
    centre.empty()
    database = centre.postgres.new_database()
    folder = Path(centre.folder, str(traffic.machines))
    folder.mkdir()
    with ExitStack() as stack:
        url = centre.postgres.url_of(database)
        workers = Workers(folder, centre.brokers.centre("worker"), url, PASSWORD)
        stack.callback(workers.stop)
        for number in map(str, range(count)):
            workers.start(number)
            wait_for(partial(workers.is_up, number), 60, partial(workers.words, number))
        plan = Plan(centre.brokers.centre("manager"), traffic, WARM_S + seconds + AFTER_S)
        (folder / "plan.pickle").write_bytes(pickle.dumps(plan))
        sender = subprocess.Popen([sys.executable, "-m", "benchmarks.crowd.sender", str(folder)])
        stack.callback(sender.wait)
        stack.callback(sender.kill)
        wait_for((folder / "begun").exists, 120, lambda: "The sender does not begin.")
        groups = [centre.brokers.pids, workers.pids, [centre.postgres.pid]]
        watch = Watch(centre.postgres, database)
        _look(watch, WARM_S)
        before = _state(centre, groups, database)
        psutil.cpu_percent()
        _look(watch, seconds)
        busy = psutil.cpu_percent() * psutil.cpu_count() / 100
        after = _state(centre, groups, database)
        over_s = time.monotonic() + DRAINED_S
        while not (folder / "sent.npy").exists() and time.monotonic() < over_s:
            _look(watch, EVERY_S)
        sent = np.load(folder / "sent.npy")
        while not np.all(np.isfinite(watch.stored_s(sent))) and time.monotonic() < over_s:
            _look(watch, EVERY_S)
        sizes = [memory(pids) / 1e6 for pids in groups]
    centre.postgres.drop(database)
    return _row(traffic, before, after, watch, sent, busy, sizes, centre.kept())


def _look(watch: Watch, seconds: float) -> None:
    until_s = time.monotonic() + seconds
    while (now_s := time.monotonic()) < until_s:
        watch.look(now_s)
        time.sleep(EVERY_S)


def _state(centre: Centre, groups: list[list[int]], database: str) -> dict[str, Any]:
    ports = centre.brokers.ports
    return {
        "at_s": time.monotonic(),
        "cpu_s": np.array([cpu_s(pids) for pids in groups]),
        "wire": np.array([carried(at) for at in (ports("ROUTES"), ports("CLIENTS"), [centre.postgres.port])]),
        "disk": np.array(disk(centre.postgres, database)),
    }


def _row(
    traffic: Traffic,
    before: dict[str, Any],
    after: dict[str, Any],
    watch: Watch,
    sent: Any,
    busy: float,
    sizes: list[float],
    kept: tuple[int, int],
) -> Row:
    begun_s, ended_s = before["at_s"], after["at_s"]
    stored_s, told_s = watch.stored_s(sent), sent[:, 3]
    told = (told_s > begun_s) & (told_s <= ended_s)
    taken, stored = int(np.sum(told)), int(np.sum((stored_s > begun_s) & (stored_s <= ended_s)))
    late_s = np.sort((stored_s - sent[:, 2])[told])
    cores = (after["cpu_s"] - before["cpu_s"]) / (ended_s - begun_s)
    per_s = np.array([taken, stored, stored]) / (ended_s - begun_s)
    wire = (after["wire"] - before["wire"]) / np.array([taken, taken, stored])
    written = (after["disk"] - before["disk"]) / stored
    each = np.array([traffic.bytes_per_s / traffic.per_s, kept[1] / kept[0], *wire, *written])
    return Row(
        machines=traffic.machines,
        due_per_s=traffic.per_s,
        taken_per_s=float(per_s[0]),
        stored_per_s=float(per_s[1]),
        half_s=float(late_s[len(late_s) // 2]),
        most_s=float(late_s[int(0.99 * len(late_s))]),
        busy=busy,
        cores=cores.tolist(),
        per_1000_s=(1000 * cores / per_s).tolist(),
        memory_mb=sizes,
        kb_an_hour=(3.6 * each * traffic.per_s / traffic.machines).tolist(),
        waits={kind: count / watch.looks for kind, count in watch.waits.items()},
    )
