"""Erasing an athlete: at once in the database and in the data folder; noted for wherever else there is to go.

In a chain of gyms every gym and the centre erases for itself, and tells the others.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from sensor_hub.access import AccessFile
from sensor_hub.app.athletes.remains import COPIES, DATABASE, HEARD, reach_files
from sensor_hub.app.keeping.graves import keep_graves
from sensor_hub.archive.cuts import archive_cuts
from sensor_hub.config import Settings, data_dir
from sensor_hub.messages import ErasedSet
from sensor_hub.store import (
    TOLD,
    Erased,
    Span,
    Store,
    add_erasure,
    cuts_of,
    drop_part,
    erase_told,
    gym_part,
    hub_part,
    is_centre,
    is_known,
    machines_heard,
    named_later,
    parts_of,
)

POINTS, ARCHIVE = "time-series server", "archive"
STREAM = "stream of the chain"
CENTRE = "centre of the chain"


class Erasing:
    """Methods block, and raise SensorHubErrors."""

    def __init__(self, store: Store, settings: Settings, utc: Callable[[], datetime]) -> None:
        self._store = store
        self._settings = settings
        self._folder = data_dir(settings)
        self._utc = utc

    def erase(self, athlete: str, by: str | None) -> None:
        """As somebody asks here."""
        self._erase(athlete, self._utc(), by)

    def take(self, athlete: str, asked: datetime, sets: Sequence[ErasedSet]) -> None:
        """As another store of the chain has told. Of whom nothing is known here, only the number is noted, so that
        nothing is stored later."""
        with self._store.transaction() as connection:
            known = bool(sets) or is_known(connection, athlete)
            if not known:
                add_erasure(connection, athlete, asked, None, {}, self._elsewhere(connection, athlete, [], set()))
                drop_part(connection, athlete, TOLD)
        if known:
            self._erase(athlete, asked, None, sets)

    def _erase(self, athlete: str, asked: datetime, by: str | None, sets: Sequence[ErasedSet] = ()) -> None:
        file, now = AccessFile(self._folder), self._utc()
        accounts = [one.name for one in file.accounts_of(athlete)]
        with self._store.transaction() as connection:
            later = named_later(connection, athlete)
            erased = erase_told(connection, athlete, sets, now, accounts)
            work = self._here(connection, erased, now) | self._elsewhere(connection, athlete, erased.spans, later)
            asked_by = None if by in accounts else by
            add_erasure(connection, athlete, asked, asked_by, erased.counts, work)
            drop_part(connection, athlete, TOLD)
        file.forget(athlete, {one.session for one in erased.spans})
        keep_graves(self._store, self._folder)
        reach_files(self._store, self._folder, self._utc)

    def _here(self, connection: Connection, erased: Erased, now: datetime) -> dict[str, Any]:
        work: dict[str, Any] = {DATABASE: None, COPIES: None}
        if self._settings.influx.url is not None:
            work[POINTS] = cuts_of(erased.spans)
        if self._settings.archive.url is not None:
            work[ARCHIVE] = archive_cuts(erased.spans)
        if not is_centre(connection):
            for site, machine in machines_heard(connection, now - HEARD):
                work[hub_part(site, machine)] = [
                    _as_set(one) for one in erased.spans if (one.site, one.machine) == (site, machine)
                ]
        return work

    def _elsewhere(
        self, connection: Connection, athlete: str, spans: Sequence[Span], later: Collection[str]
    ) -> dict[str, Any]:
        """later: sessions of which the others do not know whose they were."""
        told: dict[str, list[Any]] = defaultdict(list)
        for one in spans:
            if one.session in later:
                told[one.site].append(_as_set(one))
        if not is_centre(connection):
            return {CENTRE: [one for sets in told.values() for one in sets]} if self._settings.chain.urls else {}
        work: dict[str, Any] = {}
        if spans:
            work[STREAM] = [_as_set(one) | {"site": one.site, "machine": one.machine} for one in spans]
        known = {one.part for one in parts_of(connection, athlete)}
        sites = {site for site, _ in machines_heard(connection, self._utc() - HEARD)} | {one.site for one in spans}
        return work | {
            gym_part(site): told[site] for site in sorted(sites) if told[site] or gym_part(site) not in known
        }


def _as_set(span: Span) -> dict[str, Any]:
    one = ErasedSet(session=span.session, number=span.number, started=span.raw_started, ended=span.raw_ended)
    return one.model_dump(mode="json")
