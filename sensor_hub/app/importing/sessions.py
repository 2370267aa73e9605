"""Our own JSON export, back into a store: each session whole, once, and with a note of where it came from."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sensor_hub.app.export import ExportedSession, read_document
from sensor_hub.store import Store, add_analysis, bring_corrections, note_import


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
        _write(store, one, document.made, document.version)
        with store.transaction() as connection:
            note_import(connection, [session], now, file.name, digest, document.version)
        new.append(session)
    return Imported(new, known)


def _write(store: Store, one: ExportedSession, made: datetime, program: str) -> None:
    """What an engine of another day made of a session stays told apart from what was measured live. An athlete's own
    export has no corrections: of it what counts is taken."""
    beside, measured = [*one.phases, *one.motion], one.measured if one.measured and one.corrections else one
    if one.analysis:
        store.record([one.session, *beside])
    else:
        store.record([one.session, *measured.sets, *measured.reps, *one.rejected, *beside])
    with store.transaction() as connection:
        if one.analysis:
            parts = measured.sets, measured.reps, one.rejected
            add_analysis(connection, one.session.session, made, program, *parts)
        bring_corrections(connection, [said.word(one.session.session) for said in one.corrections])
