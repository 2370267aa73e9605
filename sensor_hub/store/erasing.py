"""Takes an athlete out of the tables.

1. The sets of which any part counts as the athlete's go, with reps, phases, motion, corrections and later analyses.
2. Raw samples and what was not counted go from the end of the last set before that is another's to the beginning of
   the next one.
3. A session of which nothing is left goes, too. One that still runs stays, for somebody else may go on in it.
4. Wherever else the athlete's id stands, it is taken out; the registry forgets the name.
5. What went is noted as tombstones, so that it does not come back, and as spans, for those who have copies.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, and_, delete, func, or_, select, true, update

from sensor_hub.messages import Progress, RejectedMessage, RepMessage, SetMessage
from sensor_hub.store import tables
from sensor_hub.store.athletes import remove_athlete
from sensor_hub.store.changes import keep_writers_out, reserve_changes
from sensor_hub.store.correcting import cut_anew
from sensor_hub.store.ids import session_digest
from sensor_hub.store.lifters import sets_of
from sensor_hub.store.rows import LONGEST_CHUNK_S
from sensor_hub.store.tombstones import WHOLE, Tombstone, bury, survivors

OVER = timedelta(days=1)
"""A session that nobody has ended is over so long after it began."""
MARGIN = timedelta(seconds=5)
"""Of raw samples, so much is left before and after other people's sets."""
BEFORE = timedelta(minutes=2)
"""So much before a session's start its raw samples may begin."""
_AT_ONCE = 500
_OF_SET = {"sets": tables.set_, "reps": tables.rep, "phases": tables.phase, "motion": tables.motion}
_session, _set, _raw, _rep, _motion = (
    table.c for table in (tables.session, tables.set_, tables.raw, tables.rep, tables.motion)
)


@dataclass(frozen=True, slots=True)
class Span:
    """A set that went, or with number WHOLE its whole session; raw_started, raw_ended: of its raw samples."""

    site: str
    machine: str
    session: str
    number: int
    session_started: datetime
    started: datetime
    ended: datetime
    raw_started: datetime
    raw_ended: datetime


@dataclass(slots=True)
class Erased:
    """counts: rows that went, by what they are."""

    counts: Counter[str] = field(default_factory=Counter)
    spans: list[Span] = field(default_factory=list)


def erase_athlete(connection: Connection, athlete: str, now: datetime, accounts: Collection[str] = ()) -> Erased:
    """accounts: names of the athlete's own accounts, which stand beside corrections."""
    keep_writers_out(connection)  # they wait until it is done, and find the tombstones
    by_session: dict[str, list[int]] = defaultdict(list)
    for session, number in sets_of(connection, athlete):
        by_session[session].append(number)
    erased = Erased()
    for session, numbers in by_session.items():
        erase_sets(connection, session, numbers, now, erased)
    _take_out(connection, athlete, accounts)
    parked = tables.parked.c.content.contains(athlete, autoescape=True)
    erased.counts["parked"] += connection.execute(delete(tables.parked).where(parked)).rowcount
    remove_athlete(connection, athlete)
    return erased


def erase_sets(
    connection: Connection, session: str, numbers: Collection[int], now: datetime, erased: Erased
) -> None:
    """Some sets of a session, and that where nothing is left of it."""
    place = select(tables.session, tables.machine.c.site, tables.machine.c.name.label("machine"))
    head = connection.execute(
        place.join(tables.machine, tables.machine.c.machine_id == _session.machine_id).where(
            _session.session == session
        )
    ).one_or_none()
    if head is None:
        return
    rows = connection.execute(select(tables.set_).where(_set.session == session).order_by(_set.started)).all()
    kept = [row for row in rows if row.number not in numbers]
    over = head.progress == Progress.ENDED.value or now - head.started > OVER
    last = _last_instant(connection, head, rows)
    spans = [_span(connection, head, row, kept, last) for row in rows if row.number in numbers]
    if not kept and over:
        begin = head.started - BEFORE
        spans = [Span(head.site, head.machine, session, WHOLE, head.started, head.started, last, begin, last)]
    bury(connection, [_tombstone(one) for one in spans])
    _delete_sets(connection, session, numbers, erased.counts)
    _delete_corrections(connection, session, spans)
    _delete_raw(connection, head, spans, erased.counts)
    _delete_rejected(connection, session, spans, erased.counts)
    _delete_mentions(connection, session, erased.counts)
    if not kept and over:
        _delete_session(connection, session, erased.counts)
    else:
        _keep_analyses(connection, session, erased.counts)
        _recount(connection, session)
        cut_anew(connection, session)
    erased.spans += spans


