"""What reads MQTT is tortured with and judged by: every consumer, fed by hand what a broker might hand it.

Used by tests/bus/test_fuzz.py and benchmarks/fuzz.py.
"""

import asyncio
import json
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from paho.mqtt.client import MQTTMessage
from rich.console import Console

from sensor_hub.app.floor.orders import Orders
from sensor_hub.app.floor.voice import Voice
from sensor_hub.app.keeping.recorder import Recorder
from sensor_hub.app.measuring.place import Place
from sensor_hub.app.telling.terminal import screen
from sensor_hub.app.telling.watch import as_line, as_payload
from sensor_hub.bus import (
    BrokerAddress,
    Outbox,
    Publisher,
    Subscriber,
    decode,
    encode,
    kind_of,
    parse_topic,
    topic_of,
)
from sensor_hub.bus.examples import examples
from sensor_hub.bus.farewell import _Farewell
from sensor_hub.bus.reference import schema_of
from sensor_hub.errors import BusError
from sensor_hub.messages import (
    EraseMessage,
    Kind,
    Message,
    MotionMessage,
    PhaseMessage,
    RepMessage,
    SessionMessage,
    SetMessage,
)
from sensor_hub.store import Lifter, Store, parked_counts
from sensor_hub.web import LiveFeed

NOWHERE = BrokerAddress("mqtt", "127.0.0.1", 1)
OF_A_SESSION = (RepMessage, SetMessage, SessionMessage, PhaseMessage, MotionMessage)
MOST_PARKED = 2000


class Obedient:
    """A hub that does what it is told; for Orders."""

    def assign(self, place: Place, lifter: Lifter) -> None:
        assert lifter.load_kg is None or 0 <= lifter.load_kg <= 2000

    async def forget(self, place: Place, erase: EraseMessage) -> None:
        assert len(erase.athlete) == 8


class Consumers:
    """All of them, alive for as long as one likes; `take` is what a broker does to them."""

    def __init__(self, folder: Path) -> None:
        self.taken: list[Message] = []
        """Of the last message."""
        self.offered = 0
        self.store = Store.open(folder / "hub.db")
        self.feed = LiveFeed(clock=lambda: float(self.offered))
        self._recorder = Recorder(self.store, NOWHERE)
        self._listener = Subscriber(NOWHERE, "ear", ["legpress/#"], self._hear, durable=False)
        self._outbox = Outbox(folder / "outbox.db")
        self._outbox.append(examples()[Kind.REP])
        voice = Voice(NOWHERE, folder, "hub", "gym", "press-1")
        self._publisher = Publisher(NOWHERE, self._outbox, "hub", voice.will())
        self._farewell = _Farewell(NOWHERE, "hub", "legpress/gym/press-1/status")
        self._console = Console(width=100, file=(folder / "screen.txt").open("w"), force_terminal=True)

    @property
    def invalid(self) -> int:
        return self._listener.invalid

    def take(self, topic: bytes, payload: bytes, retained: bool = False) -> None:
        """Raises AssertionError, or whatever a consumer fails with."""
        self.offered += 1
        self.taken.clear()
        invalid = self._listener.invalid
        message = received(topic, payload, retained)
        for client in (self._listener, self._recorder._subscriber, self._farewell):
            client._on_message(client._client, None, message)
        self._publisher._on_message(self._publisher._client, None, message)
        self._judge(topic, payload, self._listener.invalid - invalid)

    def reconnect(self) -> None:
        """What the broker keeps comes again."""
        for client in (self._listener, self._recorder._subscriber):
            client._came_up()

    def settle(self) -> None:
        """What has come is stored, and everything stored can be read."""
        while self._recorder._arrivals.waiting():
            assert self._recorder._keep(self._recorder._arrivals.batch())
        assert self._recorder.problem is None
        self.store.machines()
        for session in self.store.sessions(limit=1000):
            record = self.store.session(session.session)
            assert record is not None
            self.store.phases(session.session)
            self.store.motion(session.session)
        with self.store.transaction() as connection:
            assert sum(parked_counts(connection).values()) <= MOST_PARKED
        self._console.print(screen([], 0.0))
        self.feed.machines()

    def obey(self) -> None:
        """What was taken last, as an order."""

        async def follow() -> None:
            orders = Orders(Obedient(), NOWHERE, "hub-orders")
            for message in self.taken:
                await orders.follow(message)

        asyncio.run(follow())

    def close(self) -> None:
        self._outbox.close()
        self.store.close()
        self._console.file.close()

    def _hear(self, message: Message, ack: Any) -> None:
        self.taken.append(message)
        self.feed.offer(message)
        assert "\n" not in as_line(message)
        json.loads(as_payload(message))

    def _judge(self, topic: bytes, payload: bytes, refused: int) -> None:
        """Every message is taken or counted as refused, and what is taken is what its schema says."""
        assert len(self.taken) + refused <= 1
        for message in self.taken:
            assert topic_of(message).encode() == topic
            assert validator(kind_of(message)).is_valid(json.loads(payload)), payload
            assert decode(topic_of(message), encode(message)) == message
        with suppress(BusError, UnicodeDecodeError):
            parse_topic(topic.decode())
            assert (
                payload == b"" or self.taken or refused or self._listener._retained.get(topic.decode()) == payload
            )


def seeds() -> Iterator[tuple[bytes, bytes]]:
    """A good message of each kind: topic and payload."""
    for message in examples().values():
        yield topic_of(message).encode(), encode(message)


@cache
def validator(kind: Kind) -> Draft202012Validator:
    return Draft202012Validator(schema_of(kind), format_checker=Draft202012Validator.FORMAT_CHECKER)


def received(topic: bytes, payload: bytes, retained: bool) -> MQTTMessage:
    message = MQTTMessage(mid=1, topic=topic)
    message.payload, message.qos, message.retain = payload, 1, retained
    return message
