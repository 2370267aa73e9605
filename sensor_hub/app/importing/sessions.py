"""Our own JSON export, back into a store: each session whole, once, and with a note of where it came from."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection

from sensor_hub.app.export import ExportedSession, Measured, read_document
from sensor_hub.store import Store, add_analysis, add_session, bring_corrections, note_import


@dataclass(frozen=True, slots=True)
class Imported:
    """Ids of sessions: those that are new, and those that the store had and that were left as they are."""

    new: list[str]
    known: list[str]


def is_export(file: Path) -> bool:
    """Whether a file looks like one. An unreadable file does not."""
    try:
        with file.open("rb") as opened:
            return b"sensor-hub/export/" in opened.read(200)
    except OSError:
        return False


def import_sessions(store: Store, file: Path, now: datetime) -> Imported:
    """A session that the store has is never touched. Raises StoreError where the file is no export."""
    document = read_document(file)
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    new, known = [], []
    for one in document.sessions:
        session = one.session.session
        if store.session(session, 0) is not None:
            known.append(session)
            continue
        _record_parts(store, one)
        with store.transaction() as connection:
            _add(connection, one, document.made, document.version)
            note_import(connection, [session], now, file.name, digest, document.version)
        new.append(session)
    return Imported(new, known)


def _record_parts(store: Store, one: ExportedSession) -> None:
    """All but the session itself: until that is added, an import that was cut off begins anew with it."""
    beside = [*one.phases, *one.motion]
    store.record(beside if one.analysis else [*_measured(one).sets, *_measured(one).reps, *one.rejected, *beside])


def _add(connection: Connection, one: ExportedSession, made: datetime, program: str) -> None:
    """What an engine of another day made of a session stays told apart from what was measured live."""
    session = one.session.session
    add_session(connection, one.session)
    if one.analysis:
        add_analysis(connection, session, made, program, _measured(one).sets, _measured(one).reps, one.rejected)
    bring_corrections(connection, [said.word(session) for said in one.corrections])


def _measured(one: ExportedSession) -> ExportedSession | Measured:
    """An athlete's own export has no corrections: of it what counts is taken."""
    return one.measured if one.measured and one.corrections else one
