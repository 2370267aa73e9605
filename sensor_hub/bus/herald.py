"""What a chain's keeper has to say to gyms, and to take out of the stream at the centre."""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Coroutine, Iterable, Sequence
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from sensor_hub.bus.centre import STREAM, Centre, connect_to, partition_of, request
from sensor_hub.bus.stream import Held, Stream, gyms_of
from sensor_hub.bus.topics import decode
from sensor_hub.errors import BusError
from sensor_hub.messages import Kind, Message

if TYPE_CHECKING:
    from nats.aio.client import Client

Found = TypeVar("Found")
_BATCH = 500
_AT_ONCE = 50


class Unwanted(Protocol):
    """Of what is to be taken out; it learns from all messages first."""

    def learn(self, message: Message) -> None: ...
    def holds(self, message: Message) -> bool: ...


class Herald:
    """Each call has a connection of its own, blocks, and raises BusError."""

    def __init__(self, centre: Centre) -> None:
        self._centre = centre

    def call(self, message: Message) -> None:
        self.say([message])

    def say(self, messages: Sequence[Message]) -> None:
        """Whoever is not there does not hear it."""

        async def work(client: "Client") -> None:
            stream = Stream(client)
            for message in messages:
                await stream.tell(message)

        if messages:
            self._run(work)

    def gyms(self) -> frozenset[str]:
        """Sites whose own brokers hand to the centre."""
        return self._run(gyms_of)

    def take_out(self, machines: Iterable[tuple[str, str]], unwanted: Unwanted) -> tuple[int, int]:
        """Deletes from the stream what is unwanted of some machines, and of others at their sites on which the same
        athlete lifted; how many messages, and how many must stay until their site has sent another: a node that starts
        anew reads from the last one on what the gym still keeps, and deleted ones would come back."""
        return self._run(lambda client: _take_out(client, set(machines), unwanted))

    def _run(self, work: Callable[["Client"], Coroutine[Any, Any, Found]]) -> Found:
        async def connected() -> Found:
            client = await connect_to(self._centre)
            try:
                found = await work(client)
                await client.flush()
                return found
            finally:
                await client.close()

        try:
            return asyncio.run(connected())
        except OSError as error:
            raise BusError(f"The connection to the centre broke ({error}).") from error


async def _take_out(client: "Client", machines: set[tuple[str, str]], unwanted: Unwanted) -> tuple[int, int]:
    stream = Stream(client)
    for site in {site for site, _ in machines}:
        async for _, message in _messages(stream, site, f"*.{Kind.SET}"):
            unwanted.learn(message)
            if unwanted.holds(message):
                machines.add((site, message.machine))
    gone = kept = 0
    for site, machine in sorted(machines):
        last = await stream.last(site)
        found = {seq async for seq, message in _messages(stream, site, f"{machine}.*") if unwanted.holds(message)}
        await _delete(client, found - {last})
        gone += len(found - {last})
        kept += last in found
    return gone, kept


async def _messages(stream: Stream, site: str, of: str) -> AsyncIterator[tuple[int, Message]]:
    """With their places in the stream."""
    last = 0
    while batch := await stream.after(partition_of(site), last, _BATCH, f"{site}.{of}"):
        last = batch[-1].seq
        for held in batch:
            if (message := _read(held)) is not None:
                yield held.seq, message


def _read(held: Held) -> Message | None:
    try:
        return decode(held.topic, held.payload)
    except BusError:  # none of ours; the workers judge it
        return None


async def _delete(client: "Client", places: Collection[int]) -> None:
    """Their bytes are written over on every node."""
    wanted = list(places)
    for first in range(0, len(wanted), _AT_ONCE):
        some = wanted[first : first + _AT_ONCE]
        await asyncio.gather(
            *(request(client, f"$JS.API.STREAM.MSG.DELETE.{STREAM}", {"seq": seq}) for seq in some)
        )
