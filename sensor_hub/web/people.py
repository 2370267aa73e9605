"""Athletes over HTTP: who they are, who lifts next, whose a set was, and what is held of each: export and erasure."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal, Protocol

from fastapi import APIRouter, Depends, HTTPException, Query, Request, Response
from fastapi import Path as InPath
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from sensor_hub.messages import AthleteId, LoadKg, Name, Side
from sensor_hub.prescription import Prescription
from sensor_hub.web.desk import NO_ATHLETES, ask_to_manage, missing, present, visitor_of
from sensor_hub.web.download import Download, Downloads
from sensor_hub.web.own import only_athlete
from sensor_hub.web.review import SessionId

SessionForm = Literal["csv", "parquet", "json", "fit"]
Form = Literal["zip", "csv", "parquet", "json", "fit"]


class Athlete(BaseModel):
    """name: null for one who is only numbered; the id is what everything else knows; last_lifted: when the newest set
    began, told where athletes are looked for only."""

    model_config = ConfigDict(from_attributes=True)

    athlete: AthleteId
    name: str | None
    unit: Literal["kg", "lb"]
    language: str | None
    created: datetime
    last_lifted: datetime | None = None


_ATHLETES = TypeAdapter(list[Athlete])
MOST_FOUND = 100
Find = Annotated[str | None, Query(max_length=100)]


class AthleteEntry(BaseModel):
    """unit: in which loads are shown; they are kept in kg. language: as in `de` or `en-GB`."""

    name: str | None = Field(None, min_length=1, max_length=100)
    unit: Literal["kg", "lb"] = "kg"
    language: str | None = Field(None, pattern=r"^[a-z]{2,3}(-[A-Z]{2})?$")


class Lifts(BaseModel):
    """athlete: null for a guest; asked: what they are to do, null where it is left to them."""

    model_config = ConfigDict(from_attributes=True)

    athlete: AthleteId | None = None
    load_kg: LoadKg | None = None
    side: Side | None = None
    asked: Prescription | None = None


class ErasurePart(BaseModel):
    """done: null while it is to be done; note: what keeps it, or what it found."""

    model_config = ConfigDict(from_attributes=True)

    part: str
    tried: datetime | None
    done: datetime | None
    note: str | None


class Erasure(BaseModel):
    """counts: rows of the store, by what they were."""

    model_config = ConfigDict(from_attributes=True)

    athlete: AthleteId
    asked: datetime
    asked_by: str | None
    counts: Mapping[str, int]
    complete: bool
    parts: Sequence[ErasurePart]


class Sent(BaseModel):
    what: str


class PeopleDesk(Protocol):
    """`sensor_hub.app.athletes.people.People` is one. Methods block, and raise SensorHubErrors: a MissingError where
    there is no such athlete or set."""

    def all(self) -> Sequence[Any]: ...
    def found(self, find: str, most: int) -> Sequence[Any]: ...
    def one(self, athlete: str) -> Any: ...
    def add(self, name: str | None, unit: str, language: str | None) -> Any: ...
    def change(self, athlete: str, name: str | None, unit: str, language: str | None) -> Any: ...
    def lately(self, site: str, machine: str) -> Sequence[str]: ...
    def last_lifted(self, athletes: Sequence[str]) -> Mapping[str, datetime]: ...
    def loads(self, athlete: str, site: str, machine: str) -> Sequence[float]: ...
    def assign(self, site: str, machine: str, lifts: Lifts) -> None: ...
    def take(self, form: str, folder: Path, session: str | None, athlete: str | None) -> Path: ...
    def erase(self, athlete: str, by: str | None) -> Any: ...
    def erasures(self) -> Sequence[Any]: ...


def people_router(desk: PeopleDesk | None) -> APIRouter:
    router = APIRouter(prefix="/api")

    here = Depends(present(desk, NO_ATHLETES))
    _add_registry(router, here)
    _add_lifting(router, here)
    _add_rights(router, here)
    return router


def _add_registry(router: APIRouter, here: Any) -> None:
    @router.get("/athletes", response_model=list[Athlete])
    def athletes(request: Request, find: Find = None, desk: PeopleDesk = here) -> Response:
        """All by name; with `find` at most 100 whose name or number has that in it, each with `last_lifted`. An
        athlete's own account is shown that one alone."""
        only = only_athlete(request)
        if find is None:
            return _listed(_visible(desk.all(), only))
        found = _visible(desk.found(find, MOST_FOUND) if only is None else [desk.one(only)], only)
        seen = desk.last_lifted([one.athlete for one in found])
        return _listed([one.model_copy(update={"last_lifted": seen.get(one.athlete)}) for one in found])

    @router.post("/athletes")
    def add_athlete(entry: AthleteEntry, request: Request, desk: PeopleDesk = here) -> Athlete:
        ask_to_manage(request)
        return Athlete.model_validate(desk.add(entry.name, entry.unit, entry.language))

    @router.put("/athletes/{athlete}")
    def change_athlete(
        athlete: AthleteId, entry: AthleteEntry, request: Request, desk: PeopleDesk = here
    ) -> Athlete:
        ask_to_manage(request)
        with missing():
            return Athlete.model_validate(desk.change(athlete, entry.name, entry.unit, entry.language))


