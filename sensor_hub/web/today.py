"""Today in the gym and the sets of a list of sessions, at a glance: over HTTP, as the coach's desk says it."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, ConfigDict, FiniteFloat

from sensor_hub.coach import done
from sensor_hub.messages import AthleteId, Name, Side
from sensor_hub.web.coaching import CoachingDesk, DueDay, NextLoad
from sensor_hub.web.desk import NO_ATHLETES, present
from sensor_hub.web.own import only_athlete
from sensor_hub.web.review import SessionId

MOST_SESSIONS = 100
_FROM = ConfigDict(from_attributes=True)


class SetDone(BaseModel):
    """judged: digits of the prescribed tempo that could be judged; kept: those of them that were kept; flags: how many
    reps have each, without those that none has."""

    model_config = _FROM

    session: str
    number: int
    started: datetime
    athlete: AthleteId | None
    load_kg: FiniteFloat | None
    side: Side | None
    reps: int
    reps_asked: int | None
    judged: int
    kept: int
    flags: Mapping[str, int]


class AthleteToday(BaseModel):
    """due: of today, also where it is done by now; next_load: what follows from today's sets."""

    athlete: AthleteId
    due: DueDay | None
    sets: Sequence[SetDone]
    next_load: NextLoad | None


class Today(BaseModel):
    """date: in the gym's own time. Who lifted last comes first, then who is still expected."""

    date: date
    athletes: Sequence[AthleteToday]


def today_router(desk: CoachingDesk | None) -> APIRouter:
    router = APIRouter(prefix="/api")
    here = Depends(present(desk, NO_ATHLETES))

    @router.get("/today")
    def today(site: Name | None = None, desk: CoachingDesk = here) -> Today:
        """Who lifted today and how, and whose training day is still to be done. site: in that gym, where those are
        expected who trained there in the last four weeks."""
        found = desk.today(site)
        return Today(date=found.date, athletes=[_athlete(one, found.date) for one in found.athletes])

    @router.get("/figures")
    def figures(
        session: Annotated[list[SessionId], Query(min_length=1, max_length=MOST_SESSIONS)],
        request: Request,
        desk: CoachingDesk = here,
    ) -> dict[str, list[SetDone]]:
        """The sets of each of these sessions, in order; none of one that there is not. An athlete's own account is
        shown its own sets."""
        own = only_athlete(request)
        return {
            name: [SetDone.model_validate(one) for one in sets if own in (None, one.athlete)]
            for name, sets in desk.done_in(session).items()
        }

    return router


def _athlete(one: done.AthleteToday, today: date) -> AthleteToday:
    return AthleteToday(
        athlete=one.athlete,
        due=one.due and DueDay.of(one.due, today),
        sets=[SetDone.model_validate(each) for each in one.sets],
        next_load=one.next_load and NextLoad.model_validate(one.next_load),
    )
