"""Carries erasures to where the recording process can reach: files, hubs, the time-series server, the archive.

What cannot be reached stays to be done, is shown, and is tried again.
"""

import logging
import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

from sensor_hub.app.athletes.erasing import ARCHIVE, POINTS
from sensor_hub.app.athletes.people import Speaks
from sensor_hub.app.athletes.remains import COPIES, DATABASE, reach_files
from sensor_hub.app.keeping.archiving import clean_archive
from sensor_hub.app.keeping.graves import bury_again, keep_graves
from sensor_hub.errors import BusError, SensorHubError, StoreError
from sensor_hub.messages import EraseMessage
from sensor_hub.store import (
    InfluxTarget,
    Part,
    Store,
    erase_points,
    hub_part,
    machines_heard,
    pending_parts,
    send_sessions_again,
    settle,
)

log = logging.getLogger(__name__)

LOOK_S = 5.0
AGAIN = timedelta(minutes=1)
SILENT = "Its hub has not answered yet."
SPOOL = "erasing-points.jsonl"
_EVER = datetime(1970, 1, 1, tzinfo=UTC)


class Beyond(Protocol):
    """What else there is of a chain: sensor_hub.app.athletes.in_gym.InGym, and at_centre.AtCentre."""

    def look(self, due: Sequence[Part]) -> None: ...


class Eraser:
    """Runs in the background beside a store. `points` is for the sink's own thread, so that no write is under way."""

    def __init__(
        self,
        store: Store,
        folder: Path,
        caller: Speaks,
        target: InfluxTarget | None = None,
        utc: Callable[[], datetime] = lambda: datetime.now(UTC),
        archive_url: str | None = None,
        beyond: Beyond | None = None,
    ) -> None:
        self._store = store
        self._folder = folder
        self._caller = caller
        self._target = target
        self._archive_url = archive_url
        self._beyond = beyond
        self._utc = utc
        self._buried = False
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="eraser", daemon=True)

    def start(self) -> None:
        """First of all, whoever came back with an older store goes again; where its server is down, as soon as it is
        back. Raises ConfigError where nobody can say who was erased."""
        try:
            self._bury()
        except StoreError as error:
            log.warning("%s", error)
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join()

    def look(self) -> None:
        """Tries what is to be done and was not tried lately. Raises StoreError."""
        if not self._buried:
            self._bury()
        due = self._due()
        if any(part.part in (DATABASE, COPIES) for part in due):
            reach_files(self._store, self._folder, self._utc)
        with self._store.transaction() as connection:
            places = {hub_part(*place): place for place in machines_heard(connection, _EVER)}
        for part in due:
            if part.part in places:
                self._ask(part, *places[part.part])
            elif part.part == ARCHIVE and self._archive_url is not None:
                self._clean_archive(part, self._archive_url)
        if self._beyond is not None:
            self._beyond.look(due)

    def points(self) -> None:
        """Out of the time-series server. Raises StoreError where the store fails."""
        if self._target is None:
            return
        for part in self._due():
            if part.part == POINTS:
                self._erase_points(part, self._target)

    def _bury(self) -> None:
        missing = bury_again(self._store, self._folder, self._utc())
        if missing:
            log.warning("%d athletes were in the store again and are erased again.", len(missing))
            self._store.scrub()
        keep_graves(self._store, self._folder)
        self._buried = True

    def _erase_points(self, part: Part, target: InfluxTarget) -> None:
        try:
            erase_points(target, part.work, self._folder / SPOOL)
        except SensorHubError as error:
            log.warning("%s It is tried again.", error)
            self._settle(part, done=False, note=str(error))
            return
        with self._store.transaction() as connection:
            send_sessions_again(connection, part.work)
        self._settle(part, done=True, note=None)

    def _clean_archive(self, part: Part, url: str) -> None:
        try:
            note = clean_archive(url, part.work, self._utc())
        except StoreError as error:
            log.warning("An erasure has not reached the archive yet: %s", error)
            self._settle(part, done=False, note=str(error))
            return
        self._settle(part, done=True, note=note)

    def _ask(self, part: Part, site: str, machine: str) -> None:
        now = self._utc()
        place = {"site": site, "machine": machine, "id": f"{machine}.erase.{part.athlete}", "seq": 0, "time": now}
        note = SILENT
        try:
            self._caller.call(EraseMessage(**place, athlete=part.athlete, sets=part.work or []))
        except BusError as error:
            note = str(error)
        self._settle(part, done=False, note=note)

    def _settle(self, part: Part, *, done: bool, note: str | None) -> None:
        with self._store.transaction() as connection:
            settle(connection, part.athlete, part.part, self._utc(), done=done, note=note)

    def _due(self) -> list[Part]:
        before = self._utc() - AGAIN
        with self._store.transaction() as connection:
            return [part for part in pending_parts(connection) if part.tried is None or part.tried < before]

    def _run(self) -> None:
        while not self._stopping.wait(LOOK_S):
            try:
                self.look()
            except SensorHubError as error:
                log.warning("%s", error)
