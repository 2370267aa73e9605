"""Which sensors are near: one scan, or a watch that goes on for ever."""

import asyncio
import logging
from collections import OrderedDict, deque
from collections.abc import AsyncIterator

from sensor_hub.link.found import Found, Hearing
from sensor_hub.link.radio import Radio

MOST_NEIGHBOURS = 256
"""How many sensors are told apart; of more, those heard longest ago are forgotten."""

_log = logging.getLogger(__name__)


async def scan(radio: Radio, seconds: float = 5.0) -> list[Found]:
    """Every sensor of a known family heard within this time, strongest first. Raises LinkError."""
    neighbours = _Neighbours()
    async with radio.lookout.listening(lambda hearing: neighbours.add(hearing.found), steadily=True):
        await asyncio.sleep(seconds)
    return sorted(neighbours.heard.values(), key=lambda found: -found.rssi_dbm)


async def watch(radio: Radio) -> AsyncIterator[Found]:
    """Each sensor of a known family when it is first heard by name, for ever.

    Raises LinkError where no adapter can scan to begin with; one that goes away later is waited for.
    """
    arrivals: deque[Found] = deque(maxlen=MOST_NEIGHBOURS)
    arrived = asyncio.Event()
    neighbours = _Neighbours()

    def on_heard(hearing: Hearing) -> None:
        if hearing.named and neighbours.add(hearing.found):
            arrivals.append(hearing.found)
            arrived.set()

    async with radio.lookout.listening(on_heard):
        while True:
            await arrived.wait()
            arrived.clear()
            while arrivals:
                yield arrivals.popleft()


class _Neighbours:
    def __init__(self) -> None:
        self.heard: OrderedDict[str, Found] = OrderedDict()
        """By address, as the adapter told it that hears it best; heard longest ago first."""
        self._flooded = False

    def add(self, found: Found) -> bool:
        """Whether it is a new one."""
        known = self.heard.get(found.address)
        if known is None or known.device is found.device or known.rssi_dbm < found.rssi_dbm:
            self.heard[found.address] = found
        self.heard.move_to_end(found.address)
        if len(self.heard) > MOST_NEIGHBOURS:
            self.heard.popitem(last=False)
            self._complain()
        return known is None

    def _complain(self) -> None:
        if not self._flooded:
            self._flooded = True
            _log.warning(
                "More than %d sensors seem to be near: somebody may be flooding the air. Enrolled sensors go on.",
                MOST_NEIGHBOURS,
            )
