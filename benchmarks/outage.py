"""How long a sled sensor takes to catch up after an outage, on the virtual air, in virtual time.

    python benchmarks/outage.py [--outages 20 60] [--rates 100]

After the outage the hub finds and connects the sensor again ("away" is until then). From the first sample that comes
it takes "catching up" until samples are as fresh as before; "never" is not within ten minutes. The simulated sensor
keeps two minutes here, so that what is measured until the new connection is kept as well; it has six packets under
way at most, a packet takes 2.5 ms on the air, and no connection event fails.
"""

import argparse
import asyncio
import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import product

import numpy as np

from firmware_sim import virtual_time
from firmware_sim.air import Air, Conditions, Shadow
from firmware_sim.sled import SledPeripheral
from firmware_sim.source import CountsBlock, TimeBlock
from sensor_hub.link import LinkEvent, Missing, Radio, Received, SensorLink, scan
from sensor_hub.link.adapter import adapter_on

INTERVALS_MS = (15.0, 50.0)
MTUS = (247, 23)
BEFORE_S = 20.0
FRESH_S = 0.3
SILENCE_S = 5.0
LONGEST_S = 600.0
RING_S = 120.0


@dataclass
class Rest:
    rate_hz: float
    name: str = "sled-01"
    range_g: float = 8.0
    bits: int = 16

    def blocks(self) -> Iterator[tuple[TimeBlock, CountsBlock]]:
        for first in range(0, 10_000_000, 50):
            yield np.arange(first, first + 50) / self.rate_hz, np.full((50, 3), 2364, np.int16)


@dataclass
class Watch:
    """Judges what a link tells, as it comes. Instants in loop time, None while they have not come."""

    gone_s: float | None = None
    back_s: float | None = None
    fresh_s: float | None = None
    lost: int = 0
    is_fresh: asyncio.Event = field(default_factory=asyncio.Event)
    _least_late_s: float = np.inf
    _arrival_s: float = np.inf

    def deliver(self, event: LinkEvent) -> None:
        if isinstance(event, Missing):
            self.lost += event.gap.lost or 0
        elif isinstance(event, Received) and self.fresh_s is None:
            late_s = event.arrival_s - float(event.samples.time_s[-1])
            if event.arrival_s - self._arrival_s > SILENCE_S:
                self.gone_s, self.back_s = self._arrival_s, event.arrival_s
            elif self.back_s is None:
                self._least_late_s = min(self._least_late_s, late_s)
            elif late_s < self._least_late_s + FRESH_S:
                self.fresh_s = event.arrival_s
                self.is_fresh.set()
            self._arrival_s = event.arrival_s


async def watch(rate_hz: float, mtu: int, outage_s: float) -> Watch:
    """Until the sensor is up to date again, or for `LONGEST_S`."""
    judge = Watch()
    conditions = Conditions(shadows=(Shadow(BEFORE_S, BEFORE_S + outage_s),))
    async with Air([Rest(rate_hz)], conditions=conditions, max_mtu=mtu) as air:
        dongle = air.dongle()
        radio = Radio([await adapter_on(dongle, dongle, "virtual")])
        (found,) = await scan(radio, 1.0)
        link = asyncio.create_task(SensorLink(found, radio, judge.deliver, rate_hz).run())
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(judge.is_fresh.wait(), LONGEST_S)
        link.cancel()
        await asyncio.wait({link})
        await radio.close()
    return judge


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--outages", type=float, nargs="+", default=[20.0, 60.0], metavar="SECONDS")
    parser.add_argument("--rates", type=float, nargs="+", default=[100.0], metavar="HZ")
    arguments = parser.parse_args()
    SledPeripheral.ring_s = RING_S
    print("rate Hz  interval ms  MTU  outage s  away s  catching up s  lost")
    for rate_hz, interval_ms, mtu, outage_s in product(arguments.rates, INTERVALS_MS, MTUS, arguments.outages):
        SledPeripheral.connection_interval_ms = interval_ms
        seen = virtual_time.run(watch(rate_hz, mtu, outage_s))
        if seen.gone_s is None or seen.back_s is None:
            raise SystemExit(f"After {outage_s:g} s the sensor was not away, or did not come back.")
        took = "never" if seen.fresh_s is None else f"{seen.fresh_s - seen.back_s:.1f}"
        line = f"{rate_hz:7g}  {interval_ms:11g}  {mtu:3d}  {outage_s:8g}  {seen.back_s - seen.gone_s:6.1f}"
        print(f"{line}  {took:>13s}  {seen.lost:4d}", flush=True)


if __name__ == "__main__":
    main()
