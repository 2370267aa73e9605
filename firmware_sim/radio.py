"""The air between virtual controllers: what bumble's own virtual link leaves out.

- Data is exchanged only at connection events, at the negotiated interval, a few packets each; the sender's host
  gets its credits back when a packet went over the air. A failed event costs time, never data: the link layer
  repeats.
- A sensor in a radio shadow is neither heard nor hears; a link that hears nothing for the supervision timeout ends
  on both sides.
- Two dongles of one hub may have the same address.
- Of two hubs that answer the same advertisement one gets the sensor.
"""

import asyncio
import math
import random
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bumble import hci, ll
from bumble.core import PhysicalTransport
from bumble.link import LocalLink

if TYPE_CHECKING:
    from firmware_sim.controller import RadioController

_PDU_AIR_TIME_S = 0.0025
"""A full data packet with its acknowledgement at 1 Mbit/s."""
_RSSI_SPREAD_DBM = 2.0
_INTERVALS_TO_ESTABLISH = 6


@dataclass(frozen=True, slots=True)
class _Pdu:
    sender: "RadioController"
    destination: Any
    data: bytes
    fragments: int


@dataclass(slots=True)
class _Path:
    """One connection on the air; instants in loop time."""

    central: Any
    peripheral: Any
    interval_s: float
    timeout_s: float
    anchor_s: float
    heard_s: float
    rng: random.Random
    silent: bool = False
    """One end has gone without a word."""
    failures: int = 0
    """Connection events that failed in a row."""
    outgoing: dict[Any, deque[_Pdu]] = field(default_factory=dict)
    timer: asyncio.TimerHandle | None = None

    def stop(self) -> None:
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None


