"""The MetaMotion's driver: it asks which chip it has, sets it, and believes no sample before it is set."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sensor_hub.errors import PacketError
from sensor_hub.model import STANDARD_GRAVITY_MPS2, Samples
from sensor_hub.sensors import DRIVERS, METAMOTION, Advertisement, Step, Subscribe, Write, driver_for
from sensor_hub.sensors.metamotion import COMMAND_UUID, NOTIFY_UUID, SERVICE_UUID, MetaMotionStream

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "metamotion.json").read_text(encoding="utf-8"))
CHIPS = list(VECTORS["chips"])
PACKED = {"BMI270": "0305", "BMI160": "031c"}


def command(text: str) -> Write:
    return Write(COMMAND_UUID, bytes.fromhex(text), response=False)


def told(stream: MetaMotionStream, text: str, arrival_s: float = 0.0) -> Any:
    return stream.feed(NOTIFY_UUID, bytes.fromhex(text), arrival_s)


def set_up(chip: str, rate_hz: float | None = None) -> tuple[MetaMotionStream, list[Step]]:
    stream = MetaMotionStream()
    stream.setup(rate_hz)
    told(stream, VECTORS["chips"][chip]["module"])
    return stream, list(stream.requests())


def streaming(chip: str) -> MetaMotionStream:
    stream, _ = set_up(chip)
    told(stream, VECTORS["chips"][chip]["config"])
    return stream


def samples(stream: MetaMotionStream, text: str, times: int = 60) -> list[Samples]:
    """The same notification again and again, every 30 ms."""
    items = [item for k in range(times) for item in told(stream, text, 0.03 * k)]
    return [item for item in [*items, *stream.finish()] if isinstance(item, Samples)]


@pytest.mark.parametrize("vector", VECTORS["packed"], ids=lambda vector: vector["what"])
def test_packed_samples_are_decoded(vector: dict[str, Any]) -> None:
    blocks = samples(streaming(vector["chip"]), vector["hex"])
    accel_g = np.concatenate([block.accel_mps2 for block in blocks])[-3:] / STANDARD_GRAVITY_MPS2
    np.testing.assert_allclose(accel_g, vector["accel_g"], atol=5e-4)
    assert {block.saturated for block in blocks} == {vector["saturated"]}
    assert blocks[0].resolution_mps2 == pytest.approx(8 * STANDARD_GRAVITY_MPS2 / 32768)
    assert blocks[0].time_sigma_s > 0.0


@pytest.mark.parametrize("vector", VECTORS["bad"], ids=lambda vector: vector["what"])
def test_what_is_no_packed_acceleration_is_refused(vector: dict[str, Any]) -> None:
    stream = streaming("BMI270")
    with pytest.raises(PacketError):
        told(stream, vector["hex"])


def test_setup_asks_first_which_chip_it_is() -> None:
    assert MetaMotionStream().setup(None) == (Subscribe(NOTIFY_UUID), command("03 80"))


@pytest.mark.parametrize("chip", CHIPS)
def test_the_chip_is_stopped_set_read_back_and_started_once(chip: str) -> None:
    stream, asked = set_up(chip)
    assert asked == [command(text) for text in VECTORS["chips"][chip]["requests"]]
    assert stream.requests() == []


@pytest.mark.parametrize("chip", CHIPS)
@pytest.mark.parametrize("rate", ["12.5", "25", "50", "200"])
def test_each_rate_has_its_byte_on_each_chip(chip: str, rate: str) -> None:
    stream, asked = set_up(chip, float(rate))
    assert command(VECTORS["chips"][chip]["rates"][rate]) in asked
    assert stream.refusal is None


def test_a_rate_it_does_not_have_is_refused_in_words_and_the_nearest_taken() -> None:
    stream, asked = set_up("BMI270", 60.0)
    assert command("03 03 a7 02") in asked
    assert stream.refusal == (
        "A MetaMotion cannot send at 60 Hz, only at 12.5, 25, 50, 100, 200 Hz; it sends at 50 Hz."
    )


@pytest.mark.parametrize("vector", VECTORS["unknown_modules"], ids=lambda vector: vector["what"])
def test_a_board_it_does_not_know_is_told_of_and_not_started(vector: dict[str, Any]) -> None:
    stream = MetaMotionStream()
    stream.setup(None)
    told(stream, vector["hex"])
    assert stream.requests() == []
    assert "no accelerometer that is known" in str(stream.refusal)


@pytest.mark.parametrize("chip", CHIPS)
def test_samples_before_its_settings_are_known_are_not_believed(chip: str) -> None:
    packed = PACKED[chip] + "000000000010" * 3
    stream, _ = set_up(chip)
    assert samples(stream, packed) == []
    told(stream, VECTORS["chips"][chip]["config"])
    assert samples(stream, packed) != []
    stream.interrupted()
    assert samples(stream, packed) == []


def test_other_settings_than_given_are_told_and_no_sample_is_believed() -> None:
    stream, _ = set_up("BMI270")
    told(stream, "03 83 a8 00")
    assert "other settings" in str(stream.refusal)
    assert samples(stream, "0305" + "000000000010" * 3) == []


def test_what_other_modules_say_is_left_alone() -> None:
    stream = streaming("BMI270")
    for text in ("02 80 00 01", "13 05 000000000000", "03 09 01", "11 8c 64 0f10"):
        assert told(stream, text) == []
    assert stream.refusal is None


def test_a_quiet_board_is_asked_again_and_set_again() -> None:
    stream = streaming("BMI270")
    assert stream.revive() == (command("03 80"),)
    told(stream, "03 80 04 00")
    assert stream.requests() != []


def test_it_blinks_as_long_as_asked_and_stops() -> None:
    stop, blink, play = (command(text) for text in VECTORS["led"].values())
    assert METAMOTION.identify(5.0) == (stop, blink, play)
    assert METAMOTION.identify(0.0) == (stop,)
    assert [step.data[-1] for step in METAMOTION.identify(3600.0) if isinstance(step, Write)][1] == 254


def test_it_is_known_by_its_service_or_its_first_name() -> None:
    assert driver_for(Advertisement(name="sled", service_uuids=(SERVICE_UUID,)), DRIVERS) is METAMOTION
    assert driver_for(Advertisement(name="MetaWear"), DRIVERS) is METAMOTION
    assert driver_for(Advertisement(name="MetaWearable"), DRIVERS) is None
