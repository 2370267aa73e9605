"""Reading back what was logged."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Table, func, select

from sensor_hub.coach.corrected import ShownSet, lay_over
from sensor_hub.coach.corrections import Correction
from sensor_hub.messages import (
    MotionMessage,
    PhaseMessage,
    RejectedMessage,
    RepMessage,
    SensorMessage,
    SessionMessage,
    SetMessage,
    StatusMessage,
)
from sensor_hub.store import tables
from sensor_hub.store.analyses import Analysis, shown_counts, version
from sensor_hub.store.corrections import corrections
from sensor_hub.store.lifters import carried_over, common, lifted_by, set_columns, sets_with_pieces
from sensor_hub.store.partitions import around
from sensor_hub.store.pieces import counted
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
    """sets, reps: what counts; shown: all, also what does not, beside what was measured."""

    session: SessionMessage
    sets: list[SetMessage]
    reps: list[RepMessage]
    """Of all sets, in order."""
    rejected: list[RejectedMessage]
    """What was not counted, within and between them, in order."""
    analysis: Analysis | None = None
    """Which later engine's version this is; None for what was measured live."""
    shown: Sequence[ShownSet] = ()
    corrections: Sequence[Correction] = ()
    """All that were said of it, also those that were taken back."""


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
    since: datetime | None = None,
) -> list[SessionMessage]:
    """Of [since, before), the newest first. Counts are of what is stored, so they are right even where a session never
    ended."""
    newest_first = (tables.session.c.started.desc(), tables.session.c.session)
    query = with_machine(tables.session).order_by(*newest_first).limit(limit)
    if before is not None:
        query = query.where(tables.session.c.started < before)
    if since is not None:
        query = query.where(tables.session.c.started >= since)
    if machine is not None or site is not None:
        query = query.where(_at(connection, machine, site))
    if athlete is not None:
        query = query.where(lifted_by(athlete))
    rows = connection.execute(query).mappings().all()
    names = [row["session"] for row in rows]
    set_counts, rep_counts = _count(connection, tables.set_, names), _count(connection, tables.rep, names)
    corrected, anew = counted(connection, names), shown_counts(connection, names)
    for name, (set_count, rep_count) in (corrected | anew).items():
        set_counts[name], rep_counts[name] = set_count, rep_count
    for name in corrected.keys() & anew.keys():
        record = session_record(connection, name)
        assert record is not None
        set_counts[name], rep_counts[name] = len(record.sets), len(record.reps)
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
    site: str | None,
) -> list[str]:
    """Sessions that started in [since, until), the oldest first."""
    session, place = tables.session.c, tables.machine.c
    wanted = [
        since is not None and session.started >= since,
        until is not None and session.started < until,
        machine is not None and place.name == machine,
        athlete is not None and lifted_by(athlete),
        site is not None and place.site == site,
    ]
    query = select(session.session).join(tables.machine, place.machine_id == session.machine_id)
    query = query.where(*(condition for condition in wanted if condition is not False))
    return list(connection.execute(query.order_by(session.started, session.session)).scalars())


def session_record(
    connection: Connection, name: str, number: int | None = None, as_measured: bool = False
) -> SessionRecord | None:
    """A session with its sets and reps; None where there is none of this name, or it has no such version.

    number: 0 for what was measured live, more for later analyses; by default the one that somebody chose, else the
    newest. as_measured: as if nobody had said anything afterwards.
    """
    found = _rows(connection, with_machine(tables.session).where(tables.session.c.session == name))
    later = None if number == 0 or not found else version(connection, name, number)
    if not found or (number and later is None):
        return None
    live = _sets(connection, name)
    if later is None:
        analysis, sets, reps, refused = None, live, _live_reps(connection, name), _rejected(connection, name)
        sets = [one.model_copy(update={"rep_count": _count_of(reps, one)}) for one in live]
    else:
        analysis, sets, reps, refused = later
        sets = carried_over(sets, live)
    words = [] if as_measured else corrections(connection, name)
    shown = lay_over(sets, reps, words)
    if any(one.revoked is None for one in words):
        known = {one.number for one in sets}
        sets = [one.lifted for one in shown if one.counts]
        nobodys = [rep for rep in reps if rep.set_number not in known]
        reps = [rep.rep for one in shown for rep in one.reps if rep.counts] + nobodys
    counts = {"set_count": len(sets), "rep_count": len(reps)}
    session = message_of(SessionMessage, found[0], **counts, **common(connection, [name]).get(name, {}))
    return SessionRecord(session, sets, reps, refused, analysis, shown, words)


def _live_reps(connection: Connection, session: str) -> list[RepMessage]:
    columns = tables.rep.c
    in_order = with_machine(tables.rep).where(columns.session == session)
    rows = _rows(connection, in_order.order_by(columns.set_number, columns.number))
    return [message_of(RepMessage, row) for row in rows]


def _count_of(reps: Sequence[RepMessage], one: SetMessage) -> int:
    return sum(rep.set_number == one.number for rep in reps)


def _sets(connection: Connection, session: str) -> list[SetMessage]:
    """As they were sent, in order."""
    sets, place = tables.set_.c, tables.machine.c
    query = select(tables.set_, place.site, place.name.label("machine"))
    query = query.join(tables.machine, place.machine_id == sets.machine_id).where(sets.session == session)
    return [message_of(SetMessage, row) for row in _rows(connection, query.order_by(sets.number))]


def _rejected(connection: Connection, session: str) -> list[RejectedMessage]:
    columns = tables.rejected.c
    in_order = with_machine(tables.rejected).where(columns.session == session).order_by(columns.start_s)
    return [message_of(RejectedMessage, row) for row in _rows(connection, in_order)]


def phases(connection: Connection, session: str, set_number: int | None) -> list[PhaseMessage]:
    columns = tables.phase.c
    query = _of_set(connection, tables.phase, session, set_number).order_by(columns.start_s, columns.seq)
    return [message_of(PhaseMessage, row) for row in _rows(connection, query)]


def motion(connection: Connection, session: str, set_number: int | None) -> list[MotionMessage]:
    query = _of_set(connection, tables.motion, session, set_number).order_by(tables.motion.c.time)
    return [message_of(MotionMessage, row) for row in _rows(connection, query)]


def with_machine(table: Table) -> Select[Any]:
    """All columns of a table, and the machine's `site` and `machine` beside them; of sets, whose they count as, by the
    rep they begin with."""
    place = tables.machine.c
    columns = set_columns() if table is tables.set_ else list(table.c)
    source = sets_with_pieces(whole=True) if table is tables.set_ else table
    joined = source.join(tables.machine, place.machine_id == table.c.machine_id)
    return select(*columns, place.site, place.name.label("machine")).select_from(joined)


def _of_set(connection: Connection, table: Table, session: str, set_number: int | None) -> Select[Any]:
    query = with_machine(table).where(table.c.session == session, around(connection, table, session))
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
