"""What is done over one connection, in which order, and what is told of it."""

import asyncio
import dataclasses
from collections.abc import Sequence
from typing import Any

import pytest

from firmware_sim import virtual_time
from firmware_sim.air import Air, Conditions, Shadow
from firmware_sim.sled import SledPeripheral
from sensor_hub import wire
from sensor_hub.link import Received, StateChanged, scan
from sensor_hub.messages import LinkState
from sensor_hub.model import Gap, Samples
from sensor_hub.sensors import Step, Write
from sensor_hub.sensors.sled import SledDriver, SledStream


class Noting(SledPeripheral):
    """A sled sensor that notes when it was asked for what."""

    def on_boot(self) -> None:
        super().on_boot()
        self.asked: list[tuple[wire.Opcode, float]] = []

    def _on_control(self, connection: Any, value: bytes) -> None:
        self.asked.append((wire.Opcode(value[0]), asyncio.get_running_loop().time()))
        super()._on_control(connection, value)


class Asking(SledStream):
    """Asks for something after the first feed, which comes in the set-up, and after the 50th packet."""

    def __init__(self) -> None:
        super().__init__()
        self.fed = 0
        self.fed_s = 0.0
        self._wish: list[Step] = []

    def feed(self, characteristic: str, data: bytes, arrival_s: float) -> list[Samples | Gap]:
        self.fed += 1
        if self.fed in (1, 50):
            self.fed_s = arrival_s
            self._wish = [_request(wire.Opcode.IDENTIFY, 1), _request(wire.Opcode.IDENTIFY, 0)]
        return super().feed(characteristic, data, arrival_s)

    def requests(self) -> Sequence[Step]:
        wishes, self._wish = self._wish, []
        return [*super().requests(), *wishes]


class Behind(SledStream):
    """Says of its first hundred packets that there is more to come."""

    fed = 0

    def feed(self, characteristic: str, data: bytes, arrival_s: float) -> list[Samples | Gap]:
        items = super().feed(characteristic, data, arrival_s)
        self.fed += bool(items)
        return items

    @property
    def behind_s(self) -> float:
        return max(0.0, 4.0 - self.fed * 0.04)


def _request(opcode: wire.Opcode, *parameters: int) -> Write:
    return Write(wire.CONTROL_UUID, wire.Request(opcode, parameters).encode())


class Speaking(SledDriver):
    """The sled's driver with a stream of the test's."""

    def __init__(self, stream: SledStream) -> None:
        self._stream = stream

    def stream(self) -> SledStream:
        return self._stream


async def linked(hub: Any, stream: SledStream, seconds: float) -> Any:
    (found,) = await scan(hub.radio, 1.0)
    hub.link(dataclasses.replace(found, driver=Speaking(stream)))
    await asyncio.sleep(seconds)
    return hub.heard["sled-01"]


def test_the_set_up_is_carried_out_whole_before_what_the_stream_asks_for_and_that_at_once(
    source: Any, plug_in: Any, make_odd: Any
) -> None:
    stream = Asking()

    async def scenario() -> Any:
        async with Air([source("sled-01")], families=make_odd(Noting)) as air, plug_in(air) as hub:
            await linked(hub, stream, 5.0)
            return air.peripherals[0].asked

    asked = virtual_time.run(scenario())
    opcodes = [opcode for opcode, _ in asked]
    wished = [wire.Opcode.IDENTIFY, wire.Opcode.IDENTIFY]
    first = opcodes.index(wire.Opcode.IDENTIFY)
    assert wire.Opcode.START in opcodes[:first], "the set-up's last step comes before the first wish"
    assert opcodes[first : first + 2] == wished
    assert opcodes[-2:] == wished
    later_s = asked[-2][1] - stream.fed_s
    assert 0 < later_s <= 0.015 + 1e-6, "one connection interval, not the watchdog's next look"


