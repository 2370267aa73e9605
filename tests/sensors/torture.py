"""What drivers are tortured with and judged by: bytes overheard from each simulated family, and the life of a stream.

Used by tests/sensors/test_fuzz.py and benchmarks/fuzz.py.
"""

import asyncio
import math
import pickle
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np

from firmware_sim import virtual_time
from firmware_sim.air import Air
from firmware_sim.families import FAMILIES
from firmware_sim.makes import MAKES
from firmware_sim.source import CountsBlock, TimeBlock
from sensor_hub.errors import PacketError
from sensor_hub.link import Radio, SensorLink, scan
from sensor_hub.link.adapter import adapter_on
from sensor_hub.model import Gap, Samples
from sensor_hub.sensors import Driver, Query, Subscribe, Write

LISTENED_S = 12.0
USUAL_HZ, USUAL_G = 100.0, 8.0


@dataclass(frozen=True, slots=True)
class Fed:
    """What a stream was given once."""

    characteristic: str
    data: bytes
    arrival_s: float


@dataclass(frozen=True, slots=True)
class Session:
    """A driver and all that a sensor of its family told it, from the first byte on."""

    driver: Driver
    fed: tuple[Fed, ...]


@dataclass
class Wobble:
    """A sensor that is never still, and never at the end of its range."""

    name: str
    rate_hz: float
    range_g: float
    bits: int = 16

    def blocks(self) -> Iterator[tuple[TimeBlock, CountsBlock]]:
        for first in range(0, 100_000, 64):
            number = np.arange(first, first + 64)
            counts = np.stack([9000 * np.sin(number / period) for period in (7.0, 11.0, 60.0)], axis=1)
            yield number / self.rate_hz, counts.astype(np.int16)


@cache
def overhear(family: str) -> Session:
    """The first seconds of a simulated sensor that a hub listens to. family: one of FAMILIES."""
    return virtual_time.run(_overhear(family))


async def _overhear(family: str) -> Session:
    make = MAKES[family]
    source = Wobble("overheard", make.usual_rate_hz or USUAL_HZ, make.range_g or USUAL_G)
    async with Air([source], families={source.name: family}) as air:
        dongle = air.dongle()
        radio = Radio([await adapter_on(dongle, dongle, "virtual")])
        (found,) = await scan(radio, 1.0)
        ear = _Ear(found.driver)
        task = asyncio.create_task(SensorLink(replace(found, driver=ear), radio, lambda event: None).run())
        await asyncio.sleep(LISTENED_S)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await radio.close()
    return Session(found.driver, tuple(ear.fed))


class _Ear:
    """A driver that notes down what its stream is fed."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver
        self.fed: list[Fed] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._driver, name)

    def stream(self) -> Any:
        stream = self._driver.stream()
        feed = stream.feed

        def noted(characteristic: str, data: bytes, arrival_s: float) -> list[Samples | Gap]:
            self.fed.append(Fed(characteristic, data, arrival_s))
            return feed(characteristic, data, arrival_s)

        stream.feed = noted  # type: ignore[method-assign]
        return stream


class Life:
    """A stream whose every word is checked, whatever it is fed."""

    def __init__(self, driver: Driver) -> None:
        self.stream = driver.stream()
        self.samples = 0
        self._now_s = 0.0
        self._last_s = -math.inf
        self._told_s = -math.inf
        self.begin()

    @property
    def size(self) -> int:
        """How much the stream remembers, in bytes."""
        return len(pickle.dumps(self.stream))

    def begin(self) -> None:
        """A new connection."""
        for step in self.stream.setup(None):
            assert isinstance(step, Subscribe | Query | Write)

    def interrupt(self) -> None:
        self.stream.interrupted()
        self.begin()

    def feed(self, characteristic: str, data: bytes, later_s: float) -> None:
        """later_s: after what was fed before it."""
        self._now_s += later_s
        try:
            items = self.stream.feed(characteristic, data, self._now_s)
        except PacketError:
            items = []
        self.check(items)
        self.samples += sum(len(item) for item in items if isinstance(item, Samples))
        for step in self.stream.requests():
            assert isinstance(step, Subscribe | Query | Write)
        self._check_words()

    def check(self, items: list[Samples | Gap]) -> None:
        for item in items:
            if isinstance(item, Gap):
                assert self._last_s <= item.start_s <= item.end_s
                assert item.lost is None or item.lost >= 0
                self._told_s = item.end_s
            else:
                self._check_samples(item)

    def _check_samples(self, samples: Samples) -> None:
        count = len(samples.time_s)
        assert count > 0
        assert samples.time_s[0] > self._last_s
        assert samples.time_s[0] >= self._told_s
        assert (np.diff(samples.time_s) > 0).all()
        assert samples.accel_mps2.shape == (count, 3)
        assert np.isfinite(samples.time_s).all()
        assert np.isfinite(samples.accel_mps2).all()
        if samples.gyro_radps is not None:
            assert samples.gyro_radps.shape == (count, 3)
            assert np.isfinite(samples.gyro_radps).all()
        assert 0 <= samples.resolution_mps2 < math.inf
        assert 0 <= samples.time_sigma_s < math.inf
        self._last_s = float(samples.time_s[-1])

    def _check_words(self) -> None:
        stream = self.stream
        assert stream.refusal is None or stream.refusal.endswith(".")
        assert isinstance(stream.idle, bool)
        assert 0 <= stream.behind_s < math.inf
        assert 0 <= stream.packet_s < math.inf
        assert stream.battery_percent is None or 0 <= stream.battery_percent <= 100
        assert stream.bookmark is None or "\n" not in stream.bookmark


def handshake(session: Session) -> int:
    """How many packets pass until the sensor sends samples: without them what follows cannot be understood."""
    life = Life(session.driver)
    for number, one in enumerate(session.fed):
        life.feed(one.characteristic, one.data, 0.01)
        if life.samples:
            return number + 1
    raise AssertionError("the simulated sensor has sent no samples")


def families() -> list[str]:
    """Every simulated family; together they speak to every driver."""
    return sorted(FAMILIES)
