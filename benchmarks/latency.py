"""How late the screen is: from a sample's instant to the browser's event, hop by hop, on the real parts.

    python benchmarks/latency.py [--seconds 60] [--json]

A simulated sensor on a 15 ms connection interval; link, engine, publisher, embedded broker, subscriber and web server
as in `sensor-hub run`; headless Chromium on the live stream. An instant of a sample is its device time mapped by the
lower envelope of arrivals, so the least delay of the radio (about a millisecond) is not in the figures.
"""

import argparse
import asyncio
import json
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from playwright.async_api import async_playwright

from sensor_hub.app.demonstration.simulator import scenario, simulator
from sensor_hub.app.floor.outlet import BrokerOutlet
from sensor_hub.app.measuring.clocks import HostClock
from sensor_hub.app.measuring.desk import Desk
from sensor_hub.app.measuring.journal import SensorIdentity
from sensor_hub.app.measuring.machine import Machine, Memory
from sensor_hub.app.measuring.profiles import MachineProfile
from sensor_hub.bus import Ack, EmbeddedBroker, Subscriber, filters_of
from sensor_hub.link import LinkEvent, Received, SensorLink, open_radio, watch
from sensor_hub.messages import Kind, Live, Message
from sensor_hub.store import Store
from sensor_hub.web import LiveFeed, create_app, serve

HOPS = (
    ("radio", "sample", "received"),
    ("engine and messages", "received", "published"),
    ("broker", "published", "heard"),
    ("web and browser", "heard", "seen"),
    ("all", "sample", "seen"),
)
WATCH = """([path]) => {
    window.seen = [];
    new EventSource(path).addEventListener("live", (event) => {
        const at_s = JSON.parse(event.data).at_s;
        window.seen.push([at_s, (performance.timeOrigin + performance.now()) / 1000]);
    });
}"""
CHROMIUM = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]


@dataclass
class Marks:
    """Instants in seconds since the epoch, by the device time of the newest sample used."""

    sample: dict[float, float] = field(default_factory=dict)
    received: dict[float, float] = field(default_factory=dict)
    published: dict[float, float] = field(default_factory=dict)
    heard: dict[float, float] = field(default_factory=dict)
    seen: dict[float, float] = field(default_factory=dict)
    arrival: float = 0.0

    def on_live(self, live: Live) -> None:
        self.sample[live.at_s] = live.time.timestamp()
        self.received[live.at_s] = self.arrival
        self.published[live.at_s] = time.time()

    def on_message(self, message: Message, feed: LiveFeed) -> None:
        if isinstance(message, Live):
            self.heard[message.at_s] = time.time()
        feed.offer(message)


class MarkedOutlet(BrokerOutlet):
    marks: Marks

    def live(self, message: Live) -> None:
        self.marks.on_live(message)
        super().live(message)


async def measure(seconds: float) -> Marks:
    marks = Marks()
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="latency-")))
        lifters = await stack.enter_async_context(simulator(["run", scenario("demo")]))
        broker = stack.enter_context(EmbeddedBroker(folder))
        feed = LiveFeed()

        def hear(message: Message, ack: Ack) -> None:
            marks.on_message(message, feed)
            ack()

        subscriber = Subscriber(broker, "latency", filters_of(list(Kind)), hear, durable=False)
        subscriber.start()
        stack.callback(subscriber.stop)
        store = Store.open(folder / "hub.db")
        stack.callback(store.close)
        outlet = MarkedOutlet(broker, folder, "hub", "home", "sled-01")
        outlet.marks = marks
        stack.callback(outlet.stop)
        address: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        async with asyncio.TaskGroup() as tasks:
            running = [
                tasks.create_task(serve(create_app(feed, store), port=0, ready=address.set_result)),
                tasks.create_task(follow(lifters.adapter, outlet, folder, marks)),
            ]
            marks.seen = await look(await address, seconds)
            for task in running:
                task.cancel()
    return marks


async def follow(moniker: str, outlet: BrokerOutlet, folder: Path, marks: Marks) -> None:
    """The first sensor on the air, as sensor_hub.app.floor.hub follows it."""
    loop = asyncio.get_running_loop()
    async with open_radio([moniker]) as radio:
        found = await anext(watch(radio))
        sensor = SensorIdentity(found.address, found.name, found.family)
        profile = MachineProfile(folder, "home", "sled-01")
        machine = Machine(Desk("home", "sled-01", outlet), sensor, HostClock.now(loop.time()), Memory(profile))

        def deliver(event: LinkEvent) -> None:
            if isinstance(event, Received):
                marks.arrival = time.time() - (loop.time() - event.arrival_s)
            machine.handle(event, loop.time())

        await SensorLink(found, radio, deliver).run()


async def look(url: str, seconds: float) -> dict[float, float]:
    """When a browser saw what; device time to seconds since the epoch."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path="/usr/bin/chromium", args=CHROMIUM)
        page = await browser.new_page()
        await page.goto(f"{url}/live/home/sled-01")
        await page.evaluate(WATCH, ["/api/live/home/sled-01"])
        await asyncio.sleep(seconds)
        seen: list[tuple[float, float]] = await page.evaluate("window.seen")
        await browser.close()
    return dict(reversed(seen))


def summarise(marks: Marks, skip_s: float = 5.0) -> list[dict[str, Any]]:
    """p50 and p95 of every hop in ms, without the first seconds, in which clocks and pages settle."""
    begin = min(marks.seen) + skip_s
    complete = [at for at in marks.seen if at > begin and at in marks.heard and at in marks.sample]
    rows = []
    for name, first, last in HOPS:
        start, end = getattr(marks, first), getattr(marks, last)
        late_ms = [1000 * (end[at] - start[at]) for at in complete]
        p50, p95 = np.percentile(late_ms, (50, 95))
        rows.append(
            {"hop": name, "p50_ms": round(float(p50), 2), "p95_ms": round(float(p95), 2), "n": len(complete)}
        )
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    rows = summarise(asyncio.run(measure(arguments.seconds)))
    show: Callable[[Any], None] = print
    if arguments.json:
        show(json.dumps(rows))
        return
    show(f"{'hop':22s} {'p50 ms':>8s} {'p95 ms':>8s}   ({rows[0]['n']} live values)")
    for row in rows:
        show(f"{row['hop']:22s} {row['p50_ms']:8.1f} {row['p95_ms']:8.1f}")


if __name__ == "__main__":
    main()
