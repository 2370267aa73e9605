"""Who lifted which set: as it was sent, or as somebody said afterwards; the latest word counts, none is overwritten."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Connection,
    FromClause,
    Select,
    Subquery,
    and_,
    case,
    exists,
    func,
    or_,
    select,
    union,
)

from sensor_hub.coach.corrections import Kind
from sensor_hub.messages import SetMessage
from sensor_hub.store import tables

_LONGEST_SET = timedelta(days=1)
"""A piece of a set begins after the set, and not later than so."""
_NAMING = (tables.session, tables.set_, tables.correction)
_COLUMNS = ("athlete", "load_kg", "side", "asked")
_set, _session, _piece = tables.set_.c, tables.session.c, tables.piece.c


def set_columns() -> list[ColumnElement[Any]]:
    """The columns of the sets as they count; select them from `sets_with_pieces`."""
    said = _piece.session.is_not(None)
    return [
        case((said, _piece[column.name]), else_=column).label(column.name)
        if column.name in (*_COLUMNS, "started")
        else column
        for column in tables.set_.c
    ]


def sets_with_pieces(whole: bool = False) -> FromClause:
    """Every set beside what became of it: once for each of its pieces, whole: for the first one alone."""
    same = and_(_piece.session == _set.session, _piece.set_number == _set.number)
    return tables.set_.outerjoin(tables.piece, and_(same, _piece.first_rep == 0) if whole else same)


def effective_sets(athlete: str | None = None, also_discarded: bool = False) -> Select[Any]:
    """A row for each piece of a set: from `first_rep` to `last_rep` where these are not null; `shown_number` is the set
    that it counts to. athlete: only of sessions in which the athlete was ever named; an index knows them, not what
    counts."""
    shown = func.coalesce(_piece.shown_number, _set.number).label("shown_number")
    sets = select(*set_columns(), _piece.first_rep, _piece.last_rep, shown).select_from(sets_with_pieces())
    if not also_discarded:
        sets = sets.where(or_(_piece.session.is_(None), _piece.counts))
    return sets if athlete is None else sets.where(_set.session.in_(naming([athlete])))


def sets_of(connection: Connection, athlete: str) -> list[tuple[str, int]]:
    """Session and number of every set of which a part counts as the athlete's, or would if it were not discarded."""
    one = effective_sets(athlete, also_discarded=True).subquery()
    query = select(one.c.session, one.c.number).where(
        or_(
            one.c.athlete == athlete,
            one.c.session.in_(
                select(_session.session).where(_session.athlete == athlete, _unsaid(_session.session))
            ),
        )
    )
    found = connection.execute(query.distinct().order_by(*query.selected_columns))
    return [(session, number) for session, number in found]


def lately(connection: Connection, site: str, machine: str, since: datetime) -> list[str]:
    """Whose the machine's sets since then were, the latest first."""
    one = _of_place(since, tables.machine.c.site == site, tables.machine.c.name == machine)
    query = (
        select(one.c.athlete)
        .where(one.c.started >= since, one.c.athlete.is_not(None))
        .group_by(one.c.athlete)
        .order_by(func.max(one.c.started).desc())
    )
    return list(connection.execute(query).scalars())


def trained_at(connection: Connection, site: str, since: datetime) -> set[str]:
    """Whose the sets on the site's machines since then were."""
    one = _of_place(since, tables.machine.c.site == site)
    query = select(one.c.athlete).where(one.c.started >= since, one.c.athlete.is_not(None)).distinct()
    return set(connection.execute(query).scalars())


def last_lifted(connection: Connection, athletes: Sequence[str]) -> dict[str, datetime]:
    """When each of these athletes' newest set began; without those who have none."""
    one = effective_sets().where(_set.session.in_(naming(athletes))).subquery()
    newest = func.max(one.c.started).label("newest")
    query = select(one.c.athlete, newest).where(one.c.athlete.in_(athletes)).group_by(one.c.athlete)
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
    """Whether a session has a set of the athlete's, counted or discarded."""
    one = effective_sets(also_discarded=True).subquery()
    own = exists().where(one.c.session == _session.session, one.c.athlete == athlete)
    counts = or_(own, and_(_session.athlete == athlete, _unsaid(_session.session)))
    return and_(_session.session.in_(naming([athlete])), counts)


def naming(athletes: Collection[str]) -> CompoundSelect[Any]:
    """Sessions in which any of them stands anywhere."""
    return union(*(select(table.c.session).where(table.c.athlete.in_(athletes)) for table in _NAMING))


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


def _of_place(since: datetime, *where: ColumnElement[bool]) -> Subquery:
    """The sets of some machines since then, and some from before."""
    here = select(tables.machine.c.machine_id).where(*where)
    return effective_sets().where(_set.machine_id.in_(here), _set.started >= since - _LONGEST_SET).subquery()


def _unsaid(session: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether nobody said anything of the session's sets: then its own row counts."""
    sets, later = tables.set_.alias("said").c, tables.correction.alias("corrected").c
    said = or_(*(sets[name].is_not(None) for name in _COLUMNS))
    named = (later.session == session, later.kind == Kind.LIFTER, later.revoked.is_(None))
    return and_(~exists().where(sets.session == session, said), ~exists().where(*named))
