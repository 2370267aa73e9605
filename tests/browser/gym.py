"""A workshop on a simulated radio, in the event loop of the pages' server."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Coroutine, Sequence
from pathlib import Path
from typing import Any

from firmware_sim.air import Air
from firmware_sim.performance import Performance
from firmware_sim.scenario import Scenario
from sensor_hub.app.floor.workshop import Workshop
from sensor_hub.config import Settings
from sensor_hub.link import Found, Radio
from sensor_hub.link.adapter import adapter_on

SPEED = 4.0
"""The lifter is quicker than a real one, or the tests would take a minute each."""


def sled(name: str, **sensor: Any) -> Performance:
    """Rests until it is measured, presses three slow reps and comes back on its stops."""
    table = {
        "name": "pair",
        "family": "pair",
        "machine": {"incline_deg": 45},
        "sensor": {"name": name, "chip": "bmi270", **sensor},
        "act": [
            {"kind": "rest", "seconds": 6},
            {"kind": "set", "reps": 3, "tempo": "1.8-0.3-1.4-0.5", "range_m": 0.4, "rest_s": 60},
        ],
    }
    return Performance(Scenario.model_validate(table), seed=4)


class Bench:
    """A radio that nobody else uses."""

    def __init__(self, radio: Radio) -> None:
        self.radio = radio

    def in_use(self) -> Sequence[Found]:
        return ()

    async def borrow(self, address: str) -> None:
        pass

    def give_back(self, address: str) -> None:
        pass

    def start(self, work: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
        return asyncio.create_task(work, name=name)


@contextlib.asynccontextmanager
async def workshop(folder: Path, *sleds: Performance) -> AsyncIterator[Workshop]:
    for one in sleds:
        _ = one.samples  # rendered before anybody waits for it
    async with Air(sleds, speed=SPEED) as air:
        dongle = air.dongle()
        radio = Radio([await adapter_on(dongle, dongle, "virtual")])
        at_work = Workshop(Bench(radio), Settings(), folder)
        yield at_work
        await at_work.cancel()
        await radio.close()
