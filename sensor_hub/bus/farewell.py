"""Taking back what the broker keeps of a machine that is no more."""

import threading

import paho.mqtt.client as mqtt

from sensor_hub.bus.address import BrokerAddress
from sensor_hub.bus.connection import Connection
from sensor_hub.bus.topics import RETAINED, ROOT, decode, is_cleared
from sensor_hub.errors import BusError
from sensor_hub.messages import Kind, StatusMessage

_PATIENCE_S = 5.0
_RETAINED_S = 1.0
"""How long the broker is given to hand out what it keeps."""


def take_back(
    address: BrokerAddress, client_id: str, hub: str, site: str, machine: str, introductions: tuple[str, ...] = ()
) -> bool:
    """Clear the machine's retained messages and its introductions (topics), unless another hub spoke for it last.

    False where the broker did not confirm it in time: try again at the next start.
    """
    place = f"{ROOT}/{site}/{machine}"
    topics = (*introductions, *sorted(f"{place}/{kind}" for kind in RETAINED))
    visit = _Farewell(address, client_id, f"{place}/{Kind.STATUS}")
    visit.open()
    try:
        if not visit.subscribed.wait(_PATIENCE_S):
            return False
        visit.heard.wait(_RETAINED_S)
        if visit.status is not None and visit.status.hub != hub:
            return True
        return visit.clear(topics)
    finally:
        visit.close()


class _Farewell(Connection):
    def __init__(self, address: BrokerAddress, client_id: str, topic: str) -> None:
        super().__init__(address, client_id)
        self.status: StatusMessage | None = None
        self.subscribed = threading.Event()
        self.heard = threading.Event()
        self._topic = topic
        self._client.on_subscribe = lambda *_: self.subscribed.set()
        self._client.on_message = self._on_message

    def open(self) -> None:
        self._open()

    def close(self) -> None:
        self._close()

    def clear(self, topics: tuple[str, ...]) -> bool:
        sent = [self._client.publish(topic, b"", qos=1, retain=True) for topic in topics]
        try:
            for one in sent:
                one.wait_for_publish(_PATIENCE_S)
        except (RuntimeError, ValueError):
            return False
        return all(one.is_published() for one in sent)

    def _came_up(self) -> None:
        self._client.subscribe(self._topic, qos=1)

    def _on_message(self, client: mqtt.Client, userdata: object, received: mqtt.MQTTMessage) -> None:
        status, payload = None, bytes(received.payload)
        if not is_cleared(self._topic, payload):
            try:
                status = decode(self._topic, payload)
            except BusError:
                return
        self.status = status if isinstance(status, StatusMessage) else None
        self.heard.set()
