"""Recordings: read as they are, refused in words that say what to do."""

import gzip
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from sensor_hub.app import recording
from sensor_hub.app.recording import Recording, read_recording
from sensor_hub.errors import RecordingError
from sensor_hub.model import STANDARD_GRAVITY_MPS2, Gap, Samples

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


def saturated_blocks(recording: Recording) -> list[float]:
    """Start of each block that a sensor would have flagged."""
    return [float(one.time_s[0]) for one in recording.blocks() if isinstance(one, Samples) and one.saturated]


def shaken(peaks_mps2: list[float]) -> Recording:
    """Rest at 100 Hz with single samples this high, a second apart."""
    accel = np.tile([0.0, 0.0, STANDARD_GRAVITY_MPS2], (1000, 1))
    for second, peak in enumerate(peaks_mps2, start=1):
        accel[100 * second, 1] = peak
    return Recording("shaken.csv", np.arange(1000) / 100.0, accel, None)


def test_samples_at_the_end_of_a_usual_range_were_cut_off_there() -> None:
    limit = 4 * STANDARD_GRAVITY_MPS2
    assert saturated_blocks(shaken([limit, 20.0, limit, limit])) == pytest.approx([1.0, 3.0, 4.0], abs=0.05)
    assert len(saturated_blocks(shaken([-limit, -limit, -limit]))) == 3


@pytest.mark.parametrize(
    "peaks_mps2", [[39.2, 39.1, 39.0], [30.0, 30.0, 30.0], [39.2, 39.2], []], ids=["varied", "odd", "few", "none"]
)
def test_high_samples_alone_are_not_cut_off(peaks_mps2: list[float]) -> None:
    assert saturated_blocks(shaken(peaks_mps2)) == []


def test_a_small_file_that_unpacks_to_too_much_is_not_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording, "MOST_BYTES", 1_000_000)
    path = tmp_path / "small.csv.gz"
    path.write_bytes(gzip.compress(b"time_s,ax,ay,az\n" + b"0" * 50_000_000))
    assert path.stat().st_size < 100_000
    with pytest.raises(RecordingError, match="holds more than 1 MB of text"):
        read_recording(path)
    path.write_bytes(b"0" * 1_000_001)
    with pytest.raises(RecordingError, match="holds more than 1 MB of text"):
        read_recording(path)
