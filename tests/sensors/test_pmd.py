"""Polar's bytes, literally: plain and compressed frames, settings, and what is none of them."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensor_hub.errors import PacketError
from sensor_hub.sensors.pmd import Setting, decode_frame, decode_settings, encode_settings, factor_of

VECTORS: dict[str, Any] = json.loads((Path(__file__).parents[1] / "vectors" / "polar.json").read_text())


def by_what(vector: dict[str, Any]) -> str:
    return str(vector["what"])


@pytest.mark.parametrize("vector", VECTORS["frames"], ids=by_what)
def test_a_frame_is_read(vector: dict[str, Any]) -> None:
    frame = decode_frame(bytes.fromhex(vector["hex"]), vector["factor"])
    assert frame is not None
    assert frame.stamp_ns == vector["stamp_ns"]
    assert frame.resolution_g == pytest.approx(vector["resolution_g"])
    np.testing.assert_allclose(frame.accel_g, np.array(vector["counts"]) * vector["resolution_g"], atol=1e-12)


def test_a_whole_compressed_frame_of_a_real_sensor_is_read() -> None:
    vector = VECTORS["whole_frame"]
    frame = decode_frame(bytes.fromhex(vector["hex"]), None)
    assert frame is not None
    mg = np.rint(frame.accel_g * 1000).astype(int)
    assert len(mg) == vector["samples"]
    assert [mg[0].tolist(), mg[10].tolist(), mg[-1].tolist()] == [
        vector["first"],
        vector["eleventh"],
        vector["last"],
    ]
    assert np.linalg.norm(mg, axis=1).mean() == pytest.approx(vector["mean_mg"], abs=0.1), (
        "about one g, held in a hand"
    )


def test_a_frame_of_another_measurement_is_none() -> None:
    assert decode_frame(bytes.fromhex("00 386c3172a4d3230d 03 00120311100400"), None) is None


@pytest.mark.parametrize("vector", VECTORS["bad_frames"], ids=by_what)
def test_bytes_that_are_no_frame_are_refused(vector: dict[str, Any]) -> None:
    with pytest.raises(PacketError, match=vector["says"]):
        decode_frame(bytes.fromhex(vector["hex"]), None)


@pytest.mark.parametrize("vector", VECTORS["settings"], ids=by_what)
def test_settings_are_read(vector: dict[str, Any]) -> None:
    settings = decode_settings(bytes.fromhex(vector["hex"]))
    assert {kind.name: list(values) for kind, values in settings.items()} == vector["settings"]
    assert factor_of(settings) == (pytest.approx(vector["factor"]) if "factor" in vector else None)


@pytest.mark.parametrize("vector", VECTORS["bad_settings"], ids=by_what)
def test_bytes_that_are_no_settings_are_refused(vector: dict[str, Any]) -> None:
    with pytest.raises(PacketError, match=vector["says"]):
        decode_settings(bytes.fromhex(vector["hex"]))


@pytest.mark.parametrize("factor", [0.0, -1.0, 2.0, float("inf"), float("nan")])
def test_a_scale_that_is_none_is_refused(factor: float) -> None:
    value = int.from_bytes(np.float32(factor).tobytes(), "little")
    with pytest.raises(PacketError, match="makes no sense"):
        factor_of({Setting.FACTOR: (value,)})


def test_chosen_settings_are_written_as_in_the_specification() -> None:
    chosen = {Setting.RATE_HZ: 52, Setting.RESOLUTION_BITS: 16, Setting.RANGE_G: 8, Setting.CHANNELS: 3}
    assert encode_settings(chosen) == bytes.fromhex("00 01 3400 01 01 1000 02 01 0800 04 01 03")


@given(st.data(), st.integers(2, 17), st.lists(st.integers(1, 12), min_size=1, max_size=4))
def test_differences_of_any_width_come_back(data: st.DataObject, bits: int, counts: list[int]) -> None:
    """Packed bit by bit, as the specification has it: least significant first, two's complement."""
    content, sample, expected = bytes(6), [0, 0, 0], [[0, 0, 0]]
    for count in counts:
        stream = ""
        for _ in range(count):
            for axis in range(3):
                low = max(-(1 << (bits - 1)), -32768 - sample[axis])
                high = min((1 << (bits - 1)) - 1, 32767 - sample[axis])
                difference = data.draw(st.integers(low, high))
                sample[axis] += difference
                stream += "".join(str(difference >> bit & 1) for bit in range(bits))
            expected.append(list(sample))
        stream += "0" * (-len(stream) % 8)
        packed = bytes(int(stream[at : at + 8][::-1], 2) for at in range(0, len(stream), 8))
        content += bytes((bits, count)) + packed
    frame = decode_frame(bytes((2, *bytes(8), 0x81)) + content, None)
    assert frame is not None
    assert np.rint(frame.accel_g * 1000).astype(int).tolist() == expected
