"""Recordings without any radio: NAME.csv.gz and NAME.truth.json of a performance."""

import gzip
import io
import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from firmware_sim.performance import Performance
from firmware_sim.scenario import Radio
from sensor_hub.errors import ConfigError


def render(performance: Performance, out: Path, name: str, seed: int = 0) -> tuple[Path, Path]:
    """Write both files into the folder `out`; returns their paths. The same performance gives the same bytes."""
    recording, truth = out / f"{name}.csv.gz", out / f"{name}.truth.json"
    try:
        out.mkdir(parents=True, exist_ok=True)
        recording.write_bytes(recording_bytes(performance, seed))
        truth.write_text(json.dumps(performance.truth() | {"name": name}, indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        raise ConfigError(
            f"Cannot write {name} into {out}: {error.strerror}. Name another folder with --out."
        ) from error
    return recording, truth


def recording_bytes(performance: Performance, seed: int = 0) -> bytes:
    """The recording as gzipped CSV, without the packets that the scenario's radio loses."""
    time_s, counts = performance.samples
    kept = received(len(time_s), performance.scenario.radio, np.random.default_rng([seed, 0x1055]))
    table = np.column_stack([time_s, counts * performance.chip.resolution_mps2])[kept]
    text = io.StringIO()
    np.savetxt(
        text, table, fmt=("%.6f", "%.5f", "%.5f", "%.5f"), delimiter=",", header="time_s,ax,ay,az", comments=""
    )
    return gzip.compress(text.getvalue().encode(), compresslevel=6, mtime=0)


def received(count: int, radio: Radio, rng: np.random.Generator) -> NDArray[np.bool_]:
    """(count,) which samples arrive: packets are lost in bursts of geometric length, loss_ratio of them in all."""
    packets = -(-count // radio.samples_per_packet)
    kept = np.ones(packets, dtype=np.bool_)
    if radio.loss_ratio > 0.0:
        gap = radio.burst_packets * (1.0 - radio.loss_ratio) / radio.loss_ratio
        at = int(rng.geometric(1.0 / gap))
        while at < packets:
            burst = int(rng.geometric(1.0 / radio.burst_packets))
            kept[at : at + burst] = False
            at += burst + int(rng.geometric(min(1.0, 1.0 / gap)))
    return np.repeat(kept, radio.samples_per_packet)[:count]
