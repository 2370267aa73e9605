"""Reading back what was logged."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, Select, Table, func, select

from sensor_hub.messages import (
    MotionMessage,
    PhaseMessage,
    RepMessage,
    SensorMessage,
    SessionMessage,
    SetMessage,
    StatusMessage,
)
from sensor_hub.store import tables
from sensor_hub.store.analyses import Analysis, newest_counts, version
from sensor_hub.store.lifters import carried_over, common, lifted_by, set_columns, sets_with_corrections
from sensor_hub.store.rows import M, message_of


@dataclass(frozen=True, slots=True)
class MachineRow:
    site: str
    machine: str
    first_seen: datetime
    last_seen: datetime
    session_count: int
    status: StatusMessage | None
    """Whether a hub watches it; None where none has ever said so."""
    sensor: SensorMessage | None


@dataclass(frozen=True, slots=True)
class SessionRecord:
    session: SessionMessage
    sets: list[SetMessage]
    reps: list[RepMessage]
    """Of all sets, in order."""
    analysis: Analysis | None = None
    """Which later engine's version this is; None for what was measured live."""


def machines(connection: Connection) -> list[MachineRow]:
    """Every machine ever heard of, by site and name."""
    machine, session = tables.machine, tables.session
    counts = dict(_pairs(connection, select(session.c.machine_id, func.count()).group_by(session.c.machine_id)))
    latest: dict[tuple[int, str], Any] = {
        (row.machine_id, row.kind): row.payload for row in connection.execute(select(tables.state))
    }
    rows = connection.execute(select(machine).order_by(machine.c.site, machine.c.name)).all()
    return [
        MachineRow(
            site=row.site,
            machine=row.name,
            first_seen=row.first_seen,
            last_seen=row.last_seen,
            session_count=counts.get(row.machine_id, 0),
            status=_latest(StatusMessage, latest.get((row.machine_id, "status"))),
            sensor=_latest(SensorMessage, latest.get((row.machine_id, "sensor"))),
        )
        for row in rows
    ]


def sessions(
    connection: Connection,
    limit: int,
    before: datetime | None,
    machine: str | None,
    site: str | None,
    athlete: str | None = None,
) -> list[SessionMessage]:
    """The newest first. Counts are of what is stored, so they are right even where a session never ended."""
    newest_first = (tables.session.c.started.desc(), tables.session.c.session)
    query = with_machine(tables.session).order_by(*newest_first).limit(limit)
    if before is not None:
        query = query.where(tables.session.c.started < before)
    if machine is not None or site is not None:
        query = query.where(_at(connection, machine, site))
    if athlete is not None:
        query = query.where(lifted_by(athlete))
    rows = connection.execute(query).mappings().all()
    names = [row["session"] for row in rows]
    set_counts, rep_counts = _count(connection, tables.set_, names), _count(connection, tables.rep, names)
    for name, (set_count, rep_count) in newest_counts(connection, names).items():
        set_counts[name], rep_counts[name] = set_count, rep_count
    said = common(connection, names)
    return [
        message_of(
            SessionMessage,
            row,
            set_count=set_counts.get(row["session"], 0),
            rep_count=rep_counts.get(row["session"], 0),
            **said.get(row["session"], {}),
        )
        for row in rows
    ]


def _at(connection: Connection, machine: str | None, site: str | None) -> ColumnElement[bool]:
    """Whether a session was at the machine, or the site. They are looked up first: so each has an index in order."""
    place = tables.machine.c
    wanted = ((place.name, machine), (place.site, site))
    query = select(place.machine_id).where(*(column == word for column, word in wanted if word is not None))
    ids = list(connection.execute(query).scalars())
    here = tables.session.c.machine_id
    return here == ids[0] if len(ids) == 1 else here.in_(ids)


