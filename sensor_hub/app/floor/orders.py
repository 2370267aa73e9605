"""What people ask of a hub over MQTT: who lifts next, and whom it is to forget."""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Protocol

from sensor_hub.app.measuring.place import Place
from sensor_hub.bus import Ack, BrokerAddress, Subscriber, filters_of
from sensor_hub.errors import SensorHubError
from sensor_hub.messages import AssignMessage, EraseMessage, Kind, Message
from sensor_hub.store import Lifter

log = logging.getLogger(__name__)

STALE = timedelta(minutes=1)
"""Who was to lift longer ago is not followed: a hub that was away would give the next set to somebody else."""
ORDERS = (Kind.ASSIGN, Kind.ERASE)
MOST_WAITING = 1000
"""Beyond, an order is not taken: the broker keeps it and sends it again, or it was part of a flood."""


class Obeys(Protocol):
    """A hub."""

    def assign(self, place: Place, lifter: Lifter) -> None: ...
    async def forget(self, place: Place, erase: EraseMessage) -> None: ...


class Orders:
    """Acknowledged when they have been followed. For one event loop."""

    def __init__(
        self,
        hub: Obeys,
        broker: BrokerAddress,
        client_id: str,
        utc: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._hub = hub
        self._utc = utc
        self._loop = asyncio.get_running_loop()
        self._heard: asyncio.Queue[tuple[Message, Ack]] = asyncio.Queue(MOST_WAITING)
        self._subscriber = Subscriber(broker, client_id, filters_of(ORDERS), self._hear, durable=True)

    async def run(self) -> None:
        """Until cancelled."""
        await asyncio.to_thread(self._subscriber.start)
        try:
            while True:
                message, ack = await self._heard.get()
                await self.follow(message)
                ack()
        finally:
            await asyncio.to_thread(self._subscriber.stop)

    async def follow(self, message: Message) -> None:
        place = Place(message.site, message.machine)
        match message:
            case AssignMessage() if abs(self._utc() - message.time) <= STALE:
                self._hub.assign(place, Lifter(message.athlete, message.load_kg, message.side, message.asked))
            case AssignMessage():
                log.warning("%s: who lifts was said at another time, and is not followed.", message.machine)
            case EraseMessage():
                try:
                    await self._hub.forget(place, message)
                except SensorHubError as error:
                    log.error("%s: an athlete is not forgotten yet: %s", message.machine, error)

    def _hear(self, message: Message, ack: Ack) -> None:
        self._loop.call_soon_threadsafe(self._wait_in_line, message, ack)

    def _wait_in_line(self, message: Message, ack: Ack) -> None:
        with contextlib.suppress(asyncio.QueueFull):
            self._heard.put_nowait((message, ack))
