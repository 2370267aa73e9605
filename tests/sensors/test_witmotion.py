"""WitMotion's frames: golden bytes, put together, cut apart, damaged; its registers; how it looks on the air."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sensor_hub.errors import PacketError
from sensor_hub.model import Gap, Samples
from sensor_hub.sensors import DRIVERS, WITMOTION, Advertisement, Subscribe, Write, driver_for
from sensor_hub.sensors.witmotion import NOTIFY_UUID, SERVICE_UUID, UNLOCK, WRITE_UUID, WitMotionStream

VECTORS: dict[str, Any] = json.loads((Path(__file__).parents[1] / "vectors" / "witmotion.json").read_text())
REST = bytes.fromhex("5561000000000008000000000000000000000000")


def frame(number: int) -> bytes:
    """Its number shows in its x."""
    return REST[:2] + number.to_bytes(2, "little") + REST[4:]


def fed(stream: WitMotionStream, pieces: list[bytes]) -> list[Samples]:
    """The pieces as notifications, after a second and a half of rest that shows the rate: 20 bytes in 10 ms."""
    items: list[Samples | Gap] = []
    at_s = 100.0
    for data in [REST] * 150 + pieces:
        at_s += len(data) * 0.0005
        items += stream.feed(NOTIFY_UUID, data, at_s)
    assert not any(isinstance(item, Gap) for item in items)
    return [item for item in items if isinstance(item, Samples)]


def numbers(blocks: list[Samples]) -> list[int]:
    counts = [np.rint(block.accel_mps2[:, 0] / block.resolution_mps2).astype(int).tolist() for block in blocks]
    return [number for block in counts for number in block if number]


@pytest.mark.parametrize("vector", VECTORS["measurements"], ids=lambda vector: vector["what"])
def test_golden_measurements(vector: dict[str, Any]) -> None:
    block = fed(WitMotionStream(), [bytes.fromhex(vector["hex"])])[-1]
    assert block.gyro_radps is not None
    np.testing.assert_allclose(block.accel_mps2, vector["accel_mps2"], atol=1e-6)
    np.testing.assert_allclose(np.rint(block.accel_mps2 / block.resolution_mps2), vector["accel_counts"])
    np.testing.assert_allclose(np.degrees(block.gyro_radps), vector["gyro_dps"], atol=1e-4)
    assert block.saturated == ("end of the range" in vector["what"])
    assert block.time_sigma_s > 0.0


@pytest.mark.parametrize("vector", VECTORS["batteries"], ids=lambda vector: vector["what"])
def test_golden_batteries(vector: dict[str, Any]) -> None:
    stream = WitMotionStream()
    assert stream.feed(NOTIFY_UUID, bytes.fromhex(vector["hex"]), 0.0) == []
    assert stream.battery_percent == vector["percent"]


@pytest.mark.parametrize("vector", VECTORS["garbage"], ids=lambda vector: vector["what"])
def test_bytes_that_are_no_frame_are_refused_and_forgotten(vector: dict[str, Any]) -> None:
    stream = WitMotionStream()
    with pytest.raises(PacketError, match="not part of any frame"):
        stream.feed(NOTIFY_UUID, bytes.fromhex(vector["hex"]), 0.0)
    assert numbers(fed(stream, [frame(7)])) == [7]


@pytest.mark.parametrize("cut", range(1, 40))
def test_frames_are_found_however_they_are_cut(cut: int) -> None:
    whole = b"".join(frame(number) for number in range(1, 7))
    pieces = [whole[at : at + cut] for at in range(0, len(whole), cut)]
    assert numbers(fed(WitMotionStream(), pieces)) == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize("missing", range(20))
def test_a_byte_lost_on_the_way_costs_its_frame_only(missing: int) -> None:
    broken = frame(2)[:missing] + frame(2)[missing + 1 :]
    apart = [frame(1), broken, frame(3), frame(4)]
    assert numbers(fed(WitMotionStream(), apart)) == [1, 3, 4]
    assert numbers(fed(WitMotionStream(), [b"".join(apart)])) == [1, 3, 4]


def test_an_answer_between_measurements_is_no_measurement() -> None:
    stream = WitMotionStream()
    answer = bytes.fromhex(VECTORS["batteries"][0]["hex"])
    assert numbers(fed(stream, [frame(1) + answer + frame(2)])) == [1, 2]
    assert stream.battery_percent == 50


def test_half_a_frame_does_not_outlive_the_connection() -> None:
    stream = WitMotionStream()
    stream.feed(NOTIFY_UUID, frame(9)[:15], 0.0)
    stream.interrupted()
    assert numbers(fed(stream, [frame(1)])) == [1]


def test_setup_unlocks_sets_the_rate_subscribes_and_checks() -> None:
    stream = WitMotionStream()
    steps = stream.setup(None)
    assert steps == (
        Write(WRITE_UUID, UNLOCK),
        Write(WRITE_UUID, bytes.fromhex("ffaa030900")),
        Subscribe(NOTIFY_UUID),
        Write(WRITE_UUID, bytes.fromhex("ffaa270300")),
        Write(WRITE_UUID, bytes.fromhex("ffaa276400")),
    )
    assert Write(WRITE_UUID, bytes.fromhex("ffaa030b00")) in stream.setup(200.0)
    assert stream.refusal is None


def test_a_rate_it_does_not_have_becomes_the_nearest_and_is_told() -> None:
    stream = WitMotionStream()
    assert Write(WRITE_UUID, bytes.fromhex("ffaa030800")) in stream.setup(60.0)
    assert stream.refusal == "The sensor cannot measure at 60 Hz; it was asked for 50 Hz."


def test_a_rate_it_does_not_take_is_saved_once_and_then_told() -> None:
    stream = WitMotionStream()
    stream.setup(100.0)
    stays = bytes.fromhex("5571 0300 0600 0000 0000 0000 0000 0000 0000 0000")
    stream.feed(NOTIFY_UUID, stays, 0.0)
    assert stream.refusal is None
    assert Write(WRITE_UUID, bytes.fromhex("ffaa000000")) in stream.requests()
    assert stream.requests() == []
    stream.feed(NOTIFY_UUID, stays, 1.0)
    assert stream.requests() == []
    assert stream.refusal == "The sensor keeps to 10 Hz, though it was asked for 100 Hz."


def test_the_battery_is_asked_for_again_after_a_minute() -> None:
    stream = WitMotionStream()
    fed(stream, [REST] * 6000)
    assert list(stream.requests()) == [Write(WRITE_UUID, bytes.fromhex("ffaa276400"))]


@pytest.mark.parametrize(
    ("advertisement", "known"),
    [
        (Advertisement(name="WT901BLE68"), True),
        (Advertisement(name="BWT901BLE5.0"), True),
        (Advertisement(name="left leg", service_uuids=(SERVICE_UUID,)), True),
        (Advertisement(name="WTVB01-BT50", service_uuids=(SERVICE_UUID,)), False),
        (Advertisement(name="WT32"), False),
        (Advertisement(name="x", service_uuids=("0000ffe5-0000-1000-8000-00805f9b34fb",)), False),
    ],
)
def test_it_is_known_by_its_name_or_its_service(advertisement: Advertisement, known: bool) -> None:
    assert (driver_for(advertisement, DRIVERS) is WITMOTION) is known


def test_what_it_cannot_do_is_said() -> None:
    said = " ".join(WITMOTION.abilities.shortcomings)
    assert "does not date" in said
    assert "does not number" in said
    assert WITMOTION.identify(5.0) == ()
    assert not WITMOTION.abilities.identify
