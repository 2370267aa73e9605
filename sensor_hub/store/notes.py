"""What a coach writes down about an athlete or a session."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, false, or_, select

from sensor_hub.errors import MissingError, UnfitError
from sensor_hub.store import tables

LONGEST = 4000
_note = tables.note.c


@dataclass(frozen=True, slots=True)
class Note:
    """made_by: the account, None at the computer itself."""

    note: int
    athlete: str | None
    session: str | None
    made: datetime
    made_by: str | None
    text: str


def add_note(
    connection: Connection,
    text: str,
    made: datetime,
    made_by: str | None,
    *,
    athlete: str | None = None,
    session: str | None = None,
) -> Note:
    """About an athlete, a session, or an athlete's session. Raises UnfitError where it says nothing, or of nobody."""
    bare = text.strip()
    if not bare or len(bare) > LONGEST or "\0" in bare:
        raise UnfitError(f"A note has 1 to {LONGEST} characters, all of them text.")
    if athlete is None and session is None:
        raise UnfitError("A note is about an athlete or a session: name one.")
    values = {"athlete": athlete, "session": session, "made": made, "made_by": made_by, "text": bare}
    number: int = connection.execute(tables.note.insert().values(values).returning(_note.note)).scalar_one()
    return Note(number, athlete, session, made, made_by, bare)


def notes(connection: Connection, *, athlete: str | None = None, session: str | None = None) -> Sequence[Note]:
    """Those about the athlete or about the session, the newest first."""
    about = [column == value for column, value in ((_note.athlete, athlete), (_note.session, session)) if value]
    query = select(tables.note).where(or_(false(), *about)).order_by(_note.made.desc(), _note.note.desc())
    return [Note(**row) for row in connection.execute(query).mappings()]


def drop_note(connection: Connection, note: int) -> None:
    """Raises MissingError where there is none."""
    if not connection.execute(delete(tables.note).where(_note.note == note)).rowcount:
        raise MissingError(f"There is no note {note}.")
