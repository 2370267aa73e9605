"""What the engine costs, beside the usual offline script (SciPy low-pass and peaks on the whole file).

    python benchmarks/engine.py [--json]

The hour: one machine on a busy evening, at 100 Hz. Ten rendered minutes, six times over: five sets of 6 to 10 reps, at
tempos from 1.5-0-0.8-0.3 to 4-1-1.4-1.2, with 65 to 130 s of rest between them, in which two plates are pushed on or
pulled off. Nobody lifts for two thirds of it. `reps in the hour` says what was counted.

Times are CPU seconds of one core, the numerical libraries on one thread, and the fastest of three runs. Live is fed in
blocks of 8, 10 and 16 samples (ten minutes of them); batch is one block and, like a report, leaves the provisional
motion out. Sensors are those one core serves at 100 Hz.
Memory is what the engine holds after the last block, and the most that the script had allocated beyond the samples.
"""

import argparse
import json
import os
import time
import tracemalloc
from collections.abc import Callable, Mapping
from functools import partial

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
from scipy.signal import butter, find_peaks, sosfiltfilt

from firmware_sim.performance import Performance
from firmware_sim.scenario import Scenario
from sensor_hub.engine import Engine
from sensor_hub.model import Event, FloatArray, RepSettled, Samples

LIVE_BLOCKS = (8, 10, 16)
RATE_HZ = 100.0
HOUR = int(3600 * RATE_HZ)
TEN_MINUTES = HOUR // 6
RUNS = 3

SET = {"kind": "set", "reps": [6, 10], "tempo": ["1.5-0-0.8-0.3", "4-1-1.4-1.2"], "rest_s": [50, 80]}
PLATES = {"kind": "plates", "count": 2}
EVENING = {
    "name": "evening",
    "family": "controlled",
    "sensor": {"chip": "bmi270"},
    "act": [{"kind": "rest", "seconds": 60}, *[SET, PLATES] * 6],
}


def stream() -> tuple[FloatArray, FloatArray]:
    """Device times (n,) and specific force (n, 3) of the hour."""
    performance = Performance(Scenario.model_validate(EVENING), 7)
    once = performance.samples[1][:TEN_MINUTES] * performance.chip.count_mps2
    accel = np.tile(once, (HOUR // len(once) + 1, 1))[:HOUR]
    return np.arange(HOUR) / RATE_HZ, accel


def feed(engine: Engine, time_s: FloatArray, accel: FloatArray, block: int) -> list[Event]:
    """The last block's events and the end's; those before are dropped as they come."""
    events: list[Event] = []
    for i in range(0, len(time_s), block):
        events = engine.feed(Samples(time_s[i : i + block], accel[i : i + block]))
    return events + engine.finish()


def feed_anew(time_s: FloatArray, accel: FloatArray, block: int) -> list[Event]:
    return feed(Engine(motion=block < len(time_s)), time_s, accel, block)


def usual_script(time_s: FloatArray, accel: FloatArray) -> int:
    size = np.linalg.norm(accel, axis=1)
    low = sosfiltfilt(butter(4, 0.8, fs=RATE_HZ, output="sos"), size - size.mean())
    return len(find_peaks(low, prominence=0.15, distance=int(0.8 * RATE_HZ))[0])


def least_seconds(work: Callable[[], object]) -> float:
    """The fastest of a few runs: the least disturbed one."""
    spent = []
    for _ in range(RUNS):
        start = time.process_time()
        work()
        spent.append(time.process_time() - start)
    return min(spent)


def kept_bytes(time_s: FloatArray, accel: FloatArray, block: int) -> int:
    engine = Engine(motion=block < len(time_s))
    tracemalloc.start()
    feed(engine, time_s, accel, block)
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return kept


def script_bytes(time_s: FloatArray, accel: FloatArray) -> int:
    tracemalloc.start()
    usual_script(time_s, accel)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return most


def figures(seconds_an_hour: float, memory: int) -> dict[str, float]:
    return {
        "us a sample": seconds_an_hour / HOUR * 1e6,
        "sensors a core": 3600 / seconds_an_hour,
        "s an hour": seconds_an_hour,
        "memory MB": memory / 1e6,
    }


def measured() -> tuple[dict[str, dict[str, float]], dict[str, float]]:
    """Figures of each way to take the hour, and what else was found."""
    time_s, accel = stream()
    ten = time_s[:TEN_MINUTES], accel[:TEN_MINUTES]
    columns = {}
    for block in LIVE_BLOCKS:
        live_s = least_seconds(partial(feed_anew, *ten, block)) * HOUR / TEN_MINUTES
        columns[f"live, {block}"] = figures(live_s, kept_bytes(*ten, block))
    hour_s = least_seconds(partial(feed_anew, time_s, accel, HOUR))
    columns["batch"] = figures(hour_s, kept_bytes(time_s, accel, HOUR))
    script_s = least_seconds(partial(usual_script, time_s, accel))
    columns["usual script"] = figures(script_s, script_bytes(time_s, accel))
    ten_s = least_seconds(partial(feed_anew, *ten, TEN_MINUTES))
    events = feed_anew(time_s, accel, HOUR)
    rest = {
        "reps in the hour": float(sum(isinstance(event, RepSettled) for event in events)),
        "reps to the usual script": float(usual_script(time_s, accel)),
        "batch, us a sample of 10 min": ten_s / TEN_MINUTES * 1e6,
        "batch, us a sample of 1 h": hour_s / HOUR * 1e6,
    }
    return columns, rest


def show(columns: Mapping[str, Mapping[str, float]], rest: Mapping[str, float]) -> None:
    print(" " * 16 + "".join(f"{name:>14}" for name in columns))
    for row in columns["batch"]:
        decimals = 0 if row == "sensors a core" else 2
        print(f"{row:16}" + "".join(f"{column[row]:14.{decimals}f}" for column in columns.values()))
    print()
    for name, value in rest.items():
        print(f"{name:32} {value:8.{2 if 'us' in name.split() else 0}f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true")
    columns, rest = measured()
    if parser.parse_args().json:
        print(json.dumps(columns | {"other": rest}))
    else:
        show(columns, rest)


if __name__ == "__main__":
    main()
