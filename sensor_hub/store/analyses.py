"""Later versions of a session: what another engine made of its raw samples. Nothing is overwritten by them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from sensor_hub.messages import RejectedMessage, RepMessage, SetMessage
from sensor_hub.store import tables
from sensor_hub.store.corrections import chosen_versions
from sensor_hub.store.recording import insert_new
from sensor_hub.store.tombstones import survivors


@dataclass(frozen=True, slots=True)
class Analysis:
    """number: from 1; what was measured live is 0. program: the version of sensor-hub that made it. made_by: an
    account, None at the computer itself."""

    number: int
    made: datetime
    program: str
    made_by: str | None = None
    why: str | None = None


Version = tuple[Analysis, list[SetMessage], list[RepMessage], list[RejectedMessage]]


def add_analysis(
    connection: Connection,
    session: str,
    made: datetime,
    program: str,
    sets: Sequence[SetMessage],
    reps: Sequence[RepMessage],
    rejected: Sequence[RejectedMessage] = (),
    *,
    made_by: str | None = None,
    why: str | None = None,
) -> Analysis:
    """Of sets that were erased nothing is added."""
    sets, reps, rejected = survivors(connection, session, sets, reps, rejected)
    columns = tables.analysis.c
    last = connection.execute(select(func.max(columns.number)).where(columns.session == session)).scalar()
    number = (last or 0) + 1
    connection.execute(
        tables.analysis.insert().values(
            session=session,
            number=number,
            made=made,
            program=program,
            made_by=made_by,
            why=why,
            set_count=len(sets),
            rep_count=len(reps),
            sets=[one.model_dump(mode="json", by_alias=True) for one in sets],
            reps=[one.model_dump(mode="json", by_alias=True) for one in reps],
            rejected=[one.model_dump(mode="json", by_alias=True) for one in rejected],
        )
    )
    return Analysis(number, made, program, made_by, why)


def analyses(connection: Connection, session: str) -> list[Analysis]:
    """The oldest first."""
    columns = tables.analysis.c
    query = select(columns.number, columns.made, columns.program, columns.made_by, columns.why)
    query = query.where(columns.session == session)
    return [Analysis(*row) for row in connection.execute(query.order_by(columns.number))]


def version(connection: Connection, session: str, number: int | None) -> Version | None:
    """A version, by default the one that is shown; None where there is none of this number, or it was measured live."""
    columns = tables.analysis.c
    if number is None:
        number = chosen_versions(connection, [session]).get(session)
    query = select(tables.analysis).where(columns.session == session).order_by(columns.number.desc()).limit(1)
    row = connection.execute(query if number is None else query.where(columns.number == number)).one_or_none()
    if row is None:
        return None
    sets = [SetMessage.model_validate(one) for one in row.sets]
    reps = [RepMessage.model_validate(one) for one in row.reps]
    rejected = [RejectedMessage.model_validate(one) for one in row.rejected]
    return Analysis(row.number, row.made, row.program, row.made_by, row.why), sets, reps, rejected


def shown_counts(connection: Connection, sessions: Sequence[str]) -> dict[str, tuple[int, int]]:
    """Sets and reps of the version that is shown of those sessions that were analysed anew: the one that somebody
    chose, else the newest. Without those that are shown as measured live."""
    columns, chosen = tables.analysis.c, chosen_versions(connection, sessions)
    query = select(columns.session, columns.number, columns.set_count, columns.rep_count)
    found = connection.execute(query.where(columns.session.in_(sessions)).order_by(columns.number)).all()
    return {
        session: (sets, reps) for session, number, sets, reps in found if chosen.get(session, number) == number
    }


def note_import(
    connection: Connection, sessions: Sequence[str], time: datetime, file: str, sha256: str, program: str
) -> None:
    """Where sessions came from; program: the version of sensor-hub that had written the file."""
    origin = {"time": time, "file": file, "sha256": sha256, "program": program}
    insert_new(connection, tables.imported, [{"session": session, **origin} for session in sessions])
