"""What is exported, as what, and where to."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from sensor_hub.app.export.document import ExportedSession, json_parts
from sensor_hub.app.export.files import file_name, whole
from sensor_hub.app.export.fit import write_fit
from sensor_hub.app.export.own import exported_of, samples_of
from sensor_hub.app.export.recordings import write_recordings
from sensor_hub.app.export.tables import write_csv, write_parquet
from sensor_hub.errors import StoreError
from sensor_hub.store import Store


class Format(StrEnum):
    CSV = "csv"
    PARQUET = "parquet"
    JSON = "json"
    FIT = "fit"
    """A file a session, in a folder."""
    RECORDINGS = "recordings"
    """Likewise."""


def write_export(
    store: Store,
    sessions: Sequence[str],
    form: Format,
    to: Path,
    made: datetime,
    athlete: str | None = None,
    archive: str | None = None,
) -> list[Path]:
    """Writes the sessions (ids) to a file, or into a folder; each file is whole or not there. Returns the files.

    athlete: whose sets alone, where others lifted in the same sessions. archive: the url of one that may have raw
    samples. Raises StoreError where a session does not
    exist, nothing is there to write, or it cannot be written.
    """
    if not sessions:
        raise StoreError("No session is as asked for; there is nothing to export.")
    if form in (Format.FIT, Format.RECORDINGS):
        return list(_into_folder(store, sessions, form, to, athlete, archive))
    found = (exported_of(store, session, athlete) for session in sessions)
    with whole(to) as beside:
        match form:
            case Format.CSV:
                write_csv(found, beside)
            case Format.PARQUET:
                write_parquet(found, beside)
            case Format.JSON:
                _write_json(found, beside, made)
    return [to]


def _write_json(sessions: Iterator[ExportedSession], path: Path, made: datetime) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.writelines(json_parts(sessions, made))


def _into_folder(
    store: Store, sessions: Sequence[str], form: Format, folder: Path, athlete: str | None, archive: str | None
) -> Iterator[Path]:
    names = [file_name(session) for session in sessions]
    if len(set(names)) < len(names):
        raise StoreError("Two sessions would have the same file name; export them one by one with --session.")
    found = False
    for session, name in zip(sessions, names, strict=True):
        if form is Format.RECORDINGS:
            written = write_recordings(folder, session, list(samples_of(store, session, athlete, archive)))
        else:
            written = [folder / f"{name}.fit"]
            with whole(written[0]) as beside:
                write_fit(exported_of(store, session, athlete), beside)
        found = found or bool(written)
        yield from written
    if not found:
        raise StoreError("No raw samples of these sessions are in the store or an archive.")
