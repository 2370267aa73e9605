"""A paho client for a broker address, and in words why a broker cannot be reached.

paho calls back while it holds locks of its own, so every callback of this package only notes what happened.
"""

import logging
import queue
import socket
from collections.abc import Callable
from typing import Any

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from sensor_hub.bus.address import BrokerAddress
from sensor_hub.errors import BusError

log = logging.getLogger(__name__)

KEEPALIVE_S = 10
_RETRY_AFTER_S = 1
_RETRY_AT_MOST_S = 5
_WRONG_LOGIN = ("Bad user name or password", "Not authorized")


class Connection:
    """A client that connects, and keeps reconnecting until stopped; subclasses say what travels over it."""

    def __init__(self, address: BrokerAddress, client_id: str, *, durable: bool = False) -> None:
        self.problem: str | None = None
        """Why there is no connection, as a sentence; None while there is one."""
        self._address = address
        self._up = False
        self._client = _client(address, client_id, durable)
        self._client.on_connect = self._on_connect
        self._client.on_disconnect = self._on_disconnect
        self._client.on_connect_fail = self._on_connect_fail

    @property
    def connected(self) -> bool:
        return self._up

    def _open(self) -> None:
        self._client.connect_async(self._address.host, self._address.port, KEEPALIVE_S)
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
        if reason.is_failure:
            self._report(refusal(self._address, str(reason)))
            return
        if self.problem:
            log.info("Connected to %s again.", self._address)
        self.problem = None
        self._came_up()
        self._up = True

    def _on_disconnect(
        self, client: mqtt.Client, userdata: object, flags: Any, reason: ReasonCode, p: Properties | None
    ) -> None:
        was_up, self._up = self._up, False
        self._went_down()
        if was_up and reason.is_failure:
            self._report(f"The connection to {self._address} broke ({reason}); trying again.")

    def _on_connect_fail(self, client: mqtt.Client, userdata: object) -> None:
        self._report(unreachable(self._address))

    def _report(self, problem: str) -> None:
        if problem != self.problem:
            log.warning("%s", problem)
        self.problem = problem


def probe(address: BrokerAddress, timeout_s: float = 5.0) -> None:
    """Log in once and leave again. Raises BusError with the reason where the broker is not usable."""
    answers: queue.SimpleQueue[ReasonCode | None] = queue.SimpleQueue()
    client = _client(address, client_id="", durable=False)
    client.on_connect = lambda client, userdata, flags, reason, properties: answers.put(reason)
    client.on_connect_fail = lambda client, userdata: answers.put(None)
    client.connect_async(address.host, address.port, KEEPALIVE_S)
    client.loop_start()
    try:
        reason = answers.get(timeout=timeout_s)
    except queue.Empty:
        raise BusError(f"{address} does not answer within {timeout_s:g} s. Is it an MQTT broker?") from None
    finally:
        client.disconnect()
        client.loop_stop()
    if reason is None:
        raise BusError(unreachable(address))
    if reason.is_failure:
        raise BusError(refusal(address, str(reason)))


def unreachable(address: BrokerAddress) -> str:
    return (
        f"No broker answers at {address.host}:{address.port}. Start it, or correct the address; "
        "without an address the hub runs a broker of its own."
    )


def refusal(address: BrokerAddress, reason: str) -> str:
    if reason in _WRONG_LOGIN:
        who = f"user {address.user!r}" if address.user else "a client without a login"
        return f"The broker at {address.host}:{address.port} refused {who}: check the name and the password."
    return f"The broker at {address.host}:{address.port} refused the connection: {reason}."


def _client(address: BrokerAddress, client_id: str, durable: bool) -> mqtt.Client:
    client = mqtt.Client(
        CallbackAPIVersion.VERSION2,
        client_id=client_id,
        clean_session=not durable,
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
        client.tls_set()
    return client


def _send_at_once(client: mqtt.Client, userdata: object, sock: Any) -> None:
    """Nagle's algorithm would hold small packets back for tens of milliseconds."""
    set_option: Callable[..., None] | None = getattr(sock, "setsockopt", None)
    if set_option is not None:
        set_option(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
