"""The Polar driver's conversation: one request at a time, each made from the answer before it."""

import struct
from collections.abc import Sequence

import numpy as np
import pytest

from sensor_hub.errors import PacketError
from sensor_hub.model import STANDARD_GRAVITY_MPS2, Samples
from sensor_hub.sensors import DRIVERS, POLAR, Advertisement, Query, Step, Subscribe, Write, driver_for
from sensor_hub.sensors.polar import CONTROL_UUID, DATA_UUID, PolarStream

H10_FEATURES = "0f 05 000000000000000000000000000000"
VERITY_FEATURES = "0f 6e 020000000000000000000000000000"
H10_OFFERS = "f0 01 02 00 00 00 04 1900 3200 6400 c800 01 01 1000 02 03 0200 0400 0800"
SDK_OFFERS = "f0 01 02 00 00 00 05 1a00 3400 6800 d000 a001 01 01 1000 02 04 0200 0400 0800 1000 04 01 03"
VERITY_OFFERS = "f0 01 02 00 00 00 01 3400 01 01 1000 02 01 0800 04 01 03"
H10_STARTED = "f0 02 02 00 00 01"
VERITY_STARTED = "f0 02 02 00 00 05 01 40da7f39"


def told(stream: PolarStream, answer: str) -> list[str]:
    """What the stream writes to the control point next, as hex, after an answer."""
    assert stream.feed(CONTROL_UUID, bytes.fromhex(answer), 0.0) == []
    return written(stream.requests())


def written(steps: Sequence[Step]) -> list[str]:
    assert all(isinstance(step, Write) and step.characteristic == CONTROL_UUID for step in steps)
    return [step.data.hex(" ") for step in steps if isinstance(step, Write)]


def streaming(rate_hz: float | None = None, offers: str = H10_OFFERS, started: str = H10_STARTED) -> PolarStream:
    stream = POLAR.stream()
    stream.setup(rate_hz)
    told(stream, H10_FEATURES)
    told(stream, "f0 03 02 06 00")
    told(stream, offers)
    told(stream, started)
    return stream


def frame(stamp_ns: int, mg: Sequence[Sequence[int]], frame_type: int = 1) -> bytes:
    return struct.pack("<BQB", 2, stamp_ns, frame_type) + np.array(mg, "<i2").tobytes()


def test_setup_subscribes_before_it_asks() -> None:
    assert POLAR.stream().setup(None) == (Subscribe(CONTROL_UUID), Subscribe(DATA_UUID), Query(CONTROL_UUID))


def test_an_h10_is_stopped_asked_and_started_at_100_hz_and_8_g() -> None:
    stream = POLAR.stream()
    stream.setup(None)
    assert told(stream, H10_FEATURES) == ["03 02"]
    assert told(stream, "f0 03 02 06 00") == ["01 02"]
    assert told(stream, H10_OFFERS) == ["02 02 00 01 64 00 01 01 10 00 02 01 08 00"]
    assert told(stream, H10_STARTED) == []
    assert stream.refusal is None


def test_a_verity_sense_is_put_in_its_sdk_mode_first() -> None:
    stream = POLAR.stream()
    stream.setup(None)
    assert told(stream, VERITY_FEATURES) == ["03 02"]
    assert told(stream, "f0 03 02 00 00") == ["02 09"]
    assert told(stream, "f0 02 09 06 00") == ["01 02"], "being in it already is as good"
    assert told(stream, SDK_OFFERS) == ["02 02 00 01 68 00 01 01 10 00 02 01 08 00 04 01 03"]


def test_a_verity_sense_that_refuses_its_sdk_mode_is_started_as_it_is() -> None:
    stream = POLAR.stream()
    stream.setup(None)
    told(stream, VERITY_FEATURES)
    told(stream, "f0 03 02 06 00")
    assert told(stream, "f0 02 09 0c 00") == ["01 02"]
    assert told(stream, VERITY_OFFERS) == ["02 02 00 01 34 00 01 01 10 00 02 01 08 00 04 01 03"]
    assert stream.refusal is None


def test_an_answer_in_two_parts_is_put_together() -> None:
    stream = POLAR.stream()
    stream.setup(200.0)
    told(stream, H10_FEATURES)
    told(stream, "f0 03 02 06 00")
    assert told(stream, "f0 01 02 00 01 00 04 1900 3200 6400") == []
    assert told(stream, "f0 01 02 00 00 c800 01 01 1000 02 03 0200 0400 0800") == [
        "02 02 00 01 c8 00 01 01 10 00 02 01 08 00"
    ]


@pytest.mark.parametrize(
    ("rate_hz", "sentence"),
    [(50.0, None), (104.0, "104 Hz is not on offer: it runs at 100 Hz. Choose 25, 50, 100, 200.")],
)
def test_the_nearest_rate_is_taken_and_told_where_it_is_not_the_one_asked_for(
    rate_hz: float, sentence: str | None
) -> None:
    assert streaming(rate_hz).refusal == sentence


