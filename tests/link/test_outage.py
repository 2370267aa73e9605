"""No sample is lost in an outage that the sensor's ring buffer bridges; a longer one is a gap of exactly the rest."""

import asyncio
import random
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from firmware_sim import virtual_time
from firmware_sim.air import Air, Conditions, Shadow
from firmware_sim.performance import Performance
from firmware_sim.scenario import load
from firmware_sim.sled import SledPeripheral
from sensor_hub import wire
from sensor_hub.engine import Engine
from sensor_hub.link import Missing, Received, scan
from sensor_hub.messages import LinkState
from sensor_hub.model import Gap, GapReason, Rep, RepSettled, Samples
from sensor_hub.sensors import SLED
from sensor_hub.sensors.sled import SledDriver, SledStream

SCENARIO = Path(__file__).parents[2] / "config" / "scenarios" / "fast_controlled.toml"


def hear(source: Any, plug_in: Any, seconds: float, *shadows: Shadow, **air: Any) -> Any:
    """What the hub hears of one sensor in that time, and what the sensor says that it dropped."""

    async def scenario() -> Any:
        conditions = Conditions(shadows=shadows, event_failure=air.pop("event_failure", 0.0))
        async with Air([source], conditions=conditions, **air) as on_air, plug_in(on_air) as hub:
            await hub.connect()
            await asyncio.sleep(seconds)
            (sensor,) = on_air.peripherals
            return hub.heard[source.name], sensor.ring.dropped

    return virtual_time.run(scenario())


def assert_nothing_is_missing(heard: Any, at_least: int) -> None:
    assert heard.numbers == list(range(len(heard.numbers)))
    assert len(heard.numbers) >= at_least
    assert heard.gaps == []
    np.testing.assert_allclose(heard.times_s, np.arange(len(heard.numbers)) / 100, atol=1e-9)


@pytest.mark.parametrize(("seconds", "mtu"), [(1.1, 247), (3.0, 23), (20.0, 247), (20.0, 23), (50.0, 247)])
def test_a_shadow_costs_no_sample(source: Any, plug_in: Any, seconds: float, mtu: int) -> None:
    shadow = Shadow(10.0, 10.0 + seconds)
    heard, dropped = hear(source("sled-01"), plug_in, 50.0 + seconds, shadow, max_mtu=mtu)
    assert_nothing_is_missing(heard, at_least=round(100 * (45 + seconds)))
    assert dropped == 0
    assert (LinkState.LOST in heard.states) is (seconds > 4.0)
    assert heard.states[-1] is LinkState.STREAMING


def test_ten_shadows_and_failing_events_cost_no_sample(source: Any, plug_in: Any) -> None:
    shadows = [Shadow(20.0 * k, 20.0 * k + 1.2 * k) for k in range(1, 11)]
    heard, _ = hear(source("sled-01"), plug_in, 240.0, *shadows, event_failure=0.05, seed=11)
    assert_nothing_is_missing(heard, at_least=23_000)
    assert heard.states.count(LinkState.CONNECTING) > 5


def test_one_sensors_shadow_is_not_the_others(source: Any, plug_in: Any) -> None:
    async def scenario() -> Any:
        conditions = Conditions(shadows=(Shadow(10.0, 30.0, "sled-01"),))
        sensors = [source("sled-01"), source("sled-02")]
        async with Air(sensors, conditions=conditions) as air, plug_in(air) as hub:
            await hub.connect()
            await asyncio.sleep(50.0)
            return hub.heard

    heard = virtual_time.run(scenario())
    for one in heard.values():
        assert_nothing_is_missing(one, at_least=4400)
    assert heard["sled-02"].states.count(LinkState.STREAMING) == 1


