"""How fast a week without a time-series server is made good, and what live work feels of it.

    python benchmarks/backlog.py [--machines 4] [--seconds-lifted 20000] [--rest 10] [--json]

A store is filled with motion (10 points a second) and a rep every 4 s of lifting; then the sink passes it on to a
VictoriaMetrics of its own on 127.0.0.1, in this process, as `sensor-hub run` does. Meanwhile, and before, at rest:

- how late an event loop wakes up, which is what a sensor's packets wait for;
- how long a rep's commit takes, ten a second, as the recorder makes them;
- while it works only: how long a rep that is told now takes until the server has it.
"""

import argparse
import asyncio
import json
import shutil
import socket
import subprocess
import threading
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from sensor_hub.bus.examples import examples
from sensor_hub.messages import Kind, Message
from sensor_hub.model import Phase
from sensor_hub.store import InfluxSink, InfluxTarget, Store

REP_EVERY_S = 4
TICK_S = 0.01
COMMIT_EVERY_S = 0.1
BEGAN = datetime.now(UTC).replace(microsecond=0) - timedelta(days=7)


@dataclass
class Felt:
    """In seconds."""

    late: list[float] = field(default_factory=list)
    commits: list[float] = field(default_factory=list)
    arrivals: list[float] = field(default_factory=list)


class LiveWork:
    """An event loop and a recorder, each in a thread of its own, as in a hub."""

    def __init__(self, store: Store, url: str) -> None:
        self.felt = Felt()
        self._store, self._url = store, url
        self._ending = threading.Event()
        self._number = 0
        self._threads = [threading.Thread(target=work) for work in (self._loop, self._record)]

    @contextmanager
    def going_on(self) -> Iterator[Felt]:
        for thread in self._threads:
            thread.start()
        yield self.felt
        self._ending.set()
        for thread in self._threads:
            thread.join()

    def _loop(self) -> None:
        async def tick() -> None:
            while not self._ending.is_set():
                began = time.perf_counter()
                await asyncio.sleep(TICK_S)
                self.felt.late.append(time.perf_counter() - began - TICK_S)

        asyncio.run(tick())

    def _record(self) -> None:
        while not self._ending.wait(COMMIT_EVERY_S):
            self._number += 1
            told = datetime.now(UTC)
            live = rep("live-1", self._number, told)
            began = time.perf_counter()
            self._store.record([live])
            self.felt.commits.append(time.perf_counter() - began)

    def until_it_is_there(self) -> float:
        """Seconds from now until the server has a rep that is told now."""
        begun = time.perf_counter()
        name = f"live-{time.monotonic_ns()}"
        self._store.record([rep(name, 1, datetime.now(UTC))])
        match = urllib.parse.urlencode({"match[]": f'{{__name__="rep_rom_m",machine="{name}"}}'})
        while not ask(f"{self._url}/internal/force_flush") and not ask(f"{self._url}/api/v1/export?{match}"):
            time.sleep(0.05)
        return time.perf_counter() - begun


def rep(machine: str, number: int, at: datetime) -> Message:
    update = {"machine": machine, "session": f"{machine}-1", "number": number, "seq": number, "time": at}
    return examples()[Kind.REP].model_copy(update=update | {"id": f"{machine}.{number}", "trace": None})


def fill(store: Store, machines: int, seconds: int) -> int:
    """Writes the backlog; how many points it makes."""
    offsets = [round(0.1 * index, 1) for index in range(10)]
    shape = {"offset_s": offsets, "position_m": [0.4123 - 0.0173 * i for i in range(10)]}
    shape |= {"velocity_mps": [-0.1731] * 10, "phase": [Phase.ECCENTRIC] * 10}
    motion, batch = examples()[Kind.MOTION], list[Message]()
    for second in range(seconds):
        for machine in range(machines):
            name, at = f"press-{machine}", BEGAN + timedelta(seconds=second)
            heading = {"machine": name, "time": at, "seq": second, "id": f"{name}.{second}"}
            batch.append(motion.model_copy(update=heading | shape))
            if second % REP_EVERY_S == 0:
                batch.append(rep(name, second // REP_EVERY_S, at))
        if len(batch) >= 1000 or second == seconds - 1:
            store.record(batch)
            batch.clear()
    return machines * (10 * seconds + -(-seconds // REP_EVERY_S))


@contextmanager
def victoria_metrics(folder: Path) -> Iterator[str]:
    if shutil.which("victoria-metrics") is None:
        raise SystemExit("There is no victoria-metrics here; Debian's package of that name has it.")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{probe.getsockname()[1]}"
    command = ["victoria-metrics", f"-storageDataPath={folder}/data", f"-httpListenAddr={address}"]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while ask(f"http://{address}/health") != "OK":
            time.sleep(0.05)
        yield f"http://{address}"
    finally:
        server.terminate()
        server.wait()


def ask(url: str) -> str:
    """What it answers; nothing where it does not."""
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return str(answer.read().decode())
    except OSError:
        return ""


def measure(folder: Path, machines: int, seconds: int, rest_s: float) -> dict[str, Any]:
    store = Store.open(folder / "hub.db")
    points = fill(store, machines, seconds)
    with victoria_metrics(folder) as url:
        with LiveWork(store, url).going_on() as at_rest:
            time.sleep(rest_s)
        sink = InfluxSink(store, InfluxTarget(url, "", "gym", "legpress"))
        live = LiveWork(store, url)
        with live.going_on() as beside:
            began = time.perf_counter()
            sink.start()
            while sink.pending() > 20:
                beside.arrivals.append(live.until_it_is_there())
            took_s = time.perf_counter() - began
        sink.stop()
    store.close()
    return figures(points, took_s, at_rest, beside)


def figures(points: int, took_s: float, at_rest: Felt, beside: Felt) -> dict[str, Any]:
    found: dict[str, Any] = {"points": points, "took_s": round(took_s, 1), "points_per_s": round(points / took_s)}
    for name in ("late", "commits"):
        for share in (50, 99):
            rest, busy = (1000 * float(np.percentile(getattr(one, name), share)) for one in (at_rest, beside))
            found[f"{name}_p{share}_ms"] = {
                "rest": round(rest, 2),
                "beside": round(busy, 2),
                "ratio": round(busy / rest, 1),
            }
    found["rep_there_s"] = {"median": float(np.median(beside.arrivals)), "most": max(beside.arrivals)}
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--machines", type=int, default=4)
    parser.add_argument("--seconds-lifted", type=int, default=20_000, help="On each machine, in the whole week.")
    parser.add_argument(
        "--rest", type=float, default=10.0, metavar="SECONDS", help="How long the comparison lasts."
    )
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    with TemporaryDirectory(prefix="backlog-") as folder:
        found = measure(Path(folder), arguments.machines, arguments.seconds_lifted, arguments.rest)
    if arguments.json:
        print(json.dumps(found))
        return
    print(f"{found['points']} points in {found['took_s']} s: {found['points_per_s']} a second")
    print(f"{'':28s} at rest   beside   ratio")
    for name, words in (("late", "event loop late"), ("commits", "a rep's commit")):
        for share in (50, 99):
            row = found[f"{name}_p{share}_ms"]
            print(f"{words + f' p{share}, ms':28s} {row['rest']:7.2f}  {row['beside']:7.2f}  {row['ratio']:6.1f}")
    there = found["rep_there_s"]
    print(f"a rep told meanwhile is there after {there['median']:.2f} s (median), {there['most']:.2f} s at most")


if __name__ == "__main__":
    main()
