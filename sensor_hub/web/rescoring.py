"""Versions of a session over HTTP: a coach has today's engine read its raw samples again, and sees what changes."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Literal, Protocol

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi import Path as InPath
from pydantic import BaseModel, ConfigDict, FiniteFloat

from sensor_hub.model import BounceCause
from sensor_hub.web.correcting import LAST, Reason
from sensor_hub.web.desk import ask_to_manage, missing, present
from sensor_hub.web.review import SessionId

ELSEWHERE = "Sessions are analysed anew where the store is: ask the hub that keeps it."
BUSY = "Another session is being analysed just now. Try again when it is done."
_FROM = ConfigDict(from_attributes=True)


class Wish(BaseModel):
    why: Reason


class Version(BaseModel):
    """program: the version of sensor-hub; made_by: null where it was made at the computer itself."""

    model_config = _FROM

    number: int
    made: datetime
    program: str
    made_by: str | None
    why: str | None


class Rescore(BaseModel):
    """share: of the samples, 0 to 1; version: that it made, null where nothing would change, or there is a problem."""

    model_config = _FROM

    session: str
    by: str | None
    share: FiniteFloat
    ended: bool
    version: int | None
    problem: str | None


class Versions(BaseModel):
    """latest: the analysis under way, of whichever session, or the last one since the hub started."""

    versions: list[Version]
    latest: Rescore | None


class Difference(BaseModel):
    """Of a rep against what was measured live: gone, new, or with other figures, flags or cause of a bounce, each
    before and after."""

    model_config = _FROM

    set_number: int
    number: int
    change: Literal["gone", "new", "other"]
    now: tuple[int, int] | None
    figures: Mapping[str, tuple[FiniteFloat | None, FiniteFloat | None]]
    flags: Mapping[str, tuple[bool | None, bool | None]]
    cause: tuple[BounceCause | None, BounceCause | None] | None


class RescoringDesk(Protocol):
    """`sensor_hub.app.review.rescoring.Rescoring` is one. Methods block, and raise SensorHubErrors: a MissingError
    where there is no such session or version."""

    @property
    def latest(self) -> Any: ...
    def versions(self, session: str) -> Sequence[Any]: ...
    def changes(self, session: str, number: int) -> Sequence[Any]: ...
    def start(self, session: str, why: str, by: str | None) -> bool: ...


def rescoring_router(desk: RescoringDesk | None) -> APIRouter:
    router = APIRouter(prefix="/api")
    here = Depends(present(desk, ELSEWHERE))

    @router.get("/sessions/{session_id}/analyses")
    def versions(session_id: Annotated[SessionId, InPath()], desk: RescoringDesk = here) -> Versions:
        """Those beside what was measured live, which is version 0."""
        return _versions(desk, session_id)

    @router.post("/sessions/{session_id}/analyses")
    def analyse(
        session_id: Annotated[SessionId, InPath()], wish: Wish, request: Request, desk: RescoringDesk = here
    ) -> Versions:
        """Begins, and answers at once; `latest` says how far it is. 409 while another one is under way."""
        visitor = ask_to_manage(request)
        with missing():
            if not desk.start(session_id, wish.why, visitor.name):
                raise HTTPException(409, BUSY)
        return _versions(desk, session_id)

    @router.get("/sessions/{session_id}/analyses/{number}/changes")
    def changes(
        session_id: Annotated[SessionId, InPath()],
        number: Annotated[int, InPath(ge=1, le=LAST)],
        desk: RescoringDesk = here,
    ) -> list[Difference]:
        with missing():
            return [Difference.model_validate(one) for one in desk.changes(session_id, number)]

    return router


def _versions(desk: RescoringDesk, session: str) -> Versions:
    latest = desk.latest
    return Versions(
        versions=[Version.model_validate(one) for one in desk.versions(session)],
        latest=None if latest is None else Rescore.model_validate(latest),
    )
