"""What an athlete is to do over weeks. Each version stays, with who made it; the newest counts."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, func, select

from sensor_hub.coach.programme import Programme
from sensor_hub.store import tables
from sensor_hub.store.athletes import athlete_of
from sensor_hub.store.lifters import effective_sets

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
    one = effective_sets().subquery()
    query = select(one.c.started).where(one.c.athlete == athlete, one.c.started >= since)
    return connection.execute(query.order_by(one.c.started)).scalars().all()


def programmes(connection: Connection) -> dict[str, tuple[int, Any]]:
    """Each athlete's newest programme as it is kept, with its number; without those whose programme was ended."""
    newest = select(_programme.athlete, func.max(_programme.number).label("number")).group_by(_programme.athlete)
    one = newest.subquery()
    same = and_(one.c.athlete == _programme.athlete, one.c.number == _programme.number)
    query = select(_programme.athlete, _programme.number, _programme.body).join(one, same)
    return {row.athlete: (row.number, row.body) for row in connection.execute(query) if row.body is not None}


def lifted_since(connection: Connection, since: datetime) -> Mapping[str, Sequence[datetime]]:
    """When each athlete's first and last set of each session began, in any order."""
    one, session = effective_sets().subquery(), tables.session.c
    begun = select(session.session).where(session.started >= since - LONGEST_SESSION)
    ends = func.min(one.c.started).label("first"), func.max(one.c.started).label("last")
    own = (one.c.session.in_(begun), one.c.started >= since, one.c.athlete.is_not(None))
    query = select(one.c.athlete, *ends).where(*own).group_by(one.c.session, one.c.athlete)
    found: dict[str, list[datetime]] = defaultdict(list)
    for athlete, first, last in connection.execute(query):
        found[athlete] += [first, last]
    return found
