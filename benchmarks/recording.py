"""What it costs to keep everything: from the outbox through the embedded broker into the store, whichever it is.

    python -m benchmarks.recording [RECORDING.csv.gz] [--databases sqlite postgresql]

Messages a second end to end, what an append and a record cost, how much disk an hour of raw samples takes, and a backup
of that. Without a recording, a made-up sled sensor is used: its chip's noise at rest, and every fifth minute a set.
"""

import argparse
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
from sqlalchemy import text

from benchmarks.databases import KINDS, database
from sensor_hub.app.keeping.backup import back_up
from sensor_hub.app.keeping.recorder import Recorder
from sensor_hub.bus import EmbeddedBroker, Outbox, Publisher
from sensor_hub.bus.examples import examples
from sensor_hub.messages import Kind, Message, RawMessage
from sensor_hub.model import FloatArray, Samples
from sensor_hub.store import Store, address_of, encode_samples

RATE_HZ = 100.0
RESOLUTION_MPS2 = 8 * 9.80665 / 32768
NOW = datetime.now(UTC)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("recording", nargs="?", type=Path)
    parser.add_argument("--databases", nargs="+", choices=KINDS, default=KINDS)
    parser.add_argument("--rounds", type=int, default=3, help="taken in turns; the best of each figure counts")
    args = parser.parse_args()
    accel = made_up() if args.recording is None else recorded(args.recording)
    rounds = [{kind: measure(kind, accel) for kind in args.databases} for _ in range(args.rounds)]
    found = {kind: best([one[kind] for one in rounds]) for kind in args.databases}
    first = found[args.databases[0]]
    print(f"{'':38}{''.join(f'{kind:>12}' for kind in found)}{'ratio':>8}")
    for name, value in first.items():
        values = [one[name] for one in found.values()]
        print(f"{name:38}{''.join(f'{one:12.1f}' for one in values)}{values[-1] / value:8.2f}")


def best(rounds: list[dict[str, float]]) -> dict[str, float]:
    """The highest rate, the least time."""
    return {name: (max if name.endswith("/s") else min)(one[name] for one in rounds) for name in rounds[0]}


def measure(kind: str, accel: FloatArray) -> dict[str, float]:
    """Every figure of one kind of database, by its name."""
    found: dict[str, float] = {}
    for what, messages in (("reps", list(reps(5000))), ("raw chunks of 1 s", list(raw_of(accel, 1200)))):
        with tempfile.TemporaryDirectory() as folder, database(kind, Path(folder)) as url:
            append_us, rate = _end_to_end(Path(folder), url, messages)
            found |= {f"append, {what}, us": append_us, f"outbox to committed, {what}/s": rate}
    with tempfile.TemporaryDirectory() as folder, database(kind, Path(folder)) as url:
        return found | _store_alone(Path(folder), url, list(raw_of(accel, 3600)))


def _end_to_end(folder: Path, url: str, messages: list[Message]) -> tuple[float, float]:
    """Microseconds an append, messages a second from there to their commit."""
    broker, outbox = EmbeddedBroker(folder), Outbox(folder / "outbox.db")
    address, store = broker.start(), Store.open(url)
    recorder, publisher = Recorder(store, address), Publisher(address, outbox, "benchmark")
    recorder.start()
    while not recorder.connected:
        time.sleep(0.01)
    time.sleep(0.5)
    began = time.perf_counter()
    for message in messages:
        outbox.append(message)
    appended = time.perf_counter()
    publisher.start()
    while recorder.stored < len(messages):
        time.sleep(0.005)
    done = time.perf_counter()
    publisher.stop()
    recorder.stop()
    broker.stop()
    store.close()
    return 1e6 * (appended - began) / len(messages), len(messages) / (done - appended)


def _store_alone(folder: Path, url: str, messages: list[Message]) -> dict[str, float]:
    store = Store.open(url)
    empty = size_of(store)
    began = time.perf_counter()
    for at in range(0, len(messages), 20):
        store.record(messages[at : at + 20])
    batched = time.perf_counter()
    for message in reps(200):
        store.record([message])
    single = time.perf_counter()
    size = size_of(store) - empty
    copied = time.perf_counter()
    back_up(address_of(url), folder, folder / "backup.zip", NOW)
    done = time.perf_counter()
    store.close()
    return {
        "record, raw chunks, 20 together, us": 1e6 * (batched - began) / len(messages),
        "record, a rep alone, us": 1e6 * (single - batched) / 200,
        f"an hour of raw samples at {RATE_HZ:g} Hz, MB": size / 1e6,
        "a backup of it, s": done - copied,
    }


def size_of(store: Store) -> int:
    """Bytes of the file, or of the server's database."""
    with store.transaction() as connection:
        if connection.dialect.name == "postgresql":
            return int(connection.execute(text("SELECT pg_database_size(current_database())")).scalar_one())
        pages, page = (
            connection.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in ("page_count", "page_size")
        )
        return int(pages) * int(page)


def reps(count: int) -> Iterator[Message]:
    rep = examples()[Kind.REP]
    for number in range(1, count + 1):
        yield rep.model_copy(update={"id": f"rep.{number}", "seq": number, "number": number})


def raw_of(accel: FloatArray, seconds: int) -> Iterator[Message]:
    width = int(RATE_HZ)
    for second in range(seconds):
        at = (second * width) % (len(accel) - width)
        time_s = np.round(second + np.arange(width) / RATE_HZ, 6)
        samples = Samples(time_s, accel[at : at + width], None, RESOLUTION_MPS2)
        yield RawMessage(
            id=f"raw.{second}",
            seq=second,
            time=NOW + timedelta(seconds=second),
            site="gym",
            machine="press-1",
            session=None,
            sensor="F0:F1:F2:F3:F4:01",
            start_s=float(time_s[0]),
            end_s=float(time_s[-1]),
            count=width,
            data=encode_samples(samples),
        )


def recorded(path: Path) -> FloatArray:
    """A recording's acceleration, taken as if it had come at RATE_HZ from our converter."""
    table = np.genfromtxt(path, delimiter=",", names=True)
    accel = np.stack([table["ax"], table["ay"], table["az"]], axis=1)
    return on_grid(accel)


def made_up(minutes: int = 10) -> FloatArray:
    time_s = np.arange(int(minutes * 60 * RATE_HZ)) / RATE_HZ
    lifting = (time_s % 300.0) < 45.0
    along = np.where(lifting, 1.2 * np.sin(2 * np.pi * time_s / 4.5), 0.0)
    noise = np.random.default_rng(1).normal(0.0, 0.012, (len(time_s), 3))
    return on_grid(np.stack([6.9 + along, 0.3 + 0 * along, 6.9 + 0.1 * along], axis=1) + noise)


def on_grid(accel: FloatArray) -> FloatArray:
    return np.round(accel / RESOLUTION_MPS2) * RESOLUTION_MPS2


if __name__ == "__main__":
    main()
