"""Raw samples of a session as recordings that `sensor-hub analyze` reads."""

import gzip
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from sensor_hub.app.export.files import file_name, whole
from sensor_hub.store import StoredSamples


def write_recordings(folder: Path, session: str, chunks: Sequence[StoredSamples]) -> list[Path]:
    """One file, and another for each time the sensor's clock began anew: `<session>.csv.gz`, `<session>.2.csv.gz`."""
    paths = []
    for number, part in enumerate(parts(chunks), start=1):
        path = folder / f"{file_name(session)}{f'.{number}' if number > 1 else ''}.csv.gz"
        with whole(path) as beside:
            _write(beside, part)
        paths.append(path)
    return paths


def parts(chunks: Sequence[StoredSamples]) -> Iterator[list[StoredSamples]]:
    """Stretches in which the sensor's clock runs on."""
    part: list[StoredSamples] = []
    for chunk in chunks:
        if part and chunk.samples.time_s[0] <= part[-1].samples.time_s[-1]:
            yield part
            part = []
        part.append(chunk)
    if part:
        yield part


def _write(path: Path, part: Sequence[StoredSamples]) -> None:
    gyro = all(chunk.samples.gyro_radps is not None for chunk in part)
    with gzip.open(path, "wt", encoding="ascii", newline="") as file:
        file.write("time_s,ax,ay,az,gx,gy,gz\n" if gyro else "time_s,ax,ay,az\n")
        for chunk in part:
            samples = chunk.samples
            columns = [samples.time_s[:, None], samples.accel_mps2]
            if gyro and samples.gyro_radps is not None:
                columns.append(samples.gyro_radps)
            np.savetxt(file, np.hstack(columns), delimiter=",", fmt=["%.6f"] + ["%.9g"] * (6 if gyro else 3))
