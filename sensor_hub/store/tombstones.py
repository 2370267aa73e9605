"""What was erased stays away: of a message that comes late, from an outbox, another hub or an old export, nothing is
stored. Kept are ids of athletes, digests of sessions' names and times; nothing says who lifted then.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, select

from sensor_hub.messages import (
    Message,
    MotionMessage,
    PhaseMessage,
    RawMessage,
    RejectedMessage,
    RepMessage,
    SessionMessage,
    SetMessage,
)
from sensor_hub.store import tables
from sensor_hub.store.ids import session_digest
from sensor_hub.store.rows import Entry

WHOLE = 0
"""In place of a set's number: the session with all its sets."""
_BEFORE = timedelta(seconds=5)
"""So much earlier a chunk of raw samples may begin than the set that it belongs to."""
_erased = tables.erased.c
_GRAVES = select(_erased.session, _erased.set_number, _erased.started, _erased.ended)


@dataclass(frozen=True, slots=True)
class Tombstone:
    """session: its digest; number: of the set, or WHOLE; started, ended: of the raw samples that are gone."""

    session: str
    number: int
    started: datetime
    ended: datetime


def bury(connection: Connection, graves: Sequence[Tombstone]) -> None:
    """What is known already only grows."""
    for one in graves:
        query = _GRAVES.where(_erased.session == one.session, _erased.set_number.in_((one.number, WHOLE)))
        known = {grave.number: grave for grave in (Tombstone(*row) for row in connection.execute(query))}
        if WHOLE in known and one.number != WHOLE:
            continue
        old = known.get(one.number, one)
        span = {"started": min(one.started, old.started), "ended": max(one.ended, old.ended)}
        place = {"session": one.session, "set_number": one.number}
        connection.execute(
            delete(tables.erased).where(_erased.session == one.session, _erased.set_number == one.number)
        )
        connection.execute(tables.erased.insert().values(**place, **span))


def tombstones(connection: Connection, sessions: Collection[str] | None = None) -> list[Tombstone]:
    """All, or those of some sessions, by their names."""
    query = _GRAVES
    if sessions is not None:
        query = query.where(_erased.session.in_({session_digest(session) for session in sessions}))
    return [Tombstone(*row) for row in connection.execute(query.order_by(_erased.session, _erased.set_number))]


def erased_athletes(connection: Connection, among: Collection[str]) -> set[str]:
    if not among:
        return set()
    column = tables.erasure.c.athlete
    return set(connection.execute(select(column).where(column.in_(among))).scalars())


def without_erased(connection: Connection, entries: Sequence[Entry]) -> Sequence[Entry]:
    """What may be stored. Sets of athletes who are erased are added to what may not."""
    named = {one.message.athlete for one in entries if isinstance(one.message, SetMessage | SessionMessage)}
    gone = erased_athletes(connection, {athlete for athlete in named if athlete is not None})
    if gone:
        _bury_late(connection, [one.message for one in entries if _is_theirs(one.message, gone)])
    graves = _by_session(tombstones(connection, _sessions(entries)))
    if not graves and not gone:
        return entries
    return [_nameless(one, gone) for one in entries if not _is_buried(one.message, graves)]


def survivors(
    connection: Connection,
    session: str,
    sets: Sequence[SetMessage],
    reps: Sequence[RepMessage],
    rejected: Sequence[RejectedMessage],
) -> tuple[list[SetMessage], list[RepMessage], list[RejectedMessage]]:
    """Of a later analysis, whose sets may have other numbers: by their times."""
    graves = tombstones(connection, [session])

    def stays(instant: datetime) -> bool:
        return not any(one.number == WHOLE or one.started <= instant <= one.ended for one in graves)

    kept = [one for one in sets if stays(one.started)]
    numbers = {one.number for one in kept}
    return (
        kept,
        [one for one in reps if one.set_number in numbers],
        [one for one in rejected if stays(one.time)],
    )


def _sessions(entries: Sequence[Entry]) -> set[str]:
    return {session for one in entries if (session := getattr(one.message, "session", None)) is not None}


def _by_session(found: Sequence[Tombstone]) -> Mapping[str, list[Tombstone]]:
    graves: dict[str, list[Tombstone]] = defaultdict(list)
    for one in found:
        graves[one.session].append(one)
    return graves


def _is_theirs(message: Message, gone: Collection[str]) -> bool:
    return isinstance(message, SetMessage) and message.athlete in gone


def _bury_late(connection: Connection, messages: Sequence[Message]) -> None:
    """Sets that nobody knew of when their lifter was erased. Their raw samples, and what was not counted of them, may
    have come before them."""
    for one in messages:
        assert isinstance(one, SetMessage)
        started, ended = one.started - _BEFORE, one.ended or one.started
        bury(connection, [Tombstone(session_digest(one.session), one.number, started, ended)])
        for table in (tables.raw, tables.rejected):
            time = table.c.time
            connection.execute(delete(table).where(table.c.session == one.session, time >= started, time < ended))


def _is_buried(message: Message, graves: Mapping[str, list[Tombstone]]) -> bool:
    session: str | None = getattr(message, "session", None)
    found = [] if session is None else graves.get(session_digest(session), [])
    if any(one.number == WHOLE for one in found):
        return True
    numbers = {one.number for one in found}
    match message:
        case SetMessage():
            return message.number in numbers
        case RepMessage() | PhaseMessage() | MotionMessage():
            return message.set_number in numbers
        case RejectedMessage():
            return any(one.started <= message.time <= one.ended for one in found)
        case RawMessage():
            end = message.time + timedelta(seconds=message.end_s - message.start_s)
            return any(message.time < one.ended and end > one.started for one in found)
    return False


def _nameless(entry: Entry, gone: Collection[str]) -> Entry:
    """A session of an erased athlete's is nobody's."""
    message = entry.message
    if isinstance(message, SessionMessage) and message.athlete in gone:
        return Entry(message.model_copy(update={"athlete": None}), entry.row | {"athlete": None})
    return entry
