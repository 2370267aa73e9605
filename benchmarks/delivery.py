"""What a sensor costs and how late its samples are: simulator and hub in two processes, an HCI transport over TCP.

    python benchmarks/delivery.py [--sensors 1 4 12] [--seconds 20]

Latency runs from a sample's device time to its delivery by the link, in milliseconds; CPU is of one core, per sensor.
"""

import argparse
import asyncio
import json
import resource
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from firmware_sim.air import Serving, serve
from firmware_sim.source import CountsBlock, TimeBlock
from sensor_hub.link import Found, LinkEvent, Missing, Received, SensorLink, open_radio, scan

RATE_HZ = 100.0
WARM_UP_S = 2.0


@dataclass
class Rest:
    """Tells, on stdout, when its clock started, by the clock that both processes share."""

    name: str
    rate_hz: float = RATE_HZ
    range_g: float = 8.0
    bits: int = 16

    def blocks(self) -> Iterator[tuple[TimeBlock, CountsBlock]]:
        print(json.dumps({"name": self.name, "start_s": time.monotonic()}), flush=True)
        for first in range(0, 10_000_000, 50):
            yield np.arange(first, first + 50) / self.rate_hz, np.full((50, 3), 2364, np.int16)


def simulate(sensors: int) -> None:
    def ready(serving: Serving) -> None:
        print(json.dumps({"listen": serving.listen}), flush=True)

    asyncio.run(serve([Rest(f"sled-{i:02d}") for i in range(sensors)], on_ready=ready))


async def listen_to(moniker: str, sensors: int, seconds: float) -> tuple[dict[str, list[LinkEvent]], float]:
    """Events of each sensor over the given time after all of them stream, and the hub's CPU seconds in it."""
    events: dict[str, list[LinkEvent]] = {}
    async with open_radio([moniker]) as radio:
        found: list[Found] = []
        while len(found) < sensors:
            found = await scan(radio, 1.0)
        links = []
        for sensor in found:
            heard = events.setdefault(sensor.name, [])
            links.append(asyncio.create_task(SensorLink(sensor, radio, heard.append).run()))
        await asyncio.sleep(WARM_UP_S * sensors)
        for heard in events.values():
            heard.clear()
        before_s = time.process_time()
        await asyncio.sleep(seconds)
        cpu_s = time.process_time() - before_s
        for link in links:
            link.cancel()
        await asyncio.wait(links)
    return events, cpu_s


def measure(sensors: int, seconds: float) -> str:
    command = [sys.executable, __file__, "--simulate", str(sensors)]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began_s = time.monotonic()
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as simulator:
        assert simulator.stdout is not None
        moniker = json.loads(simulator.stdout.readline())["listen"].replace("tcp-server", "tcp-client")
        events, hub_s = asyncio.run(listen_to(moniker, sensors, seconds))
        lived_s = time.monotonic() - began_s
        simulator.terminate()
        starts = {line["name"]: line["start_s"] for line in map(json.loads, simulator.stdout)}
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    simulator_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    samples, packets, lost = [], [], 0
    for name, heard in events.items():
        for event in heard:
            if isinstance(event, Received):
                late_s = event.arrival_s - starts[name] - event.samples.time_s
                samples += [float(late) for late in late_s]
                packets.append(float(late_s[-1]))
            elif isinstance(event, Missing):
                lost += event.gap.lost or 0
    every, newest = (np.percentile(np.array(late) * 1e3, [50, 95, 99]) for late in (samples, packets))
    times = "   ".join(" ".join(f"{late:6.1f}" for late in figures) for figures in (every, newest))
    cpu = f"{hub_s / seconds / sensors:7.2%}  {simulator_s / lived_s / sensors:9.2%}"
    return f"{sensors:7d}  {cpu}  {times}  {lost:5d}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sensors", type=int, nargs="+", default=[1, 4, 12])
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--simulate", type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.simulate:
        simulate(arguments.simulate)
        return
    show(arguments.sensors, arguments.seconds)


def show(numbers: Sequence[int], seconds: float) -> None:
    print("              CPU per sensor        every sample, ms        newest in packet, ms")
    print("sensors      hub  simulator     p50    p95    p99      p50    p95    p99   lost")
    for sensors in numbers:
        print(measure(sensors, seconds), flush=True)


if __name__ == "__main__":
    main()