def test_a_stream_that_is_behind_is_catching_up_and_says_by_how_much(source: Any, plug_in: Any) -> None:
    async def scenario() -> Any:
        async with Air([source("sled-01")]) as air, plug_in(air) as hub:
            return await linked(hub, Behind(), 10.0)

    heard = virtual_time.run(scenario())
    told = [event for event in heard.events if isinstance(event, StateChanged)]
    catching_up = [event.behind_s for event in told if event.state is LinkState.CATCHING_UP]
    assert catching_up == [4.0, 3.0, 2.0, 1.0], "told when the whole second changes, not with every packet"
    assert heard.states[-1] is LinkState.STREAMING
    assert told[-1].behind_s is None


def test_what_a_stream_holds_back_comes_out_when_the_link_ends(source: Any, plug_in: Any) -> None:
    class Holding(SledStream):
        held: list[Samples | Gap]

        def feed(self, characteristic: str, data: bytes, arrival_s: float) -> list[Samples | Gap]:
            self.held = [*getattr(self, "held", []), *super().feed(characteristic, data, arrival_s)]
            return []

        @property
        def behind_s(self) -> float:
            return 0.5

        def finish(self) -> list[Samples | Gap]:
            return self.held

    async def scenario() -> tuple[int, Any]:
        async with Air([source("sled-01")]) as air, plug_in(air) as hub:
            heard = await linked(hub, Holding(), 5.0)
            before = len(heard.numbers)
            await hub.close()
            return before, heard

    before, heard = virtual_time.run(scenario())
    assert before == 0
    assert heard.numbers == list(range(len(heard.numbers)))
    assert len(heard.numbers) > 300
    assert LinkState.STALLED not in heard.states, "bytes that are held back are no silence"


def test_health_tells_the_adapter_and_how_often_packets_come(source: Any, plug_in: Any) -> None:
    async def scenario() -> Any:
        async with Air([source("sled-01")]) as air, plug_in(air) as hub:
            await hub.connect()
            await asyncio.sleep(12.0)
            return hub.heard["sled-01"].health[-1]

    health = virtual_time.run(scenario())
    assert health.adapter == "virtual"
    assert health.packet_interval_s == pytest.approx(0.040, rel=0.05)
    assert health.dropped_notifications == 0


def test_a_bookmark_of_nobodys_is_told_and_the_stream_begins_anew(
    source: Any, plug_in: Any, caplog: pytest.LogCaptureFixture
) -> None:
    async def scenario() -> Any:
        async with Air([source("sled-01")]) as air, plug_in(air) as hub:
            await hub.connect(bookmark="what is this?")
            await asyncio.sleep(5.0)
            return hub.heard["sled-01"]

    assert len(virtual_time.run(scenario()).numbers) > 300
    assert "sled-01 begins anew" in caplog.text


def test_after_a_shadow_the_link_catches_up_and_nothing_is_missing(source: Any, plug_in: Any) -> None:
    async def scenario() -> Any:
        conditions = Conditions(shadows=(Shadow(10.0, 30.0),))
        async with Air([source("sled-01")], conditions=conditions) as air, plug_in(air) as hub:
            await hub.connect()
            await asyncio.sleep(60.0)
            return hub.heard["sled-01"]

    heard = virtual_time.run(scenario())
    assert heard.gaps == []
    assert heard.numbers == list(range(len(heard.numbers)))
    assert LinkState.CATCHING_UP in heard.states
    assert heard.states[-1] is LinkState.STREAMING


def test_a_link_goes_on_at_the_bookmark_of_another(source: Any, plug_in: Any) -> None:
    async def scenario() -> tuple[Any, Any]:
        async with Air([source("sled-01")]) as air:
            async with plug_in(air) as hub:
                await hub.connect()
                await asyncio.sleep(10.0)
                first = hub.heard["sled-01"]
            bookmark = next(event.bookmark for event in reversed(first.events) if isinstance(event, Received))
            async with plug_in(air) as hub:
                await asyncio.sleep(10.0)
                await hub.connect(bookmark=bookmark)
                await asyncio.sleep(10.0)
                return first, hub.heard["sled-01"]

    first, second = virtual_time.run(scenario())
    assert second.numbers[0] == first.numbers[-1] + 1
    assert second.gaps == []
    assert second.times_s[0] == pytest.approx(first.times_s[-1] + 0.01)
