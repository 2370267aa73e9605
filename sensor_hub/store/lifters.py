"""Who lifted which set: as it was sent, or as somebody said afterwards; the latest word counts, none is overwritten."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Connection,
    FromClause,
    Select,
    and_,
    case,
    exists,
    func,
    or_,
    select,
    union,
    update,
)

from sensor_hub.errors import MissingError
from sensor_hub.messages import SetMessage, Side
from sensor_hub.prescription import Prescription
from sensor_hub.store import tables
from sensor_hub.store.recording import reserve_changes

_NAMING = (tables.session, tables.set_, tables.correction)
_COLUMNS = ("athlete", "load_kg", "side", "asked")
_set, _session, _correction = tables.set_.c, tables.session.c, tables.correction.c


@dataclass(frozen=True, slots=True)
class Lifter:
    """athlete: None for a guest, or where nobody said."""

    athlete: str | None = None
    load_kg: float | None = None
    side: Side | None = None
    asked: Prescription | None = None


@dataclass(frozen=True, slots=True)
class Correction:
    """number: from 1, of the set. made_by: the account, None at the computer itself."""

    set_number: int
    number: int
    made: datetime
    made_by: str | None
    athlete: str | None
    load_kg: float | None
    side: Side | None
    asked: Prescription | None


def correct(
    connection: Connection, session: str, set_number: int, lifter: Lifter, made: datetime, made_by: str | None
) -> None:
    """Says anew whose a set is. Sinks are sent the set again. Raises MissingError where there is no such set."""
    one = and_(_set.session == session, _set.number == set_number)
    change = reserve_changes(connection, 2)
    if not connection.execute(update(tables.set_).where(one).values(change=change)).rowcount:
        raise MissingError(f"There is no set {set_number} in a session {session!r}.")
    connection.execute(update(tables.session).where(_session.session == session).values(change=change + 1))
    of_set = and_(_correction.session == session, _correction.set_number == set_number)
    last = connection.execute(select(func.max(_correction.number)).where(of_set)).scalar() or 0
    connection.execute(
        tables.correction.insert().values(
            session=session,
            set_number=set_number,
            number=last + 1,
            made=made,
            made_by=made_by,
            athlete=lifter.athlete,
            load_kg=lifter.load_kg,
            side=lifter.side and lifter.side.value,
            asked=lifter.asked and lifter.asked.model_dump(),
        )
    )


def corrections(connection: Connection, session: str) -> list[Correction]:
    """Of all its sets, in order."""
    query = select(tables.correction).where(_correction.session == session)
    rows = connection.execute(query.order_by(_correction.set_number, _correction.number)).mappings()
    return [
        Correction(
            **{name: row[name] for name in row if name not in ("session", "side", "asked")},
            side=_side(row["side"]),
            asked=row["asked"] and Prescription.model_validate(row["asked"]),
        )
        for row in rows
    ]


def set_columns() -> list[ColumnElement[Any]]:
    """The columns of the sets as they count; select them from `sets_with_corrections`."""
    said = tables.correction.c.number.is_not(None)
    return [
        case((said, _correction[column.name]), else_=column).label(column.name)
        if column.name in _COLUMNS
        else column
        for column in tables.set_.c
    ]


def sets_with_corrections() -> FromClause:
    """Every set once, beside its latest correction."""
    later = tables.correction.alias("later").c
    newest = (
        select(func.max(later.number))
        .where(later.session == _set.session, later.set_number == _set.number)
        .correlate(tables.set_)
        .scalar_subquery()
    )
    return tables.set_.outerjoin(
        tables.correction,
        and_(
            _correction.session == _set.session,
            _correction.set_number == _set.number,
            _correction.number == newest,
        ),
    )


def effective_sets(athlete: str | None = None) -> Select[Any]:
    """athlete: only of sessions in which the athlete was ever named; an index knows them, not what counts."""
    sets = select(*set_columns()).select_from(sets_with_corrections())
    return sets if athlete is None else sets.where(_set.session.in_(_naming(athlete)))


def sets_of(connection: Connection, athlete: str) -> list[tuple[str, int]]:
    """Session and number of every set that counts as the athlete's."""
    one = effective_sets(athlete).subquery()
    query = select(one.c.session, one.c.number).where(
        or_(
            one.c.athlete == athlete,
            one.c.session.in_(
                select(_session.session).where(_session.athlete == athlete, _unsaid(_session.session))
            ),
        )
    )
    return [(session, number) for session, number in connection.execute(query.order_by(*query.selected_columns))]


