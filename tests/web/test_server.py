"""The server on a real socket: ports, slow phones, leaving viewers, and going down."""

import asyncio
import contextlib
import socket
import time
from collections.abc import AsyncIterator

import httpx
import pytest

from sensor_hub.errors import ServeError
from sensor_hub.web import LiveFeed, create_app, serve
from sensor_hub.web.server import listen
from tests.web.lifter import SITE, Lift, LiftingSet
from tests.web.memory import MemoryStore

LIFTING = LiftingSet([Lift()])
LIVE = f"/api/live/{SITE}/sled-01"


class Serving:
    def __init__(self) -> None:
        self.feed = LiveFeed()
        self._url: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        app = create_app(self.feed, MemoryStore())
        self.task = asyncio.create_task(serve(app, "127.0.0.1", 0, ready=self._url.set_result))

    async def url(self) -> str:
        return await asyncio.wait_for(asyncio.shield(self._url), 5)

    async def stop(self) -> float:
        began = time.monotonic()
        self.task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self.task
        return time.monotonic() - began

    async def viewers(self, count: int) -> None:
        for _ in range(300):
            if self.feed.viewer_count == count:
                return
            await asyncio.sleep(0.01)
        raise AssertionError(f"{self.feed.viewer_count} viewers, not {count}")


@pytest.fixture
async def serving() -> AsyncIterator[Serving]:
    server = Serving()
    await server.url()
    yield server
    await server.stop()


async def open_raw(url: str, receive_buffer: int) -> socket.socket:
    """A phone's connection that asked for the live stream and reads only when told."""
    port = int(url.rpartition(":")[2])
    phone = socket.socket()
    phone.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    phone.setblocking(False)
    loop = asyncio.get_running_loop()
    await loop.sock_connect(phone, ("127.0.0.1", port))
    await loop.sock_sendall(phone, f"GET {LIVE} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    return phone


async def test_a_live_stream_comes_as_events(serving: Serving) -> None:
    serving.feed.offer(LIFTING.rep(1))
    async with (
        httpx.AsyncClient(base_url=await serving.url()) as client,
        client.stream("GET", LIVE, timeout=5) as answer,
    ):
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert answer.headers["cache-control"] == "no-store"
        assert "content-encoding" not in answer.headers
        seen = []
        async for line in answer.aiter_lines():
            seen.append(line)
            if line.startswith("event: beat") and seen.count("event: beat") == 2:
                break
    assert "event: rep" in seen


async def test_a_phone_that_stops_reading_gets_the_newest_frames_and_not_all(serving: Serving) -> None:
    phone = await open_raw(await serving.url(), 4096)
    await serving.viewers(1)
    frames = 20_000
    for step in range(frames):
        serving.feed.offer(LIFTING.live(LIFTING.lifts[0], 0.0, float(step), 0))
        if step % 20 == 0:
            await asyncio.sleep(0)
    got = b""
    async with asyncio.timeout(10):
        while f'"at_s":{frames - 1}.0'.encode() not in got:
            got += await asyncio.get_running_loop().sock_recv(phone, 1 << 16)
    phone.close()
    assert got.count(b"event: live") < 0.05 * frames


async def test_a_viewer_that_hangs_up_is_forgotten(serving: Serving) -> None:
    phone = await open_raw(await serving.url(), 65536)
    await serving.viewers(1)
    phone.close()
    await serving.viewers(0)


async def test_going_down_with_open_streams_takes_less_than_two_seconds(caplog: pytest.LogCaptureFixture) -> None:
    serving = Serving()
    url = await serving.url()
    phones = [await open_raw(url, 4096) for _ in range(5)]
    await serving.viewers(5)
    for step in range(2000):
        serving.feed.offer(LIFTING.live(LIFTING.lifts[0], 0.0, float(step), 0))
        await asyncio.sleep(0)
    assert await serving.stop() < 2.0
    assert not [record for record in caplog.records if record.levelname == "ERROR"]
    assert serving.feed.viewer_count == 0
    for phone in phones:
        phone.close()
    async with httpx.AsyncClient() as client:
        with pytest.raises(httpx.ConnectError):
            await client.get(url)


async def test_a_taken_port_is_said_in_a_sentence(serving: Serving) -> None:
    port = int((await serving.url()).rpartition(":")[2])
    with pytest.raises(ServeError, match=f"Port {port} is taken by another program"):
        await serve(create_app(LiveFeed(), MemoryStore()), "127.0.0.1", port)


async def test_an_address_that_is_not_ours_is_said_in_a_sentence() -> None:
    with pytest.raises(ServeError, match=r"192\.0\.2\.1 is not an address of this computer"):
        await serve(create_app(LiveFeed(), MemoryStore()), "192.0.2.1", 0)


def test_what_is_sent_does_not_wait_for_the_visitors_acknowledgement() -> None:
    with (
        listen("127.0.0.1", 0) as door,
        socket.create_connection(door.getsockname()),
        door.accept()[0] as answering,
    ):
        assert answering.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) == 1
