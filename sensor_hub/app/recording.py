"""Recordings: `time_s,ax,ay,az[,gx,gy,gz]` in CSV, gzipped CSV or Parquet, read and judged before use."""

import gzip
import io
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sensor_hub.errors import RecordingError
from sensor_hub.model import STANDARD_GRAVITY_MPS2, FloatArray, Gap, Samples

REQUIRED = ("time_s", "ax", "ay", "az")
ROTATION = ("gx", "gy", "gz")
BLOCK_S = 0.05
GAP_INTERVALS = 1.5
MIN_SAMPLES = 8
MIN_RATE_HZ = 4.0
USUAL_RANGES_G = (2.0, 4.0, 8.0, 16.0)
RANGE_TOLERANCE = 0.025
"""Share by which a recording's scale may be off its sensor's range."""
CUT_OFF_SAMPLES = 3
"""So many samples with exactly the same extreme value, at the end of a usual range, were cut off there."""
GZIP_MAGIC = b"\x1f\x8b"
PARQUET_MAGIC = b"PAR1"
MOST_BYTES = 512_000_000
"""Of a recording's text, unpacked: more than a day at 100 Hz, and what a small computer can still hold."""


@dataclass(frozen=True, slots=True, eq=False)
class Recording:
    """time_s: (n,) device seconds; accel_mps2: (n, 3) with gravity; gyro_radps: (n, 3) or None."""

    file: str
    time_s: FloatArray
    accel_mps2: FloatArray
    gyro_radps: FloatArray | None

    @property
    def interval_s(self) -> float:
        return float(np.median(np.diff(self.time_s)))

    @property
    def gaps(self) -> list[Gap]:
        """Holes of more than 1.5 intervals; each runs from the last sample before it to the first after."""
        intervals = np.diff(self.time_s)
        holes = np.flatnonzero(intervals > GAP_INTERVALS * self.interval_s)
        lost = np.rint(intervals[holes] / self.interval_s).astype(int) - 1
        return [
            Gap(float(self.time_s[i]), float(self.time_s[i + 1]), max(1, int(n)))
            for i, n in zip(holes, lost, strict=True)
        ]

    def blocks(self) -> Iterator[Samples | Gap]:
        """The recording as a live hub gets it: short blocks, a Gap wherever samples are missing."""
        gaps, step, cut_off = self.gaps, self._step, self._cut_off()
        edges = [*(int(np.searchsorted(self.time_s, gap.end_s)) for gap in gaps), len(self.time_s)]
        start = 0
        for edge, gap in zip(edges, [*gaps, None], strict=True):
            for first in range(start, edge, step):
                yield self._block(first, min(first + step, edge), cut_off)
            if gap is not None:
                yield gap
            start = edge

    @property
    def block_count(self) -> int:
        """About how many blocks there are."""
        return len(self.time_s) // self._step + 2 * len(self.gaps) + 1

    @property
    def _step(self) -> int:
        return max(1, round(BLOCK_S / self.interval_s))

    def _block(self, first: int, end: int, cut_off: NDArray[np.bool_]) -> Samples:
        gyro = None if self.gyro_radps is None else self.gyro_radps[first:end]
        saturated = bool(cut_off[first:end].any())
        return Samples(self.time_s[first:end], self.accel_mps2[first:end], gyro, saturated=saturated)

    def _cut_off(self) -> NDArray[np.bool_]:
        """(n,) which samples sit at the end of the sensor's range. A recording has no flag for it."""
        accel = self.accel_mps2
        cut_off = np.zeros(len(accel), dtype=np.bool_)
        for extreme in {float(accel.max()), float(accel.min())}:
            ratio = abs(extreme) / STANDARD_GRAVITY_MPS2 / np.array(USUAL_RANGES_G)
            at_extreme = (accel == extreme).any(axis=1)
            if np.abs(ratio - 1).min() < RANGE_TOLERANCE and at_extreme.sum() >= CUT_OFF_SAMPLES:
                cut_off |= at_extreme
        return cut_off


