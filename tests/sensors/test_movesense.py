"""The Movesense driver on literal bytes: blocks, answers, rates, and what it takes for no block at all."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sensor_hub.errors import PacketError
from sensor_hub.model import STANDARD_GRAVITY_MPS2, Samples
from sensor_hub.sensors import DRIVERS, MOVESENSE, Advertisement, Subscribe, Write, driver_for
from sensor_hub.sensors.movesense import COMMAND_UUID, DATA_UUID, MovesenseStream

VECTORS: dict[str, Any] = json.loads((Path(__file__).parents[1] / "vectors" / "movesense.json").read_text())


def started(rate_hz: float | None = None) -> MovesenseStream:
    stream = MOVESENSE.stream()
    stream.setup(rate_hz)
    return stream


def by_what(vector: dict[str, Any]) -> str:
    return str(vector["what"])


@pytest.mark.parametrize("vector", VECTORS["blocks"], ids=by_what)
def test_a_block_is_read(vector: dict[str, Any]) -> None:
    stream = started()
    items = [item for text in vector["hex"] for item in stream.feed(DATA_UUID, bytes.fromhex(text), 0.0)]
    (samples,) = items
    assert isinstance(samples, Samples)
    np.testing.assert_allclose(samples.accel_mps2, vector["accel_mps2"], rtol=1e-6)
    assert samples.saturated is vector["saturated"]
    assert samples.resolution_mps2 == pytest.approx(8 * STANDARD_GRAVITY_MPS2 / 32768)
    np.testing.assert_allclose(samples.time_s, np.arange(len(samples)) / 104.0, atol=1e-12)


@pytest.mark.parametrize("vector", VECTORS["silent"], ids=by_what)
def test_what_is_no_block_of_this_subscription_gives_nothing(vector: dict[str, Any]) -> None:
    stream = started()
    assert stream.feed(DATA_UUID, bytes.fromhex(vector["hex"]), 0.0) == []
    assert stream.refusal is None


@pytest.mark.parametrize("vector", VECTORS["bad"], ids=by_what)
def test_bytes_that_make_no_sense_are_refused_and_the_stream_goes_on(vector: dict[str, Any]) -> None:
    stream = started()
    with pytest.raises(PacketError, match=vector["says"]):
        stream.feed(DATA_UUID, bytes.fromhex(vector["hex"]), 0.0)
    (samples,) = stream.feed(DATA_UUID, bytes.fromhex(VECTORS["blocks"][0]["hex"][0]), 0.0)
    assert isinstance(samples, Samples)


def test_setup_asks_for_the_range_and_subscribes_to_the_usual_rate() -> None:
    assert MOVESENSE.stream().setup(None) == (
        Subscribe(DATA_UUID),
        Write(COMMAND_UUID, b"\x04\x01/Meas/Acc/Config"),
        Write(COMMAND_UUID, b"\x01\x02/Meas/Acc/104"),
    )


def test_each_setup_has_a_reference_of_its_own() -> None:
    stream = MOVESENSE.stream()
    subscriptions = [stream.setup(208.0)[-1] for _ in range(255)]
    assert subscriptions[1] == Write(COMMAND_UUID, b"\x01\x03/Meas/Acc/208")
    assert len(set(subscriptions)) == 254, "254 references, then the first again; 0 and 1 are never one of data"


def test_a_quiet_sensor_is_subscribed_to_anew() -> None:
    assert started(52.0).revive() == (
        Write(COMMAND_UUID, b"\x02\x02"),
        Write(COMMAND_UUID, b"\x01\x02/Meas/Acc/52"),
    )


def test_a_refusal_is_told_until_data_come() -> None:
    stream = started()
    stream.feed(DATA_UUID, bytes.fromhex("01 02 f501"), 0.0)
    assert stream.refusal == "The sensor refuses /Meas/Acc/104: status 501."
    assert stream.idle
    stream.feed(DATA_UUID, bytes.fromhex(VECTORS["blocks"][0]["hex"][0]), 0.0)
    assert stream.refusal is None
    assert not stream.idle


def test_the_range_it_tells_is_the_one_its_samples_are_judged_by() -> None:
    stream = started()
    stream.feed(DATA_UUID, bytes.fromhex("01 01 c800 10"), 0.0)
    (samples,) = stream.feed(DATA_UUID, bytes.fromhex(VECTORS["blocks"][1]["hex"][0]), 0.0)
    assert isinstance(samples, Samples)
    assert not samples.saturated
    assert samples.resolution_mps2 == pytest.approx(16 * STANDARD_GRAVITY_MPS2 / 32768)


def test_packets_that_are_always_cut_are_told_until_one_is_whole() -> None:
    stream = started()
    whole = bytes.fromhex(VECTORS["blocks"][0]["hex"][0])
    assert stream.feed(DATA_UUID, whole[:20], 0.0) == []
    assert stream.refusal is None
    assert stream.feed(DATA_UUID, whole[:20], 0.1) == []
    assert stream.refusal == "Its packets arrive cut: the connection's are too small for it."
    assert len(stream.feed(DATA_UUID, whole, 0.2)) == 1
    assert stream.refusal is None


def test_a_first_part_does_not_outlive_the_connection() -> None:
    stream = started()
    first, second = VECTORS["blocks"][2]["hex"]
    stream.feed(DATA_UUID, bytes.fromhex(first), 0.0)
    stream.interrupted()
    with pytest.raises(PacketError, match="without its first"):
        stream.feed(DATA_UUID, bytes.fromhex(second), 1.0)


@pytest.mark.parametrize(
    ("name", "is_one"),
    [("Movesense 123456789012", True), ("Movesense", False), ("Movesense of mine", False), (None, False)],
)
def test_it_is_known_by_its_name(name: str | None, is_one: bool) -> None:
    assert (driver_for(Advertisement(name), DRIVERS) is MOVESENSE) is is_one


def test_it_is_known_by_its_service() -> None:
    advertisement = Advertisement("anything", service_uuids=("34802252-7185-4d5d-b431-630e7050e8f0",))
    assert driver_for(advertisement, DRIVERS) is MOVESENSE
