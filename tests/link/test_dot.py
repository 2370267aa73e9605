"""A simulated Movella DOT over the virtual radio: every sample by its date, every loss counted."""

import asyncio
from collections.abc import Callable
from typing import Any

import numpy as np

from firmware_sim import virtual_time
from firmware_sim.air import Air, Conditions, Shadow
from firmware_sim.battery import Battery
from firmware_sim.peripheral import Peripheral
from sensor_hub.app.floor.blink import blink
from sensor_hub.link import Received, scan
from sensor_hub.messages import LinkState
from sensor_hub.model import STANDARD_GRAVITY_MPS2, GapReason

NAME = "Movella DOT"
STEP_MPS2 = 16 * STANDARD_GRAVITY_MPS2 / 32768


def numbers(heard: Any) -> list[int]:
    """Which samples arrived, by the number that CountingSource gave them."""
    blocks = [event.samples for event in heard.events if isinstance(event, Received)]
    rows = [np.rint(block.accel_mps2 / STEP_MPS2).astype(int) for block in blocks]
    return [int(x + 30000 * y) for row in rows for x, y, _ in row]


def play(
    source: Any,
    plug_in: Any,
    seconds: float,
    rate_hz: float | None = None,
    meet: Callable[[Peripheral], None] = lambda sensor: None,
    **air: Any,
) -> Any:
    """What a hub hears of one DOT, and the DOT, which `meet` gets before."""

    async def scenario() -> Any:
        sensor = source("left-dot", rate_hz=60.0, range_g=16.0)
        async with Air([sensor], families={"left-dot": "dot"}, **air) as virtual, plug_in(virtual) as hub:
            meet(virtual.peripherals[0])
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


def test_it_blinks_when_asked(source: Any, plug_in: Any) -> None:
    async def scenario() -> Any:
        async with (
            Air([source(NAME, rate_hz=60.0, range_g=16.0)], families={NAME: "dot"}) as air,
            plug_in(air) as hub,
        ):
            (found,) = await scan(hub.radio, 1.0)
            blinking = asyncio.create_task(blink(found, hub.radio, 8.0))
            await asyncio.sleep(2.0)
            until_s = air.peripherals[0].identify_until_s
            await blinking
            return until_s

    assert virtual_time.run(scenario()) > 8.0


def test_odd_frames_cost_exactly_the_samples_they_held(source: Any, plug_in: Any, mangle: Any) -> None:
    old: list[bytes] = []
    faults = {
        100: lambda frame: [frame[:20], frame[20:]],
        200: lambda frame: [frame + frame],
        300: lambda frame: [frame[:4] + b"\xff" * 24 + frame[28:]],
        400: lambda frame: [frame, frame],
        500: lambda frame: old.append(frame) or [frame],
        600: lambda frame: [frame, old[0]],
        700: lambda frame: [b"\xff\xff\xff\x7f" + frame[4:], frame],
    }
    heard, _ = play(source, plug_in, 20.0, meet=lambda sensor: mangle(sensor, faults))
    assert len(numbers(heard)) > 1000
    assert_all_accounted_for(heard)
    assert [gap.lost for gap in heard.gaps] == [1, 1, 1], "halves, two in one, and one that is no number"
