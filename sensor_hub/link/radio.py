"""Every adapter of a hub together: which of them a sensor goes to.

A sensor goes to the adapter that hears it best among those that can carry one more; after each loss the choice is
made anew. Where all that hear it are full it waits until one has room.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path

from sensor_hub.link.adapter import SLOTS, SYSTEM, Adapter, open_adapter
from sensor_hub.link.found import Found, Hearing
from sensor_hub.link.lookout import USUAL_PACE, Lookout, Pace, happens_within
from sensor_hub.messages import LinkState

COMPARE_S = 1.0
"""How long several adapters are given to hear a sensor that one has heard."""
LOOK_AGAIN_S = 30.0
"""A sensor that waits for room may have come near another adapter."""

Tell = Callable[[LinkState, str], None]


class Radio:
    def __init__(self, adapters: Sequence[Adapter], pace: Pace = USUAL_PACE) -> None:
        self.adapters = tuple(adapters)
        self.lookout = Lookout(self.adapters, pace)
        self._vacated = asyncio.Event()

    async def hear(self, sensor: Found, patience_s: float | None, tell: Tell) -> list[Hearing]:
        """Waits for the sensor; who hears it, loudest first. Raises LinkError where no adapter can listen.

        tell: gets a sentence when nobody has heard it for so long.
        """
        heard: dict[Adapter, Hearing] = {}
        first = asyncio.Event()

        def on_heard(hearing: Hearing) -> None:
            if (hearing.found.address, hearing.found.family) == (sensor.address, sensor.family):
                heard[hearing.adapter] = hearing
                first.set()

        async with self.lookout.listening(on_heard):
            if not await happens_within(first, patience_s):
                tell(LinkState.LOST, _unheard(sensor))
                await first.wait()
            if len(self.adapters) > 1:
                await asyncio.sleep(COMPARE_S)
        return sorted(heard.values(), key=lambda hearing: -hearing.found.rssi_dbm)

    @contextlib.asynccontextmanager
    async def reach(
        self, sensor: Found, patience_s: float | None = None, tell: Tell = lambda state, sentence: None
    ) -> AsyncIterator[Hearing]:
        """Waits until the sensor is heard by an adapter with room, and keeps that room while the context lasts.

        tell: gets a sentence while there is none, or when nobody has heard the sensor for so long.
        """
        while True:
            hearings = await self.hear(sensor, patience_s, tell)
            choice = next((one for one in hearings if one.adapter.has_room), None)
            if choice is not None:
                break
            tell(LinkState.SEARCHING, _full(sensor, [one.adapter for one in hearings]))
            self._vacated.clear()
            await happens_within(self._vacated, LOOK_AGAIN_S)
        choice.adapter.carried += 1
        try:
            yield choice
        finally:
            choice.adapter.carried -= 1
            self._vacated.set()

    async def forget(self, sensor: str) -> None:
        """Any bond with the sensor of this address."""
        for adapter in self.adapters:
            await adapter.forget(sensor)

    async def close(self) -> None:
        await self.lookout.close()


@contextlib.asynccontextmanager
async def open_radio(
    monikers: Sequence[str] = (SYSTEM,), slots: int = SLOTS, bonds: Path | None = None
) -> AsyncIterator[Radio]:
    """Open these adapters, as `open_adapter` does, for as long as the context lasts. Raises LinkError."""
    async with contextlib.AsyncExitStack() as stack:
        radio = Radio(
            [await stack.enter_async_context(open_adapter(moniker, slots, bonds)) for moniker in monikers]
        )
        stack.push_async_callback(radio.close)
        yield radio


def _unheard(sensor: Found) -> str:
    return f"{sensor.name} is not heard. Bring it nearer, wake or charge it, or free it from another hub or phone."


def _full(sensor: Found, adapters: Sequence[Adapter]) -> str:
    names = " and ".join(adapter.name for adapter in adapters)
    carried = sum(adapter.slots for adapter in adapters)
    return (
        f"No room for {sensor.name}: {names} {'carries' if len(adapters) == 1 else 'carry'} {carried} sensors already."
        " Plug in another adapter and add it to bluetooth.adapters, or switch off a sensor that nobody uses."
    )
