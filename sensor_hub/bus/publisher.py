"""Drains the outbox to the broker, in order, and says whether the hub is there."""

import logging
import math
import queue
import threading
import time
from datetime import UTC, datetime
from typing import Any

import paho.mqtt.client as mqtt
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from sensor_hub.bus.address import BrokerAddress
from sensor_hub.bus.connection import Connection
from sensor_hub.bus.outbox import Outbox
from sensor_hub.bus.topics import decode, encode, filters_of, topic_of
from sensor_hub.errors import BusError
from sensor_hub.messages import Kind, Live, StatusMessage, StoredMessage

log = logging.getLogger(__name__)

_WINDOW = 100
"""Messages under way without acknowledgement."""
_ASIDE = 4
"""Of the messages that the broker takes at once, those kept free for announcements."""
_IDLE_S = 0.5
_ASK_S, _ASK_AT_LEAST_S = 2.0, 300.0
"""How often it is asked, ever more rarely, whether anybody records."""
_UNCONFIRMED_S = 120.0
"""So long a recorder may be busy before a person is told."""
_GOODBYE_S = 1.0


class Publisher(Connection):
    """One connection that empties one outbox. It speaks for one machine where it has a will, because MQTT gives a
    connection one last will; a hub with several machines has an outbox and a publisher for each.

    will: what the broker announces when this connection breaks; the same, turned to online, is announced on every
    connect, and offline on `stop`. A recorder answers it, and gets again what none has confirmed.
    introduction: topic and payload, kept by the broker for Home Assistant.
    """

    def __init__(
        self,
        address: BrokerAddress,
        outbox: Outbox,
        client_id: str,
        will: StatusMessage | None = None,
        introduction: tuple[str, bytes] | None = None,
    ) -> None:
        super().__init__(address, client_id)
        self._outbox = outbox
        self._will = will
        self._introduction = introduction
        self._acknowledged: queue.SimpleQueue[int] = queue.SimpleQueue()
        self._receipts: queue.SimpleQueue[StoredMessage] = queue.SimpleQueue()
        self._flying: dict[int, int] = {}
        self._delivered: list[int] = []
        self._heard_recorder = False
        self._ask_at_s, self._ask_pause_s = math.inf, _ASK_S
        self._recorders_note: str | None = None
        self._unconfirmed_since_s: float | None = None
        self._last_row = 0
        self._generation = 0
        self._rewind = threading.Event()
        self._stopping = threading.Event()
        self._latest_live: mqtt.MQTTMessageInfo | None = None
        self._thread = threading.Thread(target=self._run, name=f"publisher {client_id}", daemon=True)
        self._client.on_publish = self._on_publish
        self._client.on_message = self._on_message
        self._client.on_pre_connect = self._on_pre_connect

    def start(self) -> None:
        """Connect in the background. An absent broker is no error: see `problem`, or ask `probe` first."""
        self._open()
        self._thread.start()

    def live(self, message: Live) -> None:
        """Send now or never: dropped while the connection is down or the last one has not left yet."""
        if not self._up or _leaving(self._latest_live):
            return
        info = self._client.publish(topic_of(message), encode(message), qos=0)
        self._latest_live = info if info.rc == mqtt.MQTT_ERR_SUCCESS else None

    @property
    def recorder_problem(self) -> str | None:
        """What the recorder said last, or that it says nothing any more; None where there never was one."""
        since_s = self._unconfirmed_since_s
        if not self._heard_recorder or since_s is None or time.monotonic() - since_s < _UNCONFIRMED_S:
            return self._recorders_note
        return "Nothing is being recorded: reps wait in the hub. Look after the recorder and its disk."

    def pending(self) -> int:
        return self._outbox.pending()

    def stop(self, *, for_good: bool = False) -> None:
        """Say goodbye and leave; what is not acknowledged stays in the outbox. for_good: the machine is no more, and
        nobody shall be introduced to it again."""
        self._stopping.set()
        self._outbox.wake()
        self._thread.join(timeout=5)
        if for_good and self._introduction is not None and self._up:
            self._client.publish(self._introduction[0], b"", qos=1, retain=True).wait_for_publish(_GOODBYE_S)
        if self._will is not None and self._up:
            self._announce(self._will, online=False).wait_for_publish(_GOODBYE_S)
        self._close()

    def _came_up(self) -> None:
        self._client.drop_out_messages()
        self._latest_live = None
        self._rewind.set()
        if self._will is not None:
            self._client.subscribe(filters_of([Kind.STORED], self._will.site, self._will.machine)[0], 1)
            self._announce(self._will, online=True)
            self._ask_pause_s = _ASK_S
            self._ask_at_s = time.monotonic() + _ASK_S
        if self._introduction is not None:
            self._client.publish(*self._introduction, qos=1, retain=True)
        self._outbox.wake()

    def _went_down(self) -> None:
        self._latest_live = None

    def _on_pre_connect(self, client: mqtt.Client, userdata: object) -> None:
        if self._will is not None:
            will = _status(self._will, online=False)
            client.will_set(topic_of(will), encode(will), qos=1, retain=True)

    def _on_publish(self, client: mqtt.Client, userdata: Any, mid: int, reason: ReasonCode, p: Properties) -> None:
        self._acknowledged.put(mid)
        self._outbox.wake()

    def _on_message(self, client: mqtt.Client, userdata: Any, received: mqtt.MQTTMessage) -> None:
        try:
            receipt = decode(received.topic, bytes(received.payload))
        except (BusError, UnicodeDecodeError) as error:
            log.warning("Ignored an invalid receipt: %s", error)
            return
        if isinstance(receipt, StoredMessage):
            self._receipts.put(receipt)
            self._outbox.wake()

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._outbox.wait(_IDLE_S)
            try:
                self._step()
            except BusError as error:
                self._report(str(error))
                self._stopping.wait(_IDLE_S)

    def _step(self) -> None:
        self._forget_acknowledged()
        self._take_receipts()
        if not self._up:
            return
        generation = self._outbox.generation
        if self._rewind.is_set() or generation != self._generation:
            self._rewind.clear()
            self._generation = generation
            self._flying.clear()
            self._last_row = 0
        window = min(_WINDOW, max(1, self._receive_maximum - _ASIDE))
        for waiting in self._outbox.after(self._last_row, max(0, window - len(self._flying))):
            info = self._client.publish(waiting.topic, waiting.payload, qos=1, retain=waiting.retained)
            if info.rc != mqtt.MQTT_ERR_SUCCESS:
                break
            self._flying[info.mid] = waiting.row
            self._last_row = waiting.row
        if time.monotonic() > self._ask_at_s:
            self._ask_again()
        self.problem = None

    def _ask_again(self) -> None:
        """A recorder that connects at the same moment may miss the status: until one answers, it is said again."""
        assert self._will is not None
        self._announce(self._will, online=True)
        self._ask_pause_s = min(2 * self._ask_pause_s, _ASK_AT_LEAST_S)
        self._ask_at_s = time.monotonic() + self._ask_pause_s

    def _forget_acknowledged(self) -> None:
        while not self._acknowledged.empty():
            row = self._flying.pop(self._acknowledged.get(), None)
            if row is not None:
                self._delivered.append(row)
        if self._delivered:
            self._outbox.deliver(self._delivered)
            self._delivered.clear()
            if self._unconfirmed_since_s is None and self._outbox.unconfirmed():
                self._unconfirmed_since_s = time.monotonic()

    def _take_receipts(self) -> None:
        """A recorder that has stored this machine's status listens: what was sent while none did is sent again."""
        ids: list[str] = []
        while not self._receipts.empty():
            receipt = self._receipts.get()
            ids += receipt.ids
            self._recorders_note = receipt.note
        if not ids:
            return
        self._heard_recorder = True
        self._outbox.confirm(ids)
        self._unconfirmed_since_s = time.monotonic() if self._outbox.unconfirmed() else None
        if self._will is not None and _status(self._will, online=True).id in ids:
            self._ask_at_s = math.inf
            self._outbox.recall()

    def _announce(self, will: StatusMessage, online: bool) -> mqtt.MQTTMessageInfo:
        status = _status(will, online)
        return self._client.publish(topic_of(status), encode(status), qos=1, retain=True)


def _leaving(info: mqtt.MQTTMessageInfo | None) -> bool:
    return info is not None and info.rc == mqtt.MQTT_ERR_SUCCESS and not info.is_published()


def _status(will: StatusMessage, online: bool) -> StatusMessage:
    state = "online" if online else "offline"
    return will.model_copy(update={"id": f"{will.id}/{state}", "online": online, "time": datetime.now(UTC)})