def _tombstone(span: Span) -> Tombstone:
    return Tombstone(session_digest(span.session), span.number, span.raw_started, span.raw_ended)


def _last_instant(connection: Connection, head: Row[Any], rows: Sequence[Row[Any]]) -> datetime:
    ends = [row.ended or row.started for row in rows]
    reps = connection.execute(select(func.max(_rep.time)).where(_rep.session == head.session)).scalar()
    known: list[datetime] = [head.ended or head.started, *ends]
    return max(known if reps is None else [*known, reps])


def _span(connection: Connection, head: Row[Any], row: Row[Any], kept: Sequence[Row[Any]], last: datetime) -> Span:
    of_set = (_rep.session == head.session, _rep.set_number == row.number)
    settled = connection.execute(select(func.max(_rep.time)).where(*of_set)).scalar()
    moved = connection.execute(
        select(func.max(_motion.time)).where(_motion.session == head.session, _motion.set_number == row.number)
    ).scalar()
    ends = [row.ended, settled, moved and moved + timedelta(seconds=2)]
    ended = max(end for end in (row.started, *ends) if end is not None)
    before = [one.ended or one.started for one in kept if one.started < row.started]
    after = [one.started for one in kept if one.started > row.started]
    begin = max(before) + MARGIN if before else head.started - BEFORE
    end = min(after) - MARGIN if after else max(last, ended) + MARGIN
    return Span(
        head.site,
        head.machine,
        head.session,
        row.number,
        head.started,
        row.started,
        ended,
        min(begin, row.started),
        max(end, ended),
    )


def _delete_sets(connection: Connection, session: str, numbers: Collection[int], counts: Counter[str]) -> None:
    for name, table in _OF_SET.items():
        number = table.c.number if table is tables.set_ else table.c.set_number
        gone = delete(table).where(table.c.session == session, number.in_(numbers))
        counts[name] += connection.execute(gone).rowcount
    connection.execute(
        delete(tables.piece).where(tables.piece.c.session == session, tables.piece.c.set_number.in_(numbers))
    )


def _delete_corrections(connection: Connection, session: str, spans: Sequence[Span]) -> None:
    """What was said of the sets, by when they were lifted."""
    correction = tables.correction.c
    within = or_(*(correction.first.between(one.started, one.ended) for one in spans))
    whole = any(one.number == WHOLE for one in spans)
    connection.execute(delete(tables.correction).where(correction.session == session, true() if whole else within))


def _delete_raw(connection: Connection, head: Row[Any], spans: Sequence[Span], counts: Counter[str]) -> None:
    """What overlaps; after it nobody knows how much is missing."""
    of_session = and_(
        _raw.machine_id == head.machine_id, or_(_raw.session == head.session, _raw.session.is_(None))
    )
    for span in spans:
        earliest = span.raw_started - timedelta(seconds=LONGEST_CHUNK_S)
        near = select(_raw.id, _raw.time, _raw.start_s, _raw.end_s).where(
            of_session, _raw.time >= earliest, _raw.time < span.raw_ended
        )
        ids = [
            row.id
            for row in connection.execute(near)
            if row.time + timedelta(seconds=row.end_s - row.start_s) > span.raw_started
        ]
        for first in range(0, len(ids), _AT_ONCE):
            these = (_raw.id.in_(ids[first : first + _AT_ONCE]), _raw.time >= earliest, _raw.time < span.raw_ended)
            gone = delete(tables.raw).where(of_session, *these)
            counts["raw"] += connection.execute(gone).rowcount
        if span.number != WHOLE:
            soon = (_raw.time >= span.raw_ended, _raw.time < span.raw_ended + OVER)
            next_time = select(func.min(_raw.time)).where(of_session, *soon).scalar_subquery()
            connection.execute(update(tables.raw).where(of_session, _raw.time == next_time).values(lost=None))


