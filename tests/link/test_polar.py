"""Polar sensors end to end over the virtual radio."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from firmware_sim import virtual_time
from firmware_sim.air import Air, Conditions, Shadow
from firmware_sim.source import CountsBlock, TimeBlock
from sensor_hub.link import Received
from sensor_hub.messages import LinkState
from sensor_hub.model import STANDARD_GRAVITY_MPS2, GapReason

H10, VERITY = "Polar H10 12345678", "Polar Sense A56A6B22"
AIR = {"families": {H10: "polar", VERITY: "polar-verity"}}
_WRAP = 4000


@dataclass
class Wave:
    """A chip at true_hz whose z is a slow triangle of up to 2 g, and whose x tells the sample's number, in mg.

    The number goes up and down by 4 a sample, so that its differences are small, as a real sensor's are.
    """

    name: str
    rate_hz: float
    true_hz: float
    seconds: float = 600.0
    range_g: float = 8.0
    bits: int = 16

    def blocks(self) -> Iterator[tuple[TimeBlock, CountsBlock]]:
        for first in range(0, round(self.seconds * self.true_hz), 64):
            number = np.arange(first, first + 64)
            folded = np.abs((number + _WRAP) % (2 * _WRAP) - _WRAP)
            mg = np.stack([folded, number // _WRAP, 1000 - number % 7], axis=1)
            yield number / self.true_hz, np.rint(mg * (32768 / 8000)).astype(np.int16)


def numbers(heard: Any) -> list[int]:
    """Which samples arrived, in order."""
    blocks = [event.samples.accel_mps2 for event in heard.events if isinstance(event, Received)]
    mg = np.rint(np.concatenate(blocks) / STANDARD_GRAVITY_MPS2 * 1000).astype(int)
    up = mg[:, 1] % 2 == 0
    return list(mg[:, 1] * _WRAP + np.where(up, mg[:, 0], _WRAP - mg[:, 0]))


def listen(plug_in: Any, source: Wave, seconds: float, rate_hz: float | None = None, **air: Any) -> Any:
    async def scenario() -> Any:
        async with Air([source], **AIR, **air) as sky, plug_in(sky) as hub:
            await hub.connect(rate_hz=rate_hz)
            await asyncio.sleep(seconds)
            return hub.heard[source.name]

    return virtual_time.run(scenario())


@pytest.mark.parametrize(
    ("source", "rate_hz"),
    [
        (Wave(H10, 100.0, 101.8), None),
        (Wave(H10, 200.0, 196.0), 200.0),
        (Wave(VERITY, 104.0, 102.3), None),
        (Wave(VERITY, 52.0, 52.5), 52.0),
    ],
    ids=["H10 at 100 Hz", "H10 at 200 Hz", "Verity Sense at 104 Hz", "Verity Sense at 52 Hz"],
)
def test_every_sample_arrives_and_is_dated_by_the_sensors_own_clock(
    plug_in: Any, source: Wave, rate_hz: float | None
) -> None:
    heard = listen(plug_in, source, 40.0, rate_hz)
    found = numbers(heard)
    assert found == list(range(len(found)))
    assert len(found) > 36 * source.true_hz
    assert heard.gaps == []
    late_s = np.array(heard.times_s) - np.array(found) / source.true_hz
    assert np.ptp(late_s[round(5 * source.true_hz) :]) < 1e-4
    streaming = heard.states.index(LinkState.STREAMING)
    assert heard.states[streaming:] == [LinkState.STREAMING], "a frame may take longer than a link is patient"
    assert (np.diff(heard.times_s) > 0).all()


def test_a_lost_connection_leaves_one_gap_as_long_as_it_was(plug_in: Any) -> None:
    source = Wave(VERITY, 104.0, 102.3)
    heard = listen(plug_in, source, 60.0, conditions=Conditions(shadows=(Shadow(20.0, 30.0),)))
    assert LinkState.LOST in heard.states
    steps = np.diff(numbers(heard))
    assert [gap.reason for gap in heard.gaps] == [GapReason.DISCONNECTED]
    assert heard.gaps[0].lost == pytest.approx(int(steps.max()) - 1, abs=1)
    assert heard.gaps[0].end_s - heard.gaps[0].start_s == pytest.approx(steps.max() / 102.3, abs=1e-3)
    assert (steps == 1).sum() == len(steps) - 1


def test_a_restarted_sensor_is_started_again_and_goes_on_in_rising_time(plug_in: Any) -> None:
    async def scenario() -> Any:
        async with Air([Wave(H10, 100.0, 100.0)], **AIR) as air, plug_in(air) as hub:
            await hub.connect()
            await asyncio.sleep(20.0)
            await air.peripherals[0].boot()
            await asyncio.sleep(20.0)
            return hub.heard[H10]

    heard = virtual_time.run(scenario())
    assert [gap.reason for gap in heard.gaps] == [GapReason.RESTARTED]
    assert (np.diff(heard.times_s) > 0).all()
    assert np.ptp(np.array(heard.times_s) - np.array(numbers(heard)) / 100.0) < 0.5


def test_bad_frames_cost_their_own_samples_and_every_hole_is_told(plug_in: Any, mangle: Any) -> None:
    """One frame is repeated, two come as one, one comes in two halves, others are cut, garbled or unknown."""

    async def scenario() -> Any:
        async with Air([Wave(H10, 100.0, 100.0)], **AIR) as air, plug_in(air) as hub:
            faults = {
                20: lambda frame: [frame, frame],
                30: lambda frame: [frame + frame[:-1]],
                40: lambda frame: [frame[:113], frame[113:]],
                50: lambda frame: [frame[:9]],
                60: lambda frame: [frame[:10] + b"\xff\x7f" + frame[12:]],
                70: lambda frame: [frame[:9] + b"\x55" + frame[10:]],
                80: lambda frame: [b"\x01" + frame[1:]],
                90: lambda frame: [b"", b"\x02", frame],
            }
            mangle(air.peripherals[0], faults)
            await hub.connect()
            await asyncio.sleep(60.0)
            return hub.heard[H10]

    heard = virtual_time.run(scenario())
    steps = np.diff(numbers(heard))
    assert (steps >= 1).all()
    assert [gap.lost for gap in heard.gaps] == [int(step) - 1 for step in steps if step > 1]
    assert [gap.lost for gap in heard.gaps] == [36] * 6
    assert heard.states.count(LinkState.LOST) == 0
    assert np.ptp(np.array(heard.times_s) - np.array(numbers(heard)) / 100.0) < 1e-3


def test_a_sensor_that_cannot_be_started_says_why(plug_in: Any) -> None:
    """Here because the simulated chip runs at 50 Hz and at no other rate."""
    heard = listen(plug_in, Wave(H10, 50.0, 50.0), 8.0)
    assert not any(isinstance(event, Received) for event in heard.events)
    assert heard.told("The sensor refuses to stream its acceleration: wrong rate.")
