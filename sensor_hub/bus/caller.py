"""Says something now: to whoever asks, it says whether the broker has taken it."""

import time
from collections.abc import Iterable
from itertools import islice

from paho.mqtt.client import MQTTMessageInfo
from paho.mqtt.enums import MQTTErrorCode

from sensor_hub.bus.connection import Connection
from sensor_hub.bus.topics import RETAINED, encode, kind_of, topic_of
from sensor_hub.errors import BusError
from sensor_hub.messages import Message

_PATIENCE_S = 5.0
_AT_ONCE = 100


class Caller(Connection):
    """One connection for all that a site's pages and its recorder have to say to hubs, or a hub of itself."""

    def start(self) -> None:
        """Connect in the background. An absent broker is no error before something is to be said."""
        self._open()

    def stop(self) -> None:
        self._close()

    def call(self, message: Message) -> None:
        """Returns when the broker has it; whether a hub hears it is for the hub to say. Raises BusError."""
        self._wait_for(self._say(message))

    def call_all(self, messages: Iterable[Message]) -> int:
        """In their order; how many there were. Waits for the connection, and until the broker has them all. Raises
        BusError."""
        end = time.monotonic() + _PATIENCE_S
        while not self._up and time.monotonic() < end:
            time.sleep(0.02)
        count, rest = 0, iter(messages)
        while said := [self._say(message) for message in islice(rest, _AT_ONCE)]:
            for info in said:
                self._wait_for(info)
            count += len(said)
        return count

    def _say(self, message: Message) -> MQTTMessageInfo | None:
        kept = kind_of(message) in RETAINED
        return self._client.publish(topic_of(message), encode(message), qos=1, retain=kept) if self._up else None

    def _wait_for(self, info: MQTTMessageInfo | None) -> None:
        if info is not None and info.rc == MQTTErrorCode.MQTT_ERR_SUCCESS:
            info.wait_for_publish(_PATIENCE_S)
        if info is None or not info.is_published():
            raise BusError(self.problem or "The broker does not answer. Try again when it runs.")
