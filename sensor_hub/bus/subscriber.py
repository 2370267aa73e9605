"""Messages from the broker: every one at least once (durable), or as they pass (live viewers)."""

import logging
import threading
from collections.abc import Callable, Sequence

import paho.mqtt.client as mqtt
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from sensor_hub.bus.address import BrokerAddress
from sensor_hub.bus.connection import Connection
from sensor_hub.bus.topics import RETAINED, decode, encode, is_cleared, topic_of
from sensor_hub.errors import BusError
from sensor_hub.messages import Message

log = logging.getLogger(__name__)

Ack = Callable[[], None]
OnMessage = Callable[[Message, Ack], None]
OnInvalid = Callable[[str, bytes, str, Ack], None]
"""Topic, payload, reason."""
_MAY_BE_RETAINED = {*RETAINED, "#", "+"}
_MOST_REMEMBERED = 4096
"""Retained messages, so that a broker that hands them out twice is heard once."""


class Subscriber(Connection):
    """Hands every valid message to `on_message`, in the thread of the connection: return quickly.

    durable: the broker keeps what arrives while this client is away, and sends again what was not acknowledged:
    call the `Ack` (from any thread) once the message is safe. Otherwise nothing is kept and `Ack` does nothing.
    What is no valid message, or `on_message` fails on, is counted in `invalid`, logged and handed to `on_invalid`,
    which acknowledges it; without one it is dropped.

    Retained topics are asked for twice, the second time when the first has been granted: NATS looks for what is
    retained before the subscription is in place, and what is published between the two would be missed.
    """

    def __init__(
        self,
        address: BrokerAddress,
        client_id: str,
        topics: Sequence[str],
        on_message: OnMessage,
        *,
        durable: bool,
        on_invalid: OnInvalid | None = None,
    ) -> None:
        super().__init__(address, client_id, durable=durable)
        self.invalid = 0
        self._subscriptions = [(topic, 1) for topic in topics]
        self._deliver = on_message
        self._on_invalid = on_invalid
        self._asked_again = False
        self._retained: dict[str, bytes] = {}
        self._life = 0
        self._life_lock = threading.Lock()
        self._client.on_message = self._on_message
        self._client.on_subscribe = self._on_subscribe

    def start(self) -> None:
        """Connect and subscribe in the background. An absent broker is no error: see `problem`, or ask `probe`."""
        self._open()

    def stop(self) -> None:
        """Leave; a durable client's messages wait at the broker."""
        self._close()

    def answer(self, message: Message) -> None:
        """Publish, QoS 1; lost without a connection."""
        if self._up:
            self._client.publish(topic_of(message), encode(message), qos=1)

    def _came_up(self) -> None:
        self._asked_again = False
        self._retained.clear()
        self._client.subscribe(self._subscriptions)

    def _on_subscribe(
        self, client: mqtt.Client, userdata: object, mid: int, granted: Sequence[ReasonCode], p: Properties | None
    ) -> None:
        if self._asked_again:
            return
        self._asked_again = True
        refused = [
            topic for (topic, _), code in zip(self._subscriptions, granted, strict=False) if code.is_failure
        ]
        if refused:
            who = f"user {self._address.user!r}" if self._address.user else "this client"
            self._report(
                f"The broker at {self._client.at} does not let {who} read {', '.join(refused)}. Allow it."
            )
        again = [
            (topic, qos) for topic, qos in self._subscriptions if topic.rpartition("/")[2] in _MAY_BE_RETAINED
        ]
        if again:
            self._client.subscribe(again)

    def _went_down(self) -> None:
        with self._life_lock:
            self._life += 1

    def _on_message(self, client: mqtt.Client, userdata: object, received: mqtt.MQTTMessage) -> None:
        ack = self._ack_of(received)
        topic, payload = _topic(received), bytes(received.payload)
        if is_cleared(topic, payload) or self._is_repeated(received.retain, topic, payload):
            ack()
            return
        try:
            self._deliver(decode(topic, payload), ack)
        except BusError as error:
            self._reject(topic, payload, str(error), ack)
        except Exception as error:  # of whoever listens
            log.exception("A message could not be taken.")
            self._reject(topic, payload, f"{topic}: {error!r}", ack)

    def _is_repeated(self, retained: bool, topic: str, payload: bytes) -> bool:
        if not retained:
            return False
        known = self._retained.get(topic) == payload
        if len(self._retained) < _MOST_REMEMBERED:
            self._retained[topic] = payload
        return known

    def _ack_of(self, received: mqtt.MQTTMessage) -> Ack:
        """Packet ids are only valid within one connection: after a reconnect the broker sends the message again
        under a new id, and a late acknowledgement of the old one could hit another message."""
        life, mid, qos = self._life, received.mid, received.qos

        def ack() -> None:
            with self._life_lock:
                if life == self._life:
                    self._client.ack(mid, qos)

        return ack

    def _reject(self, topic: str, payload: bytes, reason: str, ack: Ack) -> None:
        """A flood of them is logged ever more rarely."""
        self.invalid += 1
        if self.invalid & (self.invalid - 1) == 0:
            text = "%d messages were none that a hub sends; what else writes there? The last: %s"
            log.warning(text, self.invalid, reason)
        if self._on_invalid is None:
            ack()
        else:
            self._on_invalid(topic, payload, reason, ack)


def _topic(received: mqtt.MQTTMessage) -> str:
    try:
        return received.topic
    except UnicodeDecodeError:
        return "(a topic that is not text)"
