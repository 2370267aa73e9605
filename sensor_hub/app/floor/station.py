"""A machine at work in a hub: what belongs together while its sensor is on it."""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sensor_hub.app.floor.succession import Told
from sensor_hub.app.measuring.desk import Desk, Outlet
from sensor_hub.app.measuring.machine import Machine
from sensor_hub.app.measuring.place import Place
from sensor_hub.app.measuring.tally import Tally
from sensor_hub.messages import ErasedMessage, EraseMessage


class StationOutlet(Outlet, Told, Protocol):
    """A machine's way out, for as long as the hub runs."""

    @property
    def problem(self) -> str | None:
        """What keeps messages from being safe, as a sentence."""

    def pending(self) -> int:
        """Messages that are not delivered yet."""

    def forget(self, erase: EraseMessage) -> int:
        """How many messages about the athlete were kept, and are no more. Raises BusError."""

    async def close(self, *, for_good: bool = False) -> None:
        """for_good: the machine is no more."""


@dataclass(slots=True)
class Station:
    """A machine at work: its sensor's link feeds it."""

    place: Place
    machine: Machine
    desk: Desk
    tally: Tally
    link: asyncio.Task[None] | None = None
    complaint: str | None = None
    """What was last logged of its faults."""


async def forget_and_say(outlet: StationOutlet, erase: EraseMessage, now: datetime) -> None:
    """Raises BusError."""
    messages = await asyncio.to_thread(outlet.forget, erase)
    identity = f"{erase.machine}.erased.{erase.athlete}"
    fields = {"athlete": erase.athlete, "messages": messages}
    Desk(erase.site, erase.machine, outlet).send(ErasedMessage, identity, now, fields)
