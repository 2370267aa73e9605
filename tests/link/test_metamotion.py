"""A simulated MetaMotion over the virtual radio: set up by its answers, dated by arrival, three samples at a time."""

import asyncio
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from firmware_sim import virtual_time
from firmware_sim.air import Air, Conditions, Shadow
from firmware_sim.peripheral import Peripheral
from sensor_hub.app.floor.blink import blink
from sensor_hub.link import Received, scan
from sensor_hub.messages import LinkState
from sensor_hub.model import GapReason

NAME = "MetaWear"


def play(
    source: Any,
    plug_in: Any,
    seconds: float,
    rate_hz: float | None = None,
    family: str = "metamotion",
    meet: Callable[[Peripheral], None] = lambda board: None,
    **air: Any,
) -> Any:
    """What a hub hears of one MetaMotion, and the MetaMotion, which `meet` gets before."""

    async def scenario() -> Any:
        async with Air([source(NAME)], families={NAME: family}, **air) as virtual, plug_in(virtual) as hub:
            meet(virtual.peripherals[0])
            await hub.connect(rate_hz=rate_hz)
            await asyncio.sleep(seconds)
            return hub.heard[NAME], virtual.peripherals[0]

    return virtual_time.run(scenario())


def errors_s(heard: Any, rate_hz: float = 100.0) -> Any:
    """How far each sample's time is from when it was really taken, whatever the clocks' offset."""
    return np.array(heard.times_s) - np.array(heard.numbers) / rate_hz


def sigmas_s(heard: Any) -> list[float]:
    return [event.samples.time_sigma_s for event in heard.events if isinstance(event, Received)]


@pytest.mark.parametrize("family", ["metamotion", "metamotion-r"])
def test_either_chip_streams_without_loss_on_an_ideal_link(source: Any, plug_in: Any, family: str) -> None:
    heard, _ = play(source, plug_in, 30.0, family=family)
    numbers = heard.numbers
    assert len(numbers) > 2600
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    assert heard.gaps == []
    assert heard.states[-1] is LinkState.STREAMING
    assert np.abs(errors_s(heard) - np.median(errors_s(heard))).max() < 0.02
    assert min(sigmas_s(heard)) > 0.0


def test_it_sends_at_the_rate_asked_for(source: Any, plug_in: Any) -> None:
    heard, _ = play(source, plug_in, 20.0, rate_hz=50.0)
    assert set(np.diff(heard.numbers)) == {2}
    assert np.diff(heard.times_s).mean() == pytest.approx(0.02, rel=0.01)


def test_what_it_measured_out_of_reach_is_a_gap(source: Any, plug_in: Any) -> None:
    heard, _ = play(source, plug_in, 45.0, conditions=Conditions(shadows=(Shadow(15.0, 25.0),)))
    (gap,) = heard.gaps
    assert gap.reason is GapReason.DISCONNECTED
    assert gap.lost is None, "nobody numbers them"
    numbers = np.array(heard.numbers)
    (jump,) = np.flatnonzero(np.diff(numbers) > 1)
    missing_s = (numbers[jump + 1] - numbers[jump]) / 100
    assert gap.end_s - gap.start_s == pytest.approx(missing_s, abs=0.1)
    assert heard.states[-1] is LinkState.STREAMING


def test_it_is_set_up_anew_after_a_restart(source: Any, plug_in: Any) -> None:
    async def scenario() -> Any:
        async with Air([source(NAME)], families={NAME: "metamotion"}) as air, plug_in(air) as hub:
            await hub.connect()
            await asyncio.sleep(15.0)
            await air.peripherals[0].boot()
            await asyncio.sleep(15.0)
            return hub.heard[NAME]

    heard = virtual_time.run(scenario())
    assert heard.states[-1] is LinkState.STREAMING
    assert [gap.lost for gap in heard.gaps] == [None]
    assert heard.numbers[-1] > 2700
    assert (np.diff(heard.times_s) > 0).all()


def test_its_battery_is_read_from_the_standard_service(source: Any, plug_in: Any) -> None:
    heard, _ = play(source, plug_in, 12.0)
    assert {health.battery_percent for health in heard.health} == {86}


def test_it_blinks_when_asked(source: Any, plug_in: Any) -> None:
    async def scenario() -> Any:
        async with Air([source(NAME)], families={NAME: "metamotion"}) as air, plug_in(air) as hub:
            (found,) = await scan(hub.radio, 1.0)
            blinking = asyncio.create_task(blink(found, hub.radio, 8.0))
            await asyncio.sleep(2.0)
            until_s = air.peripherals[0].identify_until_s
            await blinking
            return until_s

    assert virtual_time.run(scenario()) > 8.0


def test_odd_notifications_cost_their_samples_and_no_more(source: Any, plug_in: Any, mangle: Any) -> None:
    faults = {
        500: lambda frame: [frame[:9], frame[9:]],
        900: lambda frame: [frame + frame],
        1300: lambda frame: [bytes((frame[0], 0x7F)) + frame[2:]],
    }
    heard, _ = play(source, plug_in, 60.0, meet=lambda board: mangle(board, faults))
    numbers = np.array(heard.numbers)
    assert (np.diff(numbers) >= 1).all()
    assert numbers[-1] - numbers[0] + 1 - len(numbers) == 9
    assert (np.diff(heard.times_s) > 0).all()
    assert np.abs(errors_s(heard) - np.median(errors_s(heard))).max() < 0.05, "three samples are 30 ms"
