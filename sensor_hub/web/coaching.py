"""The coach's desk over HTTP: an athlete's progress, the programme, what is due today, notes."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Annotated, Any, Protocol, Self

from fastapi import APIRouter, Depends, HTTPException, Query, Request
from fastapi import Path as InPath
from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, TypeAdapter

from sensor_hub.coach.done import SetDone, Today
from sensor_hub.coach.load_velocity import Missing
from sensor_hub.coach.overload import Reason, Step
from sensor_hub.coach.programme import Day, Due, Programme, TrainingDay
from sensor_hub.coach.progress import Progress
from sensor_hub.messages import AthleteId, Name, Side
from sensor_hub.web.desk import NO_ATHLETES, ask_to_manage, missing, present
from sensor_hub.web.own import only_athlete
from sensor_hub.web.review import SessionId

LAST_NOTE = 2**31 - 1
_FROM = ConfigDict(from_attributes=True)
_PLAIN = TypeAdapter(Progress)
"""As dictionaries, ten times as fast as `dataclasses.asdict`: of a year it may be five hundred sets."""


class PhaseFigures(BaseModel):
    model_config = _FROM

    judged: int
    kept_share: FiniteFloat | None
    error_s: FiniteFloat | None


class SetFigures(BaseModel):
    """A set of an athlete's. phases: by the rep's metric, empty without a prescribed tempo."""

    model_config = _FROM

    session: str
    number: int
    started: datetime
    load_kg: FiniteFloat | None
    side: Side | None
    reps: int
    reps_asked: int | None
    tempo_kept: FiniteFloat | None
    phases: Mapping[str, PhaseFigures]
    rom_m: FiniteFloat | None
    mean_velocity_mps: FiniteFloat | None


class SideDifference(BaseModel):
    """share: (left - right) / the larger; clear: larger than the variation within each side."""

    model_config = _FROM

    share: FiniteFloat
    sigma: FiniteFloat
    clear: bool


class AttemptFigures(BaseModel):
    model_config = _FROM

    load_kg: FiniteFloat
    mean_velocity_mps: FiniteFloat


class Profile(BaseModel):
    """The load-velocity profile. missing: why there is no e1RM; interval_kg: 95 %."""

    model_config = _FROM

    attempts: Sequence[AttemptFigures]
    intercept_mps: FiniteFloat | None
    slope_mps_per_kg: FiniteFloat | None
    r2: FiniteFloat | None
    e1rm_kg: FiniteFloat | None
    interval_kg: tuple[FiniteFloat, FiniteFloat] | None
    missing: Missing | None


class NextLoad(BaseModel):
    model_config = _FROM

    step: Step
    reason: Reason
    load_kg: FiniteFloat | None


class ProgressReport(BaseModel):
    model_config = _FROM

    sets: Sequence[SetFigures]
    sides: Mapping[str, SideDifference]
    load_velocity: Profile
    next_load: NextLoad | None
    today: date
    """The date in the gym's own time."""


class DueDay(BaseModel):
    """number: of the training day, from 1; late_days: since it was planned."""

    number: int
    planned: date
    late_days: int
    training_day: TrainingDay

    @classmethod
    def of(cls, day: Due, today: date) -> Self:
        late_days, training_day = day.late_days(today), day.training_day
        return cls(number=day.number, planned=day.planned, late_days=late_days, training_day=training_day)


class NoteEntry(BaseModel):
    """About an athlete, a session, or both."""

    athlete: AthleteId | None = None
    session: SessionId | None = None
    text: str = Field(min_length=1, max_length=4000)


class Note(NoteEntry):
    model_config = _FROM

    note: int
    made: datetime
    made_by: str | None


