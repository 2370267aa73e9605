"""What it costs to keep everything: from the outbox through the embedded broker into the store.

`python benchmarks/recording.py [RECORDING.csv.gz]` prints messages a second end to end, what an append and a record
cost, and how much disk an hour of raw samples takes. Without a recording, a made-up sled sensor is used: its chip's
noise at rest, and every fifth minute a set.
"""

import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from sensor_hub.app.recorder import Recorder
from sensor_hub.bus import EmbeddedBroker, Outbox, Publisher
from sensor_hub.bus.examples import examples
from sensor_hub.messages import Kind, Message, RawMessage
from sensor_hub.model import FloatArray, Samples
from sensor_hub.store import Store, encode_samples

RATE_HZ = 100.0
RESOLUTION_MPS2 = 8 * 9.80665 / 32768
NOW = datetime.now(UTC)


def main() -> None:
    accel = recorded(Path(sys.argv[1])) if len(sys.argv) > 1 else made_up()
    with tempfile.TemporaryDirectory() as folder:
        _end_to_end(Path(folder) / "reps", list(reps(5000)), "reps")
        raw = list(raw_of(accel, 1200))
        _end_to_end(Path(folder) / "raw", raw, "raw chunks of 1 s")
        _store_alone(Path(folder) / "alone", list(raw_of(accel, 3600)))


def _end_to_end(folder: Path, messages: list[Message], what: str) -> None:
    broker, outbox = EmbeddedBroker(folder), Outbox(folder / "outbox.db")
    address, store = broker.start(), Store.open(folder / "hub.db")
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
    append_us = 1e6 * (appended - began) / len(messages)
    print(
        f"{what}: append {append_us:.0f} us each, outbox to committed {len(messages) / (done - appended):.0f} a second"
    )
    publisher.stop()
    recorder.stop()
    broker.stop()
    store.close()


def _store_alone(folder: Path, messages: list[Message]) -> None:
    store = Store.open(folder / "hub.db")
    batches = [messages[at : at + 20] for at in range(0, len(messages), 20)]
    began = time.perf_counter()
    for batch in batches:
        store.record(batch)
    batched = time.perf_counter() - began
    began = time.perf_counter()
    for message in reps(200):
        store.record([message])
    single = time.perf_counter() - began
    store.close()
    used = sum(path.stat().st_size for path in folder.iterdir())
    chunk_us, rep_us = 1e6 * batched / len(messages), 1e6 * single / 200
    print(f"record: {chunk_us:.0f} us a raw chunk in batches of 20, {rep_us:.0f} us a rep alone")
    print(f"an hour of raw samples at {RATE_HZ:g} Hz: {used / 1e6:.1f} MB")


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
