"""The gyms over HTTP: which needs somebody, how each does, who trains in more than one."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Annotated, Protocol

from fastapi import APIRouter, Depends, Path
from pydantic import BaseModel, ConfigDict, FiniteFloat

from sensor_hub.coach import machine_use, sensor_days, upkeep
from sensor_hub.messages import AthleteId, HubMachine, HubPart, Name
from sensor_hub.web.desk import missing, present

NO_STORE = "Nothing is known of gyms here: ask the hub that keeps the store."
_FROM = ConfigDict(from_attributes=True)
Setting = bool | int | float | str | None
SitePath = Annotated[Name, Path()]


class Lately(Protocol):
    @property
    def sessions(self) -> int: ...
    @property
    def reps(self) -> int: ...


class GymCard(Protocol):
    @property
    def standing(self) -> upkeep.Standing: ...
    @property
    def machines(self) -> int: ...
    @property
    def lately(self) -> Lately: ...


class GymPage(Protocol):
    @property
    def card(self) -> GymCard: ...
    @property
    def usual(self) -> Mapping[str, object]: ...
    @property
    def use(self) -> Sequence[machine_use.Use]: ...
    @property
    def wear(self) -> Sequence[machine_use.Wear]: ...
    @property
    def sensors(self) -> Sequence[sensor_days.SensorDay]: ...


class Visited(Protocol):
    @property
    def athlete(self) -> str: ...
    @property
    def site(self) -> str: ...
    @property
    def sessions(self) -> int: ...
    @property
    def last(self) -> datetime: ...


class GymsDesk(Protocol):
    """Methods block. `page` raises MissingError."""

    def cards(self) -> Sequence[GymCard]: ...
    def page(self, site: str) -> GymPage: ...
    def visits(self) -> Sequence[Visited]: ...


class Need(BaseModel):
    """What somebody should do something about: sensor_hub/coach/upkeep.py. amount: percent, share or free bytes, as the
    kind has it; hours: of use that a battery has left; days: until a disk is full; newest: the version others have."""

    model_config = _FROM

    kind: upkeep.Kind
    urgent: bool
    hub: str | None
    machine: str | None
    since: datetime | None
    amount: FiniteFloat | None
    hours: FiniteFloat | None
    days: int | None
    text: str | None
    newest: str | None


class Gym(BaseModel):
    """versions: of the hubs' programs; sessions, reps: of the last 24 hours; needs: the urgent first."""

    site: str
    hubs: int
    machines: int
    versions: list[str]
    sessions: int
    reps: int
    needs: list[Need]


class Hub(BaseModel):
    """As the hub told it last. unusual: what most hubs of the chain have where this one has something else."""

    name: str
    time: datetime
    started: datetime
    version: str
    python: str
    system: str
    board: str | None
    clock_synchronised: bool | None
    disk_bytes: int | None
    disk_free_bytes: int | None
    disk_days: int | None
    waiting: int
    parts: list[HubPart]
    settings: dict[str, Setting]
    unusual: dict[str, Setting]
    machines: list[HubMachine]


class OldHub(BaseModel):
    """One whose program does not tell of itself yet: as its machines' statuses say."""

    name: str
    online: bool
    version: str
    time: datetime


class SensorDay(BaseModel):
    """battery_percent: the lowest; loss_ratio: of all samples; null where nothing came."""

    model_config = _FROM

    machine: str
    day: date
    battery_percent: int | None
    loss_ratio: FiniteFloat | None


class Use(BaseModel):
    """Of the last four weeks. minutes: under load, by weekday (Monday first) and hour, a week's mean; in the time of
    the computer that answers."""

    model_config = _FROM

    machine: str
    sets: int
    reps: int
    under_load_s: FiniteFloat
    minutes: list[list[FiniteFloat]]


class Wear(BaseModel):
    """Of the last eight weeks, the oldest first. rates: hits of an end stop per 100 reps, null for weeks of fewer than
    20 reps; change: the newer four weeks less the older, within: so much of it may be chance (95 %)."""

    machine: str
    reps: list[int]
    hits: list[int]
    lockouts: list[int]
    rates: list[FiniteFloat | None]
    change: FiniteFloat | None
    within: FiniteFloat | None
    clear: bool | None


class GymDetail(BaseModel):
    gym: Gym
    hubs: list[Hub]
    old_hubs: list[OldHub]
    unreported: list[HubMachine]
    """Machines of old hubs, as their sensors were told of last."""
    use: list[Use]
    wear: list[Wear]
    sensors: list[SensorDay]


class Visit(BaseModel):
    """An athlete's sessions of the last four weeks in a gym."""

    model_config = _FROM

    athlete: AthleteId
    site: str
    sessions: int
    last: datetime


def gyms_router(desk: GymsDesk | None) -> APIRouter:
    router = APIRouter(prefix="/api")
    here = Depends(present(desk, NO_STORE))

    @router.get("/gyms")
    def gyms(desk: GymsDesk = here) -> list[Gym]:
        """Every gym, the one that needs somebody most first."""
        return [_gym(card) for card in desk.cards()]

    @router.get("/gyms/{site}")
    def gym(site: SitePath, desk: GymsDesk = here) -> GymDetail:
        """A gym with its hubs, machines and sensors, how much each machine is used, and how often its stops are hit."""
        with missing():
            page = desk.page(site)
        return _detail(page)

    @router.get("/visits")
    def visits(desk: GymsDesk = here) -> list[Visit]:
        """Who trained in more than one gym within four weeks, under the same number; who lifted last comes first."""
        return [Visit.model_validate(one) for one in desk.visits()]

    return router


def _gym(card: GymCard) -> Gym:
    stand = card.standing
    telling = {hub.machine for hub in stand.hubs}
    old = {one.hub: one.version for one in stand.said if one.hub not in telling}
    return Gym(
        site=stand.site,
        hubs=len(telling) + len(old),
        machines=card.machines,
        versions=sorted({*(hub.version for hub in stand.hubs), *old.values()}),
        sessions=card.lately.sessions,
        reps=card.lately.reps,
        needs=[Need.model_validate(need) for need in stand.needs],
    )


def _detail(page: GymPage) -> GymDetail:
    stand = page.card.standing
    telling = {hub.machine for hub in stand.hubs}
    old = {one.hub: one for one in sorted(stand.said, key=lambda one: one.time) if one.hub not in telling}
    return GymDetail(
        gym=_gym(page.card),
        hubs=[
            Hub(
                name=hub.machine,
                unusual={
                    name: value
                    for name, value in page.usual.items()
                    if name in hub.settings and hub.settings[name] != value
                },
                **{name: getattr(hub, name) for name in Hub.model_fields if name not in ("name", "unusual")},
            )
            for hub in stand.hubs
        ],
        old_hubs=[
            OldHub(name=name, online=one.online, version=one.version, time=one.time) for name, one in old.items()
        ],
        unreported=list(stand.unreported),
        use=[Use.model_validate(one) for one in page.use],
        wear=[_wear(one) for one in page.wear],
        sensors=[SensorDay.model_validate(one) for one in page.sensors],
    )


def _wear(one: machine_use.Wear) -> Wear:
    return Wear(
        machine=one.machine,
        reps=[week.reps for week in one.weeks],
        hits=[week.hits for week in one.weeks],
        lockouts=[week.lockouts for week in one.weeks],
        rates=list(one.rates),
        change=one.change.difference,
        within=one.change.within,
        clear=one.change.clear,
    )
