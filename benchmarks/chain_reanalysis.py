"""What decades of raw samples cost: in the archive, and to analyse them anew on one computer or a Dask cluster.

    python -m benchmarks.chain_reanalysis [--sessions 24] [--tiny 100]

The samples: a machine on a busy evening at 100 Hz (benchmarks/engine.py), in sessions of five minutes. Each way to
share the work out gets all of them from the archive, in turns, and none is written. Times on the clock suffer from
whatever else the computer does; CPU seconds, of all processes together, hardly do. What a task costs besides is
measured with sessions of two seconds. Workers are started and have imported everything before a clock runs. Every way
must say the same.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import psutil
from distributed import Client

from benchmarks.engine import EVENING, RATE_HZ
from benchmarks.recording import size_of
from firmware_sim.performance import Performance
from firmware_sim.scenario import Scenario
from sensor_hub.app.keeping.archiving import Archivist, open_archive
from sensor_hub.app.review.campaign import Campaign, Told
from sensor_hub.app.review.crew import Crew, crew
from sensor_hub.config import ArchiveSettings, HubSettings, Settings
from sensor_hub.messages import Message, Progress, RawMessage, SessionMessage
from sensor_hub.model import FloatArray, Samples
from sensor_hub.store import Store, encode_samples
from tests.servers import free_port

BEGAN = datetime(2026, 3, 2, 12, tzinfo=UTC)
NOW = BEGAN + timedelta(days=3650)
SESSION_S, TINY_S, CHUNK_S = 300, 2, 2
WIDTH = int(CHUNK_S * RATE_HZ)
Made = Callable[[], AbstractContextManager[Crew]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sessions", type=int, default=24, help="of five minutes")
    parser.add_argument("--tiny", type=int, default=100, help="sessions of two seconds")
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2, 4])
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        large = filled(Path(folder) / "large", args.sessions, SESSION_S)
        tiny = filled(Path(folder) / "tiny", args.tiny, TINY_S)
        ways: dict[str, Made] = {"one process": partial(crew, 1)}
        ways |= {f"{count} processes": partial(crew, count) for count in args.workers if count > 1}
        ways |= {f"Dask, {count} workers": partial(cluster, Path(folder), count) for count in args.workers}
        compare(ways, large, tiny, args.sessions * SESSION_S / 3600, args.tiny)


class Gym:
    """A store whose samples are all in an archive."""

    def __init__(self, folder: Path) -> None:
        self.settings = Settings(
            hub=HubSettings(data_dir=folder), archive=ArchiveSettings(url=f"file://{folder}/archive")
        )
        self.store = Store.open(folder / "hub.db")

    def run(self, hands: Crew) -> list[Told]:
        return list(Campaign(self.store, self.settings, [], dry_run=True).run(hands, NOW))


def filled(folder: Path, sessions: int, seconds: int) -> Gym:
    folder.mkdir()
    performance = Performance(Scenario.model_validate(EVENING), 7)
    resolution = performance.chip.count_mps2
    accel = performance.samples[1][: int(600 * RATE_HZ)] * resolution
    gym = Gym(folder)
    empty = size_of(gym.store)
    for number in range(sessions):
        gym.store.record(list(session(number, accel, resolution, seconds)))
    hours, stored = sessions * seconds / 3600, size_of(gym.store) - empty
    began = time.process_time()
    taken = list(Archivist(gym.store, gym.settings).take(NOW))
    took_s = time.process_time() - began
    size = sum(one.size_bytes for one in taken)
    began = time.process_time()
    archive = open_archive(str(gym.settings.archive.url))
    for part in archive.parts():
        with archive.reading(part) as file:
            file.verified()
    read_s = time.process_time() - began
    print(f"{sessions} sessions of {seconds} s, {hours:.2f} h, in {len(taken)} files; a machine and hour:")
    print(f"  store {stored / hours / 1e6:.2f} MB, archive {size / hours / 1e6:.2f} MB")
    print(f"  to archive {took_s / hours:.2f} CPU s (verified, too), to read {read_s / hours:.2f} CPU s")
    return gym


def session(number: int, accel: FloatArray, resolution: float, seconds: int) -> Iterator[Message]:
    """A machine a session: they lift side by side."""
    name, machine = f"session-{number}", f"press-{number % 20}"
    began = BEGAN + timedelta(hours=number // 20)
    heading = {"site": "gym", "machine": machine}
    told = {"session": name, "started": began, "sensor": f"AA-{machine}", "set_count": 0, "rep_count": 0}
    for at in range(0, int(seconds * RATE_HZ), WIDTH):
        first = (
            (number * 997 + at) % (len(accel) - WIDTH)
            if seconds == TINY_S
            else (number % 2) * len(accel) // 2 + at
        )
        time_s = np.round((at + np.arange(WIDTH)) / RATE_HZ, 6)
        samples = Samples(time_s, accel[first : first + WIDTH], None, resolution)
        yield RawMessage(
            id=f"{name}.raw.{at}",
            seq=number * 100_000 + at,
            time=began + timedelta(seconds=at / RATE_HZ),
            session=name,
            sensor=f"AA-{machine}",
            start_s=float(time_s[0]),
            end_s=float(time_s[-1]),
            count=WIDTH,
            data=encode_samples(samples),
            **heading,
        )
    ended = began + timedelta(seconds=seconds)
    place = {"id": f"{name}.ended", "seq": number * 100_000 + 99_999, "time": ended, "progress": Progress.ENDED}
    yield SessionMessage(**place, **told, ended=ended, **heading)


@contextmanager
def cluster(folder: Path, count: int) -> Iterator[Crew]:
    port = free_port()
    url, base = f"tcp://127.0.0.1:{port}", [sys.executable, "-m"]
    scheduler = [
        *base,
        "distributed.cli.dask_scheduler",
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
        "--no-dashboard",
    ]
    worker = [*base, "distributed.cli.dask_worker", url, "--nthreads", "1", "--no-nanny", "--no-dashboard"]
    with (folder / "log").open("ab") as log:
        commands = [scheduler, *[[*worker, "--local-directory", str(folder)]] * count]
        running = [subprocess.Popen(command, stdout=log, stderr=log) for command in commands]
    try:
        with Client(url, timeout=60, set_as_default=False) as client:
            client.wait_for_workers(count, timeout=60)
        with crew(1, url) as hands:
            yield hands
    finally:
        for process in running:
            process.kill()
        for process in running:
            process.wait()


def compare(ways: dict[str, Made], large: Gym, tiny: Gym, hours: float, tasks: int) -> None:
    print(f"\n{'':20}{'h/s':>8}{'of one':>8}{'h/CPU s':>9}{'of one':>8}{'ms a task':>11}{'CPU ms':>8}")
    first: tuple[float, float] | None = None
    said: list[Told] = []
    for name, make in ways.items():
        with make() as hands:
            tiny.run(hands)
            _, task_s, task_cpu_s = timed(tiny, hands)
            told, wall_s, spent_s = timed(large, hands)
        rates = hours / wall_s, hours / spent_s
        said, first = said or told, first or rates
        assert told == said, f"{name} says something else"
        print(
            f"{name:20}{rates[0]:8.3f}{rates[0] / first[0]:8.2f}{rates[1]:9.3f}{rates[1] / first[1]:8.2f}", end=""
        )
        print(f"{1000 * task_s / tasks:11.1f}{1000 * task_cpu_s / tasks:8.1f}", flush=True)


def timed(gym: Gym, hands: Crew) -> tuple[list[Told], float, float]:
    """What was told, and seconds: on the clock, and of all processors."""
    began, spent = time.perf_counter(), cpu_s()
    told = gym.run(hands)
    return told, time.perf_counter() - began, cpu_s() - spent


def cpu_s() -> float:
    """Of this process and those that it has started, by now."""
    here = psutil.Process()
    return sum(one.cpu_times().user + one.cpu_times().system for one in (here, *here.children(recursive=True)))


if __name__ == "__main__":
    main()
