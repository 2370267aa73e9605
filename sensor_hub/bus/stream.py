"""The stream at a chain's centre: made and widened by `prepare`, read in order, a partition at a time."""

import asyncio
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from sensor_hub.bus.centre import (
    CONSUMER,
    STREAM,
    Centre,
    connect_to,
    deliver_subject,
    partition_of,
    request,
)
from sensor_hub.bus.leaf import MQTT_MESSAGES, consumer_of
from sensor_hub.bus.topics import ROOT, encode, topic_of
from sensor_hub.errors import BusError
from sensor_hub.messages import Message

if TYPE_CHECKING:
    from nats.aio.client import Client
    from nats.aio.msg import Msg

KEPT_S = 14 * 24 * 3600
"""So long a message stays: what a database that was brought back lacks is read again."""
_SILENCE_S = 5.0
_BROKEN = "The connection to the centre broke ({error}); it is tried again."
_NO_MORE = ("204", "404")


class Held(NamedTuple):
    """A message of the stream. seq: its place in it."""

    seq: int
    topic: str
    payload: bytes


async def prepare(centre: Centre, gyms: Sequence[str], direct: Sequence[str], replicas: int = 3) -> list[str]:
    """Make the stream where there is none, and take sites in: gyms with a broker of their own, and others whose hubs
    speak MQTT to the centre. The names of all sites that it takes now. Raises BusError."""
    client = await connect_to(centre)
    try:
        sources = await _sources(client) if await _exists(client) else {}
        for site in direct:
            wanted = {"stream_name": MQTT_MESSAGES, "action": "", "config": consumer_of(site, _own_consumer(site))}
            await request(client, f"$JS.API.CONSUMER.CREATE.{MQTT_MESSAGES}.{_own_consumer(site)}", wanted)
        new = [*(source_of(site) for site in gyms), *(source_of(site, direct=True) for site in direct)]
        for source in new:
            sources.setdefault(_site(source), source)
        action = "UPDATE" if await _exists(client) else "CREATE"
        await request(client, f"$JS.API.STREAM.{action}.{STREAM}", _configuration([*sources.values()], replicas))
        return sorted(sources)
    finally:
        await client.close()


def source_of(site: str, *, direct: bool = False) -> dict[str, Any]:
    """Only what a site says of itself is taken from it."""
    place = {} if direct else {"external": {"api": f"$JS.{site}.API"}}
    renamed = {
        "src": f"$MQTT.msgs.{ROOT}.{site}.*.*",
        "dest": f"chain.{partition_of(site)}.{site}.{{{{wildcard(1)}}}}.{{{{wildcard(2)}}}}",
    }
    consumer = {"name": _own_consumer(site) if direct else CONSUMER, "deliver_subject": deliver_subject(site)}
    return {"name": MQTT_MESSAGES, **place, "consumer": consumer, "subject_transforms": [renamed]}


async def gyms_of(client: "Client") -> frozenset[str]:
    """Sites with a broker of their own."""
    return frozenset(site for site, source in (await _sources(client)).items() if "external" in source)


class Stream:
    """The stream on an open connection. After a BusError a new connection is needed: late answers may still come."""

    def __init__(self, client: "Client") -> None:
        self._client = client
        self._inbox = ""
        self._answers: asyncio.Queue[Msg] = asyncio.Queue()

    async def after(self, partition: int, seq: int, limit: int, of: str = ">") -> list[Held]:
        """The next messages of a partition behind a place, in order and without a gap; none where there are no more.
        of: which of them, as `<site>.<machine>.<kind>`. Any node may answer. Raises BusError where none does."""
        wanted = {"seq": seq + 1, "next_by_subj": f"chain.{partition}.{of}", "batch": limit}
        await self._ask(f"$JS.API.DIRECT.GET.{STREAM}", json.dumps(wanted).encode())
        found = list[Held]()
        while (message := await self._answer()) is not None:
            headers = message.headers or {}
            if found and int(headers["Nats-Last-Sequence"]) != found[-1].seq:
                raise BusError(f"The stream {STREAM} was handed out with a gap.")
            subject = headers["Nats-Subject"].split(".", 2)[2]
            found.append(Held(int(headers["Nats-Sequence"]), f"{ROOT}/{subject.replace('.', '/')}", message.data))
        return found

    async def last(self, site: str) -> int:
        """The place of a site's newest message; 0 where there is none. Raises BusError."""
        subject = f"chain.{partition_of(site)}.{site}.>"
        await self._ask(f"$JS.API.DIRECT.GET.{STREAM}", json.dumps({"last_by_subj": subject}).encode())
        found = await self._answer()
        return 0 if found is None else int((found.headers or {})["Nats-Sequence"])

    async def _ask(self, subject: str, question: bytes) -> None:
        import nats

        try:
            if not self._inbox:
                self._inbox = self._client.new_inbox()
                await self._client.subscribe(self._inbox, cb=self._answers.put)
            await self._client.publish(subject, question, reply=self._inbox)
        except (OSError, nats.errors.Error) as error:
            raise BusError(_BROKEN.format(error=error)) from error

    async def _answer(self) -> "Msg | None":
        """The next message; None where that was all."""
        try:
            async with asyncio.timeout(_SILENCE_S):
                message = await self._answers.get()
        except TimeoutError as error:
            raise BusError(_BROKEN.format(error="no answer")) from error
        status = (message.headers or {}).get("Status")
        if status not in (None, *_NO_MORE):
            raise BusError(
                f"Nobody answers for the stream {STREAM} ({status}). Are two of the three nodes up, and has "
                "`sensor-hub chain prepare` been run?"
            )
        return message if status is None else None

    async def tell(self, message: Message) -> None:
        """To whom it concerns, if it is there. Raises BusError."""
        import nats

        try:
            await self._client.publish(topic_of(message).replace("/", "."), encode(message))
        except (OSError, nats.errors.Error) as error:
            raise BusError(_BROKEN.format(error=error)) from error


def _own_consumer(site: str) -> str:
    """Of a site without a broker of its own."""
    return f"{CONSUMER}-{site}"


def _configuration(sources: list[dict[str, Any]], replicas: int) -> dict[str, Any]:
    return {
        "name": STREAM,
        "storage": "file",
        "retention": "limits",
        "discard": "old",
        "max_age": KEPT_S * 1_000_000_000,
        "num_replicas": replicas,
        "allow_direct": True,
        "sources": sources,
    }


async def _sources(client: "Client") -> dict[str, dict[str, Any]]:
    config = (await request(client, f"$JS.API.STREAM.INFO.{STREAM}"))["config"]
    return {_site(source): source for source in config.get("sources", [])}


async def _exists(client: "Client") -> bool:
    names = await request(client, "$JS.API.STREAM.NAMES")
    return STREAM in (names.get("streams") or [])


def _site(source: dict[str, Any]) -> str:
    return str(source["consumer"]["deliver_subject"]).rpartition(".")[2]
