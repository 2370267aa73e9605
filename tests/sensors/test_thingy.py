"""The Thingy:52's raw data and configuration: golden bytes, what is asked of it, how it looks on the air."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sensor_hub.errors import PacketError
from sensor_hub.model import Samples
from sensor_hub.sensors import DRIVERS, THINGY, Advertisement, Query, Subscribe, Write, driver_for
from sensor_hub.sensors.thingy import (
    ADVERTISED_UUID,
    CONFIGURATION_UUID,
    LIGHT_UUID,
    MOTION_SERVICE_UUID,
    RAW_UUID,
    ThingyStream,
)

VECTORS: dict[str, Any] = json.loads((Path(__file__).parents[1] / "vectors" / "thingy.json").read_text())
REST = bytes.fromhex("0000000000fc000000000000000000000000")


def fed(stream: ThingyStream, last: bytes) -> Samples:
    """The samples of the last measurement, after a second and a half of rest that shows the rate."""
    for number, data in enumerate([*[REST] * 150, last]):
        items = stream.feed(RAW_UUID, data, 100.0 + 0.01 * number)
    (samples,) = items
    assert isinstance(samples, Samples)
    return samples


@pytest.mark.parametrize("vector", VECTORS["measurements"], ids=lambda vector: vector["what"])
def test_golden_measurements(vector: dict[str, Any]) -> None:
    samples = fed(ThingyStream(), bytes.fromhex(vector["hex"]))
    assert samples.gyro_radps is not None
    np.testing.assert_allclose(samples.accel_mps2, [vector["accel_mps2"]], atol=1e-6)
    np.testing.assert_allclose(np.degrees(samples.gyro_radps), [vector["gyro_dps"]], atol=1e-9)
    assert samples.saturated is vector["saturated"]
    assert samples.resolution_mps2 == pytest.approx(9.80665 / 1024)
    assert samples.time_sigma_s > 0.0


@pytest.mark.parametrize("vector", VECTORS["configurations"], ids=lambda vector: vector["what"])
def test_golden_configurations(vector: dict[str, Any]) -> None:
    """It is written to flash memory only where it must be, and only then is the sensor started."""
    stream = ThingyStream()
    assert stream.setup(None) == (Query(CONFIGURATION_UUID),)
    assert stream.requests() == []
    stream.feed(CONFIGURATION_UUID, bytes.fromhex(vector["hex"]), 0.0)
    change = vector["becomes"]
    writes = [] if change is None else [Write(CONFIGURATION_UUID, bytes.fromhex(change))]
    assert stream.requests() == [*writes, Subscribe(RAW_UUID)]
    assert stream.requests() == []


@pytest.mark.parametrize("vector", VECTORS["garbage"], ids=lambda vector: vector["what"])
def test_bytes_of_another_length_are_refused_and_forgotten(vector: dict[str, Any]) -> None:
    stream = ThingyStream()
    characteristic = RAW_UUID if vector["of"] == "raw" else CONFIGURATION_UUID
    with pytest.raises(PacketError, match="Thingy:52 has"):
        stream.feed(characteristic, bytes.fromhex(vector["hex"]), 0.0)
    assert len(fed(stream, REST)) == 1


def test_a_rate_it_does_not_have_becomes_the_nearest_and_is_told() -> None:
    stream = ThingyStream()
    stream.setup(60.0)
    assert stream.refusal == "The sensor cannot measure at 60 Hz; it was asked for 50 Hz."
    stream.setup(200.0)
    assert stream.refusal is None
    stream.feed(CONFIGURATION_UUID, bytes.fromhex("e803f401f401640001"), 0.0)
    assert Write(CONFIGURATION_UUID, bytes.fromhex("e803f401f401c80001")) in stream.requests()


def test_a_silent_sensor_is_configured_anew_and_subscribed_to_where_it_is_not_yet() -> None:
    stream = ThingyStream()
    stream.setup(None)
    written = Write(CONFIGURATION_UUID, bytes.fromhex("e803f401f401640001"))
    assert stream.revive() == (written, Subscribe(RAW_UUID))
    assert stream.revive() == (written,)
    stream.setup(None)
    assert stream.revive() == (written, Subscribe(RAW_UUID))


def test_its_light_breathes_until_it_is_told_to_stop() -> None:
    assert THINGY.identify(5.0) == (Write(LIGHT_UUID, bytes.fromhex("0207643200")),)
    assert THINGY.identify(0.0) == (Write(LIGHT_UUID, b"\x00"),)
    assert THINGY.abilities.identify


def test_it_is_known_by_the_service_it_advertises() -> None:
    assert driver_for(Advertisement(name="left", service_uuids=(ADVERTISED_UUID,)), DRIVERS) is THINGY
    assert driver_for(Advertisement(name="Thingy", service_uuids=(MOTION_SERVICE_UUID,)), DRIVERS) is None
