"""What the engine costs, beside the usual offline script (SciPy low-pass and peaks on the whole file).

    python benchmarks/engine.py [--minutes 10] [--json]

A rendered set and the rest after it, repeated. Live is fed in blocks of 10 samples, batch in one block. Sensors per
core is what 100 Hz live leaves room for. Memory is the engine's own after the stream, by tracemalloc.
"""

import argparse
import json
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import numpy as np
from scipy.signal import butter, find_peaks, sosfiltfilt

from firmware_sim import scenario
from firmware_sim.performance import Performance
from sensor_hub.engine import Engine
from sensor_hub.model import STANDARD_GRAVITY_MPS2, FloatArray, Samples

LIVE_BLOCK = 10
RATE_HZ = 100.0
RUNS = 3


def stream(minutes: float) -> tuple[FloatArray, FloatArray]:
    """Device times (n,) and specific force (n, 3) of a gym that never closes."""
    performance = Performance(scenario.load(Path("config/scenarios/controlled.toml")), 7)
    _, counts = performance.samples
    once = counts * (performance.range_g * STANDARD_GRAVITY_MPS2 / 32768)
    accel = np.tile(once, (int(np.ceil(minutes * 60 * RATE_HZ / len(once))), 1))
    return np.arange(len(accel)) / RATE_HZ, accel


def feed(time_s: FloatArray, accel: FloatArray, block: int) -> Engine:
    engine = Engine()
    for i in range(0, len(time_s), block):
        engine.feed(Samples(time_s[i : i + block], accel[i : i + block]))
    engine.finish()
    return engine


def usual_script(time_s: FloatArray, accel: FloatArray) -> int:
    size = np.linalg.norm(accel, axis=1)
    low = sosfiltfilt(butter(4, 0.8, fs=RATE_HZ, output="sos"), size - size.mean())
    return len(find_peaks(low, prominence=0.15, distance=int(0.8 * RATE_HZ))[0])


def least_seconds(work: Callable[[], object]) -> float:
    """The fastest of a few runs: the least disturbed one."""
    spent = []
    for _ in range(RUNS):
        start = time.perf_counter()
        work()
        spent.append(time.perf_counter() - start)
    return min(spent)


def memory_bytes(time_s: FloatArray, accel: FloatArray) -> int:
    tracemalloc.start()
    engine = feed(time_s, accel, LIVE_BLOCK)
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert engine.calibrated
    return kept


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    time_s, accel = stream(args.minutes)
    count = len(time_s)
    live = least_seconds(lambda: feed(time_s, accel, LIVE_BLOCK)) / count
    batch = least_seconds(lambda: feed(time_s, accel, count)) / count
    script = least_seconds(lambda: usual_script(time_s, accel)) / count
    hour = 3600 * RATE_HZ
    figures = {
        "samples": count,
        "live_us_per_sample": live * 1e6,
        "batch_us_per_sample": batch * 1e6,
        "script_us_per_sample": script * 1e6,
        "live_sensors_per_core": 1 / (live * RATE_HZ),
        "hour_batch_s": batch * hour,
        "hour_script_s": script * hour,
        "live_to_script": live / script,
        "kept_bytes_per_sensor": memory_bytes(time_s, accel),
    }
    if args.json:
        print(json.dumps(figures))
        return
    for name, value in figures.items():
        print(f"{name:24} {value:12.2f}" if isinstance(value, float) else f"{name:24} {value:12d}")


if __name__ == "__main__":
    main()
