"""From a sensor's bytes to samples and gaps, over all its connections."""

import asyncio
import logging
from collections.abc import Callable, Sequence

from sensor_hub.errors import PacketError
from sensor_hub.link.events import LinkEvent, Missing, Received
from sensor_hub.link.inbox import Inbox, Notification
from sensor_hub.link.meter import StreamMeter
from sensor_hub.model import Gap, Samples
from sensor_hub.sensors import Step, Stream

_COMPLAINT_S = 60.0

_log = logging.getLogger(__name__)


class Intake:
    """deliver: gets samples and gaps in order; on_samples is called before each block.

    bookmark: where an earlier stream of this sensor was.
    """

    def __init__(
        self,
        name: str,
        stream: Stream,
        deliver: Callable[[LinkEvent], None],
        on_samples: Callable[[], None],
        bookmark: str | None,
    ) -> None:
        self.stream = stream
        self.meter = StreamMeter()
        self.inbox = Inbox()
        self.heard_s = 0.0
        """When the sensor last sent something worth having."""
        self._name = name
        self._deliver = deliver
        self._on_samples = on_samples
        self._complained_s = -_COMPLAINT_S
        if bookmark is not None:
            self._resume(bookmark)

    def put(self, characteristic: str, data: bytes | bytearray) -> None:
        """Called by Bluetooth: bytes that have just arrived."""
        arrival_s = asyncio.get_running_loop().time()
        self.meter.packet(arrival_s)
        self.inbox.put(Notification(characteristic, bytes(data), arrival_s))

    async def run(self, ask: Callable[[Sequence[Step]], None]) -> None:
        """Decode while connected; ask gets what the stream wants done, at once."""
        while True:
            await self.inbox.filled()
            while (notification := self.inbox.take()) is not None:
                self._decode(notification)
                if steps := self.stream.requests():
                    ask(steps)
                await asyncio.sleep(0)

    def interrupted(self) -> None:
        """The connection was lost; what came before is decoded first."""
        while (notification := self.inbox.take()) is not None:
            self._decode(notification)
        self.stream.interrupted()

    def finish(self) -> None:
        """Nothing more will come."""
        self._pass_on(self.stream.finish(), self.heard_s, None)

    def _resume(self, bookmark: str) -> None:
        try:
            self.stream.resume(bookmark)
        except PacketError as error:
            _log.warning("%s begins anew: %s", self._name, error)

    def _decode(self, notification: Notification) -> None:
        arrival_s = notification.arrival_s
        try:
            items = self.stream.feed(notification.characteristic, notification.data, arrival_s)
        except PacketError as error:
            self._complain(error, arrival_s)
            return
        if items or self.stream.behind_s > 0:
            self.heard_s = arrival_s
        self._pass_on(items, arrival_s, self.stream.bookmark)

    def _pass_on(self, items: Sequence[Samples | Gap], arrival_s: float, bookmark: str | None) -> None:
        for left, item in zip(reversed(range(len(items))), items, strict=True):
            self.meter.add(item)
            if isinstance(item, Samples):
                self._on_samples()
                self._deliver(Received(item, arrival_s, None if left else bookmark))
            else:
                self._deliver(Missing(item))

    def _complain(self, error: PacketError, now_s: float) -> None:
        if now_s - self._complained_s >= _COMPLAINT_S:
            self._complained_s = now_s
            _log.warning("%s sends bytes that are left out: %s", self._name, error)
