"""Recordings without any radio: NAME.csv.gz and NAME.truth.json of a performance."""

import gzip
import io
import json
from pathlib import Path

import numpy as np

from firmware_sim.performance import Performance
from sensor_hub.errors import ConfigError


def render(performance: Performance, out: Path, name: str) -> tuple[Path, Path]:
    """Write both files into the folder `out`; returns their paths. The same performance gives the same bytes."""
    recording = _write(out / f"{name}.csv.gz", recording_bytes(performance))
    return recording, write_truth(performance, out, name)


def write_truth(performance: Performance, out: Path, name: str) -> Path:
    """Write NAME.truth.json into the folder `out`; returns its path."""
    text = json.dumps(performance.truth() | {"name": name}, indent=1) + "\n"
    return _write(out / f"{name}.truth.json", text.encode())


def recording_bytes(performance: Performance) -> bytes:
    """The recording as gzipped CSV: device seconds and specific force in m/s², one row a sample that arrived."""
    time_s, counts = performance.samples
    table = np.column_stack([time_s, counts * performance.chip.count_mps2])
    text = io.StringIO()
    np.savetxt(
        text, table, fmt=("%.6f", "%.5f", "%.5f", "%.5f"), delimiter=",", header="time_s,ax,ay,az", comments=""
    )
    return gzip.compress(text.getvalue().encode(), compresslevel=6, mtime=0)


def _write(path: Path, content: bytes) -> Path:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    except OSError as error:
        raise ConfigError(f"Cannot write {path}: {error.strerror}. Name another folder.") from error
    return path
