"""A Thingy:52 end to end over the virtual radio: configured once, evenly spaced times, losses that show late."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from firmware_sim import virtual_time
from firmware_sim.air import Air, Conditions, Shadow
from firmware_sim.families.thingy import ThingyPeripheral
from firmware_sim.source import CountsBlock, TimeBlock
from sensor_hub.app.floor.blink import blink
from sensor_hub.link import Received, SensorLink, scan
from sensor_hub.messages import LinkState
from sensor_hub.model import GapReason

NAME = "Thingy"
FAMILIES = {NAME: "thingy"}


@dataclass
class Numbered:
    """Sample number k shows in counts that this coarse a sensor tells apart: x = k mod 1000, y = k div 1000."""

    name: str = NAME
    seconds: float = 3600.0
    rate_hz: float = 100.0
    range_g: float = 2.0
    bits: int = 16

    def blocks(self) -> Iterator[tuple[TimeBlock, CountsBlock]]:
        total = round(self.seconds * self.rate_hz)
        for first in range(0, total, 64):
            k = np.arange(first, min(first + 64, total))
            counts = 16 * np.stack([k % 1000, k // 1000, np.full_like(k, 512)], axis=1)
            yield k / self.rate_hz, counts.astype(np.int16)


@dataclass
class Told:
    heard: Any
    sensor: Any

    @property
    def numbers(self) -> np.ndarray:
        blocks = [event.samples for event in self.heard.events if isinstance(event, Received)]
        counts = np.concatenate([np.rint(block.accel_mps2 / block.resolution_mps2) for block in blocks])
        return counts[:, 0] + 1000 * counts[:, 1]

    @property
    def offsets_s(self) -> np.ndarray:
        """Given minus true time of each sample, about their middle."""
        offset: np.ndarray = np.array(self.heard.times_s) - self.numbers / 100.0
        return offset - np.median(offset)


def hear(plug_in: Any, seconds: float, rate_hz: float | None = None, **conditions: Any) -> Told:
    async def scenario() -> Told:
        air = Air([Numbered()], families=FAMILIES, conditions=Conditions(**conditions), seed=5)
        async with air, plug_in(air) as hub:
            await hub.connect(rate_hz=rate_hz)
            await asyncio.sleep(seconds)
            return Told(hub.heard[NAME], air.peripherals[0])

    return virtual_time.run(scenario())


def test_it_is_configured_and_every_sample_arrives_at_an_even_time(plug_in: Any) -> None:
    told = hear(plug_in, 60.0, event_failure=0.05)
    assert told.sensor.dropped == 0
    assert told.heard.gaps == []
    assert set(np.diff(told.numbers)) == {1}
    assert len(told.numbers) > 5500
    assert np.abs(told.offsets_s[1000:]).max() < 0.002
    assert told.sensor.flash_writes == 1
    assert LinkState.STALLED not in told.heard.states
    assert told.heard.health[-1].battery_percent in range(80, 90)


def test_after_a_lost_connection_it_goes_on_without_writing_to_its_flash_again(plug_in: Any) -> None:
    told = hear(plug_in, 60.0, shadows=(Shadow(20.0, 30.0),))
    (gap,) = told.heard.gaps
    assert (gap.reason, gap.lost) == (GapReason.DISCONNECTED, None)
    assert told.sensor.flash_writes == 1
    assert told.heard.states[-1] is LinkState.STREAMING
    assert np.abs(told.offsets_s[1000:]).max() < 0.02


@pytest.mark.parametrize("interval_ms", [15.0, 30.0])
def test_what_was_dropped_in_a_shadow_is_a_gap(
    plug_in: Any, monkeypatch: pytest.MonkeyPatch, interval_ms: float
) -> None:
    monkeypatch.setattr(ThingyPeripheral, "connection_interval_ms", interval_ms)
    told = hear(plug_in, 50.0, shadows=(Shadow(20.0, 20.07), Shadow(30.0, 31.5)))
    (gap,) = told.heard.gaps
    assert (gap.reason, gap.lost) == (GapReason.LOST, None)
    assert told.sensor.dropped > 100
    steps = np.diff(told.numbers)
    assert (steps > 0).all()
    assert gap.end_s - gap.start_s == pytest.approx(steps.max() / 100.0, abs=0.02)
    assert np.abs(told.offsets_s[1000:]).max() < 0.025


@pytest.mark.parametrize(("asked_hz", "every"), [(50.0, 2), (25.0, 4)])
def test_other_rates(plug_in: Any, asked_hz: float, every: int) -> None:
    told = hear(plug_in, 20.0, rate_hz=asked_hz)
    assert set(np.diff(told.numbers)) == {every}
    assert told.heard.health[-1].rate_hz == pytest.approx(asked_hz, abs=0.1)


def test_200_hz_that_do_not_come_are_measured(plug_in: Any) -> None:
    told = hear(plug_in, 30.0, rate_hz=200.0)
    assert told.heard.gaps == []
    assert told.heard.health[-1].rate_hz == pytest.approx(100.0, abs=0.1)


def test_it_can_be_seen(plug_in: Any) -> None:
    async def scenario() -> bytes:
        air = Air([Numbered()], families=FAMILIES)
        async with air, plug_in(air) as hub:
            (found,) = await scan(hub.radio, 1.0)
            await blink(found, hub.radio, 2.0)
            light: bytes = air.peripherals[0].light  # type: ignore[attr-defined]
            return light

    breathing = 2
    assert virtual_time.run(scenario())[0] == breathing


def test_a_streaming_one_is_seen_for_as_long_as_asked(plug_in: Any) -> None:
    async def scenario() -> tuple[list[int], int]:
        air = Air([Numbered()], families=FAMILIES)
        async with air, plug_in(air) as hub:
            (found,) = await scan(hub.radio, 1.0)
            events: list[Any] = []
            link = SensorLink(found, hub.radio, events.append)
            running = asyncio.create_task(link.run())
            await asyncio.sleep(5.0)
            lights = []
            await link.identify(2.0)
            for _ in range(2):
                lights.append(air.peripherals[0].light[0])  # type: ignore[attr-defined]
                await asyncio.sleep(3.0)
            running.cancel()
            await asyncio.wait({running})
            return lights, sum(isinstance(event, Received) for event in events)

    lights, blocks = virtual_time.run(scenario())
    assert lights == [2, 0]
    assert blocks > 900


def test_garbled_measurements_are_left_out(plug_in: Any, mangle: Any) -> None:
    async def scenario() -> Told:
        air = Air([Numbered()], families=FAMILIES, seed=5)
        faults = {500: lambda packet: [packet[:11]], 700: lambda packet: [packet + packet], 900: lambda packet: []}
        mangle(air.peripherals[0], faults)
        async with air, plug_in(air) as hub:
            await hub.connect()
            await asyncio.sleep(20.0)
            return Told(hub.heard[NAME], air.peripherals[0])

    told = virtual_time.run(scenario())
    steps = np.diff(told.numbers)
    assert sorted(steps)[-4:] == [1, 2, 2, 2]
    assert told.heard.gaps == [], "three lone losses nobody can see"
    assert np.abs(told.offsets_s[300:]).max() < 0.04
