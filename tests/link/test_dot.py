"""A simulated Movella DOT over the virtual radio: every sample by its date, every loss counted."""

import asyncio
from collections import deque
from typing import Any

import numpy as np
import pytest

from firmware_sim import virtual_time
from firmware_sim.air import Air, Conditions, Shadow
from firmware_sim.battery import Battery
from firmware_sim.families import FAMILIES
from firmware_sim.families.dot import DotPeripheral
from sensor_hub.link import Received
from sensor_hub.messages import LinkState
from sensor_hub.model import STANDARD_GRAVITY_MPS2, GapReason

NAME = "Movella DOT"
STEP_MPS2 = 16 * STANDARD_GRAVITY_MPS2 / 32768


def numbers(heard: Any) -> list[int]:
    """Which samples arrived, by the number that CountingSource gave them."""
    blocks = [event.samples for event in heard.events if isinstance(event, Received)]
    rows = [np.rint(block.accel_mps2 / STEP_MPS2).astype(int) for block in blocks]
    return [int(x + 30000 * y) for row in rows for x, y, _ in row]


def play(source: Any, plug_in: Any, seconds: float, rate_hz: float | None = None, **air: Any) -> Any:
    """What a hub hears of one DOT, and the DOT."""

    async def scenario() -> Any:
        sensor = source("left-dot", rate_hz=60.0, range_g=16.0)
        async with Air([sensor], families={"left-dot": "dot"}, **air) as virtual, plug_in(virtual) as hub:
            await hub.connect(rate_hz=rate_hz)
            await asyncio.sleep(seconds)
            return hub.heard[NAME], virtual.peripherals[0]

    return virtual_time.run(scenario())


def assert_all_accounted_for(heard: Any) -> None:
    """Each sample once, in order, and as many told missing as are missing."""
    steps = np.diff(numbers(heard))
    assert (steps >= 1).all()
    assert [gap.lost for gap in heard.gaps] == [int(step) - 1 for step in steps if step > 1]
    assert (np.diff(heard.times_s) > 0).all()


def test_an_ideal_link_loses_nothing_and_keeps_the_sensors_dates(source: Any, plug_in: Any) -> None:
    heard, _ = play(source, plug_in, 30.0)
    arrived = numbers(heard)
    assert len(arrived) > 1600
    assert arrived == list(range(arrived[0], arrived[0] + len(arrived)))
    assert heard.gaps == []
    np.testing.assert_allclose(heard.times_s, np.array(arrived) / 60, atol=2e-6)
    assert heard.states == [LinkState.SEARCHING, LinkState.CONNECTING, LinkState.STREAMING]


def test_it_sends_at_the_rate_asked_for(source: Any, plug_in: Any) -> None:
    heard, _ = play(source, plug_in, 20.0, rate_hz=20.0)
    assert set(np.diff(numbers(heard))) == {3}
    assert heard.gaps == []


def test_a_rate_it_does_not_have_is_told_and_it_streams_all_the_same(source: Any, plug_in: Any) -> None:
    heard, _ = play(source, plug_in, 5.0, rate_hz=100.0)
    assert heard.told("cannot send at 100 Hz")
    assert heard.states[-1] is LinkState.STREAMING


def test_what_its_small_memory_cannot_hold_is_counted(source: Any, plug_in: Any) -> None:
    heard, _ = play(source, plug_in, 25.0, conditions=Conditions(shadows=(Shadow(10.0, 12.0),)))
    (gap,) = heard.gaps
    assert gap.reason is GapReason.LOST
    assert 60 < gap.lost < 120
    assert_all_accounted_for(heard)


def test_it_measures_only_while_connected(source: Any, plug_in: Any) -> None:
    heard, _ = play(source, plug_in, 40.0, conditions=Conditions(shadows=(Shadow(10.0, 20.0),)))
    assert [gap.reason for gap in heard.gaps] == [GapReason.DISCONNECTED]
    assert heard.gaps[0].lost >= 590
    assert_all_accounted_for(heard)


def test_switched_off_and_on_it_goes_on_where_its_arrival_puts_it(source: Any, plug_in: Any) -> None:
    async def scenario() -> Any:
        sensor = source(NAME, rate_hz=60.0, range_g=16.0)
        async with Air([sensor], families={NAME: "dot"}) as air, plug_in(air) as hub:
            await hub.connect()
            await asyncio.sleep(30.0)
            await air.peripherals[0].boot()
            await asyncio.sleep(20.0)
            return hub.heard[NAME]

    heard = virtual_time.run(scenario())
    (gap,) = heard.gaps
    assert gap.reason is GapReason.RESTARTED
    assert gap.lost is None
    assert (np.diff(heard.times_s) > 0).all()
    source_s = np.array(numbers(heard)) / 60
    assert np.ptp(heard.times_s - source_s) < 0.1, "the new clock goes on where the old one would be"


def test_its_battery_is_read_and_told_as_it_falls(source: Any, plug_in: Any) -> None:
    heard, _ = play(source, plug_in, 130.0, battery=Battery(80.0, life_h=1.0))
    told = [health.battery_percent for health in heard.health]
    assert told[0] == 79
    assert told[-1] == 76


class Unruly(DotPeripheral):
    """Now and then sends what no DOT should: frames together, in halves, again, and garbled."""

    def on_boot(self) -> None:
        super().on_boot()
        self.sent = 0
        self.odd: deque[bytes] = deque()
        self.last = b""

    def next_notification(self, mtu: int) -> bytes | None:
        if self.odd:
            return self.odd.popleft()
        frame = super().next_notification(mtu)
        if frame is None:
            return None
        self.sent += 1
        before, self.last = self.last, frame
        match self.sent % 50:
            case 10:
                self.odd.extend((frame[20:], before))
                return frame[:20]
            case 20:
                return before + frame
            case 30:
                return frame[:4] + b"\xff" * 24 + frame[28:]
            case 40:
                self.odd.extend((frame, before))
                return frame
        return frame


def test_odd_frames_cost_exactly_the_samples_they_held(
    source: Any, plug_in: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(FAMILIES, "dot", Unruly)
    heard, sensor = play(source, plug_in, 30.0)
    assert sensor.sent > 1600
    assert_all_accounted_for(heard)
    assert {gap.lost for gap in heard.gaps} == {1}
    assert len(heard.gaps) in range(3 * (sensor.sent // 50), 3 * (sensor.sent // 50) + 4)
