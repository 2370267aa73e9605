"""A file of another app as a recording that `sensor-hub analyze` reads.

Samples that share a time stamp were sent together: they are spread evenly up to the next stamp. No other time is
changed, nothing is resampled or filled in.
"""

import gzip
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from sensor_hub.app.export.files import whole
from sensor_hub.app.importing.layouts import DEGREE_RAD, LAYOUTS, Layout
from sensor_hub.app.recording import read_recording
from sensor_hub.errors import RecordingError
from sensor_hub.model import FloatArray

MOVESENSE = "Movesense JSON"
_HEADER_LINES = 5
_SENSOR_COLUMN = "device name"
_SEPARATORS = ("\t", ";", ",")
_MOST_BYTES = 256_000_000
"""It is read as a whole, and its cells take several times as much."""


def convert(file: Path, to: Path) -> str:
    """Writes the recording, `.csv` or `.csv.gz`, whole or not at all. Returns which app's file it was.

    Raises RecordingError where it is none of the known ones, is damaged, or holds no raw acceleration.
    """
    name, table = _read(file)
    with whole(to) as beside:
        header = "time_s,ax,ay,az,gx,gy,gz" if table.shape[1] == 7 else "time_s,ax,ay,az"
        opened = gzip.open if to.suffix == ".gz" else open
        with opened(beside, "wt", encoding="ascii", newline="") as target:
            np.savetxt(target, table, delimiter=",", fmt="%.9g", header=header, comments="")
        read_recording(beside)
    return name


def _read(file: Path) -> tuple[str, FloatArray]:
    try:
        if file.stat().st_size > _MOST_BYTES:
            raise RecordingError(f"{file} is larger than {_MOST_BYTES // 1_000_000} MB. Cut it into parts.")
        text = file.read_bytes().decode("utf-8-sig", errors="replace")
    except OSError as error:
        raise RecordingError(f"Cannot read {file}: {error.strerror}.") from error
    if text.lstrip().startswith(("{", "[")):
        return MOVESENSE, _movesense(file, text)
    lines = text.splitlines()
    for number, line in enumerate(lines[:_HEADER_LINES]):
        for separator in _SEPARATORS:
            names = [_plain(name) for name in line.split(separator)]
            for layout in LAYOUTS:
                if {_plain(layout.time), *map(_plain, layout.accel)} <= set(names):
                    return layout.name, _table(file, layout, names, separator, lines, number + 1)
    raise RecordingError(_unknown(file, text))


def _table(
    file: Path, layout: Layout, names: Sequence[str], separator: str, lines: Sequence[str], first: int
) -> FloatArray:
    gyro = layout.gyro if layout.gyro and {_plain(name) for name in layout.gyro} <= set(names) else ()
    wanted = [names.index(_plain(name)) for name in (layout.time, *layout.accel, *gyro)]
    rows = []
    for number, line in enumerate(lines[first:], start=first + 1):
        if line.strip():
            cells = line.split(separator)
            try:
                rows.append([cells[index].strip().strip('"') for index in wanted])
            except IndexError:
                raise RecordingError(f"{file}, line {number}: a column is missing.") from None
    if not rows:
        raise RecordingError(f"{file} holds no samples: nothing follows the header.")
    _one_sensor(file, names, separator, lines[first:])
    try:
        stamps = np.array(layout.seconds([row[0] for row in rows]))
        values = np.array([[float(cell.replace(",", ".")) for cell in row[1:]] for row in rows])
    except ValueError as error:
        raise RecordingError(f"{file}: not every cell is a number or a time as expected ({error}).") from error
    values[:, :3] *= layout.mps2
    values[:, 3:] *= DEGREE_RAD
    return np.column_stack([spread(stamps - stamps[0]), values])


def _one_sensor(file: Path, names: Sequence[str], separator: str, lines: Sequence[str]) -> None:
    if _SENSOR_COLUMN in names:
        index = names.index(_SENSOR_COLUMN)
        sensors = {line.split(separator)[index].strip() for line in lines if line.strip()}
        if len(sensors) > 1:
            raise RecordingError(f"{file} has {len(sensors)} sensors in it; record or cut out one at a time.")


def _movesense(file: Path, text: str) -> FloatArray:
    """`{"data": [{"acc": {"Timestamp": ms, "ArrayAcc": [{x, y, z}, ...]}}, ...]}`; also `imu6`, `imu9`, `Body`.

    The time stamp is that of the first sample of its array.
    """
    try:
        document = json.loads(text)
        items = document["data"] if isinstance(document, dict) else document
        bodies = [_body(item) for item in items]
        stamps = [body["Timestamp"] / 1000 for body in bodies for _ in body["ArrayAcc"]]
        rows = [[one[axis] for axis in "xyz"] for body in bodies for one in body["ArrayAcc"]]
        if bodies and all("ArrayGyro" in body for body in bodies):
            turns = [[one[axis] * DEGREE_RAD for axis in "xyz"] for body in bodies for one in body["ArrayGyro"]]
            rows = [row + turn for row, turn in zip(rows, turns, strict=True)]
        values, times = np.array(rows, dtype=np.float64), np.array(stamps, dtype=np.float64)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise RecordingError(f"{file} is no Movesense recording of acceleration ({error!r}).") from error
    if not len(values):
        raise RecordingError(f"{file} holds no samples of acceleration.")
    return np.column_stack([spread(times - times[0]), values])


def _body(item: Any) -> Any:
    for key in ("acc", "imu6", "imu9", "Body", "body"):
        if key in item:
            return item[key]
    return item


def spread(stamps: FloatArray) -> FloatArray:
    """Instants of samples of which some share a stamp; the last group is as wide as the median one."""
    begins = np.flatnonzero(np.diff(stamps, prepend=-np.inf))
    if len(begins) == len(stamps) or len(begins) < 2:
        return stamps
    sizes = np.diff(begins, append=len(stamps))
    widths = np.diff(stamps[begins])
    widths = np.append(widths, np.median(widths / sizes[:-1]) * sizes[-1])
    steps = np.minimum(widths / sizes, np.median(widths / sizes) * 1.5)
    within = np.arange(len(stamps)) - np.repeat(begins, sizes)
    spread_out: FloatArray = np.repeat(stamps[begins], sizes) + within * np.repeat(steps, sizes)
    return spread_out


def _plain(name: str) -> str:
    """A column's name without quotes, and without signs such as ° that some apps write in an encoding of their own."""
    return "".join(c for c in name.strip().strip('"').strip() if c.isascii()).lower()


def _unknown(file: Path, text: str) -> str:
    known = ", ".join([*(layout.name for layout in LAYOUTS), MOVESENSE])
    if "linear acceleration" in text[:500].lower():
        return f'{file} has gravity taken out. Record "Acceleration (with g)" instead.'
    return (
        f"{file} is none of the files that can be imported: {known}, or an export of sensor-hub (json). "
        "Make it time_s,ax,ay,az in s and m/s² with gravity, and `sensor-hub analyze` reads it as it is."
    )
