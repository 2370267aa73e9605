"""The Movella DOT's driver: payloads in, dated samples and counted gaps out, on a clock that wraps and restarts."""

import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sensor_hub.errors import PacketError
from sensor_hub.model import Gap, GapReason, Samples
from sensor_hub.sensors import DOT, DRIVERS, Advertisement, Write, driver_for
from sensor_hub.sensors.dot import BATTERY_UUID, CONTROL_UUID, DEVICE_CONTROL_UUID, MEDIUM_PAYLOAD_UUID, DotStream

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "dot.json").read_text(encoding="utf-8"))
PERIOD_US = 16_667
WRAP_US = 1 << 32


def payload(us: int) -> bytes:
    return struct.pack("<I3f3f12x", us % WRAP_US, 0.0, 0.0, 9.8, 0.0, 0.0, 0.0)


def feed(stream: DotStream, *at_us: int, arrival_s: float | None = None) -> list[Samples | Gap]:
    """Samples dated so, each arriving when it is dated, or all at one moment."""
    items: list[Samples | Gap] = []
    for us in at_us:
        items += stream.feed(MEDIUM_PAYLOAD_UUID, payload(us), us / 1e6 if arrival_s is None else arrival_s)
    return items


def times_s(items: list[Samples | Gap]) -> list[float]:
    return [float(t) for item in items if isinstance(item, Samples) for t in item.time_s]


def gaps(items: list[Samples | Gap]) -> list[Gap]:
    return [item for item in items if isinstance(item, Gap)]


@pytest.mark.parametrize("vector", VECTORS["payloads"], ids=lambda vector: vector["what"])
def test_payloads_are_decoded(vector: dict[str, Any]) -> None:
    (samples,) = DotStream().feed(MEDIUM_PAYLOAD_UUID, bytes.fromhex(vector["hex"]), 0.0)
    assert isinstance(samples, Samples)
    assert samples.gyro_radps is not None
    assert samples.time_s.tolist() == [pytest.approx(vector["time_s"])]
    np.testing.assert_allclose(samples.accel_mps2, [vector["accel_mps2"]], rtol=1e-6)
    np.testing.assert_allclose(np.degrees(samples.gyro_radps), [vector["gyro_dps"]], rtol=1e-6)
    assert samples.saturated is vector["saturated"]


@pytest.mark.parametrize("vector", VECTORS["bad"], ids=lambda vector: vector["what"])
def test_what_is_no_payload_is_refused_and_the_stream_goes_on(vector: dict[str, Any]) -> None:
    stream = DotStream()
    with pytest.raises(PacketError):
        stream.feed(MEDIUM_PAYLOAD_UUID, bytes.fromhex(vector["hex"]), 0.0)
    assert times_s(feed(stream, 1_000_000)) == [1.0]


@pytest.mark.parametrize("vector", VECTORS["settings"], ids=lambda vector: vector["what"])
def test_gaps_are_counted_by_the_rate_the_sensor_tells(vector: dict[str, Any]) -> None:
    stream = DotStream()
    stream.feed(DEVICE_CONTROL_UUID, bytes.fromhex(vector["hex"]), 0.0)
    period_us = round(1e6 / vector["rate_hz"])
    _, gap, _ = feed(stream, 1_000_000, 1_000_000 + 4 * period_us)
    assert gap == Gap(1.0, pytest.approx(1.0 + 4 * period_us / 1e6), 3, GapReason.LOST)


def test_it_is_known_by_its_names_and_else_by_its_maker() -> None:
    for name in ("Movella DOT", "Movella Dot", "Xsens DOT"):
        assert driver_for(Advertisement(name=name), DRIVERS) is DOT
    assert driver_for(Advertisement(manufacturer_data={0x0886: b""}), DRIVERS) is DOT
    assert driver_for(Advertisement(name="Polka Dot", manufacturer_data={0x0886: b""}), DRIVERS) is None


def writes(stream: DotStream, rate_hz: float | None) -> list[Write]:
    return [step for step in stream.setup(rate_hz) if isinstance(step, Write)]


@pytest.mark.parametrize(("rate_hz", "settings"), [(None, "60 Hz"), (60.0, "60 Hz"), (20.0, "20 Hz")])
def test_setup_stops_sets_the_rate_and_starts(rate_hz: float | None, settings: str) -> None:
    asked = VECTORS["requests"]
    stream = DotStream()
    assert writes(stream, rate_hz) == [
        Write(CONTROL_UUID, bytes.fromhex(asked["stop"])),
        Write(DEVICE_CONTROL_UUID, bytes.fromhex(asked[settings])),
        Write(CONTROL_UUID, bytes.fromhex(asked["start"])),
    ]
    assert stream.refusal is None


def test_a_rate_it_does_not_have_is_refused_in_words_and_the_nearest_taken() -> None:
    stream = DotStream()
    assert writes(stream, 100.0)[1].data == bytes.fromhex(VECTORS["requests"]["60 Hz"])
    assert stream.refusal == ("A DOT cannot send at 100 Hz, only at 10, 12, 15, 20, 30, 60 Hz; it sends at 60 Hz.")
    stream.setup(30.0)
    assert stream.refusal is None


