"""What it costs to look for sensors that are gone: computing time of the hub, on the virtual air.

    python benchmarks/listening.py [--minutes 5]

Each neighbour is a sensor that advertises ten times a second and that nobody wants. From every figure that of the
same air without a hub is taken away. What a scan takes from the air time of the links beside it does not show here:
the virtual controller listens and talks at once, which real ones do not.
"""

import argparse
import asyncio
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass

import numpy as np

from firmware_sim import virtual_time
from firmware_sim.air import Air
from firmware_sim.source import CountsBlock, TimeBlock
from sensor_hub.link import Pace, Radio, SensorLink, scan
from sensor_hub.link.adapter import adapter_on

RESTING, STEADY = Pace(), Pace(rest_s=0.0, longest_rest_s=0.0)
SETTLE_S = 60.0
ROWS = (
    ("1 gone", 1, 0, RESTING),
    ("6 gone", 6, 0, RESTING),
    ("1 gone, 10 neighbours", 1, 10, RESTING),
    ("6 gone, 10 neighbours", 6, 10, RESTING),
    ("6 gone, 10 neighbours, listening without rests", 6, 10, STEADY),
)


@dataclass(frozen=True)
class Rest:
    """A sensor that nobody starts."""

    name: str
    rate_hz: float = 100.0
    range_g: float = 8.0
    bits: int = 16

    def blocks(self) -> Iterator[tuple[TimeBlock, CountsBlock]]:
        yield np.zeros(1), np.zeros((1, 3), np.int16)


async def computing_s(gone: int, neighbours: int, pace: Pace | None, seconds: float) -> tuple[float, float]:
    """Computing time, and for how long it was listened; pace: None for no hub."""
    async with AsyncExitStack() as stack:
        lost = await stack.enter_async_context(Air([Rest(f"gone-{number}") for number in range(gone)]))
        dongle = lost.dongle()
        radio = Radio([await adapter_on(dongle, dongle, "virtual")], pace or RESTING)
        wanted = await scan(radio, 1.0)
        lost.unplug(dongle)
        air = await stack.enter_async_context(Air([Rest(f"near-{number}") for number in range(neighbours)]))
        dongle = air.dongle()
        radio = Radio([await adapter_on(dongle, dongle, "virtual")], pace or RESTING)
        links = [SensorLink(found, radio, lambda event: None) for found in wanted] if pace else []
        running = [asyncio.create_task(link.run()) for link in links]
        for controller in list(lost.radio.controllers):
            lost.unplug(controller)
        await asyncio.sleep(SETTLE_S)
        began_s, opened_s = time.process_time(), radio.lookout.open_s
        await asyncio.sleep(seconds)
        used_s, open_s = time.process_time() - began_s, radio.lookout.open_s - opened_s
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        await radio.close()
        return used_s, open_s


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=5.0)
    minutes = parser.parse_args().minutes
    print(f"{'':48s} {'listening':>9s} {'ms a minute':>12s} {'of a core':>10s}")
    for words, gone, neighbours, pace in ROWS:
        alone_s, _ = virtual_time.run(computing_s(gone, neighbours, None, minutes * 60))
        used_s, open_s = virtual_time.run(computing_s(gone, neighbours, pace, minutes * 60))
        spent_ms = max(0.0, used_s - alone_s) / minutes * 1e3
        print(f"{words:48s} {open_s / minutes / 60:9.0%} {spent_ms:12.1f} {spent_ms / 60e3:10.3%}")


if __name__ == "__main__":
    main()
