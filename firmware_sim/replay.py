"""Recordings as sensors: a file of the recording contract, played as if its sensor were measuring now.

Columns `time_s,ax,ay,az[,gx,gy,gz]`, plain or gzipped CSV; rotation is left out, the sled sensor has no gyroscope.
The device's time is the file's own (shifted to begin at 0 where the file does not begin within its first day); a
hole in it becomes a hole in the sequence numbers.
"""

import gzip
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from firmware_sim.source import CountsBlock, TimeBlock
from sensor_hub.errors import RecordingError
from sensor_hub.model import STANDARD_GRAVITY_MPS2

RATES_HZ = (5.0, 420.0)
RANGE_G = 8
_HEADERS = (["time_s", "ax", "ay", "az"], ["time_s", "ax", "ay", "az", "gx", "gy", "gz"])
_GZIP_MAGIC = b"\x1f\x8b"
_FULL_SCALE = 1 << 15
_DAY_S = 86400.0
_NAME_BYTES = 26
_BLOCK_SAMPLES = 64
_PLAUSIBLE_GRAVITY_MPS2 = (7.0, 13.0)


@dataclass(frozen=True, slots=True, eq=False)
class Replay:
    """A recording as a SampleSource. time_s: (n,) rising; counts: (n, 3) at ±8 g."""

    name: str
    rate_hz: float
    time_s: TimeBlock
    counts: CountsBlock
    range_g: float = RANGE_G
    bits: int = 16

    @property
    def duration_s(self) -> float:
        return float(self.time_s[-1] - self.time_s[0])

    def blocks(self) -> Iterator[tuple[TimeBlock, CountsBlock]]:
        for start in range(0, len(self.time_s), _BLOCK_SAMPLES):
            end = start + _BLOCK_SAMPLES
            yield self.time_s[start:end], self.counts[start:end]


def open_replay(path: Path, name: str | None = None) -> Replay:
    """The recording as a sensor. name: its Bluetooth name, by default the end of the file's.

    Raises RecordingError, which names the line and what was expected there, or what the values look like.
    """
    table = _parse(path, _read(path))
    time_s = table[:, 0]
    if not 0.0 <= time_s[0] < _DAY_S:
        time_s = time_s - time_s[0]
    rate_hz = 1.0 / float(np.median(np.diff(time_s)))
    if not RATES_HZ[0] <= rate_hz <= RATES_HZ[1]:
        raise RecordingError(
            f"{path} has {rate_hz:.4g} samples a second; the sensor can send {RATES_HZ[0]:g} to {RATES_HZ[1]:g}."
            " Is time_s in seconds?"
        )
    accel_mps2 = table[:, 1:4]
    _judge_units(path, accel_mps2)
    scaled = np.rint(accel_mps2 / (RANGE_G * STANDARD_GRAVITY_MPS2) * _FULL_SCALE)
    counts = np.clip(scaled, -_FULL_SCALE, _FULL_SCALE - 1).astype(np.int16)
    return Replay(name or _name_for(path), rate_hz, time_s, counts)


def _read(path: Path) -> str:
    try:
        data = path.read_bytes()
        return (gzip.decompress(data) if data.startswith(_GZIP_MAGIC) else data).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise RecordingError(f"{path} is not text; a recording is CSV or gzipped CSV.") from error
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise RecordingError(f"{path} is a damaged gzip file: {error}. Copy it again.") from error
    except OSError as error:
        raise RecordingError(f"Cannot read {path}: {error.strerror or error}.") from error


def _parse(path: Path, text: str) -> NDArray[np.float64]:
    """(n, columns), n ≥ 2, all finite, time rising."""
    header, *lines = text.splitlines() or [""]
    columns = [column.strip() for column in header.split(",")]
    if columns not in _HEADERS:
        raise RecordingError(
            f'{path}, line 1: expected the header time_s,ax,ay,az[,gx,gy,gz], found "{header[:60]}".'
        )
    rows: list[list[float]] = []
    for number, line in enumerate(lines, start=2):
        row = _row(line, len(columns))
        if row is None:
            raise RecordingError(f'{path}, line {number}: expected {len(columns)} numbers, found "{line[:60]}".')
        if rows and row[0] <= rows[-1][0]:
            raise RecordingError(
                f"{path}, line {number}: time_s must rise, but {row[0]:g} follows {rows[-1][0]:g}."
            )
        rows.append(row)
    if len(rows) < 2:
        raise RecordingError(f"{path} holds {len(rows)} samples; a recording needs at least two.")
    return np.array(rows)


def _row(line: str, width: int) -> list[float] | None:
    try:
        row = [float(field) for field in line.split(",")]
    except ValueError:
        return None
    return row if len(row) == width and np.isfinite(row).all() else None


def _judge_units(path: Path, accel_mps2: NDArray[np.float64]) -> None:
    gravity = float(np.median(np.linalg.norm(accel_mps2, axis=1)))
    low, high = _PLAUSIBLE_GRAVITY_MPS2
    if not low <= gravity <= high:
        raise RecordingError(
            f"{path}: gravity should show as about 9.81 m/s² but is {gravity:.4g}. Convert ax, ay, az to m/s²,"
            " gravity included."
        )


def _name_for(path: Path) -> str:
    stem = path.name.removesuffix(".gz").removesuffix(".csv")
    return stem.encode("ascii", "replace")[-_NAME_BYTES:].decode().lstrip("-_.? ") or "replay"
