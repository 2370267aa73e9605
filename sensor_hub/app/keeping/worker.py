"""A recorder of a chain: from the stream at its centre into PostgreSQL, as many at once as wanted.

A worker has nothing of its own. How far each partition has been read stands in the database; who locks that row reads
the partition from there, and the lock ends with the worker, however it ends. First the messages are committed, then the
new place: what is read twice in between is absorbed by the store. So nothing is lost or doubled, and the messages of a
site are stored in their order, by whichever worker. An older database that is brought back brings its places along.

Where little comes, one worker takes all partitions at once, for a commit costs the same for few messages as for many.
Where one partition fills a batch, each takes one, so that there is something left for the others.
"""

import asyncio
import logging
from typing import TYPE_CHECKING

from sensor_hub.app.keeping.recorder import as_text, receipts_for
from sensor_hub.bus import CARRIED, Centre, decode, kind_of
from sensor_hub.bus.centre import PARTITIONS, connect_to
from sensor_hub.bus.stream import Held, Stream
from sensor_hub.bus.topics import is_cleared
from sensor_hub.errors import BusError, SensorHubError
from sensor_hub.messages import ForgottenMessage, Message
from sensor_hub.store import CHAIN, Store, lock_cursors, make_cursors, move_cursors, note_forgotten

if TYPE_CHECKING:
    from nats.aio.client import Client

log = logging.getLogger(__name__)

_BATCH = 500
_PAUSE_S = 0.2
"""Before the next look, where all that was free to read made less than a batch."""
_RETRY_S = 1.0


class Worker:
    """name: its own among the workers, for the receipts."""

    def __init__(self, store: Store, centre: Centre, name: str) -> None:
        self.stored = 0
        """Messages committed, those read twice included."""
        self.problem: str | None = None
        """What keeps messages from being stored, as a sentence."""
        self._store, self._centre, self._name = store, centre, name
        self._grasp = PARTITIONS
        """So many partitions are taken at once."""

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
        stream = Stream(client)
        while True:
            count = await self._look(stream)
            self._report(None)
            await asyncio.sleep(_PAUSE_S if count < _BATCH and self._grasp == PARTITIONS else 0)
            self._grasp = 1 if count >= _BATCH else min(4 * self._grasp, PARTITIONS)

    def _make_places(self) -> None:
        with self._store.transaction() as connection:
            make_cursors(connection, CHAIN, map(str, range(PARTITIONS)))

    async def _look(self, stream: Stream) -> int:
        """Commit what is new in some partitions; how many messages that was."""
        new, moved = list[Held](), dict[str, int]()
        with self._store.transaction() as connection:
            places = lock_cursors(connection, CHAIN, self._grasp)
            for partition, place in places.items():
                if len(new) < _BATCH and (batch := await stream.after(int(partition), place, _BATCH)):
                    new += batch
                    moved[partition] = batch[-1].seq
            stored = self._keep(new)
            move_cursors(connection, CHAIN, moved)
        self.stored += len(stored)
        for receipt in receipts_for(stored, self._name):
            await stream.tell(receipt)
        return len(new)

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
            if kind_of(message) in CARRIED:
                messages.append(message)
        self._store.record(messages)
        for message in messages:
            if isinstance(message, ForgottenMessage):
                with self._store.transaction() as connection:
                    note_forgotten(connection, message)
        self._store.park(refused)
        return messages

    def _report(self, problem: str | None) -> None:
        if problem is not None and problem != self.problem:
            log.error("Nothing is being recorded: %s It waits in the stream.", problem)
        if problem is None and self.problem is not None:
            log.info("Recording again.")
        self.problem = problem
