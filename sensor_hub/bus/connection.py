"""A paho client for a broker address.

paho calls back while it holds locks of its own, so every callback of this package only notes what happened.
"""

import contextlib
import itertools
import logging
import queue
import re
import socket
import sys
from collections.abc import Callable
from typing import Any

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from sensor_hub.bus.address import BrokerAddress, MqttVersion
from sensor_hub.bus.trouble import hung_up, refusal, tls_context, unreachable
from sensor_hub.errors import BusError

log = logging.getLogger(__name__)

KEEPALIVE_S = 10
_RETRY_AFTER_S = 1
_RETRY_AT_MOST_S = 5
_SESSION_S = 60 * 24 * 3600
"""How long a broker keeps what waits for a durable client that is away, where it speaks MQTT 5."""
_LEAVE_S = 0.1
"""paho's wait between attempts also holds up the end."""
_NO_MAXIMUM = 65535
_ALERT = re.compile(r"\[SSL: (\w*ALERT\w*)\]")


class Connection:
    """A client that connects, and keeps reconnecting until stopped; subclasses say what travels over it."""

    def __init__(self, address: BrokerAddress, client_id: str, *, durable: bool = False) -> None:
        self.problem: str | None = None
        """Why there is no connection, as a sentence; None while there is one."""
        self._address = address
        self._durable = durable
        self._up = False
        self._answered = False
        self._alert = ""
        self._receive_maximum = _NO_MAXIMUM
        """Messages that the broker takes before it has acknowledged one."""
        self._client = _client(address, client_id, durable)
        """Its `at` is the broker that it speaks to, or tries to."""
        self._client.on_connect = self._on_connect
        self._client.on_disconnect = self._on_disconnect
        self._client.on_connect_fail = self._on_connect_fail
        self._client.on_log = self._on_log

    @property
    def connected(self) -> bool:
        return self._up

    def _open(self) -> None:
        _connect(self._client, self._address, self._durable)
        self._client.loop_start()

    def _close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()
        self._up = False

    def _came_up(self) -> None:
        """Runs in paho's thread, before anything is received on the new connection."""

    def _went_down(self) -> None:
        """Runs in paho's thread."""

    def _on_connect(
        self,
        client: mqtt.Client,
        userdata: object,
        flags: mqtt.ConnectFlags,
        reason: ReasonCode,
        p: Properties | None,
    ) -> None:
        self._answered = True
        if reason.is_failure:
            self._report(refusal(self._client.at, str(reason)))
            return
        if self.problem:
            log.info("Connected to %s again.", self._client.at)
        self.problem = None
        self._receive_maximum = getattr(p, "ReceiveMaximum", _NO_MAXIMUM)
        self._came_up()
        self._up = True

    def _on_disconnect(
        self, client: mqtt.Client, userdata: object, flags: Any, reason: ReasonCode, p: Properties | None
    ) -> None:
        was_up, self._up = self._up, False
        answered, self._answered = self._answered, False
        alert, self._alert = self._alert, ""
        self._went_down()
        if was_up and reason.is_failure:
            self._report(f"The connection to {self._client.at} broke ({reason}); trying again.")
        elif not answered and reason.is_failure:
            self._report(hung_up(self._client.at, alert))

    def _on_connect_fail(self, client: mqtt.Client, userdata: object) -> None:
        self._report(unreachable(self._client.at, sys.exception()))

    def _on_log(self, client: mqtt.Client, userdata: object, level: int, text: str) -> None:
        """What TLS says when a broker refuses a client's certificate, paho tells its log alone."""
        if found := _ALERT.search(text):
            self._alert = found[1]

    def _report(self, problem: str) -> None:
        if problem != self.problem:
            log.warning("%s", problem)
        self.problem = problem


def probe(address: BrokerAddress, timeout_s: float = 5.0) -> BrokerAddress:
    """Log in once and leave again: the first broker of those in the address that lets in. Raises BusError with the
    reason where the last of them is not usable either."""
    *first, last = address.each
    for one in first:
        with contextlib.suppress(BusError):
            return _probed(one, timeout_s)
    return _probed(last, timeout_s)


def _probed(address: BrokerAddress, timeout_s: float) -> BrokerAddress:
    visit = _Visit(address)
    visit.open()
    try:
        trouble = visit.ended.get(timeout=timeout_s)
    except queue.Empty:
        raise BusError(f"{address} does not answer within {timeout_s:g} s. Is it an MQTT broker?") from None
    finally:
        visit.close()
    if trouble is not None:
        raise BusError(trouble)
    return address


class _Visit(Connection):
    """Ends with the first trouble, or with None when it is up."""

    def __init__(self, address: BrokerAddress) -> None:
        super().__init__(address, client_id="")
        self._client.reconnect_delay_set(_LEAVE_S, _LEAVE_S)  # type: ignore[arg-type]  # takes fractions, too
        self.ended: queue.SimpleQueue[str | None] = queue.SimpleQueue()

    def open(self) -> None:
        self._open()

    def close(self) -> None:
        self._close()

    def _came_up(self) -> None:
        self.ended.put(None)

    def _report(self, problem: str) -> None:
        self.ended.put(problem)


class _Client(mqtt.Client):
    """Goes from broker to broker of a cluster, with every attempt to connect to the next."""

    def __init__(self, address: BrokerAddress, **options: Any) -> None:
        super().__init__(CallbackAPIVersion.VERSION2, **options)
        self.at = address.each[0]
        self._turns = itertools.cycle(address.each)

    def reconnect(self) -> MQTTErrorCode:
        self.at = next(self._turns)
        self._host, self._port = self.at.host, self.at.port
        return super().reconnect()


def _client(address: BrokerAddress, client_id: str, durable: bool) -> _Client:
    """Raises BusError where a certificate cannot be used."""
    is_5 = address.version is MqttVersion.V5
    client = _Client(
        address,
        client_id=client_id,
        clean_session=None if is_5 else not durable,
        protocol=MQTTProtocolVersion.MQTTv5 if is_5 else MQTTProtocolVersion.MQTTv311,
        transport="websockets" if address.over_websocket else "tcp",
        manual_ack=durable,
    )
    client.username_pw_set(address.user, address.password)
    client.reconnect_delay_set(_RETRY_AFTER_S, _RETRY_AT_MOST_S)
    client.max_inflight_messages_set(0)
    client.on_socket_open = _send_at_once
    if address.over_websocket:
        client.ws_set_options(path=address.path)
    if address.encrypted:
        client.tls_set_context(tls_context(address.tls))
    return client


def _connect(client: mqtt.Client, address: BrokerAddress, durable: bool) -> None:
    if address.version is MqttVersion.V3:
        client.connect_async(address.host, address.port, KEEPALIVE_S)
        return
    properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
    if durable:
        properties.SessionExpiryInterval = _SESSION_S
    client.connect_async(address.host, address.port, KEEPALIVE_S, clean_start=not durable, properties=properties)


def _send_at_once(client: mqtt.Client, userdata: object, sock: Any) -> None:
    """Nagle's algorithm would hold small packets back for tens of milliseconds."""
    set_option: Callable[..., None] | None = getattr(sock, "setsockopt", None)
    if set_option is not None:
        set_option(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
