"""Everything that is held of an athlete, as one ZIP file that people and programs can read.

| in it | what |
|---|---|
| `athlete.json` | the registry's entry, accounts, shared links, corrections, programmes, notes, which sessions |
| `sessions.json` | the athlete's sets as `sensor-hub export json` has them: the newest version of each |
| `measured.json` | the same as measured live, where there is a later analysis; what was discarded is in `measured` |
| `reps.csv` | a row a rep |
| `raw/*.csv.gz` | raw samples from around the athlete's sets, as recordings |
"""

import json
import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Select, select

from sensor_hub import __version__
from sensor_hub.access import Account, Share
from sensor_hub.app.export import ExportedSession, exported, json_parts, shown, write_csv, write_recordings
from sensor_hub.app.export.files import whole
from sensor_hub.app.export.own import exported_of, is_own, samples_of
from sensor_hub.coach.corrections import Correction
from sensor_hub.store import Athlete, Note, Store, corrections, notes, tables

SCHEMA = "sensor-hub/athlete/1"
_OF_A_LINK = {"session", "named", "made", "made_by", "expires"}


def write_dossier(
    store: Store,
    one: Athlete,
    accounts: Sequence[Account],
    shares: Sequence[Share],
    to: Path,
    made: datetime,
    archive: str | None = None,
) -> None:
    """archive: the url of one that may have raw samples. Raises StoreError where it cannot be written."""
    sessions = store.session_ids(athlete=one.athlete)
    with whole(to) as beside, tempfile.TemporaryDirectory(dir=to.parent, prefix=".sensor-hub-") as scratch:
        folder = Path(scratch)
        _write(folder / "athlete.json", [_entry(store, one, accounts, shares, sessions, made)])
        _write(folder / "sessions.json", json_parts(_own(store, sessions, one.athlete), made))
        live = [name for name in sessions if exported(store, name).analysis]
        if live:
            _write(folder / "measured.json", json_parts(_own(store, live, one.athlete, version=0), made))
        write_csv(_own(store, sessions, one.athlete), folder / "reps.csv")
        for name in sessions:
            write_recordings(folder / "raw", name, list(samples_of(store, name, one.athlete, archive)))
        with zipfile.ZipFile(beside, "w", zipfile.ZIP_DEFLATED) as packed:
            for path in sorted(folder.rglob("*")):
                if path.is_file():
                    packed.write(path, str(path.relative_to(folder)))
        beside.chmod(0o600)


def _own(
    store: Store, sessions: Iterable[str], athlete: str, version: int | None = None
) -> Iterator[ExportedSession]:
    return (exported_of(store, name, athlete, version) for name in sessions)


def _entry(
    store: Store,
    one: Athlete,
    accounts: Sequence[Account],
    shares: Sequence[Share],
    sessions: Sequence[str],
    made: datetime,
) -> str:
    with store.transaction() as connection:
        said = [
            {"session": name, **asdict(each)}
            for name in sessions
            for each in _said_of(connection, store, name, one.athlete)
        ]
        planned = [dict(row) for row in connection.execute(_programmes(one.athlete)).mappings()]
        about = [*notes(connection, athlete=one.athlete), *_notes_of(connection, store, sessions, one.athlete)]
        written = list({each.note: asdict(each) for each in about}.values())
    entry = {
        "schema": SCHEMA,
        "version": __version__,
        "made": made,
        "athlete": asdict(one),
        "accounts": [{"name": each.name, "role": each.role} for each in accounts],
        "links": [each.model_dump(include=_OF_A_LINK) for each in shares],
        "corrections": said,
        "programmes": planned,
        "notes": written,
        "sessions": sessions,
    }
    return json.dumps(entry, indent=1, ensure_ascii=False, default=str) + "\n"


def _said_of(connection: Connection, store: Store, session: str, athlete: str) -> Iterator[Correction]:
    """What was said of the athlete's sets, or names the athlete; nobody else is named."""
    one = exported(store, session)
    own = [part.lifted for part in shown(one) if is_own(part.lifted, one.session.athlete, athlete)]
    for word in corrections(connection, session):
        about = word.first and any(lifted.started <= word.first <= (lifted.ended or word.first) for lifted in own)
        if word.lifter.athlete == athlete:
            yield word
        elif about:
            yield replace(word, lifter=replace(word.lifter, athlete=None))


def _notes_of(connection: Connection, store: Store, sessions: Sequence[str], athlete: str) -> Iterator[Note]:
    """Of sessions that the athlete shared with nobody."""
    for name in sessions:
        if exported(store, name).session.athlete == athlete:
            yield from notes(connection, session=name)


def _programmes(athlete: str) -> Select[Any]:
    """Every version."""
    columns = tables.programme.c
    return select(tables.programme).where(columns.athlete == athlete).order_by(columns.number)


def _write(path: Path, parts: Iterable[str]) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.writelines(parts)