def read_recording(path: Path) -> Recording:
    """Reads a recording. Raises RecordingError: which line, what was expected, or what the units look like."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise RecordingError(_too_large(path))
        data = path.read_bytes()
    except OSError as error:
        raise RecordingError(f"Cannot read {path}: {error.strerror}.") from error
    if data.startswith(PARQUET_MAGIC):
        names, table = _parse_parquet(path)
    else:
        names, table = _parse_csv(path, _decompress(path, data))
    columns = dict(zip(names, table.T, strict=True))
    recording = Recording(
        file=path.name,
        time_s=np.ascontiguousarray(columns["time_s"]),
        accel_mps2=np.ascontiguousarray(np.stack([columns[name] for name in REQUIRED[1:]], axis=1)),
        gyro_radps=np.stack([columns[name] for name in ROTATION], axis=1) if "gx" in columns else None,
    )
    _judge(path, recording)
    return recording


def _decompress(path: Path, data: bytes) -> str:
    try:
        if data.startswith(GZIP_MAGIC):
            with gzip.open(io.BytesIO(data)) as packed:
                data = packed.read(MOST_BYTES + 1)
        if len(data) > MOST_BYTES:
            raise RecordingError(_too_large(path))
        return data.decode("utf-8-sig")
    except (EOFError, OSError, zlib.error) as error:
        raise RecordingError(f"{path} is a damaged gzip file: {error}. Copy it again.") from error
    except UnicodeDecodeError as error:
        raise RecordingError(f"{path} is not text; a recording is CSV, gzipped CSV or Parquet.") from error


def _too_large(path: Path) -> str:
    return f"{path} holds more than {MOST_BYTES // 1_000_000} MB of text. Cut the recording into parts."


def _parse_csv(path: Path, text: str) -> tuple[list[str], FloatArray]:
    header, _, body = text.partition("\n")
    names = [name.strip() for name in header.split(",")]
    _check_columns(path, names, f'found "{header.strip()[:60]}"')
    if not body.strip():
        raise RecordingError(f"{path} holds no samples: nothing follows the header.")
    try:
        table = np.loadtxt(io.StringIO(body), delimiter=",", ndmin=2, comments=None)
    except ValueError:
        raise RecordingError(f"{path}, {_first_bad_line(body, len(names))}.") from None
    if table.shape[1] != len(names) or not np.isfinite(table).all():
        raise RecordingError(f"{path}, {_first_bad_line(body, len(names))}.")
    return names, table


def _parse_parquet(path: Path) -> tuple[list[str], FloatArray]:
    try:
        from pyarrow import ArrowException, parquet
    except ImportError as error:
        raise RecordingError(f"{path} is Parquet; reading it needs pyarrow: pip install pyarrow.") from error
    try:
        table = parquet.ParquetFile(path).read()
    except (ArrowException, OSError) as error:
        raise RecordingError(f"{path} is a damaged Parquet file. Copy it again.") from error
    names = list(table.column_names)
    _check_columns(path, names, f"found {', '.join(names)}")
    try:
        values = np.stack([table[name].to_numpy().astype(np.float64) for name in names], axis=1)
    except (TypeError, ValueError) as error:
        raise RecordingError(f"{path}: every column must hold numbers, but one holds something else.") from error
    broken = np.flatnonzero(~np.isfinite(values).all(axis=1))
    if broken.size:
        raise RecordingError(
            f"{path}, row {broken[0] + 1}: expected {len(names)} numbers, found none or infinite."
        )
    return names, values


def _check_columns(path: Path, names: list[str], found: str) -> None:
    if names not in ([*REQUIRED], [*REQUIRED, *ROTATION]):
        raise RecordingError(f"{path}, line 1: expected the header time_s,ax,ay,az[,gx,gy,gz], {found}.")


def _first_bad_line(body: str, width: int) -> str:
    for number, line in enumerate(body.splitlines(), start=2):
        fields = line.split(",")
        if line.strip() and (len(fields) != width or not all(_is_number(field) for field in fields)):
            return f'line {number}: expected {width} numbers, found "{line.strip()[:60]}"'
    return f"every line: expected {width} numbers"


def _is_number(field: str) -> bool:
    try:
        return bool(np.isfinite(float(field)))
    except ValueError:
        return False


def _judge(path: Path, recording: Recording) -> None:
    """Refuses what cannot be analysed: too short, time running backwards, units that are not SI."""
    if len(recording.time_s) < MIN_SAMPLES:
        raise RecordingError(
            f"{path} holds {len(recording.time_s)} samples; at least {MIN_SAMPLES} are needed to see anything."
        )
    backwards = np.flatnonzero(np.diff(recording.time_s) <= 0)
    if backwards.size:
        i = int(backwards[0]) + 1
        raise RecordingError(
            f"{path}, line {i + 2}: time_s must rise from sample to sample, "
            f"but {recording.time_s[i]:g} follows {recording.time_s[i - 1]:g}."
        )
    if recording.interval_s > 1 / MIN_RATE_HZ:
        raise RecordingError(f"{path}: {_judge_time(recording.interval_s)}")
    _judge_gravity(path, recording.accel_mps2)


def _judge_time(interval_s: float) -> str:
    for name, factor in (("milliseconds", 1e3), ("microseconds", 1e6), ("nanoseconds", 1e9)):
        if 1 / 2000 <= interval_s / factor <= 1 / MIN_RATE_HZ and interval_s >= 1:
            return f"time_s looks like {name}; divide it by {factor:g} to get seconds."
    return f"{1 / interval_s:.3g} samples a second are too few; at least {MIN_RATE_HZ:g} Hz are needed."


LOOKALIKES = (
    (1.0, "g; multiply by 9.80665"),
    (1000.0, "mg (thousandths of g); multiply by 0.00980665"),
    (STANDARD_GRAVITY_MPS2 * 1000, "mm/s²; divide by 1000"),
    (STANDARD_GRAVITY_MPS2 / 0.3048, "ft/s²; multiply by 0.3048"),
)


def _judge_gravity(path: Path, accel: NDArray[np.float64]) -> None:
    with np.errstate(over="ignore"):
        gravity = float(np.median(np.linalg.norm(accel, axis=1)))
    if abs(gravity / STANDARD_GRAVITY_MPS2 - 1) <= 0.15:
        return
    found = f"{path}: gravity at rest should be near 9.81 m/s² but is {gravity:.4g}."
    for size, name in LOOKALIKES:
        if abs(gravity / size - 1) <= 0.15:
            raise RecordingError(f"{found} The values look like {name}.")
    if gravity < 0.3 * STANDARD_GRAVITY_MPS2:
        raise RecordingError(f"{found} Gravity seems to have been taken out; record the raw acceleration.")
    raise RecordingError(f"{found} They look like raw counts; multiply by the sensor's scale to get m/s².")