def _add_lifting(router: APIRouter, here: Any) -> None:
    @router.get("/machines/{site}/{machine}/athletes", response_model=list[Athlete])
    def names(site: Name, machine: Name, request: Request, desk: PeopleDesk = here) -> Response:
        """To pick from at the machine: first who lifted there last, then by name."""
        lately = {athlete: rank for rank, athlete in enumerate(desk.lately(site, machine))}
        found = _visible(desk.all(), only_athlete(request))
        return _listed(sorted(found, key=lambda one: lately.get(one.athlete, len(lately))))

    @router.get("/machines/{site}/{machine}/athletes/{athlete}/loads")
    def loads(
        site: Name, machine: Name, athlete: AthleteId, request: Request, desk: PeopleDesk = here
    ) -> list[LoadKg]:
        """What the athlete lifted there of late, in kg, the latest first."""
        if only_athlete(request) not in (None, athlete):
            raise HTTPException(403, "You may only ask for your own.")
        with missing():
            return list(desk.loads(athlete, site, machine))

    @router.post("/machines/{site}/{machine}/lifter")
    def lifter(site: Name, machine: Name, lifts: Lifts, request: Request, desk: PeopleDesk = here) -> Sent:
        """Who lifts from the next set on. The hub's answer comes as `lifter` in the live stream."""
        own = only_athlete(request)
        if own is not None and lifts.athlete not in (None, own):
            raise HTTPException(403, "You may only say that you lift yourself, or a guest.")
        with missing():
            if lifts.athlete is not None:
                desk.one(lifts.athlete)
            desk.assign(site, machine, lifts)
        return Sent(what="Said to the hub.")


def _add_rights(router: APIRouter, here: Any) -> None:
    downloads = Downloads()

    @router.get("/athletes/{athlete}/export", response_class=Download)
    def export(athlete: AthleteId, request: Request, form: Form = "zip", desk: PeopleDesk = here) -> Download:
        """zip: everything that is held of an athlete. Else the own sets: csv and parquet have a row a rep, fit is an
        activity a session (zipped, where there are several), json has all but raw samples."""
        if only_athlete(request) not in (None, athlete):
            raise HTTPException(403, "You may only take your own with you.")
        with missing():
            desk.one(athlete)
            return downloads.make(lambda folder: desk.take(form, folder, None, athlete))

    @router.get("/sessions/{session_id}/export", response_class=Download)
    def export_session(
        session_id: Annotated[SessionId, InPath()], form: SessionForm, request: Request, desk: PeopleDesk = here
    ) -> Download:
        """As `sensor-hub export` writes it. An athlete's own account gets its own sets."""
        with missing():
            return downloads.make(lambda folder: desk.take(form, folder, session_id, only_athlete(request)))

    @router.post("/athletes/{athlete}/erase")
    def erase(athlete: AthleteId, request: Request, desk: PeopleDesk = here) -> Erasure:
        """For good: nothing brings it back. What is not reached yet is among `parts`."""
        with missing():
            return Erasure.model_validate(desk.erase(athlete, visitor_of(request).name))

    @router.get("/erasures")
    def erasures(desk: PeopleDesk = here) -> list[Erasure]:
        return [Erasure.model_validate(one) for one in desk.erasures()]


def _visible(athletes: Sequence[Any], only: str | None) -> list[Athlete]:
    return _ATHLETES.validate_python(
        [one for one in athletes if only in (None, one.athlete)], from_attributes=True
    )


def _listed(athletes: list[Athlete]) -> Response:
    """Written once: a chain has tens of thousands."""
    return Response(_ATHLETES.dump_json(athletes), media_type="application/json")
