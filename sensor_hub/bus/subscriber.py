"""Messages from the broker: every one at least once (durable), or as they pass (live viewers)."""

import logging
import threading
from collections.abc import Callable, Sequence

import paho.mqtt.client as mqtt

from sensor_hub.bus.address import BrokerAddress
from sensor_hub.bus.connection import Connection
from sensor_hub.bus.topics import decode, encode, topic_of
from sensor_hub.errors import BusError
from sensor_hub.messages import Message

log = logging.getLogger(__name__)

Ack = Callable[[], None]
OnMessage = Callable[[Message, Ack], None]
OnInvalid = Callable[[str, bytes, str], None]
"""Topic, payload, reason."""


class Subscriber(Connection):
    """Hands every valid message to `on_message`, in the thread of the connection: return quickly.

    durable: the broker keeps what arrives while this client is away, and sends again what was not acknowledged:
    call the `Ack` (from any thread) once the message is safe. Otherwise nothing is kept and `Ack` does nothing.
    An invalid payload is counted in `invalid`, logged, acknowledged and handed to `on_invalid`.
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
        self._life = 0
        self._life_lock = threading.Lock()
        self._client.on_message = self._on_message

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
        self._client.subscribe(self._subscriptions)

    def _went_down(self) -> None:
        with self._life_lock:
            self._life += 1

    def _on_message(self, client: mqtt.Client, userdata: object, received: mqtt.MQTTMessage) -> None:
        ack = self._ack_of(received)
        topic = _topic(received)
        try:
            message = decode(topic, bytes(received.payload))
        except BusError as error:
            self._reject(topic, bytes(received.payload), str(error))
            ack()
            return
        self._deliver(message, ack)

    def _ack_of(self, received: mqtt.MQTTMessage) -> Ack:
        """Packet ids are only valid within one connection: after a reconnect the broker sends the message again
        under a new id, and a late acknowledgement of the old one could hit another message."""
        life, mid, qos = self._life, received.mid, received.qos

        def ack() -> None:
            with self._life_lock:
                if life == self._life:
                    self._client.ack(mid, qos)

        return ack

    def _reject(self, topic: str, payload: bytes, reason: str) -> None:
        self.invalid += 1
        log.warning("Ignored a message that no hub has sent: %s. What else writes there?", reason.rstrip("."))
        if self._on_invalid is not None:
            self._on_invalid(topic, payload, reason)


def _topic(received: mqtt.MQTTMessage) -> str:
    try:
        return received.topic
    except UnicodeDecodeError:
        return "(a topic that is not text)"
