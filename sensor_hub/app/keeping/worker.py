"""A recorder of a chain: from the stream at its centre into PostgreSQL, as many at once as wanted.

A worker has nothing of its own. How far each partition has been read stands in the database; who locks that row works
on the partition, and the lock ends with the worker, however it ends. First the messages are committed, then the new
place: what is read twice in between is absorbed by the store. So nothing is lost or doubled, and the messages of a
site are stored in their order, by whichever worker.
"""

import asyncio
import logging
import random
from typing import TYPE_CHECKING

from sensor_hub.app.keeping.recorder import as_text, receipts_for
from sensor_hub.bus import RECORDED, Centre, decode, kind_of
from sensor_hub.bus.centre import PARTITIONS, connect_to
from sensor_hub.bus.stream import Held, Stream
from sensor_hub.bus.topics import is_cleared
from sensor_hub.errors import BusError, SensorHubError
from sensor_hub.messages import Message
from sensor_hub.store import Store, lock_cursor, make_cursors, move_cursor

if TYPE_CHECKING:
    from nats.aio.client import Client

log = logging.getLogger(__name__)

READER = "chain"
_BATCH = 500
_IDLE_S = (0.02, 0.05, 0.1, 0.2)
"""Between looks that found nothing; the last one for ever."""
_RETRY_S = 1.0


class Worker:
    """name: its own among the workers, for the receipts."""

    def __init__(self, store: Store, centre: Centre, name: str) -> None:
        self.stored = 0
        """Messages committed, those read twice included."""
        self.problem: str | None = None
        """What keeps messages from being stored, as a sentence."""
        self._store, self._centre, self._name = store, centre, name
        self._places = [0] * PARTITIONS
        """As far as this worker knows: another may have read on."""

    async def run(self) -> None:
        """Until cancelled; a batch under way is committed first."""
        while True:
            try:
                self._make_places()
                client = await connect_to(self._centre)
                try:
                    await self._work(client)
                finally:
                    await client.close()
            except SensorHubError as error:
                self._report(str(error))
                await asyncio.sleep(_RETRY_S)

    async def _work(self, client: "Client") -> None:
        """Raises a SensorHubError when the database or the broker fails."""
        log.info("Recording from the stream at %s.", client.connected_url and client.connected_url.netloc)
        stream, idle = Stream(client), 0
        while True:
            found = await self._look(stream)
            self._report(None)
            idle = 0 if found else min(idle + 1, len(_IDLE_S) - 1)
            await asyncio.sleep(0 if found else _IDLE_S[idle])

    def _make_places(self) -> None:
        with self._store.transaction() as connection:
            make_cursors(connection, READER, map(str, range(PARTITIONS)))

    async def _look(self, stream: Stream) -> bool:
        """At every partition once, in an order of this worker's own; whether there was anything."""
        found = False
        for partition in random.sample(range(PARTITIONS), PARTITIONS):
            batch = await stream.after(partition, self._places[partition], _BATCH)
            if batch:
                found = True
                for receipt in receipts_for(self._take(partition, batch), self._name):
                    await stream.tell(receipt)
        return found

    def _take(self, partition: int, batch: list[Held]) -> list[Message]:
        """Commit what nobody has committed yet of a batch that was read from where this worker knew."""
        known = self._places[partition]
        with self._store.transaction() as connection:
            place = lock_cursor(connection, READER, str(partition))
            if place is None:
                return []
            self._places[partition] = place
            if place < known:
                return []  # an older database was brought back: read again what it lacks
            new = [held for held in batch if held.seq > place]
            stored = self._keep(new)
            if new:
                move_cursor(connection, READER, str(partition), new[-1].seq)
        if new:
            self._places[partition] = new[-1].seq
        self.stored += len(stored)
        return stored

    def _keep(self, batch: list[Held]) -> list[Message]:
        messages, refused = [], []
        for held in batch:
            if is_cleared(held.topic, held.payload):
                continue
            try:
                message = decode(held.topic, held.payload)
            except BusError as error:
                refused.append((str(error), as_text(held.payload)))
                continue
            if kind_of(message) in RECORDED:
                messages.append(message)
        self._store.record(messages)
        self._store.park(refused)
        return messages

    def _report(self, problem: str | None) -> None:
        if problem is not None and problem != self.problem:
            log.error("Nothing is being recorded: %s It waits in the stream.", problem)
        if problem is None and self.problem is not None:
            log.info("Recording again.")
        self.problem = problem
