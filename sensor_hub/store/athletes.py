"""The registry of athletes: the only place where a name stands."""

import re
from dataclasses import dataclass, fields
from datetime import datetime

from sqlalchemy import Connection, delete, func, select, update

from sensor_hub.errors import MissingError, UnfitError
from sensor_hub.messages import ATHLETE_ID
from sensor_hub.store import tables
from sensor_hub.store.ids import new_athlete_id

LONGEST_NAME = 100
UNITS = ("kg", "lb")


@dataclass(frozen=True, slots=True)
class Athlete:
    """athlete: the id that everything else knows; name: None for one who is only numbered."""

    athlete: str
    name: str | None
    unit: str
    language: str | None
    created: datetime

    @property
    def called(self) -> str:
        return self.name or self.athlete


def add_athlete(
    connection: Connection,
    created: datetime,
    name: str | None = None,
    unit: str = "kg",
    language: str | None = None,
    number: str | None = None,
) -> Athlete:
    """Two may have the same name. number: the athlete's in another gym of the chain, by default a new one. Raises
    UnfitError where the name is none, or the number is taken or was erased."""
    if number is not None:
        _ask_whether_free(connection, number)
    one = Athlete(number or new_athlete_id(), _checked(name), unit, language, created)
    connection.execute(
        tables.athlete.insert().values(
            athlete=one.athlete, name=one.name, unit=one.unit, language=one.language, created=one.created
        )
    )
    return one


def athletes(connection: Connection, find: str = "", most: int | None = None) -> list[Athlete]:
    """By name, those without one last. find: what stands anywhere in name or number; most: no more than so many."""
    columns = tables.athlete.c
    by_name = (columns.name.is_(None), func.lower(columns.name), columns.athlete)
    query = select(*(columns[one.name] for one in fields(Athlete))).order_by(*by_name).limit(most)
    if find:
        anywhere = func.lower(func.coalesce(columns.name, "") + " " + columns.athlete)
        query = query.where(anywhere.contains(find.lower(), autoescape=True))
    return [Athlete(*row) for row in connection.execute(query)]


def athlete_of(connection: Connection, athlete: str) -> Athlete:
    """Raises MissingError where there is none."""
    found = (
        connection.execute(select(tables.athlete).where(tables.athlete.c.athlete == athlete)).mappings().first()
    )
    if found is None:
        raise MissingError(f"There is no athlete {athlete!r}. `sensor-hub athlete list` shows those there are.")
    return Athlete(**found)


def change_athlete(
    connection: Connection, athlete: str, name: str | None, unit: str, language: str | None
) -> Athlete:
    """Raises MissingError where there is none."""
    athlete_of(connection, athlete)
    values = {"name": _checked(name), "unit": unit, "language": language}
    connection.execute(update(tables.athlete).where(tables.athlete.c.athlete == athlete).values(**values))
    return athlete_of(connection, athlete)


def remove_athlete(connection: Connection, athlete: str) -> None:
    connection.execute(delete(tables.athlete).where(tables.athlete.c.athlete == athlete))


def _ask_whether_free(connection: Connection, number: str) -> None:
    if not re.fullmatch(ATHLETE_ID, number):
        raise UnfitError(f"{number!r} is no athlete's number: it has eight letters and digits, such as k7m2p9xd.")
    for table, why in ((tables.athlete, "is somebody's here already"), (tables.erasure, "was erased")):
        if connection.execute(select(table.c.athlete).where(table.c.athlete == number)).first() is not None:
            raise UnfitError(f"The number {number} {why}.")


def _checked(name: str | None) -> str | None:
    if name is None:
        return None
    bare = " ".join(name.split())
    if not bare or len(bare) > LONGEST_NAME or not bare.isprintable():
        raise UnfitError(f"A name has 1 to {LONGEST_NAME} characters that can be printed.")
    return bare
