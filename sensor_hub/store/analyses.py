"""Later versions of a session: what another engine made of its raw samples. Nothing is overwritten by them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, func, select

from sensor_hub.messages import RepMessage, SetMessage
from sensor_hub.store import tables
from sensor_hub.store.recording import insert_new
from sensor_hub.store.tombstones import survivors


@dataclass(frozen=True, slots=True)
class Analysis:
    """number: from 1; what was measured live is 0. program: the version of sensor-hub that made it."""

    number: int
    made: datetime
    program: str


Version = tuple[Analysis, list[SetMessage], list[RepMessage]]


def add_analysis(
    connection: Connection,
    session: str,
    made: datetime,
    program: str,
    sets: Sequence[SetMessage],
    reps: Sequence[RepMessage],
) -> Analysis:
    """Of sets that were erased nothing is added."""
    sets, reps = survivors(connection, session, sets, reps)
    columns = tables.analysis.c
    last = connection.execute(select(func.max(columns.number)).where(columns.session == session)).scalar()
    number = (last or 0) + 1
    connection.execute(
        tables.analysis.insert().values(
            session=session,
            number=number,
            made=made,
            program=program,
            set_count=len(sets),
            rep_count=len(reps),
            sets=[one.model_dump(mode="json", by_alias=True) for one in sets],
            reps=[one.model_dump(mode="json", by_alias=True) for one in reps],
        )
    )
    return Analysis(number, made, program)


def analyses(connection: Connection, session: str) -> list[Analysis]:
    """The oldest first."""
    columns = tables.analysis.c
    query = select(columns.number, columns.made, columns.program).where(columns.session == session)
    return [Analysis(*row) for row in connection.execute(query.order_by(columns.number))]


def version(connection: Connection, session: str, number: int | None) -> Version | None:
    """A version, by default the newest; None where there is none of this number."""
    columns = tables.analysis.c
    query = select(tables.analysis).where(columns.session == session).order_by(columns.number.desc()).limit(1)
    row = connection.execute(query if number is None else query.where(columns.number == number)).one_or_none()
    if row is None:
        return None
    sets = [SetMessage.model_validate(one) for one in row.sets]
    reps = [RepMessage.model_validate(one) for one in row.reps]
    return Analysis(row.number, row.made, row.program), sets, reps


def newest_counts(connection: Connection, sessions: Sequence[str]) -> dict[str, tuple[int, int]]:
    """Sets and reps of the newest version of those sessions that have one."""
    columns = tables.analysis.c
    newest = (
        select(columns.session, func.max(columns.number).label("number"))
        .where(columns.session.in_(sessions))
        .group_by(columns.session)
        .subquery()
    )
    query = select(columns.session, columns.set_count, columns.rep_count).join(
        newest, and_(newest.c.session == columns.session, newest.c.number == columns.number)
    )
    return {session: (sets, reps) for session, sets, reps in connection.execute(query)}


def note_import(
    connection: Connection, sessions: Sequence[str], time: datetime, file: str, sha256: str, program: str
) -> None:
    """Where sessions came from; program: the version of sensor-hub that had written the file."""
    origin = {"time": time, "file": file, "sha256": sha256, "program": program}
    insert_new(connection, tables.imported, [{"session": session, **origin} for session in sessions])