@pytest.mark.parametrize(
    ("answer", "reason"), [("f0 02 02 0d", "it sits in its charger"), ("f0 02 02 63 00", "error 99")]
)
def test_a_refusal_is_told_until_frames_come(answer: str, reason: str) -> None:
    stream = streaming(started=answer)
    assert stream.refusal == f"The sensor refuses to stream its acceleration: {reason}."
    assert stream.idle
    stream.feed(DATA_UUID, frame(10**9, [[0, 0, 1000]]), 1.0)
    assert stream.refusal is None
    assert not stream.idle


def test_a_sensor_without_acceleration_says_so() -> None:
    stream = POLAR.stream()
    stream.setup(None)
    assert told(stream, "0f 01 00") == []
    assert stream.refusal is not None
    assert "no acceleration" in stream.refusal


def test_a_sensor_that_ends_its_measurement_is_asked_from_the_beginning() -> None:
    stream = streaming()
    told(stream, "01 02")
    assert stream.refusal == "The sensor has ended its measurement."
    assert stream.revive() == (Query(CONTROL_UUID),)
    assert told(stream, H10_FEATURES) == ["03 02"]


def test_an_answer_that_nobody_waits_for_is_left_out() -> None:
    stream = streaming()
    assert told(stream, H10_OFFERS) == []
    assert told(stream, "f0 01 00 00 00 00 01 82 00 01 01 0e 00") == []


@pytest.mark.parametrize("answer", ["", "f0", "f0 02 02", "37 00 00 00"])
def test_an_answer_that_is_none_is_refused(answer: str) -> None:
    with pytest.raises(PacketError, match="is none"):
        streaming().feed(CONTROL_UUID, bytes.fromhex(answer), 0.0)


def test_an_answer_without_end_is_refused() -> None:
    stream = POLAR.stream()
    stream.setup(None)
    told(stream, H10_FEATURES)
    told(stream, "f0 03 02 06 00")
    part = bytes.fromhex("f0 01 02 00 01") + bytes(200)
    for _ in range(5):
        stream.feed(CONTROL_UUID, part, 0.0)
    with pytest.raises(PacketError, match="no end"):
        stream.feed(CONTROL_UUID, part, 0.0)


def test_samples_are_dated_by_the_stamp_of_the_last() -> None:
    stream = streaming()
    first, second = (
        item
        for stamp_ns in (599_618_164_814_402_794, 599_618_164_864_402_794)
        for item in stream.feed(DATA_UUID, frame(stamp_ns, [[0, 0, 1000]] * 5), 0.0)
    )
    assert isinstance(first, Samples)
    assert isinstance(second, Samples)
    np.testing.assert_allclose(first.time_s, np.arange(5) / 100, atol=1e-9)
    np.testing.assert_allclose(second.time_s, np.arange(5, 10) / 100, atol=1e-9)
    np.testing.assert_allclose(first.accel_mps2[0], [0, 0, STANDARD_GRAVITY_MPS2])
    assert first.resolution_mps2 == pytest.approx(STANDARD_GRAVITY_MPS2 / 1000)


def test_the_scale_told_at_the_start_is_that_of_compressed_frames() -> None:
    stream = streaming(started=VERITY_STARTED)
    (samples,) = stream.feed(DATA_UUID, frame(10**9, [[-48, 357, 4068]], 0x80), 0.0)
    assert isinstance(samples, Samples)
    np.testing.assert_allclose(samples.accel_mps2[0, 2], 4068 * 0.000244 * STANDARD_GRAVITY_MPS2, rtol=1e-6)


def test_a_frame_of_an_earlier_stream_is_left_out() -> None:
    stream = POLAR.stream()
    stream.setup(None)
    told(stream, H10_FEATURES)
    assert stream.feed(DATA_UUID, frame(10**9, [[0, 0, 1000]]), 0.0) == []


def test_the_end_of_the_range_is_told_and_what_lies_beyond_refused() -> None:
    stream = streaming()
    (samples,) = stream.feed(DATA_UUID, frame(10**9, [[7999, 0, 0]]), 0.0)
    assert isinstance(samples, Samples)
    assert samples.saturated
    with pytest.raises(PacketError, match="more than its range"):
        stream.feed(DATA_UUID, frame(2 * 10**9, [[9000, 0, 0]]), 0.0)


@pytest.mark.parametrize(
    ("name", "is_one"),
    [("Polar H10 12345678", True), ("Polar Sense A56A6B22", True), ("Polar H9 77B0D721", False), (None, False)],
)
def test_it_is_known_by_its_name(name: str | None, is_one: bool) -> None:
    advertisement = Advertisement(name, service_uuids=("0000180d-0000-1000-8000-00805f9b34fb",))
    assert (driver_for(advertisement, DRIVERS) is POLAR) is is_one
