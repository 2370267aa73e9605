"""One machine's way to the broker: an outbox on disk and a connection with the machine's last will."""

import asyncio
import logging
from collections import deque
from pathlib import Path

from sensor_hub.app.floor.voice import Voice
from sensor_hub.app.keeping.forgetting import forget
from sensor_hub.app.keeping.thrift import Thrift
from sensor_hub.bus import BrokerAddress, Publisher, Running, kind_of
from sensor_hub.errors import BusError
from sensor_hub.messages import COUNTED, EraseMessage, Live, Message, RepMessage

log = logging.getLogger(__name__)

MOST_REFUSED = 10_000
"""Reps, sets and sessions that the outbox would not take."""


class BrokerOutlet:
    """Satisfies sensor_hub.app.floor.hub.StationOutlet. What the outbox refuses is reported once, and tried again with
    the next message where it is counted; anything else is lost. The set goes on.

    prefix: where Home Assistant listens for devices; None introduces the machine to nobody. thrift: of the folder's
    disk.
    """

    def __init__(
        self,
        address: BrokerAddress,
        folder: Path,
        hub: str,
        site: str,
        machine: str,
        prefix: str | None = None,
        thrift: Thrift | None = None,
    ) -> None:
        self.place = (site, machine)
        self.reps = 0
        self.closed = False
        self._voice = Voice(address, folder, hub, site, machine, prefix)
        self._machine = machine
        self._thrift = thrift
        self._outbox = self._voice.open()
        self._complaint: str | None = None
        self._refused: deque[Message] = deque(maxlen=MOST_REFUSED)
        will, introductions = self._voice.will(), self._voice.introductions()
        self._publisher = Publisher(address, self._outbox, self._voice.client_id, will, introductions)
        self._publisher.start()

    def next_seq(self) -> int:
        return self._outbox.next_seq(self._machine)

    def append(self, message: Message) -> None:
        if self._thrift is not None and not self._thrift.takes(message):
            return
        self.reps += isinstance(message, RepMessage)
        if kind_of(message) in COUNTED:
            self._refused.append(message)
        try:
            while self._refused:
                self._outbox.append(self._refused[0])
                self._refused.popleft()
            if kind_of(message) not in COUNTED:
                self._outbox.append(message)
            self._complaint = None
        except (BusError, OSError) as error:
            self._complain(str(error))

    def running(self) -> Running:
        """What was told and has not ended. Raises BusError."""
        return self._outbox.running(self._machine)

    @property
    def problem(self) -> str | None:
        sparing = self._thrift and self._thrift.problem
        return self._outbox.problem or sparing or self._publisher.recorder_problem

    def live(self, message: Live) -> None:
        self._publisher.live(message)

    def pending(self) -> int:
        """Messages the broker has not acknowledged."""
        return self._publisher.pending()

    @property
    def dropped(self) -> int:
        """Messages that were given up because the outbox was full."""
        return self._outbox.dropped

    @property
    def connected(self) -> bool:
        return self._publisher.connected

    @property
    def broker_problem(self) -> str | None:
        """What keeps messages from the broker, as a sentence; None while all is well."""
        return self._complaint or self._publisher.problem

    def forget(self, erase: EraseMessage) -> int:
        return forget(self._outbox, erase)

    async def close(self, *, for_good: bool = False) -> None:
        await asyncio.to_thread(self._stop, for_good)

    def _stop(self, for_good: bool) -> None:
        self.closed = True
        self._publisher.stop()
        self._outbox.close()
        if for_good:
            self._voice.fall_silent()

    def _complain(self, complaint: str) -> None:
        if complaint != self._complaint:
            log.error("%s: %s", self._machine, complaint, extra={"machine": self._machine})
        self._complaint = complaint
