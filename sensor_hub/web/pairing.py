"""Pairing over HTTP: sensors nearby, the running pairing, and what may be done with it.

The hub itself does it, through `PairingDesk`, which only a hub in the same process has (docs/decisions/0006). What
changes something is refused to pages of another origin.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Annotated, Protocol

from fastapi import APIRouter, Depends, HTTPException, Request
from pydantic import BaseModel, StrictBool

from sensor_hub.errors import ConfigError
from sensor_hub.messages import Name
from sensor_hub.pairing import KINDS, REPS, MachineKind, Nearby, View
from sensor_hub.web import sse
from sensor_hub.web.desk import present
from sensor_hub.web.sse import EventStream

ATTEND_S = 0.5
"""So often a page that pairs is told that the hub is there."""
ELSEWHERE = (
    "Sensors are paired where the hub runs: open the page of that computer, or run `sensor-hub pair` there."
)


class PairingDesk(Protocol):
    """Where pairing is done. `sensor_hub.app.floor.workshop.Workshop` is one. Methods raise SensorHubErrors."""

    async def nearby(self) -> list[Nearby]: ...
    async def identify(self, address: str) -> None: ...
    async def begin(
        self, address: str, machine: str, kind: MachineKind, site: str | None, replacing: bool
    ) -> None: ...
    def view(self) -> View | None: ...
    @property
    def under_way(self) -> bool: ...
    def attended(self) -> AbstractContextManager[None]: ...
    def again(self) -> None: ...
    async def confirm(self) -> str: ...
    async def cancel(self) -> None: ...
    def undo(self) -> str: ...


class Chosen(BaseModel):
    address: str


class Begun(Chosen):
    """replacing: whether another sensor may have to leave the machine."""

    machine: Name
    kind: MachineKind
    site: Name | None = None
    replacing: StrictBool = False


class Kind(BaseModel):
    kind: MachineKind
    title: str
    clip_on: str


class Pairing(BaseModel):
    """pairing: the running one, or the one stored last; null where there is none."""

    available: bool
    """Whether this server can pair."""
    kinds: list[Kind]
    reps: int
    """So many are pressed."""
    pairing: View | None


class Done(BaseModel):
    what: str


CHOICES = [Kind(kind=kind, title=one.title, clip_on=one.clip_on) for kind, one in KINDS.items()]


def pairing_router(desk: PairingDesk | None) -> APIRouter:
    router = APIRouter(prefix="/api/pairing")

    Here = Annotated[PairingDesk, Depends(present(desk, ELSEWHERE))]  # noqa: N806  a type, of this router's desk

    @router.get("")
    async def pairing() -> Pairing:
        view = None if desk is None else desk.view()
        return Pairing(available=desk is not None, kinds=CHOICES, reps=REPS, pairing=view)

    @router.get("/sensors")
    async def sensors(here: Here) -> Sequence[Nearby]:
        """Takes some seconds: it listens. Sensors in use first, then the strongest."""
        return await here.nearby()

    @router.get("/attend", status_code=200, response_class=EventStream)
    async def attend(here: Here, request: Request) -> EventStream:
        """Server-sent beats while a pairing is under way. When the last page that had them is closed, the pairing is
        given up, and the sensor goes back to work."""
        return EventStream(_beats(here, request.state.welcome))

    @router.post("/identify")
    async def identify(chosen: Chosen, here: Here) -> Done:
        await here.identify(chosen.address)
        return Done(what="It has blinked.")

    @router.post("")
    async def begin(begun: Begun, here: Here) -> Pairing:
        """409 where the machine has another sensor, or the settings say otherwise."""
        with _conflicts():
            await here.begin(begun.address, begun.machine, begun.kind, begun.site, begun.replacing)
        return await pairing()

    @router.post("/again")
    async def again(here: Here) -> Pairing:
        here.again()
        return await pairing()

    @router.post("/confirm")
    async def confirm(here: Here) -> Done:
        with _conflicts():
            return Done(what=await here.confirm())

    @router.post("/cancel")
    async def cancel(here: Here) -> Done:
        await here.cancel()
        return Done(what="Nothing was stored.")

    @router.post("/undo")
    async def undo(here: Here) -> Done:
        with _conflicts():
            return Done(what=f"Taken back: {here.undo()}")

    return router


async def _beats(desk: PairingDesk, welcome: Callable[[], bool]) -> AsyncIterator[bytes]:
    with desk.attended():
        while desk.under_way and welcome():
            yield sse.beat(None)
            await asyncio.sleep(ATTEND_S)


@contextmanager
def _conflicts() -> Iterator[None]:
    try:
        yield
    except ConfigError as error:
        raise HTTPException(409, str(error)) from error
