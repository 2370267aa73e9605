"""Says something now: to whoever asks, it says whether the broker has taken it."""

from paho.mqtt.enums import MQTTErrorCode

from sensor_hub.bus.connection import Connection
from sensor_hub.bus.topics import RETAINED, encode, kind_of, topic_of
from sensor_hub.errors import BusError
from sensor_hub.messages import Message

_PATIENCE_S = 5.0


class Caller(Connection):
    """One connection for all that a site's pages and its recorder have to say to hubs, or a hub of itself."""

    def start(self) -> None:
        """Connect in the background. An absent broker is no error before something is to be said."""
        self._open()

    def stop(self) -> None:
        self._close()

    def call(self, message: Message) -> None:
        """Returns when the broker has it; whether a hub hears it is for the hub to say. Raises BusError."""
        kept = kind_of(message) in RETAINED
        info = self._client.publish(topic_of(message), encode(message), qos=1, retain=kept) if self._up else None
        if info is not None and info.rc == MQTTErrorCode.MQTT_ERR_SUCCESS:
            info.wait_for_publish(_PATIENCE_S)
        if info is None or not info.is_published():
            raise BusError(self.problem or "The broker does not answer. Try again when it runs.")
