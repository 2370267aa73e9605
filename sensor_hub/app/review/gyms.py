"""The gyms of a chain, or the one there is: which needs somebody, how machines and sensors do, who trains in two."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol, TypeVar

from sqlalchemy import Connection

from sensor_hub import __version__
from sensor_hub.coach.machine_use import WEEK, WEEKS_OF_USE, Use, Wear, use, wear
from sensor_hub.coach.sensor_days import SensorDay, sensor_days
from sensor_hub.coach.upkeep import Said, Standing, newest_of, standing, usual_settings
from sensor_hub.errors import MissingError
from sensor_hub.messages import HubMessage
from sensor_hub.store import (
    Lately,
    PlaceRow,
    Store,
    Visit,
    busy_since,
    hubs,
    places,
    sensor_hours,
    sensors,
    statuses,
    used_hours,
    visits,
    weeks_of_reps,
)

DAY = timedelta(days=1)
SENSOR_DAYS = timedelta(days=14)
VISITED = timedelta(days=28)
GONE = timedelta(days=60)
"""Hubs and machines of which nothing was heard for so long are no more."""


class Sited(Protocol):
    @property
    def site(self) -> str: ...


T = TypeVar("T", bound=Sited)


@dataclass(frozen=True, slots=True)
class GymCard:
    standing: Standing
    machines: int
    lately: Lately
    """In the last 24 hours."""


@dataclass(frozen=True, slots=True)
class GymPage:
    """usual: the settings that most hubs of the chain have."""

    card: GymCard
    usual: dict[str, object]
    use: Sequence[Use]
    wear: Sequence[Wear]
    sensors: Sequence[SensorDay]


class Gyms:
    """Methods block, and raise StoreErrors. Safe to use from any thread."""

    def __init__(self, store: Store, utc: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._store = store
        self._utc = utc

    def cards(self) -> list[GymCard]:
        """The one that needs somebody most comes first."""
        now = self._utc()
        with self._store.transaction() as connection:
            chain = hubs(connection, now - GONE)
            return sorted(_cards(connection, chain, None, now), key=lambda card: card.standing.rank)

    def page(self, site: str) -> GymPage:
        """Raises MissingError for a gym that nobody has heard of lately."""
        now = self._utc()
        since = now - SENSOR_DAYS
        with self._store.transaction() as connection:
            chain = hubs(connection, now - GONE)
            cards = _cards(connection, chain, site, now)
            if not cards:
                raise MissingError(f"There is no gym {site!r}.")
            hours = used_hours(connection, site, now - WEEKS_OF_USE * WEEK)
            weeks = weeks_of_reps(connection, site, now)
            told = sensor_hours(connection, site, since)
        return GymPage(cards[0], usual_settings(chain), use(hours), wear(weeks), sensor_days(told, since))

    def visits(self) -> list[Visit]:
        """Of the last four weeks."""
        with self._store.transaction() as connection:
            return visits(connection, self._utc() - VISITED)


def _cards(connection: Connection, chain: Sequence[HubMessage], site: str | None, now: datetime) -> list[GymCard]:
    """site: None for all."""
    here, said = places(connection, now - GONE, site), statuses(connection, site)
    newest, busy = newest_of(chain, __version__), busy_since(connection, now - DAY)
    own = _by_site(hub for hub in chain if site in (None, hub.site))
    machines = _machines(here, own)
    unreported = _by_site(sensors(connection, _unreported(here, own, said)))
    return [
        GymCard(
            standing(one, own.get(one, []), said.get(one, []), unreported.get(one, []), newest, now),
            len(machines.get(one, set())),
            busy.get(one, Lately()),
        )
        for one in sorted({*own, *machines})
    ]


def _machines(here: Iterable[PlaceRow], own: Mapping[str, Sequence[HubMessage]]) -> dict[str, set[str]]:
    """Names by site, as anything was ever heard of them or a hub tells of them."""
    found: dict[str, set[str]] = {}
    for one in here:
        found.setdefault(one.site, set()).add(one.name)
    for site, hubs_there in own.items():
        for hub in hubs_there:
            found.setdefault(site, set()).update(each.machine for each in hub.machines if each.site == site)
    return found


def _unreported(
    here: Iterable[PlaceRow], own: Mapping[str, Sequence[HubMessage]], said: Mapping[str, Sequence[Said]]
) -> list[int]:
    """Machines whose hub tells nothing of itself."""
    telling = {(hub.site, hub.machine) for hubs in own.values() for hub in hubs}
    hub_of = {(site, one.machine): one.hub for site, all_said in said.items() for one in all_said}
    return [one.machine_id for one in here if (one.site, hub_of.get((one.site, one.name), "")) not in telling]


def _by_site(all_of_them: Iterable[T]) -> dict[str, list[T]]:
    found: dict[str, list[T]] = {}
    for one in all_of_them:
        found.setdefault(one.site, []).append(one)
    return found
