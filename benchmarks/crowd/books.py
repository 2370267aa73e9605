"""What a chain's centre takes: seconds of cores, memory, bytes on the wire and on disk, and how late it stores."""

import re
import subprocess
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import psutil
from numpy.typing import NDArray

from sensor_hub.bus.centre import PARTITIONS
from tests.postgres import Postgres

PLACES = "SELECT stream, change FROM cursor WHERE sink = 'chain'"
WAITS = (
    "SELECT wait_event_type, state FROM pg_stat_activity WHERE application_name = 'sensor-hub' AND state <> 'idle'"
)
SIZES = """
    SELECT sum(pg_table_size(relid)), sum(pg_indexes_size(relid)), pg_current_wal_lsn() - '0/0'
    FROM pg_stat_user_tables"""


def cpu_s(pids: Iterable[int]) -> float:
    """Of these processes and of all that they have started."""
    return sum(map(_cpu_s, pids))


def memory(pids: Iterable[int]) -> int:
    """Bytes; what processes share is divided among them."""
    tree = (one for pid in pids for one in _tree(pid))
    return sum(one.memory_full_info().pss for one in tree)


def carried(ports: Iterable[int]) -> int:
    """Bytes of TCP, TLS included, both ways, on the open connections at these ports, since those began."""
    wanted, found = set(ports), 0
    lines = subprocess.run(["ss", "-tinHO", "state", "established"], capture_output=True, text=True, check=True)
    for line in lines.stdout.splitlines():
        if int(line.split()[2].rpartition(":")[2]) in wanted:
            found += sum(map(int, re.findall(r"bytes_(?:acked|received):(\d+)", line)))
    return found


def disk(postgres: Postgres, database: str) -> list[int]:
    """Bytes of tables, of indexes, and of the write-ahead log so far."""
    return [int(size) for size in postgres.run(SIZES, database)[0]]


@dataclass
class Watch:
    """How far the partitions are stored, sampled."""

    postgres: Postgres
    database: str
    at_s: list[float] = field(default_factory=list)
    places: list[list[int]] = field(default_factory=list)
    waits: Counter[str] = field(default_factory=Counter)
    looks: int = 0

    def look(self, now_s: float) -> None:
        """How far they are, and what the workers' connections do, just now."""
        places = {int(stream): place for stream, place in self.postgres.run(PLACES, self.database)}
        self.at_s.append(now_s)
        self.places.append([places.get(partition, 0) for partition in range(PARTITIONS)])
        self.looks += 1
        self.waits.update({kind or state for kind, state in self.postgres.run(WAITS, self.database)})

    def stored_s(self, sent: NDArray[np.float64]) -> NDArray[np.float64]:
        """When each of the sent messages was known to be stored; infinity where it was not."""
        found = np.full(len(sent), np.inf)
        for now_s, places in reversed(list(zip(self.at_s, self.places, strict=True))):
            found[sent[:, 0] <= np.array(places)[sent[:, 1].astype(int)]] = now_s
        return found


def _cpu_s(pid: int) -> float:
    total = 0.0
    for one in _tree(pid):
        times = one.cpu_times()
        total += times.user + times.system + times.children_user + times.children_system
    return total


def _tree(pid: int) -> list[psutil.Process]:
    root = psutil.Process(pid)
    return [root, *root.children(recursive=True)]