class Radio(LocalLink):  # type: ignore[misc]
    """event_failure: probability that a connection event fails, 0 to 1; seed: makes a run repeatable."""

    def __init__(self, *, seed: int = 0, event_failure: float = 0.0) -> None:
        super().__init__()
        self.event_failure = event_failure
        self.rssi_dbm: dict[Any, float] = {}
        self._seed = seed
        self._rng = random.Random(seed)
        self._paths: dict[frozenset[Any], _Path] = {}
        self._connections = 0
        self._shadowed: set[Any] = set()

    def shadow(self, address: Any) -> None:
        """From now on nothing gets to or from this address."""
        self._shadowed.add(address)
        now_s = asyncio.get_running_loop().time()
        for pair, path in self._paths.items():
            if address in pair:
                path.heard_s = now_s
                self._arm(path)

    def unshadow(self, address: Any) -> None:
        self._shadowed.discard(address)
        for pair, path in self._paths.items():
            if address in pair:
                self._arm(path)

    def measured_rssi_dbm(self, address: Any) -> int:
        return round(self.rssi_dbm.get(address, -58.0) + self._rng.gauss(0.0, _RSSI_SPREAD_DBM))

    def send_advertising_pdu(self, sender_controller: "RadioController", packet: Any) -> None:
        if packet.advertiser_address in self._shadowed:
            return
        if isinstance(packet, ll.ConnectInd):
            self._open_path(sender_controller, packet)
        super().send_advertising_pdu(sender_controller, packet)

    def send_acl_data(
        self, sender_controller: "RadioController", destination: Any, transport: Any, data: bytes
    ) -> None:
        source = sender_controller.random_address
        path = self._paths.get(frozenset((source, destination)))
        if path is not None:
            fragments = sender_controller.take_fragments(destination)
            path.outgoing[source].append(_Pdu(sender_controller, destination, data, fragments))
            self._arm(path)

    def send_ll_control_pdu(self, sender_address: Any, receiver_address: Any, packet: Any) -> None:
        pair = frozenset((sender_address, receiver_address))
        path = self._paths.get(pair)
        if path is None:
            return
        if isinstance(packet, ll.ConnectionUpdateInd):
            path.interval_s, path.timeout_s = packet.interval * 1.25e-3, packet.timeout * 10e-3
            self._arm(path)
        if isinstance(packet, ll.TerminateInd):
            if pair & self._shadowed:
                return
            self._close_path(path)
        for controller in self._at(receiver_address):
            if sender_address in controller.le_connections:
                asyncio.get_running_loop().call_soon(controller.on_ll_control_pdu, sender_address, packet)

    def forget(self, controller: "RadioController") -> None:
        """The controller's radio went silent without a word: its peers time out."""
        for pair, path in self._paths.items():
            if controller.random_address in pair and pair & controller.le_connections.keys():
                path.silent = True
                path.heard_s = asyncio.get_running_loop().time()
                self._arm(path)

    def _open_path(self, central: "RadioController", packet: Any) -> None:
        now_s = asyncio.get_running_loop().time()
        pair = frozenset((packet.initiator_address, packet.advertiser_address))
        path = _Path(
            central=packet.initiator_address,
            peripheral=packet.advertiser_address,
            interval_s=packet.interval * 1.25e-3,
            timeout_s=packet.timeout * 10e-3,
            anchor_s=now_s,
            heard_s=now_s,
            rng=random.Random(f"{self._seed} {packet.advertiser_address} {self._connections}"),
            outgoing={packet.initiator_address: deque(), packet.advertiser_address: deque()},
        )
        self._paths[pair] = path
        self._connections += 1
        asyncio.get_running_loop().call_later(
            _INTERVALS_TO_ESTABLISH * path.interval_s, self._check_established, path
        )

    def _check_established(self, path: _Path) -> None:
        """Where two hubs answered the same advertisement, the sensor took one; the other's link never comes up."""
        if self._paths.get(frozenset((path.central, path.peripheral))) is not path:
            return
        if not any(path.central in controller.le_connections for controller in self._at(path.peripheral)):
            self._end(path, hci.HCI_ErrorCode.CONNECTION_FAILED_TO_BE_ESTABLISHED_ERROR)

    def _at(self, address: Any) -> list["RadioController"]:
        return [controller for controller in self.controllers if controller.random_address == address]

    def _arm(self, path: _Path) -> None:
        """Set the timer for what happens next on this path: an event where there is data, else the timeout."""
        path.stop()
        loop = asyncio.get_running_loop()
        if path.silent or {path.central, path.peripheral} & self._shadowed:
            path.timer = loop.call_at(path.heard_s + path.timeout_s, self._expire, path)
        elif any(path.outgoing.values()):
            intervals = math.floor((loop.time() - path.anchor_s) / path.interval_s + 1e-6) + 1
            path.timer = loop.call_at(path.anchor_s + intervals * path.interval_s, self._exchange, path)

    def _exchange(self, path: _Path) -> None:
        path.timer = None
        if path.rng.random() < self.event_failure:
            path.failures += 1
            if path.failures * path.interval_s > path.timeout_s:
                return self._expire(path)
        else:
            path.failures = 0
            budget = max(1, int(path.interval_s / _PDU_AIR_TIME_S))
            for source, queue in path.outgoing.items():
                for _ in range(min(budget, len(queue))):
                    self._deliver(source, queue.popleft())
        return self._arm(path)

    def _deliver(self, source: Any, pdu: _Pdu) -> None:
        for controller in self._at(pdu.destination):
            if source in controller.le_connections:
                controller.on_link_acl_data(source, PhysicalTransport.LE, pdu.data)
        pdu.sender.on_sent(pdu.destination, pdu.fragments)

    def _expire(self, path: _Path) -> None:
        self._end(path, hci.HCI_ErrorCode.CONNECTION_TIMEOUT_ERROR)

    def _end(self, path: _Path, reason: int) -> None:
        self._close_path(path)
        for address, peer in ((path.central, path.peripheral), (path.peripheral, path.central)):
            for controller in self._at(address):
                connection = controller.le_connections.get(peer)
                if connection is not None:
                    controller.on_le_disconnected(connection, reason)

    def _close_path(self, path: _Path) -> None:
        path.stop()
        pair = frozenset((path.central, path.peripheral))
        if self._paths.get(pair) is path:
            del self._paths[pair]
