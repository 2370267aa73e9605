"""A Movesense sensor end to end over the virtual radio."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from firmware_sim import virtual_time
from firmware_sim.air import Air, Conditions, Shadow
from firmware_sim.battery import Battery
from firmware_sim.source import CountsBlock, TimeBlock
from sensor_hub.messages import LinkState
from sensor_hub.model import GapReason

NAME = "Movesense 123456789012"
AIR = {"families": {NAME: "movesense"}}


@dataclass
class OffRate:
    """A source whose chip runs at another rate than its name: sample k at k / true_hz, k in its counts."""

    name: str = NAME
    rate_hz: float = 104.0
    true_hz: float = 101.3
    seconds: float = 600.0
    range_g: float = 8.0
    bits: int = 16

    def blocks(self) -> Iterator[tuple[TimeBlock, CountsBlock]]:
        for first in range(0, round(self.seconds * self.true_hz), 64):
            number = np.arange(first, first + 64)
            counts = np.stack([number % 30000, number // 30000, np.full_like(number, 4096)], axis=1)
            yield number / self.true_hz, counts.astype(np.int16)


def listen(plug_in: Any, source: Any, seconds: float, rate_hz: float | None = None, **air: Any) -> Any:
    async def scenario() -> Any:
        async with Air([source], **AIR, **air) as sky, plug_in(sky) as hub:
            await hub.connect(rate_hz=rate_hz)
            await asyncio.sleep(seconds)
            return hub.heard[NAME]

    return virtual_time.run(scenario())


def test_every_sample_of_the_usual_rate_arrives_and_is_dated_by_the_sensors_own_clock(plug_in: Any) -> None:
    heard = listen(plug_in, OffRate(), 40.0)
    assert heard.numbers == list(range(len(heard.numbers)))
    assert len(heard.numbers) > 3900
    assert heard.gaps == []
    settled_s = np.array(heard.times_s[1300:])
    true_s = np.arange(1300, len(heard.numbers)) / 101.3
    assert np.ptp(settled_s - true_s) < 0.5e-3, "a millisecond's ticks are averaged away"
    assert np.diff(heard.times_s).min() > 0.8 / 101.3


def test_long_blocks_come_in_two_notifications(plug_in: Any) -> None:
    heard = listen(plug_in, OffRate(rate_hz=208.0, true_hz=208.0), 10.0, rate_hz=208.0)
    assert len(heard.numbers) > 1900
    assert heard.numbers == list(range(len(heard.numbers)))
    assert heard.gaps == []


def test_bad_packets_cost_their_own_samples_and_every_hole_is_told(plug_in: Any, mangle: Any) -> None:
    """One packet is repeated, two come as one, one comes in two halves, others are cut, garbled or unknown."""

    async def scenario() -> Any:
        async with Air([OffRate(true_hz=104.0)], **AIR) as air, plug_in(air) as hub:
            faults = {
                200: lambda packet: [packet, packet],
                300: lambda packet: [packet + packet],
                400: lambda packet: [packet[:53], packet[53:]],
                500: lambda packet: [packet[:66]],
                600: lambda packet: [packet[:6] + b"\xff\xff\xff\x7f" + packet[10:]],
                700: lambda packet: [bytes((9,)) + packet[1:]],
                800: lambda packet: [bytes((packet[0], packet[1] ^ 1)) + packet[2:]],
                900: lambda packet: [b"", b"\x02", b"\x01\x02", packet],
            }
            mangle(air.peripherals[0], faults)
            await hub.connect()
            await asyncio.sleep(80.0)
            return hub.heard[NAME]

    heard = virtual_time.run(scenario())
    steps = np.diff(heard.numbers)
    assert (steps >= 1).all()
    assert [gap.lost for gap in heard.gaps] == [int(step) - 1 for step in steps if step > 1]
    assert [gap.lost for gap in heard.gaps] == [8, 8, 3, 8, 8, 8]
    assert heard.states.count(LinkState.LOST) == 0
    assert (np.diff(heard.times_s) > 0).all()
    assert np.ptp(np.array(heard.times_s) - np.array(heard.numbers) / 104.0) < 5e-3


def test_a_rate_the_sensor_refuses_is_told(plug_in: Any) -> None:
    heard = listen(plug_in, OffRate(rate_hz=52.0, true_hz=52.0), 6.0)
    assert heard.numbers == []
    assert heard.told("The sensor refuses /Meas/Acc/104: status 501.")


def test_a_rate_that_is_not_on_offer_is_told_and_the_nearest_taken(plug_in: Any) -> None:
    heard = listen(plug_in, OffRate(true_hz=104.0), 6.0, rate_hz=100.0)
    assert len(heard.numbers) > 500
    assert heard.told("100 Hz is not on offer: it runs at 104 Hz. Choose 13, 26, 52, 104, 208, 416.")


def test_a_lost_connection_leaves_one_gap_as_long_as_it_was(plug_in: Any) -> None:
    heard = listen(plug_in, OffRate(true_hz=104.0), 60.0, conditions=Conditions(shadows=(Shadow(20.0, 30.0),)))
    assert LinkState.LOST in heard.states
    steps = np.diff(heard.numbers)
    assert [gap.reason for gap in heard.gaps] == [GapReason.DISCONNECTED]
    assert heard.gaps[0].lost == pytest.approx(int(steps.max()) - 1, abs=1)
    assert heard.gaps[0].end_s - heard.gaps[0].start_s == pytest.approx(steps.max() / 104.0, abs=2e-3)
    assert (steps == 1).sum() == len(steps) - 1


def test_a_restarted_sensor_goes_on_in_rising_time(plug_in: Any) -> None:
    async def scenario() -> Any:
        async with Air([OffRate(true_hz=104.0)], **AIR) as air, plug_in(air) as hub:
            await hub.connect()
            await asyncio.sleep(20.0)
            await air.peripherals[0].boot()
            await asyncio.sleep(20.0)
            return hub.heard[NAME]

    heard = virtual_time.run(scenario())
    assert [gap.reason for gap in heard.gaps] == [GapReason.RESTARTED]
    assert heard.gaps[0].lost is None
    assert (np.diff(heard.times_s) > 0).all()
    assert np.ptp(np.array(heard.times_s) - np.array(heard.numbers) / 104.0) < 0.2


def test_its_battery_and_rate_are_told(plug_in: Any) -> None:
    battery = Battery(percent_at_start=64.9)
    heard = listen(plug_in, OffRate(true_hz=104.0), 8.0, battery=battery)
    assert heard.health[-1].battery_percent == 64
    assert heard.health[-1].rate_hz == pytest.approx(104.0, rel=0.01)
