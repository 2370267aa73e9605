"""Corrections over HTTP: a coach's of any session, with a reason; a lifter's of what was just done at the machine."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Literal, Protocol

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi import Path as InPath
from pydantic import BaseModel, ConfigDict, Field

from sensor_hub.coach.corrections import Correction as Word
from sensor_hub.coach.corrections import Kind, Lifter, Remark
from sensor_hub.messages import Name
from sensor_hub.web.desk import NO_ATHLETES, ask_to_manage, missing, present, visitor_of
from sensor_hub.web.own import only_athlete
from sensor_hub.web.people import Lifts
from sensor_hub.web.review import SessionId

LAST = 10_000
LAST_NUMBER = 2**31 - 1
Number = Annotated[int, Field(ge=1, le=LAST)]
Reason = Annotated[str, Field(min_length=1, max_length=300, pattern=r"^[^\x00]*\S[^\x00]*$")]
InPathNumber = Annotated[int, InPath(ge=1, le=LAST_NUMBER)]


class Flags(BaseModel):
    """Whether it was so; null leaves what was measured."""

    bounced: bool | None = None
    hard_lockout: bool | None = None
    partial: bool | None = None


class Saying(BaseModel):
    """set_number, rep_number: as measured, in the version that is shown; a set that was split is named with any of its
    reps. Of a split, the last rep before it. lifter, flags, version: for these kinds."""

    kind: Kind
    why: Reason
    set_number: Number | None = None
    rep_number: Number | None = None
    lifter: Lifts | None = None
    flags: Flags | None = None
    version: int | None = Field(None, ge=0, le=LAST)


class SayingHere(BaseModel):
    """lifter: for the kind of this name; who lifted needs no reason."""

    session: SessionId
    set_number: Number
    kind: Literal[Kind.DISCARD_SET, Kind.LIFTER]
    lifter: Lifts | None = None


class Correction(BaseModel):
    """made_by: an account or a screen, null at the computer itself; revoked: when it was taken back."""

    model_config = ConfigDict(from_attributes=True)

    number: int
    session: str
    kind: Kind
    set_number: int | None
    rep_number: int | None
    lifter: Lifts
    flags: Mapping[str, bool] | None
    version: int | None
    made: datetime
    made_by: str | None
    why: str | None
    revoked: datetime | None
    revoked_by: str | None


class CorrectingDesk(Protocol):
    """`sensor_hub.app.review.correcting.Correcting` is one. Methods block, and raise SensorHubErrors: a MissingError
    where there is no such session, set, rep, version, athlete or word."""

    def corrections(self, session: str) -> Sequence[Word]: ...
    def say(self, session: str, remark: Remark, by: str | None) -> Word: ...
    def take_back(self, session: str, number: int, by: str | None) -> Word: ...
    def at_machine(self, session: str, site: str, machine: str, set_number: int) -> str | None: ...
    def said_by(self, number: int, by: str | None) -> Word: ...


def correcting_router(desk: CorrectingDesk | None) -> APIRouter:
    router = APIRouter(prefix="/api")
    here = Depends(present(desk, NO_ATHLETES))

    @router.get("/sessions/{session_id}/corrections")
    def corrections(session_id: Annotated[SessionId, InPath()], desk: CorrectingDesk = here) -> list[Correction]:
        """All that was said of the session afterwards, in that order; also what was taken back."""
        return [Correction.model_validate(one) for one in desk.corrections(session_id)]

    @router.post("/sessions/{session_id}/corrections")
    def correct(
        session_id: Annotated[SessionId, InPath()], said: Saying, request: Request, desk: CorrectingDesk = here
    ) -> Correction:
        """Nothing measured is changed by it; what counts is."""
        visitor = ask_to_manage(request)
        with missing():
            return Correction.model_validate(desk.say(session_id, _remark(said), visitor.name))

    @router.post("/sessions/{session_id}/corrections/{number}/revoke")
    def take_back(
        session_id: Annotated[SessionId, InPath()],
        number: InPathNumber,
        request: Request,
        desk: CorrectingDesk = here,
    ) -> Correction:
        visitor = ask_to_manage(request)
        with missing():
            return Correction.model_validate(desk.take_back(session_id, number, visitor.name))

    _add_machine(router, here)
    return router


def _add_machine(router: APIRouter, here: CorrectingDesk) -> None:
    @router.post("/machines/{site}/{machine}/corrections")
    def correct_here(
        site: Name, machine: Name, said: SayingHere, request: Request, desk: CorrectingDesk = here
    ) -> Correction:
        """Of a set of the session that goes on at the machine, or has just ended. set_number: as measured. An athlete's
        own account may only speak of its own sets, and of those of guests."""
        visitor, own = visitor_of(request), only_athlete(request)
        with missing():
            so_far = desk.at_machine(said.session, site, machine, said.set_number)
            named = None if said.lifter is None else said.lifter.athlete
            if own is not None and not {so_far, named} <= {None, own}:
                raise HTTPException(403, "You may only correct your own sets, or those of guests.")
            remark = Remark(said.kind, said.set_number, lifter=_lifter(said.lifter))
            return Correction.model_validate(desk.say(said.session, remark, visitor.name))

    @router.post("/machines/{site}/{machine}/corrections/{number}/revoke")
    def take_back_here(
        site: Name, machine: Name, number: InPathNumber, request: Request, desk: CorrectingDesk = here
    ) -> Correction:
        """Only what the same account or screen has said."""
        visitor = visitor_of(request)
        with missing():
            one = desk.said_by(number, visitor.name)
            desk.at_machine(one.session, site, machine, one.set_number or 0)
            return Correction.model_validate(desk.take_back(one.session, number, visitor.name))


def _remark(said: Saying) -> Remark:
    flags = None if said.flags is None else said.flags.model_dump(exclude_none=True)
    return Remark(said.kind, said.set_number, said.rep_number, _lifter(said.lifter), flags, said.version, said.why)


def _lifter(lifts: Lifts | None) -> Lifter:
    return Lifter() if lifts is None else Lifter(**dict(lifts))
