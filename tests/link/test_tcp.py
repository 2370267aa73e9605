"""The way across processes: the simulator serves the hub's dongle over TCP. In real time, so short."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from firmware_sim.air import Serving, serve
from sensor_hub.errors import LinkError
from sensor_hub.link import LinkEvent, Missing, Received, SensorLink, open_radio, scan
from sensor_hub.model import GapReason

PROGRAM = """
import asyncio, sys
import numpy as np
from firmware_sim.air import serve

class Rest:
    name, rate_hz, range_g, bits = "sled-01", 100.0, 8.0, 16
    def blocks(self):
        for first in range(0, 100_000, 50):
            yield np.arange(first, first + 50) / 100.0, np.full((50, 3), 2364, np.int16)

asyncio.run(serve([Rest()], sys.argv[1], on_ready=lambda serving: print(serving.listen, flush=True)))
"""


@contextlib.asynccontextmanager
async def simulator(listen: str) -> AsyncIterator[tuple[asyncio.subprocess.Process, str]]:
    """The simulator as a process of its own; gives it and the moniker for a hub."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PROGRAM, listen, stdout=asyncio.subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        ready = (await asyncio.wait_for(process.stdout.readline(), 20.0)).decode().strip()
        yield process, ready.replace("tcp-server", "tcp-client")
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def until(condition: Callable[[], bool], seconds: float) -> None:
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110  what is waited for is told by a plain callback
            await asyncio.sleep(0.02)


def received(events: list[LinkEvent]) -> int:
    return sum(len(event.samples) for event in events if isinstance(event, Received))


@contextlib.asynccontextmanager
async def linked(moniker: str, events: list[LinkEvent]) -> AsyncIterator[None]:
    async with open_radio([moniker]) as radio:
        (found,) = await scan(radio, 0.5)
        link = asyncio.create_task(SensorLink(found, radio, events.append).run())
        try:
            yield
        finally:
            link.cancel()
            await asyncio.wait({link})


async def test_every_sample_crosses_the_process_boundary_in_order(source: Any) -> None:
    serving: asyncio.Future[Serving] = asyncio.get_running_loop().create_future()
    task = asyncio.create_task(serve([source("sled-01", seconds=2.0)], on_ready=serving.set_result))
    moniker = (await serving).listen.replace("tcp-server", "tcp-client")
    events: list[LinkEvent] = []
    async with linked(moniker, events):
        await until(lambda: received(events) >= 200, 8.0)
    task.cancel()
    await asyncio.wait({task})
    blocks = [event.samples for event in events if isinstance(event, Received)]
    assert [round(float(t) * 100) for block in blocks for t in block.time_s] == list(range(200))
    assert not any(isinstance(event, Missing) for event in events)


async def test_a_hub_that_comes_back_gets_the_stream_going_on() -> None:
    async with simulator("tcp-server:127.0.0.1:0") as (_, moniker):
        first: list[LinkEvent] = []
        async with linked(moniker, first):
            await until(lambda: received(first) >= 100, 8.0)
        second: list[LinkEvent] = []
        async with linked(moniker, second):
            await until(lambda: received(second) >= 100, 8.0)
    ends, begins = (events_of(events) for events in (first, second))
    assert begins[0].samples.time_s[0] > ends[-1].samples.time_s[-1]


async def test_a_simulator_killed_and_started_again_is_found_by_the_same_adapter() -> None:
    events: list[LinkEvent] = []
    async with simulator("tcp-server:127.0.0.1:0") as (process, moniker), linked(moniker, events):
        await until(lambda: received(events) >= 100, 8.0)
        process.send_signal(signal.SIGKILL)
        await process.wait()
        before = received(events)
        async with simulator(moniker.replace("tcp-client", "tcp-server")):
            await until(lambda: received(events) >= before + 100, 20.0)
    reasons = [event.gap.reason for event in events if isinstance(event, Missing)]
    assert reasons == [GapReason.RESTARTED]


def events_of(events: list[LinkEvent]) -> list[Received]:
    return [event for event in events if isinstance(event, Received)]


async def test_a_taken_port_is_a_sentence(source: Any) -> None:
    server = await asyncio.start_server(lambda reader, writer: None, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server:
        with pytest.raises(LinkError, match=f"Cannot listen on 127.0.0.1:{port} .*Choose another port"):
            await serve([source("sled-01")], f"tcp-server:127.0.0.1:{port}", on_ready=print)


@pytest.mark.parametrize("listen", ["tcp-client:127.0.0.1:9001", "9001", "tcp-server:9001", "tcp-server:h:99999"])
async def test_a_place_to_listen_that_is_none(source: Any, listen: str) -> None:
    with pytest.raises(LinkError, match=r"Write tcp-server:127\.0\.0\.1:9001"):
        await serve([source("sled-01")], listen, on_ready=print)


async def test_a_real_controller_that_is_not_there(source: Any) -> None:
    with pytest.raises(LinkError, match="cannot be opened"):
        await serve([source("sled-01")], radio=f"serial:{os.devnull}-none", on_ready=print)
    with pytest.raises(LinkError, match="carries one sensor"):
        await serve([source("sled-01"), source("sled-02")], radio="usb:0", on_ready=print)
