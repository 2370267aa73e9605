"""Drains the outbox to the broker, in order, and says whether the hub is there."""

import logging
import math
import queue
import threading
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import paho.mqtt.client as mqtt
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from sensor_hub.bus.address import BrokerAddress
from sensor_hub.bus.connection import Connection
from sensor_hub.bus.echo import Echo
from sensor_hub.bus.outbox import Outbox
from sensor_hub.bus.topics import decode, encode, filters_of, is_cleared, topic_of
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
_REFUSED_S = 5.0
"""Until the next attempt, when the broker refuses what is sent."""
_INSIST_S = 1.0
"""Between two words against somebody who says that the machine is offline."""
_GOODBYE_S = 1.0


class Publisher(Connection):
    """One connection that empties one outbox. It speaks for one machine where it has a will, because MQTT gives a
    connection one last will; a hub with several machines has an outbox and a publisher for each.

    will: what the broker announces when this connection breaks; the same, turned to online, is announced on every
    connect and when somebody else denies it, and offline on `stop`. A recorder answers it, and gets again what none has
    confirmed. Nothing is sent from the outbox before the announcement has come back: a broker that throws it away does
    so with everything else. introductions: topics and payloads, kept by the broker for Home Assistant. announcing:
    otherwise the will only names the machine, and nothing is said but what is in the outbox.
    """

    def __init__(
        self,
        address: BrokerAddress,
        outbox: Outbox,
        client_id: str,
        will: StatusMessage | None = None,
        introductions: Sequence[tuple[str, bytes]] = (),
        *,
        announcing: bool = True,
    ) -> None:
        super().__init__(address, client_id)
        self._outbox = outbox
        self._will = will
        self._introductions = introductions
        self._announcing = announcing and will is not None
        self._echo = Echo()
        self._denied = False
        self._strange = 0
        self._insist_at_s = 0.0
        self._acknowledged: queue.SimpleQueue[tuple[int, ReasonCode]] = queue.SimpleQueue()
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

    def stop(self) -> None:
        """Say goodbye and leave; what is not acknowledged stays in the outbox."""
        self._stopping.set()
        self._outbox.wake()
        self._thread.join(timeout=5)
        if self._will is not None and self._announcing and self._up and not self._is_succeeded(self._will):
            self._announce(self._will, online=False).wait_for_publish(_GOODBYE_S)
        self._close()

    def _came_up(self) -> None:
        self._client.drop_out_messages()
        self._latest_live = None
        self._rewind.set()
        if self._will is not None:
            receipts = filters_of([Kind.STORED], self._will.site, self._will.machine)[0]
            self._client.subscribe([(receipts, 1), (topic_of(self._will), 1)])
            if self._announcing:
                self._announce(self._will, online=True, anew=True)
                self._ask_pause_s = _ASK_S
                self._ask_at_s = time.monotonic() + _ASK_S
        self._introduce()
        self._outbox.wake()

    def _went_down(self) -> None:
        self._latest_live = None

    def _on_pre_connect(self, client: mqtt.Client, userdata: object) -> None:
        if self._will is not None and self._announcing:
            will = _status(self._will, online=False)
            client.will_set(topic_of(will), encode(will), qos=1, retain=True)

    def _on_publish(self, client: mqtt.Client, userdata: Any, mid: int, reason: ReasonCode, p: Properties) -> None:
        self._acknowledged.put((mid, reason))
        self._outbox.wake()

    def _on_message(self, client: mqtt.Client, userdata: Any, received: mqtt.MQTTMessage) -> None:
        try:
            if self._will is not None and received.topic == topic_of(self._will):
                self._echo.came(bytes(received.payload))
                self._denied = self._announcing and self._is_denied(self._will)
                self._outbox.wake()
                return
            receipt = decode(received.topic, bytes(received.payload))
        except (BusError, UnicodeDecodeError) as error:
            self._strange += 1
            if self._strange & (self._strange - 1) == 0:
                log.warning("%d receipts were none; the last: %s", self._strange, error)
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
        if not self._up or not self._is_heard():
            return
        self._insist()
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

    def _insist(self) -> None:
        """A hub that gives the machine up, or an old connection's will that comes late, has the last word otherwise."""
        if self._will is not None and self._denied and time.monotonic() >= self._insist_at_s:
            self._denied, self._insist_at_s = False, time.monotonic() + _INSIST_S
            self._announce(self._will, online=True)
            self._introduce()

    def _introduce(self) -> None:
        for topic, payload in self._introductions:
            self._client.publish(topic, payload, qos=1, retain=True)

    def _is_heard(self) -> bool:
        """Whether the broker passes on what this connection sends; asked for again as long as it does not."""
        if self._will is None or not self._announcing or self._echo.proven:
            return True
        if self._echo.is_overdue:
            who = f"user {self._address.user!r}" if self._address.user else "this hub"
            self._report(
                f"The broker at {self._client.at.place} does not pass on {topic_of(self._will)}. "
                f"Allow {who} to write the machine's topics and to read this one (config/mosquitto.acl); until then "
                "everything waits in the outbox."
            )
            self._announce(self._will, online=True)
        return False

    def _forget_acknowledged(self) -> None:
        while not self._acknowledged.empty():
            mid, reason = self._acknowledged.get()
            row = self._flying.pop(mid, None)
            if row is not None and reason.is_failure:
                self._rewind.set()
                self._refuse(reason)
            elif row is not None:
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

    def _refuse(self, reason: ReasonCode) -> None:
        """Only MQTT 5 tells."""
        self._report(
            f"The broker at {self._client.at.place} refuses what the hub sends ({reason}). Allow it; it waits in the "
            "outbox."
        )
        self._stopping.wait(_REFUSED_S)

    def _announce(self, will: StatusMessage, online: bool, anew: bool = False) -> mqtt.MQTTMessageInfo:
        status = _status(will, online)
        payload = encode(status)
        self._echo.sent(payload, anew=anew)
        return self._client.publish(topic_of(status), payload, qos=1, retain=True)

    def _is_succeeded(self, will: StatusMessage) -> bool:
        """Whether another hub has spoken for the machine since: then it is not offline."""
        status = self._told(will)
        return status is not None and status.online and status.hub != will.hub

    def _is_denied(self, will: StatusMessage) -> bool:
        """Whether the machine is said to be offline, or nothing at all, though this connection is there."""
        if self._echo.is_mine:
            return False
        status = self._told(will)
        return is_cleared(topic_of(will), self._echo.heard) or (status is not None and not status.online)

    def _told(self, will: StatusMessage) -> StatusMessage | None:
        """The latest status of the machine, whoever sent it."""
        try:
            status = decode(topic_of(will), self._echo.heard)
        except BusError:
            return None
        return status if isinstance(status, StatusMessage) else None


def _leaving(info: mqtt.MQTTMessageInfo | None) -> bool:
    return info is not None and info.rc == mqtt.MQTT_ERR_SUCCESS and not info.is_published()


def _status(will: StatusMessage, online: bool) -> StatusMessage:
    state = "online" if online else "offline"
    return will.model_copy(update={"id": f"{will.id}/{state}", "online": online, "time": datetime.now(UTC)})