def _delete_rejected(connection: Connection, session: str, spans: Sequence[Span], counts: Counter[str]) -> None:
    columns = tables.rejected.c
    for span in spans:
        gone = delete(tables.rejected).where(
            columns.session == session, columns.time >= span.raw_started, columns.time <= span.raw_ended
        )
        counts["rejected"] += connection.execute(gone).rowcount


def _delete_mentions(connection: Connection, session: str, counts: Counter[str]) -> None:
    """Messages of the session that were refused, and the name of the file that it came from."""
    parked = tables.parked.c.content.contains(session, autoescape=True)
    counts["parked"] += connection.execute(delete(tables.parked).where(parked)).rowcount
    connection.execute(delete(tables.note).where(tables.note.c.session == session))
    imported = tables.imported
    connection.execute(update(imported).where(imported.c.session == session).values(file=""))


def _delete_session(connection: Connection, session: str, counts: Counter[str]) -> None:
    beside = (tables.rejected, tables.phase, tables.motion, tables.piece)
    for table in (tables.raw, tables.analysis, tables.imported, *beside):
        name = {tables.raw: "raw", tables.analysis: "analyses"}.get(table, "rest")
        counts[name] += connection.execute(delete(table).where(table.c.session == session)).rowcount
    counts["sessions"] += connection.execute(delete(tables.session).where(_session.session == session)).rowcount


def _keep_analyses(connection: Connection, session: str, counts: Counter[str]) -> None:
    """Of later analyses, other people's sets."""
    columns = tables.analysis.c
    for row in connection.execute(select(tables.analysis).where(columns.session == session)).all():
        one = and_(columns.session == session, columns.number == row.number)
        sets, reps, rejected = survivors(
            connection,
            session,
            [SetMessage.model_validate(each) for each in row.sets],
            [RepMessage.model_validate(each) for each in row.reps],
            [RejectedMessage.model_validate(each) for each in row.rejected],
        )
        counts["analyses"] += len(sets) < len(row.sets)
        if not sets:
            connection.execute(delete(tables.analysis).where(one))
        elif len(sets) < len(row.sets) or len(rejected) < len(row.rejected):
            values = {
                "sets": [each.model_dump(mode="json", by_alias=True) for each in sets],
                "reps": [each.model_dump(mode="json", by_alias=True) for each in reps],
                "rejected": [each.model_dump(mode="json", by_alias=True) for each in rejected],
                "set_count": len(sets),
                "rep_count": len(reps),
            }
            connection.execute(update(tables.analysis).where(one).values(**values))


def _recount(connection: Connection, session: str) -> None:
    """Sinks are sent the session again."""
    counts = {
        "set_count": select(func.count())
        .select_from(tables.set_)
        .where(_set.session == session)
        .scalar_subquery(),
        "rep_count": select(func.count()).select_from(tables.rep).where(_rep.session == session).scalar_subquery(),
    }
    (change,) = reserve_changes(connection, 1)
    connection.execute(update(tables.session).where(_session.session == session).values(change=change, **counts))


def _take_out(connection: Connection, athlete: str, accounts: Collection[str]) -> None:
    """Wherever else the id stands: plans and notes, sets that somebody else got later, sessions, words that others
    replaced."""
    for table in (tables.programme, tables.note):
        connection.execute(delete(table).where(table.c.athlete == athlete))
    for table in (tables.set_, tables.correction, tables.piece, tables.session):
        connection.execute(update(table).where(table.c.athlete == athlete).values(athlete=None))
    if accounts:
        for table in (tables.correction, tables.programme, tables.note, tables.analysis):
            connection.execute(update(table).where(table.c.made_by.in_(accounts)).values(made_by=None))
        revoked_by = tables.correction.c.revoked_by
        connection.execute(update(tables.correction).where(revoked_by.in_(accounts)).values(revoked_by=None))
        asked_by = tables.erasure.c.asked_by
        connection.execute(update(tables.erasure).where(asked_by.in_(accounts)).values(asked_by=None))
