"""A whole hub on the virtual radio, its enrolment, and trays where its machines' messages end."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from firmware_sim.air import Air
from sensor_hub.app.floor.enrolment import EnrolledSensor, Enrolment, EnrolmentFile
from sensor_hub.app.floor.hub import Hub
from sensor_hub.app.measuring.place import Place
from sensor_hub.bus import Running
from sensor_hub.config import Settings
from sensor_hub.messages import LinkState, Live, Message, SensorMessage

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
NOTICED_S = 8.0
"""From a change of the file to data on the new machine: a look every two seconds, then a connection."""


class Tray:
    """Where a machine's messages end in these tests."""

    def __init__(self) -> None:
        self.messages: list[Message] = []

    def next_seq(self) -> int:
        return len(self.messages)

    def append(self, message: Message) -> None:
        self.messages.append(message)

    def live(self, message: Live) -> None:
        pass

    problem: str | None = None

    def running(self) -> Running:
        told = Running()
        for message in self.messages:
            told = told.heard(message)
        return told

    def pending(self) -> int:
        return 0

    async def close(self, *, for_good: bool = False) -> None:
        pass

    @property
    def states(self) -> list[tuple[str, LinkState]]:
        return [(one.name, one.state) for one in self.messages if isinstance(one, SensorMessage)]

    @property
    def last(self) -> SensorMessage:
        return [one for one in self.messages if isinstance(one, SensorMessage)][-1]


class Gym:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.file = EnrolmentFile(folder)
        self.trays: dict[str, Tray] = {}

    def outlet(self, place: Place) -> Tray:
        return self.trays.setdefault(f"{place.site}/{place.machine}", Tray())

    def enrol(self, air: Air, *places: tuple[int, str, str]) -> None:
        """Each: the sensor's number on the air, site and machine."""
        on_air = [(air.sensors[number], site, machine) for number, site, machine in places]
        sensors = [
            EnrolledSensor(address=one.address, family="sled", name=one.name, site=site, machine=machine)
            for one, site, machine in on_air
        ]
        self.file.write(Enrolment(tuple(sensors)), "enrolled", NOON)

    @contextlib.asynccontextmanager
    async def hub(self, radio: Any) -> AsyncIterator[Hub]:
        hub = Hub(Settings(), self.folder, self.outlet)
        working = asyncio.create_task(hub.work(radio))
        try:
            yield hub
        finally:
            working.cancel()
            await asyncio.gather(working, return_exceptions=True)

    async def streams(self, machine: str, sensor: str, within_s: float = NOTICED_S) -> None:
        """Until the machine has data of the sensor; raises TimeoutError where it never has."""
        await self.until(
            lambda: (sensor, LinkState.STREAMING) in self.trays[machine].states[-1:], machine, within_s
        )

    async def until(self, condition: Callable[[], bool], machine: str, within_s: float = NOTICED_S) -> None:
        async with asyncio.timeout(within_s):
            while machine not in self.trays or not condition():  # noqa: ASYNC110  many events, one look
                await asyncio.sleep(0.1)
