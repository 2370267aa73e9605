"""What somebody takes away from the pages: one file, of a size that is made while one waits."""

import zipfile
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from sqlalchemy import Table, func, select

from sensor_hub.app.export.files import file_name
from sensor_hub.app.export.writing import Format, write_export
from sensor_hub.errors import MissingError, UnfitError
from sensor_hub.store import Store, tables

MOST_REPS = 50_000
MOST_SAMPLES = 20_000_000
"""55 hours at 100 Hz."""
_AT_ONCE = 500


def single_file(
    store: Store, form: Format, folder: Path, made: datetime, *, session: str | None, athlete: str | None
) -> Path:
    """A session, of an athlete the own sets of it; without a session all the athlete's sets. The file is in the folder,
    named so that it leads nowhere else; several FIT activities are one ZIP file.

    Raises MissingError where there is nothing, UnfitError where it is too much, StoreError where it cannot be written.
    """
    sessions = _asked_for(store, session, athlete)
    check_size(store, sessions, tables.rep, MOST_REPS, "reps", "sensor-hub export")
    name = file_name(session if session is not None else f"athlete-{athlete}")
    if form not in (Format.FIT, Format.RECORDINGS):
        (file,) = write_export(store, sessions, form, folder / f"{name}.{form}", made, athlete)
        return file
    files = write_export(store, sessions, form, folder, made, athlete)
    return files[0] if len(files) == 1 else _zipped(files, folder / f"{name}.zip")


def _asked_for(store: Store, session: str | None, athlete: str | None) -> list[str]:
    own = store.session_ids(athlete=athlete) if athlete is not None else []
    if session is None:
        if not own:
            raise MissingError("There are no sets of this athlete's.")
        return own
    if session not in own if athlete is not None else store.session(session) is None:
        raise MissingError(f"There is no session {session!r}.")
    return [session]


def check_size(store: Store, sessions: Sequence[str], table: Table, most: int, what: str, instead: str) -> None:
    """table: of reps, or of raw samples. Raises UnfitError where the sessions have more than so many."""
    amount = func.coalesce(func.sum(table.c.count), 0) if table is tables.raw else func.count()
    found = 0
    with store.transaction() as connection:
        for first in range(0, len(sessions), _AT_ONCE):
            some = table.c.session.in_(sessions[first : first + _AT_ONCE])
            found += connection.execute(select(amount).select_from(table).where(some)).scalar_one()
    if found > most:
        raise UnfitError(
            f"These are {found} {what}; a page hands out {most} at most. On the hub's computer `{instead}` writes all."
        )


def _zipped(files: Sequence[Path], to: Path) -> Path:
    with zipfile.ZipFile(to, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in files:
            archive.write(file, file.name)
    return to
