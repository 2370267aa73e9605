"""Athletes: who they are, what is kept of them, and their erasure. What the pages and the commands do with them."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from sensor_hub.access import AccessFile
from sensor_hub.app.athletes.dossier import write_dossier
from sensor_hub.app.athletes.remains import COPIES, DATABASE, reach_files
from sensor_hub.app.export import MOST_SAMPLES, Format, check_size, single_file
from sensor_hub.app.keeping.graves import keep_graves
from sensor_hub.archive.cuts import archive_cuts
from sensor_hub.bus import Caller
from sensor_hub.config import Settings, data_dir
from sensor_hub.errors import BusError, UnfitError
from sensor_hub.messages import AssignMessage, ErasedSet
from sensor_hub.store import (
    Athlete,
    Erased,
    Erasure,
    Store,
    add_athlete,
    add_erasure,
    athlete_of,
    athletes,
    change_athlete,
    cuts_of,
    erase_athlete,
    erasures,
    hub_part,
    last_lifted,
    lately,
    loads_lately,
    machines_heard,
    tables,
)
from sensor_hub.web import Lifts

POINTS = "time-series server"
EVERYTHING = "zip"
ARCHIVE = "archive"
HEARD = timedelta(days=60)
"""Hubs of machines that were heard of within so long are asked to forget an athlete; others are not waited for."""


class People:
    """caller: how hubs are spoken to; None where no broker is near. Methods block, and raise SensorHubErrors."""

    def __init__(
        self,
        store: Store,
        settings: Settings,
        caller: Caller | None = None,
        utc: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._store = store
        self._settings = settings
        self._folder = data_dir(settings)
        self._caller = caller
        self._utc = utc

    def all(self) -> list[Athlete]:
        with self._store.transaction() as connection:
            return athletes(connection)

    def one(self, athlete: str) -> Athlete:
        with self._store.transaction() as connection:
            return athlete_of(connection, athlete)

    def add(self, name: str | None, unit: str, language: str | None) -> Athlete:
        with self._store.transaction() as connection:
            return add_athlete(connection, self._utc(), name, unit, language)

    def change(self, athlete: str, name: str | None, unit: str, language: str | None) -> Athlete:
        with self._store.transaction() as connection:
            return change_athlete(connection, athlete, name, unit, language)

    def lately(self, site: str, machine: str) -> list[str]:
        """Who lifted on the machine in the last weeks, the latest first."""
        with self._store.transaction() as connection:
            return lately(connection, site, machine, self._utc() - HEARD)

    def last_lifted(self) -> dict[str, datetime]:
        with self._store.transaction() as connection:
            return last_lifted(connection)

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
        file, now = AccessFile(self._folder), self._utc()
        accounts = [one.name for one in file.accounts_of(athlete)]
        with self._store.transaction() as connection:
            erased = erase_athlete(connection, athlete, now, accounts)
            work = self._work(connection, erased, now)
            asked_by = None if by in accounts else by
            add_erasure(connection, athlete, now, asked_by, erased.counts, work)
        file.forget(athlete, {one.session for one in erased.spans})
        keep_graves(self._store, self._folder)
        reach_files(self._store, self._folder, self._utc)
        return next(one for one in self.erasures() if one.athlete == athlete)

    def erasures(self) -> Sequence[Erasure]:
        with self._store.transaction() as connection:
            return erasures(connection)

    def _work(self, connection: Connection, erased: Erased, now: datetime) -> dict[str, Any]:
        work: dict[str, Any] = {DATABASE: None, COPIES: None}
        if self._settings.influx.url is not None:
            work[POINTS] = cuts_of(erased.spans)
        if self._settings.archive.url is not None:
            work[ARCHIVE] = archive_cuts(erased.spans)
        for site, machine in machines_heard(connection, now - HEARD):
            work[hub_part(site, machine)] = [
                ErasedSet(
                    session=one.session, number=one.number, started=one.raw_started, ended=one.raw_ended
                ).model_dump(mode="json")
                for one in erased.spans
                if (one.site, one.machine) == (site, machine)
            ]
        return work