def test_a_shadow_longer_than_the_ring_is_a_gap_of_exactly_what_was_dropped(source: Any, plug_in: Any) -> None:
    heard, dropped = hear(source("sled-01"), plug_in, 120.0, Shadow(10.0, 90.0))
    (gap,) = heard.gaps
    steps = np.diff(heard.numbers)
    assert gap.lost == steps.max() - 1 >= dropped > 1500
    assert gap.lost - dropped < 40, "beyond what was overwritten only what was under way at the end"
    assert gap.reason is GapReason.DISCONNECTED
    assert np.sort(steps)[-2] == 1
    assert heard.numbers[-1] > 11_500


def test_a_ring_that_overflows_while_the_link_holds_says_so(
    source: Any, plug_in: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(SledPeripheral, "ring_s", 1.28)
    heard, dropped = hear(source("sled-01"), plug_in, 20.0, Shadow(10.0, 13.0))
    (gap,) = heard.gaps
    assert (gap.lost, gap.reason) == (dropped, GapReason.LOST)
    assert dropped > 100
    assert heard.states.count(LinkState.CONNECTING) == 1, "the link itself held"
    assert heard.states[2:5] == [LinkState.STREAMING, LinkState.STALLED, LinkState.STREAMING]


class DeafStream(SledStream):
    """The Bluetooth stack above the lossless link layer drops 40 % of all notifications from 10 s to `until_s`."""

    def __init__(self, until_s: float) -> None:
        super().__init__()
        self.until_s = until_s
        self.missed = 0
        self._rng = random.Random(5)

    def feed(self, characteristic: str, data: bytes, arrival_s: float) -> list[Samples | Gap]:
        drops = characteristic != wire.STATE_UUID and 10.0 <= arrival_s < self.until_s
        if drops and self._rng.random() < 0.4:
            self.missed += 1
            return []
        return super().feed(characteristic, data, arrival_s)


class Handed(SledDriver):
    """Its sensor's stream is one that the test keeps."""

    def __init__(self, stream: SledStream) -> None:
        self._stream = stream

    def stream(self) -> SledStream:
        return self._stream


async def follow(hub: Any, stream: SledStream, bookmark: str | None = None) -> Any:
    """What the hub hears through this stream."""
    (found,) = await scan(hub.radio, 6.0)
    hub.link(replace(found, driver=Handed(stream)), bookmark=bookmark)
    return hub.heard[found.name]


@pytest.mark.parametrize("mtu", [23, 247])
@pytest.mark.parametrize("until_s", [12.0, 40.0])
def test_notifications_that_the_stack_drops_are_asked_for(
    source: Any, plug_in: Any, mtu: int, until_s: float
) -> None:
    async def scenario() -> Any:
        async with Air([source("sled-01")], max_mtu=mtu) as air, plug_in(air) as hub:
            stream = DeafStream(until_s)
            heard = await follow(hub, stream)
            await asyncio.sleep(until_s + 10.0)
            return heard, stream.missed

    heard, missed = virtual_time.run(scenario())
    assert missed > 15
    assert_nothing_is_missing(heard, at_least=round(100 * until_s + 500))


def test_a_successor_goes_on_where_the_killed_hub_was(source: Any, plug_in: Any) -> None:
    async def scenario() -> Any:
        async with Air([source("sled-01")]) as air:
            async with plug_in(air) as hub:
                first = await follow(hub, SledStream())
                await asyncio.sleep(20.0)
                await hub.kill()
            del first.events[-20:]
            bookmark = next(one.bookmark for one in reversed(first.events) if isinstance(one, Received))
            async with plug_in(air) as successor:
                second = await follow(successor, SledStream(), bookmark)
                await asyncio.sleep(30.0)
                return first, second

    first, second = virtual_time.run(scenario())
    numbers = first.numbers + second.numbers
    assert numbers == list(range(len(numbers)))
    assert len(numbers) > 5000
    assert second.gaps == []
    times_s = first.times_s + second.times_s
    np.testing.assert_allclose(times_s, np.arange(len(numbers)) / 100, atol=1e-9)


def test_a_sensor_that_restarts_out_of_reach_loses_what_it_kept_and_no_more(source: Any, plug_in: Any) -> None:
    async def scenario() -> Any:
        conditions = Conditions(shadows=(Shadow(10.0, 20.0), Shadow(50.0, 52.0)))
        async with Air([source("sled-01")], conditions=conditions) as air, plug_in(air) as hub:
            await hub.connect()
            await asyncio.sleep(18.0)
            await air.peripherals[0].boot()
            await asyncio.sleep(52.0)
            return hub.heard["sled-01"]

    heard = virtual_time.run(scenario())
    (gap,) = heard.gaps
    assert (gap.reason, gap.lost) == (GapReason.RESTARTED, None)
    steps = np.diff(heard.numbers)
    assert (steps >= 1).all()
    assert (steps > 1).sum() == 1, "the second shadow costs nothing"
    assert heard.numbers[-1] > 6500
    assert (np.diff(heard.times_s) > 0).all()


def test_catching_up_is_told_and_then_over(source: Any, plug_in: Any) -> None:
    async def scenario() -> Sequence[tuple[float, float]]:
        behind = []
        conditions = Conditions(shadows=(Shadow(10.0, 40.0),))
        async with Air([source("sled-01")], conditions=conditions, max_mtu=23) as air, plug_in(air) as hub:
            stream = SledStream()
            await follow(hub, stream)
            for _ in range(4000):
                await asyncio.sleep(0.02)
                behind.append((asyncio.get_running_loop().time(), stream.behind_s))
        return behind

    behind = virtual_time.run(scenario())
    catching_up = [(at_s, behind_s) for at_s, behind_s in behind if behind_s > 1.0]
    assert 28.0 < max(behind_s for _, behind_s in catching_up) < 45.0
    steps_s = np.diff([at_s for at_s, _ in catching_up])
    assert steps_s.max() < 0.05, "one stretch, without flickering"
    assert behind[-1][1] == 0.0
    assert {behind_s for at_s, behind_s in behind if at_s < 15.0} == {0.0}


def reps_of(events: Sequence[Any]) -> list[Rep]:
    engine = Engine()
    told = []
    for event in events:
        if isinstance(event, Received):
            told += engine.feed(event.samples)
        elif isinstance(event, Missing):
            told += engine.feed(event.gap)
    told += engine.finish()
    return [one.rep for one in told if isinstance(one, RepSettled)]


def test_a_set_under_a_shadow_ends_with_the_same_numbers(plug_in: Any) -> None:
    lifted = Performance(load(SCENARIO), 2)
    starts_s = [one["reps"][0]["turn_s"] for one in lifted.truth()["sets"]]
    seconds = lifted.duration_s + 10.0
    undisturbed, _ = hear(lifted, plug_in, seconds)
    shadowed, dropped = hear(lifted, plug_in, seconds, Shadow(starts_s[0] + 5.0, starts_s[0] + 25.0))
    assert LinkState.LOST in shadowed.states
    assert dropped == 0
    expected, reps = reps_of(undisturbed.events), reps_of(shadowed.events)
    assert len(reps) == len(expected) == sum(len(one["reps"]) for one in lifted.truth()["sets"])
    for rep, like in zip(reps, expected, strict=True):
        assert_same(rep, like)


def assert_same(rep: Rep, like: Rep) -> None:
    """Full packets round the spacing of their samples to a microsecond, so times may differ by some of them."""
    values, expected = asdict(rep), asdict(like)
    for told, meant in ((values.pop("uncertainty"), expected.pop("uncertainty")), (values, expected)):
        known = {name: value for name, value in meant.items() if value is not None}
        assert {name: told[name] for name in known} == pytest.approx(known, rel=2e-3, abs=1e-4)
        assert told.keys() == meant.keys()
        assert {name for name, value in told.items() if value is not None} == known.keys()


def test_a_sensor_keeps_a_minute(source: Any) -> None:
    assert SLED.abilities.buffer_s == SledPeripheral.ring_s == wire.RING_S >= 60.0
