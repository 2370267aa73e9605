"""The books: what was lifted, what the hub has counted, what is stored."""

import json
import sqlite3
import threading
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

_STORED = """
    SELECT 'rep', rep.id, machine.name, rep.turn_s, rep.session, rep.set_number, rep.number, rep.time
    FROM rep JOIN machine USING (machine_id) ORDER BY machine.name, rep.time"""
SAME_TURN_S = 0.5
_KEYS = 'SELECT session, 0, progress FROM session UNION ALL SELECT session, number, progress FROM "set"'


@dataclass
class Counted:
    """What the hub said it had counted, by id."""

    reps: dict[str, tuple[str, float]] = field(default_factory=dict)
    """Machine and device time of the turn."""
    others: dict[str, str] = field(default_factory=dict)
    """Sets and sessions that began or ended: their machine."""

    def __len__(self) -> int:
        return len(self.reps)


@dataclass
class Balance:
    lifted: int
    counted: int
    stored: int
    lost: list[str]
    """Counted and not stored."""
    doubled: int
    """The same turn of the same machine, stored under two names."""
    misplaced: int
    """Reps whose order by set and number is not that of the turns."""
    uncounted: list[tuple[str, float]]
    """Lifted, and never counted: what a machine that begins anew misses."""
    unended: int
    """Sessions that have not ended though another has begun on the machine."""


class Ledger:
    def __init__(self, store: Path) -> None:
        self.counted = Counted()
        self._store = store
        self._lock = threading.Lock()

    def hear(self, line: str) -> None:
        """A line of the hub's."""
        if not line.startswith('{"kind"'):
            return
        told = json.loads(line)
        with self._lock:
            if told["kind"] == "rep":
                self.counted.reps[told["id"]] = (told["machine"], told["turn_s"])
            else:
                self.counted.others.pop(told["id"], None)
                self.counted.others[told["id"]] = told["machine"]

    def names(self) -> set[str]:
        with self._lock:
            return set(self.counted.reps) | set(self.counted.others)

    def missing(self, names: Collection[str]) -> set[str]:
        """Those that are not stored."""
        return set(names) - self.stored_names()

    def balance(self, names: Collection[str], lifted_s: Sequence[float], until_s: float) -> Balance:
        """names: what was counted; lifted_s: device time of each rep's turn, on every machine; until_s: the last
        moment that counts for reps."""
        rows = [row for row in self._read(_STORED) if row[3] <= until_s]
        machines = sorted({row[2] for row in rows})
        turns_s = {name: np.sort([row[3] for row in rows if row[2] == name]) for name in machines}
        wanted_s = np.array([turn_s for turn_s in lifted_s if turn_s <= until_s])
        return Balance(
            lifted=len(wanted_s) * len(machines),
            counted=sum(turn_s <= until_s for _, turn_s in list(self.counted.reps.values())),
            stored=len(rows),
            lost=sorted(self.missing(names)),
            doubled=sum(int((np.diff(turns) < SAME_TURN_S).sum()) for turns in turns_s.values()),
            misplaced=_misplaced(rows),
            uncounted=[(name, one) for name, turns in turns_s.items() for one in _without(wanted_s, turns)],
            unended=self._unended(),
        )

    def parked(self) -> int:
        """Points of reps that the time-series server called wrong."""
        return int(self._read("SELECT count(*) FROM parked WHERE content LIKE 'rep,%'")[0][0])

    def stored_names(self) -> set[str]:
        names = {row[1] for row in self._read(_STORED)}
        for session, number, progress in self._read(_KEYS):
            name = f"{session}.{number}" if number else session
            names |= {f"{name}.{one}" for one in (("started",) if progress == "started" else ("started", "ended"))}
        return names

    def _unended(self) -> int:
        """Of each machine the session that was told last may run on."""
        with self._lock:
            told = [(name, machine) for name, machine in self.counted.others.items() if name.count(".") == 1]
        sessions = {name.partition(".")[0]: machine for name, machine in told}
        last = {machine: session for session, machine in sessions.items()}
        ended = self.stored_names()
        return sum(
            session != last[machine] and f"{session}.ended" not in ended for session, machine in sessions.items()
        )

    def _read(self, query: str) -> list[Any]:
        database = sqlite3.connect(f"file:{self._store}?mode=ro", uri=True, timeout=10)
        try:
            return database.execute(query).fetchall()
        finally:
            database.close()


def _without(wanted_s: Any, turns_s: Any) -> list[float]:
    """Instants that have no turn beside them."""
    return [float(one) for one in wanted_s if not len(turns_s) or np.abs(turns_s - one).min() > SAME_TURN_S]


def _misplaced(rows: list[Any]) -> int:
    """Within each session the reps, in the order of their turns, are numbered upwards."""
    by_session: dict[str, list[tuple[float, int, int]]] = {}
    for row in rows:
        by_session.setdefault(row[4], []).append((row[3], row[5], row[6]))
    wrong = 0
    for reps in by_session.values():
        keys = [(number, rep) for _, number, rep in sorted(reps)]
        wrong += sum(second <= first for first, second in pairwise(keys))
    return wrong
