"""The record of erasures: when, by whom, how much, and where it has reached. It holds no name, only the id."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, delete, select, update

from sensor_hub.messages import ErasedMessage
from sensor_hub.store import tables
from sensor_hub.store.erasing import Erased, erase_athlete, erase_sets
from sensor_hub.store.ids import session_digest
from sensor_hub.store.tombstones import WHOLE, Tombstone, bury, tombstones

HUB = "hub of "
_erasure, _part = tables.erasure.c, tables.erasure_part.c


@dataclass(frozen=True, slots=True)
class Part:
    """A place that an erasure must reach. work: what is to be done there, None when it is done; note: what keeps it, or
    what it found, as a sentence."""

    athlete: str
    part: str
    work: Any
    tried: datetime | None
    done: datetime | None
    note: str | None


@dataclass(frozen=True, slots=True)
class Erasure:
    """asked_by: an account, None at the computer itself; counts: rows of the store."""

    athlete: str
    asked: datetime
    asked_by: str | None
    counts: Mapping[str, int]
    parts: Sequence[Part]

    @property
    def complete(self) -> bool:
        return all(part.done is not None for part in self.parts)


def add_erasure(
    connection: Connection,
    athlete: str,
    asked: datetime,
    asked_by: str | None,
    counts: Mapping[str, int],
    work: Mapping[str, Any],
) -> None:
    """work: by part. Asked again for an athlete, what is new is added."""
    known = connection.execute(select(tables.erasure).where(_erasure.athlete == athlete)).one_or_none()
    if known is None:
        connection.execute(
            tables.erasure.insert().values(athlete=athlete, asked=asked, asked_by=asked_by, counts=dict(counts))
        )
    else:
        total = {name: known.counts.get(name, 0) + counts.get(name, 0) for name in {**known.counts, **counts}}
        connection.execute(update(tables.erasure).where(_erasure.athlete == athlete).values(counts=total))
    for part, what in work.items():
        connection.execute(delete(tables.erasure_part).where(_part.athlete == athlete, _part.part == part))
        connection.execute(tables.erasure_part.insert().values(athlete=athlete, part=part, work=what))


def settle(
    connection: Connection, athlete: str, part: str, now: datetime, *, done: bool, note: str | None = None
) -> None:
    """What was tried, and what came of it. Done is forgotten as work."""
    values: dict[str, Any] = {"tried": now, "note": note}
    if done:
        values |= {"done": now, "work": None}
    one = and_(_part.athlete == athlete, _part.part == part, _part.done.is_(None))
    connection.execute(update(tables.erasure_part).where(one).values(**values))


def hub_part(site: str, machine: str) -> str:
    return f"{HUB}{site}/{machine}"


def note_hub(connection: Connection, said: ErasedMessage) -> None:
    """A hub has forgotten an athlete."""
    note = f"{said.messages} messages waited there."
    settle(connection, said.athlete, hub_part(said.site, said.machine), said.time, done=True, note=note)


def machines_heard(connection: Connection, since: datetime) -> list[tuple[str, str]]:
    """Sites and machines of which anything was heard since."""
    place = tables.machine.c
    query = select(place.site, place.name).where(place.last_seen >= since).order_by(place.site, place.name)
    return [(site, name) for site, name in connection.execute(query)]


def pending_parts(connection: Connection) -> list[Part]:
    query = select(tables.erasure_part).where(_part.done.is_(None)).order_by(_part.athlete, _part.part)
    return [Part(**row) for row in connection.execute(query).mappings()]


def erasures(connection: Connection) -> list[Erasure]:
    """The newest first."""
    parts = [
        Part(**row)
        for row in connection.execute(select(tables.erasure_part).order_by(_part.athlete, _part.part)).mappings()
    ]
    return [
        Erasure(
            row.athlete, row.asked, row.asked_by, row.counts, [one for one in parts if one.athlete == row.athlete]
        )
        for row in connection.execute(select(tables.erasure).order_by(_erasure.asked.desc(), _erasure.athlete))
    ]


def asked_at(connection: Connection, athlete: str) -> datetime | None:
    """When an erasure was asked for; None where none was."""
    return connection.execute(select(_erasure.asked).where(_erasure.athlete == athlete)).scalar()


def parts_of(connection: Connection, athlete: str) -> list[Part]:
    query = select(tables.erasure_part).where(_part.athlete == athlete).order_by(_part.part)
    return [Part(**row) for row in connection.execute(query).mappings()]


def drop_part(connection: Connection, athlete: str, part: str) -> None:
    connection.execute(delete(tables.erasure_part).where(_part.athlete == athlete, _part.part == part))


@dataclass(frozen=True, slots=True)
class Graveyard:
    """All that must not come back: ids of athletes with the time they were erased, and sets."""

    athletes: Mapping[str, datetime]
    sets: Sequence[Tombstone]


def graveyard(connection: Connection) -> Graveyard:
    return Graveyard(all_gone(connection), tombstones(connection))


def all_gone(connection: Connection) -> dict[str, datetime]:
    """Everybody who was ever erased, and when that was asked for."""
    return {row.athlete: row.asked for row in connection.execute(select(_erasure.athlete, _erasure.asked))}


def erase_again(connection: Connection, graves: Graveyard, now: datetime) -> Counter[str]:
    """What a store does not know yet of another's tombstones, or of its own from another day; counts of rows."""
    counts: Counter[str] = Counter()
    for athlete, asked in graves.athletes.items():
        found = erase_athlete(connection, athlete, now)
        add_erasure(connection, athlete, asked, None, found.counts, {})
        counts += found.counts
    buried = {(one.session, one.number) for one in graves.sets}
    by_session: dict[str, list[int]] = defaultdict(list)
    for session, number in connection.execute(select(tables.set_.c.session, tables.set_.c.number)):
        if buried & {(session_digest(session), number), (session_digest(session), WHOLE)}:
            by_session[session].append(number)
    erased = Erased()
    for session, numbers in by_session.items():
        erase_sets(connection, session, numbers, now, erased)
    bury(connection, graves.sets)
    return counts + erased.counts