def lately(connection: Connection, site: str, machine: str, since: datetime) -> list[str]:
    """Whose the machine's sets since then were, the latest first."""
    one, place = effective_sets().subquery(), tables.machine.c
    query = (
        select(one.c.athlete)
        .join(tables.machine, place.machine_id == one.c.machine_id)
        .where(place.site == site, place.name == machine, one.c.started >= since, one.c.athlete.is_not(None))
        .group_by(one.c.athlete)
        .order_by(func.max(one.c.started).desc())
    )
    return list(connection.execute(query).scalars())


def last_lifted(connection: Connection) -> dict[str, datetime]:
    """When each athlete's newest set began; without those who have none."""
    one = effective_sets().subquery()
    newest = func.max(one.c.started).label("newest")
    query = select(one.c.athlete, newest).where(one.c.athlete.is_not(None)).group_by(one.c.athlete)
    return {row.athlete: row.newest for row in connection.execute(query)}


def loads_lately(
    connection: Connection, site: str, machine: str, athlete: str, since: datetime, most: int = 4
) -> list[float]:
    """Loads in kg of the athlete's sets on the machine since then, each once, the latest first."""
    one, place = effective_sets(athlete).subquery(), tables.machine.c
    query = (
        select(one.c.load_kg)
        .join(tables.machine, place.machine_id == one.c.machine_id)
        .where(place.site == site, place.name == machine, one.c.started >= since)
        .where(one.c.athlete == athlete, one.c.load_kg.is_not(None))
        .group_by(one.c.load_kg)
        .order_by(func.max(one.c.started).desc())
        .limit(most)
    )
    return list(connection.execute(query).scalars())


def lifted_by(athlete: str) -> ColumnElement[bool]:
    """Whether a session has a set of the athlete's."""
    one = effective_sets().subquery()
    own = exists().where(one.c.session == _session.session, one.c.athlete == athlete)
    counts = or_(own, and_(_session.athlete == athlete, _unsaid(_session.session)))
    return and_(_session.session.in_(_naming(athlete)), counts)


def common(connection: Connection, sessions: Sequence[str]) -> Mapping[str, Mapping[str, Any]]:
    """Athlete and load of sessions where it was said of their sets: each where it is one for all, else None."""
    one = effective_sets().where(_set.session.in_(sessions)).subquery()
    found: dict[str, list[tuple[str | None, float | None]]] = defaultdict(list)
    for session, athlete, load_kg in connection.execute(select(one.c.session, one.c.athlete, one.c.load_kg)):
        found[session].append((athlete, load_kg))
    unsaid = set(
        connection.execute(
            select(_session.session).where(_session.session.in_(sessions), _unsaid(_session.session))
        ).scalars()
    )
    return {
        session: {"athlete": the_one([pair[0] for pair in said]), "load_kg": the_one([pair[1] for pair in said])}
        for session, said in found.items()
        if session not in unsaid
    }


def the_one(values: Sequence[Any]) -> Any:
    """What they all are, None where they differ or are none."""
    return values[0] if values and all(value == values[0] for value in values) else None


def carried_over(sets: Sequence[SetMessage], measured: Sequence[SetMessage]) -> list[SetMessage]:
    """Sets of a later analysis, with the lifter of the live set that each overlaps most. Without live sets they keep
    their own."""
    if not measured:
        return list(sets)
    return [_like(one, max(measured, key=lambda live: _overlap_s(one, live))) for one in sets]


def _like(one: SetMessage, live: SetMessage) -> SetMessage:
    known = _overlap_s(one, live) > 0
    return one.model_copy(update={name: getattr(live, name) if known else None for name in _COLUMNS})


def _overlap_s(one: SetMessage, other: SetMessage) -> float:
    first_end, second_end = one.ended or one.started, other.ended or other.started
    return (min(first_end, second_end) - max(one.started, other.started)).total_seconds()


def _naming(athlete: str) -> CompoundSelect[Any]:
    """Sessions in which the athlete stands anywhere."""
    return union(*(select(table.c.session).where(table.c.athlete == athlete) for table in _NAMING))


def _unsaid(session: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether nobody said anything of the session's sets: then its own row counts."""
    sets, later = tables.set_.alias("said").c, tables.correction.alias("corrected").c
    said = or_(*(sets[name].is_not(None) for name in _COLUMNS))
    return and_(~exists().where(sets.session == session, said), ~exists().where(later.session == session))


def _side(value: str | None) -> Side | None:
    return None if value is None else Side(value)
