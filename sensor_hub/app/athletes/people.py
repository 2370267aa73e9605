"""Athletes: who they are, what is kept of them, and their erasure. What the pages and the commands do with them."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from sensor_hub.access import AccessFile
from sensor_hub.app.athletes.dossier import write_dossier
from sensor_hub.app.athletes.erasing import Erasing
from sensor_hub.app.athletes.remains import HEARD
from sensor_hub.app.export import MOST_SAMPLES, Format, check_size, single_file
from sensor_hub.config import Settings, data_dir
from sensor_hub.errors import BusError, UnfitError
from sensor_hub.messages import AssignMessage, Message
from sensor_hub.store import (
    Athlete,
    Erasure,
    Store,
    add_athlete,
    athlete_of,
    athletes,
    change_athlete,
    erasures,
    last_lifted,
    lately,
    loads_lately,
    tables,
)
from sensor_hub.web import Lifts

EVERYTHING = "zip"


class Speaks(Protocol):
    """To hubs."""

    def call(self, message: Message) -> None: ...


class People:
    """caller: how hubs are spoken to; None where no broker is near. Methods block, and raise SensorHubErrors."""

    def __init__(
        self,
        store: Store,
        settings: Settings,
        caller: Speaks | None = None,
        utc: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._store = store
        self._settings = settings
        self._folder = data_dir(settings)
        self._caller = caller
        self._utc = utc
        self._erasing = Erasing(store, settings, utc)

    def all(self) -> list[Athlete]:
        with self._store.transaction() as connection:
            return athletes(connection)

    def found(self, find: str, most: int) -> list[Athlete]:
        """Whose name or number has that in it, by name."""
        with self._store.transaction() as connection:
            return athletes(connection, find, most)

    def one(self, athlete: str) -> Athlete:
        with self._store.transaction() as connection:
            return athlete_of(connection, athlete)

    def add(self, name: str | None, unit: str, language: str | None, number: str | None = None) -> Athlete:
        """number: the one that the athlete has in another gym of the chain."""
        with self._store.transaction() as connection:
            return add_athlete(connection, self._utc(), name, unit, language, number)

    def change(self, athlete: str, name: str | None, unit: str, language: str | None) -> Athlete:
        with self._store.transaction() as connection:
            return change_athlete(connection, athlete, name, unit, language)

    def lately(self, site: str, machine: str) -> list[str]:
        """Who lifted on the machine in the last weeks, the latest first."""
        with self._store.transaction() as connection:
            return lately(connection, site, machine, self._utc() - HEARD)

    def last_lifted(self, athletes: Sequence[str]) -> dict[str, datetime]:
        with self._store.transaction() as connection:
            return last_lifted(connection, athletes)

    def loads(self, athlete: str, site: str, machine: str) -> list[float]:
        """What the athlete lifted on the machine in the last weeks, in kg, the latest first."""
        with self._store.transaction() as connection:
            athlete_of(connection, athlete)
            return loads_lately(connection, site, machine, athlete, self._utc() - HEARD)

    def assign(self, site: str, machine: str, lifts: Lifts) -> None:
        """Tells the machine's hub who lifts next; it answers over MQTT."""
        if self._caller is None:
            raise BusError("No broker is near. Say who lifts on the pages of the hub.")
        now = self._utc()
        identity = f"{machine}.assign.{now:%Y%m%dT%H%M%S.%fZ}"
        heading = {"id": identity, "seq": 0, "time": now, "site": site, "machine": machine}
        self._caller.call(AssignMessage.model_validate(heading | dict(lifts)))

    def export(self, athlete: str, to: Path) -> None:
        """Everything that is held of the athlete, as one ZIP file."""
        file = AccessFile(self._folder)
        known = (file.accounts_of(athlete), file.shares_of(athlete))
        write_dossier(self._store, self.one(athlete), *known, to, self._utc(), self._settings.archive.url)

    def take(self, form: str, folder: Path, session: str | None, athlete: str | None) -> Path:
        """A file for the pages to hand out: a session in the form, or an athlete's own sets; as "zip" everything that
        is held of the athlete."""
        if form != EVERYTHING:
            return single_file(self._store, Format(form), folder, self._utc(), session=session, athlete=athlete)
        if session is not None or athlete is None:
            raise UnfitError("A session comes as csv, parquet, json or fit.")
        file = folder / f"{athlete}.zip"
        sessions = self._store.session_ids(athlete=self.one(athlete).athlete)
        check_size(self._store, sessions, tables.raw, MOST_SAMPLES, "raw samples", "sensor-hub athlete export")
        self.export(athlete, file)
        return file

    def erase(self, athlete: str, by: str | None) -> Erasure:
        """Out of the store and the data folder at once. A running hub does the rest; `erasures` says how far it is."""
        self.one(athlete)
        self._erasing.erase(athlete, by)
        return next(one for one in self.erasures() if one.athlete == athlete)

    def erasures(self) -> Sequence[Erasure]:
        with self._store.transaction() as connection:
            return erasures(connection)
