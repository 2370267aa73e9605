"""Two sessions, or two athletes, side by side, and which differences could be measured."""

from collections.abc import Mapping
from dataclasses import asdict

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, FiniteFloat

from sensor_hub.coach.contrast import compare_athletes, compare_sessions, lifted_reps
from sensor_hub.coach.programme import Day
from sensor_hub.messages import AthleteId, Side
from sensor_hub.web.api import unknown_session
from sensor_hub.web.coaching import CoachingDesk, SetFigures
from sensor_hub.web.desk import NO_ATHLETES, missing, present
from sensor_hub.web.own import Seen, only_athlete, seen_by
from sensor_hub.web.review import ReviewStore, SessionId


class SideFigure(BaseModel):
    """Mean of `count` values, and its standard uncertainty; null of a single one."""

    count: int
    mean: FiniteFloat
    sigma: FiniteFloat | None


class MetricContrast(BaseModel):
    """difference: b - a; within: so much of it may be chance and measuring (95 %); clear: larger than that, null where
    fewer than three values a side cannot say."""

    a: SideFigure | None
    b: SideFigure | None
    difference: FiniteFloat | None
    within: FiniteFloat | None
    clear: bool | None


class SharedEffort(BaseModel):
    load_kg: FiniteFloat
    side: Side | None


class SessionContrast(BaseModel):
    """contrasts: by a rep's metric; effort: the load and side at which speed is compared, null where there is none in
    common."""

    model_config = ConfigDict(from_attributes=True)

    contrasts: Mapping[str, MetricContrast]
    effort: SharedEffort | None


class AthleteContrast(BaseModel):
    """contrasts: share of the tempo kept, set by set, in all and by phase; a, b: the sets of those weeks."""

    contrasts: Mapping[str, MetricContrast]
    a: list[SetFigures]
    b: list[SetFigures]


def comparing_router(store: ReviewStore, coaching: CoachingDesk | None) -> APIRouter:
    router = APIRouter(prefix="/api/compare")
    here = Depends(present(coaching, NO_ATHLETES))

    @router.get("/sessions")
    def sessions(
        a: SessionId, b: SessionId, request: Request, athlete: AthleteId | None = None
    ) -> SessionContrast:
        """athlete: of both, whose sets alone; an athlete's own account compares its own sets."""
        whose = only_athlete(request) or athlete
        one, other = (_seen(store, name, whose) for name in (a, b))
        compared = compare_sessions(
            lifted_reps(one.sets, one.reps, one.session.load_kg),
            lifted_reps(other.sets, other.reps, other.session.load_kg),
        )
        return SessionContrast.model_validate(asdict(compared))

    @router.get("/athletes")
    def athletes(
        a: AthleteId, b: AthleteId, since: Day | None = None, desk: CoachingDesk = here
    ) -> AthleteContrast:
        """since: a date in the gym's own time, by default a year ago."""
        with missing():
            sets = [desk.progress(athlete, since).sets for athlete in (a, b)]
        contrasts = {name: asdict(found) for name, found in compare_athletes(*sets).items()}
        one, other = ([SetFigures.model_validate(each) for each in side] for side in sets)
        return AthleteContrast.model_validate({"contrasts": contrasts, "a": one, "b": other})

    return router


def _seen(store: ReviewStore, session: str, athlete: str | None) -> Seen:
    seen = seen_by(store.session(session), athlete)
    if seen is None:
        raise unknown_session(session)
    return seen
