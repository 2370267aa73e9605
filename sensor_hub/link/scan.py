"""Which sensors are near: one scan, or a watch that goes on for ever."""

import asyncio
from collections import OrderedDict, deque
from collections.abc import AsyncIterator

from sensor_hub.link.found import Found, Hearing
from sensor_hub.link.radio import Radio

MOST_NEIGHBOURS = 256
"""How many sensors are told apart; of more, those heard longest ago are forgotten."""


async def scan(radio: Radio, seconds: float = 5.0) -> list[Found]:
    """Every sensor of a known family heard within this time, strongest first. Raises LinkError."""
    heard: OrderedDict[str, Found] = OrderedDict()

    def on_heard(hearing: Hearing) -> None:
        known = heard.get(hearing.found.address)
        if known is None or known.device is hearing.found.device or known.rssi_dbm < hearing.found.rssi_dbm:
            _remember(heard, hearing.found)

    async with radio.lookout.listening(on_heard, steadily=True):
        await asyncio.sleep(seconds)
    return sorted(heard.values(), key=lambda found: -found.rssi_dbm)


async def watch(radio: Radio) -> AsyncIterator[Found]:
    """Each sensor of a known family when it is first heard by name, for ever.

    Raises LinkError where no adapter can scan to begin with; one that goes away later is waited for.
    """
    arrivals: deque[Found] = deque(maxlen=MOST_NEIGHBOURS)
    arrived = asyncio.Event()
    known: OrderedDict[str, Found] = OrderedDict()

    def on_heard(hearing: Hearing) -> None:
        if hearing.named:
            if hearing.found.address not in known:
                arrivals.append(hearing.found)
                arrived.set()
            _remember(known, hearing.found)

    async with radio.lookout.listening(on_heard):
        while True:
            await arrived.wait()
            arrived.clear()
            while arrivals:
                yield arrivals.popleft()


def _remember(neighbours: OrderedDict[str, Found], found: Found) -> None:
    neighbours[found.address] = found
    neighbours.move_to_end(found.address)
    if len(neighbours) > MOST_NEIGHBOURS:
        neighbours.popitem(last=False)
