"""A session given away: as a link that shows it and nothing else until it ends, or looked at before it is made a file.

What is shown is chosen field by field, so that nothing which sessions learn to tell later is given away by itself.
"""

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, Literal

from fastapi import APIRouter, Depends, HTTPException, Request, Response
from pydantic import BaseModel, ConfigDict

from sensor_hub.access import Access, Shared
from sensor_hub.coach.summary import SetSummary
from sensor_hub.errors import MissingError
from sensor_hub.messages import AthleteId, MotionMessage, RepMessage, SessionMessage, SetMessage
from sensor_hub.web.api import SessionPath, unknown_session
from sensor_hub.web.desk import present, visitor_of
from sensor_hub.web.detail import AnalysisDetail, detail, placed
from sensor_hub.web.own import Seen, seen_by
from sensor_hub.web.people import PeopleDesk
from sensor_hub.web.review import ReviewStore, SessionId

NOBODY_LOGS_IN = "Links are made where people log in: ask the hub that serves the pages."


class ShareWish(BaseModel):
    """athlete: whose sets alone, null for everybody's; named: show whose they are; days: how long it shows them."""

    session: SessionId
    athlete: AthleteId | None = None
    named: bool = False
    days: Literal[1, 7, 30, 90] = 30


class ShareEntry(BaseModel):
    """A link that still opens. made_by: an account, null at the computer itself."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    session: str
    athlete: AthleteId | None
    named: bool
    made: datetime
    made_by: str | None
    expires: datetime


class NewShare(BaseModel):
    """token: told this once. The link is the page /shared with # and the token behind it."""

    share: ShareEntry
    token: str


class SharedAthlete(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    athlete: AthleteId
    name: str | None
    unit: Literal["kg", "lb"]


class SharedSession(BaseModel):
    """A session as its holder sees it: without the sensor's address; where it is not named, without whose sets they
    are, and unit is that in which whoever lifted first reads loads. expires: null for who only looks before sharing."""

    session: SessionMessage
    sets: list[SetMessage]
    reps: list[RepMessage]
    summaries: list[SetSummary]
    analysis: AnalysisDetail | None
    motion: list[MotionMessage]
    athletes: list[SharedAthlete]
    unit: Literal["kg", "lb"]
    expires: datetime | None


def sharing_router(access: Access | None, store: ReviewStore, people: PeopleDesk | None) -> APIRouter:
    router = APIRouter(prefix="/api")
    _add_links(router, Depends(present(access, NOBODY_LOGS_IN)), store)
    _add_views(router, store, people)
    return router


def _add_links(router: APIRouter, here: Any, store: ReviewStore) -> None:
    @router.get("/shares")
    def shares(session: SessionId | None = None, access: Access = here) -> list[ShareEntry]:
        """Links that still open, the newest last."""
        found = [one for one in access.file.read().shares if one.expires > access.utc()]
        return [ShareEntry.model_validate(one) for one in found if session in (None, one.session)]

    @router.post("/shares")
    def share(wish: ShareWish, request: Request, response: Response, access: Access = here) -> NewShare:
        seen = seen_by(store.session(wish.session), wish.athlete)
        if seen is None:
            raise unknown_session(wish.session)
        now = access.utc()
        shared = Shared(wish.session, wish.athlete, wish.named, now + timedelta(days=wish.days))
        made, token = access.file.add_share(shared, _lifters(seen), now, visitor_of(request).name)
        response.headers["Cache-Control"] = "no-store"
        return NewShare(share=ShareEntry.model_validate(made), token=token)

    @router.post("/shares/{share}/end")
    def end(share: str, access: Access = here) -> ShareEntry:
        """It opens nothing any more, also for who has it open."""
        gone = access.file.end_share(share)
        if gone is None:
            raise HTTPException(404, "There is no such link any more.")
        return ShareEntry.model_validate(gone)


def _add_views(router: APIRouter, store: ReviewStore, people: PeopleDesk | None) -> None:
    @router.get("/shared")
    def shared(request: Request, response: Response) -> SharedSession:
        """What a link shows: send its token as `Authorization: Bearer TOKEN`."""
        what = visitor_of(request).shared
        assert what is not None  # the door lets nobody else in
        response.headers["Cache-Control"] = "no-store"
        return _view(store, people, what.session, what.athlete, what.named, what.expires)

    @router.get("/sessions/{session_id}/shared")
    def preview(session_id: SessionPath, athlete: AthleteId | None = None, named: bool = False) -> SharedSession:
        """What a link made so would show."""
        return _view(store, people, session_id, athlete, named, None)


def _view(
    store: ReviewStore,
    people: PeopleDesk | None,
    session: str,
    athlete: str | None,
    named: bool,
    expires: datetime | None,
) -> SharedSession:
    record = store.session(session)
    seen = seen_by(record, athlete)
    if record is None or seen is None:
        raise HTTPException(404, "This session is no longer there.")
    known = list(_known(people, _lifters(seen)))
    numbers = {one.number for one in seen.sets}
    told = detail(record, seen, with_reasons=False)
    hidden: dict[str, Any] = {} if named else {"athlete": None}
    return SharedSession(
        session=told.session.model_copy(update={"sensor": "", **hidden}),
        sets=[one.model_copy(update=hidden) for one in told.sets],
        reps=told.reps,
        summaries=told.summaries,
        analysis=told.analysis,
        motion=[one for one in placed(store.motion(session), record) if one.set_number in numbers],
        athletes=known if named else [],
        unit=known[0].unit if known else "kg",
        expires=expires,
    )


def _lifters(seen: Seen) -> list[str]:
    """Whose sets they are, in order."""
    found = [one.athlete or seen.session.athlete for one in seen.sets]
    return list(dict.fromkeys(one for one in found if one is not None))


def _known(people: PeopleDesk | None, athletes: list[str]) -> Iterator[SharedAthlete]:
    for athlete in athletes:
        if people is not None:
            with suppress(MissingError):
                yield SharedAthlete.model_validate(people.one(athlete))
