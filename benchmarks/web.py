"""What the live page costs: bytes shipped, time to the first number, frames a second, the hub's CPU for its viewers.

    python -m benchmarks.web [--seconds 15] [--viewers 1 5 20] [--json]

A lifter says 20 messages a second to a real server in a process of its own. Headless Chromium shows the page as a
phone does (390 by 844 at 3 device pixels) with a path to follow. A frame is one run of requestAnimationFrame, its cost
the computing time of the page's main thread, which other programs do not lengthen. Viewers are open streams; the hub's
CPU is the server process's share of one core.
"""

import argparse
import asyncio
import json
import multiprocessing
import os
import threading
import time
from contextlib import AsyncExitStack
from multiprocessing.connection import Connection
from typing import Any

import httpx
import numpy as np
from playwright.async_api import Browser, CDPSession, Page, async_playwright

from sensor_hub.messages import Message
from sensor_hub.web import LiveFeed, create_app, serve
from tests.web.lifter import Lift, LiftingSet
from tests.web.memory import MemoryStore

PATH = "/live/home/sled-01"
PHONE = {"width": 390, "height": 844}
CHROMIUM = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
ASKED = json.dumps(json.dumps({"tempo": "3-1-1-1", "reps": None}))
FIRST_NUMBER = """() => new Promise((done) => {
    const look = () => /\\d/.test(document.querySelector('[data-testid="phase-seconds"]')?.textContent ?? "")
        ? done(performance.now()) : requestAnimationFrame(look);
    look();
})"""
FRAMES = """(seconds) => new Promise((done) => {
    const at = [];
    const note = (now) => { at.push(now); now - at[0] < 1000 * seconds ? requestAnimationFrame(note) : done(at); };
    requestAnimationFrame(note);
})"""


def lift(say: Connection) -> None:
    """Serves, and lifts set after set, until the process is ended."""
    feed = LiveFeed()
    ready = threading.Event()

    def told(url: str) -> None:
        say.send(url)
        ready.set()

    def go_on() -> None:
        ready.wait()
        began, number = time.monotonic(), 0
        while True:
            number += 1
            lifting = LiftingSet([Lift()] * 10, number=number, start_s=60.0 * number)
            for message in lifting.began():
                feed.offer(message)
            began = _play(lifting, feed.offer, began)

    threading.Thread(target=go_on, daemon=True).start()
    asyncio.run(serve(create_app(feed, MemoryStore()), "127.0.0.1", 0, ready=told))


def _play(lifting: LiftingSet, offer: Any, began: float) -> float:
    """Says a set at its time; returns when it was over."""
    message: Message
    for at_s, message in lifting.messages():
        time.sleep(max(0.0, began + at_s - lifting.start_s - time.monotonic()))
        offer(message)
    return began + lifting.end_s - lifting.start_s


async def look(browser: Browser, url: str, seconds: float) -> dict[str, Any]:
    """First visit, second visit, frames."""
    context = await browser.new_context(viewport=PHONE, device_scale_factor=3)  # type: ignore[arg-type]
    await context.add_init_script(f"localStorage.setItem('target', {ASKED})")
    page = await context.new_page()
    shipped = await _watch(page)
    await page.goto(url + PATH)
    first_ms = await page.evaluate(FIRST_NUMBER)
    bytes_first = sum(shipped)
    await page.reload()
    again_ms = await page.evaluate(FIRST_NUMBER)
    session = await context.new_cdp_session(page)
    await session.send("Performance.enable", {"timeDomain": "threadTicks"})
    before_s = await _busy_s(session)
    at_ms = await page.evaluate(FRAMES, seconds)
    busy_s = await _busy_s(session) - before_s
    spaces_ms = np.diff(at_ms)
    await context.close()
    return {
        "shipped_kb": round(bytes_first / 1000, 1),
        "shipped_again_kb": round((sum(shipped) - bytes_first) / 1000, 1),
        "first_number_ms": round(first_ms),
        "first_number_again_ms": round(again_ms),
        "frames_per_s": round(1000 / float(np.mean(spaces_ms)), 1),
        "frame_p95_ms": round(float(np.percentile(spaces_ms, 95)), 1),
        "frames_late_share": round(float(np.mean(spaces_ms > 34)), 4),
        "frame_cost_ms": round(1000 * busy_s / len(at_ms), 2),
    }


async def _busy_s(session: CDPSession) -> float:
    """Computing time of the page's main thread so far."""
    metrics = (await session.send("Performance.getMetrics"))["metrics"]
    return next(float(one["value"]) for one in metrics if one["name"] == "TaskDuration")


async def _watch(page: Page) -> list[int]:
    """Bytes on the wire of each answer that has ended, heads included."""
    shipped: list[int] = []
    session = await page.context.new_cdp_session(page)
    await session.send("Network.enable")
    session.on("Network.loadingFinished", lambda event: shipped.append(int(event["encodedDataLength"])))
    return shipped


async def cpu_share(url: str, process: int, viewers: int, seconds: float) -> float:
    """Of one core, while so many read."""
    async with AsyncExitStack() as stack:
        limits = httpx.Limits(max_connections=None)
        client = await stack.enter_async_context(httpx.AsyncClient(timeout=None, limits=limits, trust_env=False))
        readers = [asyncio.create_task(_read(client, f"{url}/api{PATH}")) for _ in range(viewers)]
        await asyncio.sleep(2)
        before_s, began = _cpu_s(process), time.monotonic()
        await asyncio.sleep(seconds)
        share = (_cpu_s(process) - before_s) / (time.monotonic() - began)
        for reader in readers:
            reader.cancel()
        await asyncio.gather(*readers, return_exceptions=True)
        return share


async def _read(client: httpx.AsyncClient, url: str) -> None:
    async with client.stream("GET", url) as answer:
        async for _ in answer.aiter_raw():
            pass


def _cpu_s(process: int) -> float:
    with open(f"/proc/{process}/stat", encoding="ascii") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def measure(seconds: float, viewers: list[int]) -> dict[str, Any]:
    ours, theirs = multiprocessing.Pipe()
    hub = multiprocessing.get_context("spawn").Process(target=lift, args=(theirs,), daemon=True)
    hub.start()
    try:
        url, process = ours.recv(), hub.pid or 0
        cpu = {0: await cpu_share(url, process, 0, seconds)}
        for count in viewers:
            cpu[count] = await cpu_share(url, process, count, seconds)
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path="/usr/bin/chromium", args=CHROMIUM)
            page = await look(browser, url, seconds)
            await browser.close()
    finally:
        hub.terminate()
        hub.join()
    return page | {"cpu_percent": {str(count): round(100 * share, 1) for count, share in cpu.items()}}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=15.0)
    parser.add_argument("--viewers", type=int, nargs="+", default=[1, 5, 20])
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    found = asyncio.run(measure(arguments.seconds, arguments.viewers))
    if arguments.json:
        print(json.dumps(found))
        return
    for name, value in found.items():
        print(f"{name:24s} {value}")


if __name__ == "__main__":
    main()
