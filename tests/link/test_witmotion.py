"""A WitMotion sensor end to end over the virtual radio: evenly spaced times that nobody sent, losses that show late."""

import asyncio
from typing import Any

import numpy as np
import pytest

from firmware_sim import virtual_time
from firmware_sim.air import Air, Conditions, Shadow
from sensor_hub.link import Received
from sensor_hub.messages import LinkState
from sensor_hub.model import GapReason

NAME = "WT901BLE68"
FAMILIES = {NAME: "witmotion"}


def hear(source: Any, plug_in: Any, seconds: float, rate_hz: float | None = None, **conditions: Any) -> Any:
    return virtual_time.run(listen(source(NAME, range_g=16.0), plug_in, seconds, rate_hz, {}, **conditions))


async def listen(
    source: Any, plug_in: Any, seconds: float, rate_hz: float | None, habits: dict[str, Any], **conditions: Any
) -> Any:
    air = Air([source], families=FAMILIES, conditions=Conditions(**conditions), seed=5)
    for habit, value in habits.items():
        setattr(air.peripherals[0], habit, value)
    async with air, plug_in(air) as hub:
        await hub.connect(rate_hz=rate_hz)
        await asyncio.sleep(seconds)
        heard = hub.heard[NAME]
        heard.dropped = air.peripherals[0].dropped
        return heard


def offsets_s(heard: Any) -> np.ndarray:
    """Given minus true time of each sample, about their middle."""
    offset = np.array(heard.times_s) - np.array(heard.numbers) / 100.0
    return offset - np.median(offset)


def test_every_sample_arrives_at_an_even_time(source: Any, plug_in: Any) -> None:
    heard = hear(source, plug_in, 60.0, event_failure=0.05)
    assert heard.gaps == []
    assert np.diff(heard.numbers).tolist() == [1] * (len(heard.numbers) - 1)
    assert len(heard.numbers) > 5500
    assert (np.diff(heard.times_s) > 0).all()
    assert np.abs(offsets_s(heard)[1000:]).max() < 0.002
    sigmas = [event.samples.time_sigma_s for event in heard.events if isinstance(event, Received)]
    assert 0.0005 < sigmas[-1] < 0.004
    assert LinkState.STALLED not in heard.states


@pytest.mark.parametrize("interval_ms", [15.0, 30.0, 50.0])
def test_a_shadow_shows_as_a_gap_only_where_something_was_lost(
    source: Any, plug_in: Any, monkeypatch: pytest.MonkeyPatch, interval_ms: float
) -> None:
    monkeypatch.setattr("firmware_sim.families.witmotion.WitMotionPeripheral.connection_interval_ms", interval_ms)
    bridged, torn = Shadow(20.0, 20.15), Shadow(30.0, 31.5)
    heard = hear(source, plug_in, 50.0, event_failure=0.05, shadows=(bridged, torn))
    (gap,) = heard.gaps
    assert (gap.reason, gap.lost) == (GapReason.LOST, None)
    assert heard.dropped > 100
    steps = np.diff(heard.numbers)
    assert (steps > 0).all()
    assert np.count_nonzero(steps > 1) == 1, "the only hole is the one that was told"
    assert gap.end_s - gap.start_s == pytest.approx(steps.max() / 100.0, abs=0.02)
    assert np.abs(offsets_s(heard)[1000:]).max() < 0.025
    health = heard.health[-1]
    assert health.rate_hz == pytest.approx(100.0, abs=0.2)
    assert health.loss_ratio == pytest.approx((steps.max() - 1) / (len(heard.numbers) + steps.max() - 1), rel=0.1)


def test_after_a_lost_connection_what_was_left_from_before_is_left_out(source: Any, plug_in: Any) -> None:
    heard = hear(source, plug_in, 60.0, event_failure=0.05, shadows=(Shadow(20.0, 30.0),))
    (gap,) = heard.gaps
    assert gap.reason is GapReason.DISCONNECTED
    after = np.array(heard.times_s) >= gap.end_s
    offset = np.array(heard.times_s) - np.array(heard.numbers) / 100.0
    assert np.abs(offset[after] - np.median(offset[~after])).max() < 0.02
    assert LinkState.LOST in heard.states


def test_frames_damaged_between_processor_and_radio_are_left_out(source: Any, plug_in: Any) -> None:
    sensor, habits = source(NAME, range_g=16.0), {"byte_loss": 0.01}
    heard = virtual_time.run(listen(sensor, plug_in, 60.0, None, habits))
    steps = np.diff(heard.numbers)
    assert (steps > 0).all()
    assert steps.max() <= 3
    assert 20 < np.count_nonzero(steps > 1) < 100


def test_it_comes_from_the_factory_at_10_hz_and_is_set_to_what_was_asked(source: Any, plug_in: Any) -> None:
    heard = hear(source, plug_in, 30.0, rate_hz=50.0)
    assert set(np.diff(heard.numbers)) == {2}
    assert heard.health[-1].rate_hz == pytest.approx(50.0, abs=0.05)
    assert heard.health[-1].battery_percent in range(80, 90)


def test_a_rate_that_is_taken_only_when_saved_is_saved(source: Any, plug_in: Any) -> None:
    sensor, habits = source(NAME, range_g=16.0), {"rate_needs_saving": True}
    heard = virtual_time.run(listen(sensor, plug_in, 20.0, None, habits))
    assert heard.health[-1].rate_hz == pytest.approx(100.0, abs=0.05)


def test_a_sensor_that_keeps_its_rate_is_followed_and_told_of(source: Any, plug_in: Any) -> None:
    sensor, habits = source(NAME, range_g=16.0), {"rate_is_fixed": True}
    heard = virtual_time.run(listen(sensor, plug_in, 40.0, 200.0, habits))
    assert heard.told("keeps to 10 Hz")
    assert heard.health[-1].rate_hz == pytest.approx(10.0, abs=0.02)
    assert set(np.diff(heard.numbers)) == {10}


def test_a_rate_the_sensor_does_not_reach_is_measured(source: Any, plug_in: Any) -> None:
    sensor = source(NAME, range_g=16.0, rate_hz=20.0)
    heard = virtual_time.run(listen(sensor, plug_in, 40.0, 200.0, {}))
    assert heard.gaps == []
    assert heard.health[-1].rate_hz == pytest.approx(20.0, abs=0.02)
