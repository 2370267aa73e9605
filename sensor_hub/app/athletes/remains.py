"""What is left of an erased athlete in the data folder: free pages of the store, and stores that were put aside."""

import logging
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

from sensor_hub.access import AccessFile
from sensor_hub.app.keeping.graves import bury_again, read_graves
from sensor_hub.errors import SensorHubError, StoreError
from sensor_hub.store import Part, Store, close_file, compact, contents_of, pending_parts, settle

log = logging.getLogger(__name__)

HEARD = timedelta(days=60)
"""Hubs and gyms that were heard of within so long are asked to forget an athlete; others are not waited for."""
DATABASE, COPIES = "database file", "copies in the data folder"
BROKEN = ("outbox/*.broken*", "journal/*.broken*", "reanalysis.jsonl")
"""Damaged files that were set aside (what could be read of them was saved), and what a re-analysis that was killed had
noted. They go whole."""


def reach_files(store: Store, folder: Path, utc: Callable[[], datetime]) -> None:
    """Does what is to be done in files, for all erasures; what fails is noted and stays to be done."""
    with store.transaction() as connection:
        waiting = {part.part for part in pending_parts(connection)}
        known = [part for part in pending_parts(connection) if part.part in (DATABASE, COPIES)]
    if DATABASE in waiting:
        _try(store, known, DATABASE, utc, store.scrub)
    if COPIES in waiting:
        _try(store, known, COPIES, utc, lambda: _clean_copies(folder, utc()))


def _try(
    store: Store, parts: list[Part], name: str, utc: Callable[[], datetime], work: Callable[[], str | None]
) -> None:
    try:
        done, note = True, work()
    except SensorHubError as error:
        done, note = False, str(error)
        log.warning("An erasure has not reached the %s yet: %s", name, error)
    with store.transaction() as connection:
        for part in parts:
            if part.part == name:
                settle(connection, part.athlete, name, utc(), done=done, note=note)


def _clean_copies(folder: Path, now: datetime) -> str | None:
    """How many stores there were, as a sentence."""
    count = 0
    for copy in copies(folder):
        _clean(copy, folder, now)
        count += 1
    for pattern in BROKEN:
        for path in folder.glob(pattern):
            with suppress(OSError):
                path.unlink()
                count += 1
    return f"{count} files." if count else None


def copies(folder: Path) -> Iterator[Path]:
    """Stores that `restore --replace` has put aside."""
    for aside in sorted(folder.glob("before-restore-*")):
        yield from sorted(aside.glob("*.db"))


def _clean(copy: Path, folder: Path, now: datetime) -> None:
    try:
        contents_of(copy)
    except StoreError as error:
        raise StoreError(f"{copy} cannot be opened, and may have people in it: delete it.") from error
    for athlete in read_graves(folder).athletes:
        AccessFile(copy.parent).forget(athlete)
    store = Store.open(copy)
    try:
        bury_again(store, folder, now, accounts=copy.parent)
    finally:
        store.close()
    close_file(copy)
    compact(copy)