class CoachingDesk(Protocol):
    """`sensor_hub.app.review.coaching.Coaching` is one. Methods block, and raise SensorHubErrors: a MissingError where
    there is no such athlete or note."""

    def progress(self, athlete: str, since: date | None) -> Progress: ...
    def programme(self, athlete: str) -> Programme | None: ...
    def put_programme(self, athlete: str, programme: Programme | None, by: str | None) -> None: ...
    def this_day(self) -> date: ...
    def due(self, athlete: str) -> tuple[Due, date] | None: ...
    def today(self, site: str | None) -> Today: ...
    def done_in(self, sessions: Sequence[str]) -> Mapping[str, Sequence[SetDone]]: ...
    def notes(self, athlete: str | None, session: str | None) -> Sequence[Any]: ...
    def add_note(self, text: str, athlete: str | None, session: str | None, by: str | None) -> Any: ...
    def drop_note(self, note: int) -> None: ...


def coaching_router(desk: CoachingDesk | None) -> APIRouter:
    router = APIRouter(prefix="/api")

    here = Depends(present(desk, NO_ATHLETES))
    _add_progress(router, here)
    _add_programme(router, here)
    _add_notes(router, here)
    return router


def _add_progress(router: APIRouter, here: Any) -> None:
    @router.get("/athletes/{athlete}/progress")
    def progress(
        athlete: AthleteId, request: Request, since: Day | None = None, desk: CoachingDesk = here
    ) -> ProgressReport:
        """Every set summed up, sides compared, the load-velocity profile, the next load. since: a date in the gym's own
        time, by default a year ago."""
        _ask_for(request, athlete)
        with missing():
            found = _PLAIN.dump_python(desk.progress(athlete, since))
        return ProgressReport.model_validate(found | {"today": desk.this_day()})


def _add_programme(router: APIRouter, here: Any) -> None:
    @router.get("/athletes/{athlete}/programme")
    def programme(athlete: AthleteId, request: Request, desk: CoachingDesk = here) -> Programme | None:
        _ask_for(request, athlete)
        with missing():
            return desk.programme(athlete)

    @router.put("/athletes/{athlete}/programme")
    def put_programme(
        athlete: AthleteId, programme: Programme | None, request: Request, desk: CoachingDesk = here
    ) -> Programme | None:
        """null: no programme any more. Earlier versions are kept."""
        visitor = ask_to_manage(request)
        with missing():
            desk.put_programme(athlete, programme, visitor.name)
        return programme

    @router.get("/machines/{site}/{machine}/athletes/{athlete}/due")
    def due(
        site: Name, machine: Name, athlete: AthleteId, request: Request, desk: CoachingDesk = here
    ) -> DueDay | None:
        """What the athlete's programme asks for today; null where it asks for nothing."""
        _ask_for(request, athlete)
        with missing():
            found = desk.due(athlete)
        return None if found is None else DueDay.of(*found)


def _add_notes(router: APIRouter, here: Any) -> None:
    @router.get("/notes")
    def notes(
        athlete: Annotated[AthleteId | None, Query()] = None,
        session: Annotated[SessionId | None, Query()] = None,
        desk: CoachingDesk = here,
    ) -> list[Note]:
        """About the athlete or the session, the newest first."""
        return [Note.model_validate(one) for one in desk.notes(athlete, session)]

    @router.post("/notes")
    def add_note(entry: NoteEntry, request: Request, desk: CoachingDesk = here) -> Note:
        visitor = ask_to_manage(request)
        with missing():
            return Note.model_validate(desk.add_note(entry.text, entry.athlete, entry.session, visitor.name))

    @router.post("/notes/{note}/drop")
    def drop_note(
        note: Annotated[int, InPath(ge=1, le=LAST_NOTE)], request: Request, desk: CoachingDesk = here
    ) -> list[Note]:
        """Answers with nothing that is left of it."""
        ask_to_manage(request)
        with missing():
            desk.drop_note(note)
        return []


def _ask_for(request: Request, athlete: str) -> None:
    if only_athlete(request) not in (None, athlete):
        raise HTTPException(403, "You may only ask for your own.")