def test_it_blinks_for_ten_seconds_or_not_at_all() -> None:
    assert DOT.identify(3.0) == (Write(DEVICE_CONTROL_UUID, bytes.fromhex(VECTORS["requests"]["identify"])),)
    assert DOT.identify(0.0) == ()


def test_battery_is_told_as_it_changes() -> None:
    stream = DotStream()
    assert stream.battery_percent is None
    stream.feed(BATTERY_UUID, bytes((64, 0)), 0.0)
    stream.feed(BATTERY_UUID, bytes((63, 1)), 1.0)
    assert stream.battery_percent == 63
    with pytest.raises(PacketError, match="percentage"):
        stream.feed(BATTERY_UUID, bytes((200, 0)), 2.0)
    assert stream.battery_percent == 63


def test_a_sensor_in_another_mode_says_so_until_it_measures() -> None:
    stream = DotStream()
    stream.feed(CONTROL_UUID, bytes((1, 1, 6)), 0.0)
    assert "does not start" in str(stream.refusal)
    stream.feed(CONTROL_UUID, bytes((1, 1, 21)), 0.0)
    assert stream.refusal is None


def test_even_samples_have_no_gap() -> None:
    items = feed(DotStream(), *(1_000_000 + k * PERIOD_US for k in range(50)))
    assert gaps(items) == []
    np.testing.assert_allclose(np.diff(times_s(items)), PERIOD_US / 1e6, atol=1e-9)


def test_samples_that_come_in_one_burst_keep_their_dates() -> None:
    stream = DotStream()
    items = feed(stream, 0) + feed(stream, *(k * PERIOD_US for k in range(1, 60)), arrival_s=1.2)
    assert gaps(items) == []
    np.testing.assert_allclose(np.diff(times_s(items)), PERIOD_US / 1e6, atol=1e-9)


@pytest.mark.parametrize("before_us", [5 * PERIOD_US, PERIOD_US // 2, 0])
def test_the_clock_wraps_and_time_goes_on(before_us: int) -> None:
    start_us = WRAP_US - before_us
    items = feed(DotStream(), *(start_us + k * PERIOD_US for k in range(12)))
    assert gaps(items) == []
    np.testing.assert_allclose(np.diff(times_s(items)), PERIOD_US / 1e6, atol=1e-9)


@pytest.mark.parametrize("outage_h", [0.01, 0.7, 3.0])
def test_an_outage_is_counted_however_often_the_clock_wrapped_in_it(outage_h: float) -> None:
    stream = DotStream()
    feed(stream, 0)
    stream.interrupted()
    missing = round(outage_h * 3600 * 60)
    gap, samples = feed(stream, round((missing + 1) * 1e6 / 60))
    assert gap == Gap(0.0, pytest.approx((missing + 1) / 60), missing, GapReason.DISCONNECTED)
    assert isinstance(samples, Samples)


def test_samples_seen_before_are_dropped() -> None:
    stream = DotStream()
    items = feed(stream, 1_000_000, 1_000_000 + PERIOD_US)
    items += feed(stream, 1_000_000 + PERIOD_US, 1_000_000, arrival_s=1.02)
    items += feed(stream, 1_000_000 + 2 * PERIOD_US)
    assert gaps(items) == []
    assert times_s(items) == pytest.approx([1.0, 1.016667, 1.033334])


def test_one_absurd_date_is_left_out() -> None:
    stream = DotStream()
    items = feed(stream, 1_000_000)
    with pytest.raises(PacketError, match="far from when it arrived"):
        feed(stream, 900_000_000, arrival_s=1.02)
    items += feed(stream, 1_000_000 + PERIOD_US)
    assert gaps(items) == []


def test_a_restart_is_seen_within_half_a_second_and_is_a_gap_of_unknown_size() -> None:
    stream = DotStream()
    feed(stream, 600_000_000)
    stream.interrupted()
    with pytest.raises(PacketError):
        feed(stream, 2_000_000, arrival_s=630.0)
    items: list[Samples | Gap] = []
    for k in range(1, 60):
        items += feed(stream, 2_000_000 + k * PERIOD_US, arrival_s=630.0 + k / 60)
    assert gaps(items) == [Gap(600.0, pytest.approx(630.5), None, GapReason.RESTARTED)]
    np.testing.assert_allclose(times_s(items), 630.0 + np.arange(30, 60) / 60, atol=1e-3)


def test_old_samples_that_come_late_are_no_restart() -> None:
    stream = DotStream()
    feed(stream, 10_000_000)
    stream.interrupted()
    with pytest.raises(PacketError):
        feed(stream, 13_000_000, arrival_s=30.0)
    assert feed(stream, *(13_000_000 + k * PERIOD_US for k in range(1, 16)), arrival_s=30.0) == []
    gap, _ = feed(stream, 30_000_000)
    assert gap == Gap(10.0, 30.0, 1199, GapReason.DISCONNECTED)
