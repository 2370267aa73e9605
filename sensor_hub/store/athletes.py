"""The registry of athletes: the only place where a name stands."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, func, select, update

from sensor_hub.errors import MissingError, UnfitError
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
) -> Athlete:
    """Two may have the same name. Raises UnfitError where the name is none."""
    one = Athlete(new_athlete_id(), _checked(name), unit, language, created)
    connection.execute(
        tables.athlete.insert().values(
            athlete=one.athlete, name=one.name, unit=one.unit, language=one.language, created=one.created
        )
    )
    return one


def athletes(connection: Connection) -> list[Athlete]:
    """By name, those without one last."""
    columns = tables.athlete.c
    by_name = (columns.name.is_(None), func.lower(columns.name), columns.athlete)
    return [Athlete(**row) for row in connection.execute(select(tables.athlete).order_by(*by_name)).mappings()]


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


def _checked(name: str | None) -> str | None:
    if name is None:
        return None
    bare = " ".join(name.split())
    if not bare or len(bare) > LONGEST_NAME or not bare.isprintable():
        raise UnfitError(f"A name has 1 to {LONGEST_NAME} characters that can be printed.")
    return bare
