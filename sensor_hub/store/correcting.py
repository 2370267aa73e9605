"""Saying afterwards what a set or a rep was, and taking it back."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from sensor_hub.coach.aim import aim
from sensor_hub.coach.corrected import ShownRep, ShownSet, lay_over
from sensor_hub.coach.corrections import FLAGS, Correction, Kind, Lifter, Remark
from sensor_hub.errors import MissingError, UnfitError
from sensor_hub.store import tables
from sensor_hub.store.analyses import analyses
from sensor_hub.store.changes import keep_writers_out, reserve_changes
from sensor_hub.store.corrections import corrections, lifter_row
from sensor_hub.store.review import session_record

LONGEST_WHY = 300
_correction, _set, _session = tables.correction.c, tables.set_.c, tables.session.c
Row = dict[str, Any]


def add_correction(
    connection: Connection, session: str, remark: Remark, made: datetime, made_by: str | None
) -> int:
    """The number under which it is taken back. Sinks are sent the sets again. Raises MissingError where there is no
    such session, set, rep or version, UnfitError where it makes no sense."""
    keep_writers_out(connection)
    record = session_record(connection, session)
    if record is None:
        raise MissingError(f"There is no session {session!r}.")
    kind, set_number, rep_number = remark.kind, remark.set_number, remark.rep_number
    row: Row = {"session": session, "kind": kind, "made": made, "made_by": made_by, "why": _reason(remark.why)}
    if kind is Kind.VERSION:
        row["version"] = _known_version(connection, session, remark.version)
    elif set_number is None:
        raise UnfitError("Name the set.")
    else:
        first, last = aim(record.shown, kind, set_number, rep_number)
        row |= {"set_number": set_number, "rep_number": rep_number, "first": first, "last": last}
    if kind is Kind.FLAGS:
        row["flags"] = _flags(remark.flags)
    if kind is Kind.LIFTER:
        row |= lifter_row(remark.lifter)
    new = insert(tables.correction).values(row).returning(_correction.correction)
    number: int = connection.execute(new).scalar_one()
    _count_anew(connection, session)
    return number


def bring_corrections(connection: Connection, words: Sequence[Correction]) -> None:
    """What was said of a session in another store."""
    for one in words:
        row = {
            name: getattr(one, name) for name in ("session", "kind", "set_number", "rep_number", "first", "last")
        }
        row |= {"made": one.made, "flags": one.flags, **lifter_row(one.lifter)}
        connection.execute(insert(tables.correction).values(row))
    for session in {one.session for one in words}:
        cut_anew(connection, session)


def take_back(connection: Connection, session: str, number: int, now: datetime, by: str | None) -> None:
    """Raises MissingError where nothing of this number was said, or it is taken back already."""
    keep_writers_out(connection)
    one = (_correction.session == session, _correction.correction == number, _correction.revoked.is_(None))
    values = {"revoked": now, "revoked_by": by}
    if not connection.execute(update(tables.correction).where(*one).values(values)).rowcount:
        raise MissingError(f"There is no correction {number} of this session to take back.")
    _count_anew(connection, session)


def correct(
    connection: Connection, session: str, set_number: int, lifter: Lifter, made: datetime, made_by: str | None
) -> None:
    """Says anew whose a set is."""
    add_correction(connection, session, Remark(Kind.LIFTER, set_number, lifter=lifter), made, made_by)


def cut_anew(connection: Connection, session: str) -> None:
    """Writes down what each rep of the session counts as, for questions that are asked of many sessions at once."""
    connection.execute(delete(tables.piece).where(tables.piece.c.session == session))
    said = [
        one for one in corrections(connection, session) if one.revoked is None and one.kind is not Kind.VERSION
    ]
    live = session_record(connection, session, 0, as_measured=True) if said else None
    rows = list(_pieces(lay_over(live.sets, live.reps, said), session)) if live is not None else []
    if rows:
        connection.execute(insert(tables.piece), rows)


def follow_up(connection: Connection, sessions: Collection[str]) -> None:
    """After sets were stored: those of corrected sessions count as what was said."""
    columns = tables.piece.c
    known = select(columns.session).where(columns.session.in_(sessions)).distinct()
    for session in connection.execute(known).scalars().all() if sessions else ():
        cut_anew(connection, session)


def _count_anew(connection: Connection, session: str) -> None:
    change, after = reserve_changes(connection, 2)
    connection.execute(update(tables.set_).where(_set.session == session).values(change=change))
    connection.execute(update(tables.session).where(_session.session == session).values(change=after))
    cut_anew(connection, session)


def _reason(why: str | None) -> str | None:
    bare = " ".join((why or "").split())
    if len(bare) > LONGEST_WHY or "\0" in bare:
        raise UnfitError(f"A reason has at most {LONGEST_WHY} characters, all of them text.")
    return bare or None


def _known_version(connection: Connection, session: str, version: int | None) -> int:
    if version is None or version not in (0, *(one.number for one in analyses(connection, session))):
        raise MissingError(f"This session has no version {version}.")
    return version


def _flags(flags: Mapping[str, bool] | None) -> dict[str, bool]:
    if not flags or not set(flags) <= set(FLAGS):
        raise UnfitError(f"Say of one of these whether it was so: {', '.join(FLAGS)}.")
    return dict(flags)


def _pieces(shown: Sequence[ShownSet], session: str) -> Iterator[Row]:
    """Each measured set from its beginning to its end."""
    of_set: dict[int, list[tuple[ShownSet, ShownRep | None]]] = {}
    for one in shown:
        for rep in one.reps or (None,):
            number = one.measured[0].number if rep is None else rep.measured.set_number
            of_set.setdefault(number, []).append((one, rep))
    for set_number, reps in of_set.items():
        runs = [list(run) for _, run in groupby(reps, key=lambda pair: (pair[0].lifted.number, _counts(pair)))]
        firsts = [0, *(run[0][1].measured.number for run in runs[1:] if run[0][1] is not None)]
        for run, first, next_ in zip(runs, firsts, [*firsts[1:], None], strict=True):
            yield {
                "session": session,
                "set_number": set_number,
                "first_rep": first,
                "last_rep": None if next_ is None else next_ - 1,
                "counts": _counts(run[0]),
                **_head(run[0][0]),
            }


def _counts(pair: tuple[ShownSet, ShownRep | None]) -> bool:
    one, rep = pair
    return one.counts if rep is None else rep.counts


def _head(one: ShownSet) -> Row:
    lifted = one.lifted
    lifter = Lifter(lifted.athlete, lifted.load_kg, lifted.side, lifted.asked)
    return {"shown_number": lifted.number, "started": lifted.started, **lifter_row(lifter)}
