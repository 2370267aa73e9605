"""Recordings: read as they are, refused in words that say what to do."""

import gzip
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from sensor_hub.app.recording import read_recording
from sensor_hub.errors import RecordingError
from sensor_hub.model import Gap, Samples

HEADER = "time_s,ax,ay,az\n"


def rest(count: int = 40, scale: float = 1.0, interval_s: float = 0.01) -> str:
    return HEADER + "".join(f"{i * interval_s:.6f},0.0,{-6.9 * scale:g},{6.97 * scale:g}\n" for i in range(count))


def write(folder: Path, text: str) -> Path:
    path = folder / "rest.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_plain_and_gzipped_files_hold_the_same(tmp_path: Path) -> None:
    plain = read_recording(write(tmp_path, rest()))
    packed_path = tmp_path / "rest.csv.gz"
    packed_path.write_bytes(gzip.compress(rest().encode()))
    packed = read_recording(packed_path)
    assert plain.time_s.shape == (40,)
    assert plain.gyro_radps is None
    np.testing.assert_array_equal(plain.accel_mps2, packed.accel_mps2)


def test_rotation_is_kept(tmp_path: Path) -> None:
    lines = [line + (",gx,gy,gz" if line.startswith("time") else ",1,2,3") for line in rest().splitlines()]
    recording = read_recording(write(tmp_path, "\r\n".join(lines) + "\r\n"))
    assert recording.gyro_radps is not None
    assert recording.gyro_radps[0].tolist() == [1, 2, 3]


def test_parquet_is_read(tmp_path: Path) -> None:
    columns = {
        name: [float(i == 3) * 9.81 for _ in range(20)] for i, name in enumerate(("time_s", "ax", "ay", "az"))
    }
    columns["time_s"] = [i * 0.01 for i in range(20)]
    path = tmp_path / "rest.parquet"
    parquet.write_table(pa.table(columns), path)
    assert read_recording(path).accel_mps2.shape == (20, 3)


@pytest.mark.parametrize(
    ("az", "words"),
    [([9.81] * 19 + [None], "row 20: expected 4 numbers"), (["9.81"] * 19 + ["up"], "must hold numbers")],
)
def test_parquet_that_holds_something_else_is_refused_in_words(tmp_path: Path, az: list[Any], words: str) -> None:
    path = tmp_path / "rest.parquet"
    still = [0.0] * 20
    parquet.write_table(
        pa.table({"time_s": [i * 0.01 for i in range(20)], "ax": still, "ay": still, "az": az}), path
    )
    with pytest.raises(RecordingError, match=words):
        read_recording(path)


def test_blocks_hold_every_sample_once_and_a_gap_where_some_are_missing(tmp_path: Path) -> None:
    lines = rest(200).splitlines()
    del lines[101:104]
    recording = read_recording(write(tmp_path, "\n".join(lines)))
    blocks = list(recording.blocks())
    gaps = [block for block in blocks if isinstance(block, Gap)]
    samples = [block for block in blocks if isinstance(block, Samples)]
    assert gaps == [Gap(0.99, 1.03, 3)]
    np.testing.assert_array_equal(np.concatenate([block.time_s for block in samples]), recording.time_s)
    before = blocks[blocks.index(gaps[0]) - 1]
    assert isinstance(before, Samples)
    assert before.time_s[-1] == 0.99


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", 'line 1: expected the header time_s,ax,ay,az[,gx,gy,gz], found ""'),
        ("t,x,y,z\n1,2,3,4\n", 'found "t,x,y,z"'),
        (HEADER, "holds no samples"),
        (rest().replace("0.050000,", "oops,"), 'line 7: expected 4 numbers, found "oops,'),
        (rest().replace("0.050000,0.0,", "0.050000,"), "line 7: expected 4 numbers"),
        (rest().replace("0.050000,0.0,", "0.050000,nan,"), "line 7: expected 4 numbers"),
        (rest().replace("0.050000,", "0.030000,"), "line 7: time_s must rise from sample to sample, but 0.03"),
        (rest(5), "holds 5 samples"),
        (rest(scale=1 / 9.81), "look like g; multiply by 9.80665"),
        (rest(scale=1000 / 9.81), "look like mg"),
        (rest(scale=0.01), "Gravity seems to have been taken out"),
        (rest(scale=1000), "look like mm/s²"),
        (rest(scale=4096 / 9.81), "look like raw counts"),
        (rest(interval_s=10), "time_s looks like milliseconds"),
        (rest(interval_s=10_000), "time_s looks like microseconds"),
        (rest(interval_s=0.5), "2 samples a second are too few"),
    ],
)
def test_what_cannot_be_used_is_refused_in_words(tmp_path: Path, text: str, words: str) -> None:
    path = write(tmp_path, text)
    with pytest.raises(RecordingError) as caught:
        read_recording(path)
    assert words in str(caught.value)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (gzip.compress(rest().encode())[:-20], "damaged gzip"),
        (gzip.compress(rest().encode())[:10] + b"\xff" * 40, "damaged gzip"),
        (b"PAR1 and then nothing", "damaged Parquet"),
        (b"\xff\xfe\x00", "not text"),
    ],
)
def test_damaged_bytes_are_refused_in_words(tmp_path: Path, data: bytes, words: str) -> None:
    path = tmp_path / "x.csv.gz"
    path.write_bytes(data)
    with pytest.raises(RecordingError, match=words):
        read_recording(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="No such file"):
        read_recording(tmp_path / "none.csv")
