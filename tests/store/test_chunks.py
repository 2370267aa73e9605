import base64
import contextlib
import struct
import zlib
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from sensor_hub.errors import StoreError
from sensor_hub.model import Samples
from sensor_hub.store import decode_samples, encode_samples
from tests.store.conftest import counts_block

COUNTS = arrays(np.int16, st.tuples(st.integers(0, 60), st.just(3)))


def back(samples: Samples) -> Samples:
    return decode_samples(encode_samples(samples))


@settings(max_examples=60, deadline=None)
@given(COUNTS, st.sampled_from([2, 4, 8, 16]), st.floats(1.0, 500.0), st.floats(0.0, 1e7))
def test_counts_come_back_exactly(counts: np.ndarray, range_g: int, rate_hz: float, start_s: float) -> None:
    resolution = range_g * 9.80665 / 32768
    time_s = start_s + np.arange(len(counts)) / rate_hz
    decoded = back(Samples(time_s, counts * resolution, None, resolution))
    assert np.array_equal(decoded.accel_mps2, counts * resolution)
    assert np.all(np.abs(decoded.time_s - time_s) <= 0.6e-6)
    assert decoded.resolution_mps2 == resolution
    assert decoded.gyro_radps is None


@settings(max_examples=40, deadline=None)
@given(arrays(np.float64, st.tuples(st.integers(1, 30), st.just(3)), elements=st.floats(-400, 400)), st.booleans())
def test_any_doubles_come_back_exactly(accel: np.ndarray, saturated: bool) -> None:
    decoded = back(Samples(np.arange(len(accel)) * 0.01, accel, None, 0.0, saturated))
    assert np.array_equal(decoded.accel_mps2, accel)
    assert decoded.saturated is saturated


def test_values_off_the_grid_are_kept_as_they_are() -> None:
    block = counts_block()
    moved = Samples(block.time_s, block.accel_mps2 + 1e-4, None, block.resolution_mps2)
    assert np.array_equal(back(moved).accel_mps2, moved.accel_mps2)


def test_counts_computed_in_another_order_stay_counts() -> None:
    counts = np.random.default_rng(3).integers(-32768, 32767, (500, 3))
    accel = counts * 8.0 / 32768 * 9.80665
    resolution = 8 * 9.80665 / 32768
    block = Samples(np.arange(500) * 0.01, accel, None, resolution)
    assert np.allclose(back(block).accel_mps2, accel, rtol=0, atol=1e-12)
    assert len(encode_samples(block)) < 0.7 * len(encode_samples(Samples(block.time_s, accel, None, 0.0)))


def test_rotation_keeps_single_precision() -> None:
    block = counts_block()
    gyro = np.random.default_rng(5).normal(0, 2, (len(block), 3))
    decoded = back(Samples(block.time_s, block.accel_mps2, gyro, block.resolution_mps2))
    assert decoded.gyro_radps is not None
    assert np.allclose(decoded.gyro_radps, gyro, rtol=1e-6)
    assert np.array_equal(decoded.accel_mps2, block.accel_mps2)


@pytest.mark.parametrize("sigma_s", [0.0, 0.0013, 0.25])
def test_how_uncertain_the_times_are_comes_back_exactly(sigma_s: float) -> None:
    block = replace(counts_block(), time_sigma_s=sigma_s)
    assert back(block).time_sigma_s == sigma_s
    assert np.array_equal(back(block).accel_mps2, block.accel_mps2)


def test_a_second_at_rest_takes_less_than_half_of_its_counts() -> None:
    assert len(base64.b64decode(encode_samples(counts_block(100)))) < 0.75 * 600


@pytest.mark.parametrize(
    "time_s", [[0.0, 0.0, 1.0], [0.0, 2.0, 1.0], [0.0, 1e-8, 1.0], [0.0, 1.0, 5000.0], [0.0, 1.0, np.nan]]
)
def test_impossible_instants_are_refused(time_s: list[float]) -> None:
    with pytest.raises(StoreError, match="cannot be stored"):
        encode_samples(Samples(np.array(time_s), np.zeros((3, 3))))


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_damage_is_an_error_or_changes_nothing(data: st.DataObject) -> None:
    """zlib's own header has two bits that mean nothing to what is inside."""
    block = counts_block(40)
    good = base64.b64decode(encode_samples(block))
    damaged = bytearray(good)
    damaged[data.draw(st.integers(0, len(good) - 1))] ^= data.draw(st.integers(1, 255))
    with contextlib.suppress(StoreError):
        assert np.array_equal(decode_samples(base64.b64encode(damaged).decode()).accel_mps2, block.accel_mps2)
    cut = good[: data.draw(st.integers(0, len(good) - 1))]
    with pytest.raises(StoreError, match="chunk of raw samples"):
        decode_samples(base64.b64encode(cut).decode())


def header(magic: bytes = b"smp1", flags: int = 0, count: int = 0) -> bytes:
    return struct.pack("<4sBIqd", magic, flags, count, 0, 0.0)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "too short"),
        (header(magic=b"smp9"), "unknown encoding"),
        (header(count=2**32 - 1), "does not fit"),
        (header() + b"x", "does not fit"),
        (header(flags=8), "does not fit"),
        (b"\0" * 20_000_000, "far too long"),
    ],
)
def test_what_is_wrong_is_said(content: bytes, said: str) -> None:
    with pytest.raises(StoreError, match=said):
        decode_samples(base64.b64encode(zlib.compress(content)).decode())


@pytest.mark.parametrize("text", ["", "not base64!", "AAAA", "é"])
def test_text_that_is_no_chunk_is_refused(text: str) -> None:
    with pytest.raises(StoreError, match="chunk of raw samples"):
        decode_samples(text)


def test_an_old_chunk_still_opens() -> None:
    kept = "eAErzi0wZGFmYGBwcOIHkgwMrIsnWTHOTbZnEBBgUFcHCzEsYGMWY2CQYGYDcqfwgdgA5z8G1w=="
    samples = decode_samples(kept)
    counts = [[2896, 12, 2890], [2899, 10, 2897], [2897, 13, 2895]]
    assert np.array_equal(samples.accel_mps2, np.array(counts) * (8 * 9.80665 / 32768))
    assert samples.time_s.tolist() == [1.0, 1.01, 1.02]