def session_ids(
    connection: Connection,
    since: datetime | None,
    until: datetime | None,
    machine: str | None,
    athlete: str | None,
) -> list[str]:
    """Sessions that started in [since, until), the oldest first."""
    session, place = tables.session.c, tables.machine.c
    wanted = [
        since is not None and session.started >= since,
        until is not None and session.started < until,
        machine is not None and place.name == machine,
        athlete is not None and lifted_by(athlete),
    ]
    query = select(session.session).join(tables.machine, place.machine_id == session.machine_id)
    query = query.where(*(condition for condition in wanted if condition is not False))
    return list(connection.execute(query.order_by(session.started, session.session)).scalars())


def session_record(connection: Connection, name: str, number: int | None = None) -> SessionRecord | None:
    """A session with its sets and reps; None where there is none of this name, or it has no such version.

    number: 0 for what was measured live, more for later analyses; by default the newest.
    """
    found = _rows(connection, with_machine(tables.session).where(tables.session.c.session == name))
    if not found:
        return None
    said = common(connection, [name]).get(name, {})
    later = None if number == 0 else version(connection, name, number)
    if later is not None:
        analysis, sets, reps = later
        sets = carried_over(sets, _sets(connection, name))
        counts = {"set_count": len(sets), "rep_count": len(reps)}
        return SessionRecord(message_of(SessionMessage, found[0], **counts, **said), sets, reps, analysis)
    return _live_record(connection, name, found[0], said) if not number else None


def _live_record(connection: Connection, name: str, found: RowMapping, said: Mapping[str, Any]) -> SessionRecord:
    reps = tables.rep.c
    in_order = with_machine(tables.rep).where(reps.session == name).order_by(reps.set_number, reps.number)
    rep_rows = _rows(connection, in_order)
    counts: dict[int, int] = {}
    for row in rep_rows:
        counts[row["set_number"]] = counts.get(row["set_number"], 0) + 1
    sets = _sets(connection, name)
    return SessionRecord(
        session=message_of(SessionMessage, found, set_count=len(sets), rep_count=len(rep_rows), **said),
        sets=[one.model_copy(update={"rep_count": counts.get(one.number, 0)}) for one in sets],
        reps=[message_of(RepMessage, row) for row in rep_rows],
    )


def _sets(connection: Connection, session: str) -> list[SetMessage]:
    """As measured live, in order."""
    sets = tables.set_.c
    rows = _rows(connection, with_machine(tables.set_).where(sets.session == session).order_by(sets.number))
    return [message_of(SetMessage, row) for row in rows]


def phases(connection: Connection, session: str, set_number: int | None) -> list[PhaseMessage]:
    columns = tables.phase.c
    query = _of_set(tables.phase, session, set_number).order_by(columns.start_s, columns.seq)
    return [message_of(PhaseMessage, row) for row in _rows(connection, query)]


def motion(connection: Connection, session: str, set_number: int | None) -> list[MotionMessage]:
    query = _of_set(tables.motion, session, set_number).order_by(tables.motion.c.time)
    return [message_of(MotionMessage, row) for row in _rows(connection, query)]


def with_machine(table: Table) -> Select[Any]:
    """All columns of a table, and the machine's `site` and `machine` beside them; of sets, whose they count as."""
    place = tables.machine.c
    columns = set_columns() if table is tables.set_ else list(table.c)
    source = sets_with_corrections() if table is tables.set_ else table
    joined = source.join(tables.machine, place.machine_id == table.c.machine_id)
    return select(*columns, place.site, place.name.label("machine")).select_from(joined)


def _of_set(table: Table, session: str, set_number: int | None) -> Select[Any]:
    query = with_machine(table).where(table.c.session == session)
    return query if set_number is None else query.where(table.c.set_number == set_number)


def _rows(connection: Connection, query: Select[Any]) -> Sequence[Any]:
    return connection.execute(query).mappings().all()


def _count(connection: Connection, table: Table, sessions: list[str]) -> dict[str, int]:
    counted = select(table.c.session, func.count()).where(table.c.session.in_(sessions)).group_by(table.c.session)
    return dict(_pairs(connection, counted))


def _pairs(connection: Connection, query: Select[Any]) -> list[tuple[Any, int]]:
    return [(key, count) for key, count in connection.execute(query)]


def _latest(model: type[M], payload: dict[str, Any] | None) -> M | None:
    return None if payload is None else model.model_validate(payload)
