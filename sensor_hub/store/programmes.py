"""What an athlete is to do over weeks. Each version stays, with who made it; the newest counts."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select

from sensor_hub.coach.programme import Programme
from sensor_hub.store import tables
from sensor_hub.store.athletes import athlete_of
from sensor_hub.store.lifters import effective_sets, naming

_programme = tables.programme.c
LONGEST_SESSION = timedelta(days=1)
"""Sets begin within so long of their session."""


def put_programme(
    connection: Connection, athlete: str, programme: Programme | None, made: datetime, made_by: str | None
) -> None:
    """None: the athlete has no programme any more. Raises StoreError where there is no such athlete."""
    athlete_of(connection, athlete)
    last = (
        connection.execute(select(func.max(_programme.number)).where(_programme.athlete == athlete)).scalar() or 0
    )
    body = None if programme is None else programme.model_dump(mode="json")
    new = {"athlete": athlete, "number": last + 1, "made": made, "made_by": made_by, "body": body}
    connection.execute(tables.programme.insert().values(new))


def programme_of(connection: Connection, athlete: str) -> Programme | None:
    newest = (
        select(_programme.body).where(_programme.athlete == athlete).order_by(_programme.number.desc()).limit(1)
    )
    body = connection.execute(newest).scalar()
    return None if body is None else Programme.model_validate(body)


def lifted_at(connection: Connection, athlete: str, since: datetime) -> Sequence[datetime]:
    """When the athlete's sets began, in order; of guests and of those nobody was named for, none."""
    one = effective_sets(athlete).subquery()
    query = select(one.c.started).where(one.c.athlete == athlete, one.c.started >= since)
    return connection.execute(query.order_by(one.c.started)).scalars().all()


def programme_numbers(connection: Connection, athletes: Collection[str] | None = None) -> dict[str, int]:
    """The number of each athlete's newest programme, or of its end: another one where it changed. athletes: of these
    alone."""
    newest = select(_programme.athlete, func.max(_programme.number).label("number")).group_by(_programme.athlete)
    if athletes is not None:
        newest = newest.where(_programme.athlete.in_(athletes))
    return {row.athlete: row.number for row in connection.execute(newest)}


def lifted_since(
    connection: Connection, since: datetime, athletes: Collection[str] | None = None
) -> Mapping[str, Sequence[datetime]]:
    """When each athlete's first and last set of each session began, in any order. athletes: of these alone."""
    sets, session = effective_sets(), tables.session.c
    if athletes is not None:
        sets = sets.where(tables.set_.c.session.in_(naming(athletes)))
    one = sets.subquery()
    whose = one.c.athlete.is_not(None) if athletes is None else one.c.athlete.in_(athletes)
    begun = select(session.session).where(session.started >= since - LONGEST_SESSION)
    ends = func.min(one.c.started).label("first"), func.max(one.c.started).label("last")
    own = (one.c.session.in_(begun), one.c.started >= since, whose)
    query = select(one.c.athlete, *ends).where(*own).group_by(one.c.session, one.c.athlete)
    found: dict[str, list[datetime]] = defaultdict(list)
    for athlete, first, last in connection.execute(query):
        found[athlete] += [first, last]
    return found
