"""Erasures that one store of a chain tells another: a gym's and the centre's.

Each finds by itself what was sent as the athlete's. Only sets whose lifter somebody named later, in one of the two
stores, are told by name. A later word in the other store that they are somebody else's counts there.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, exists, or_, select

from sensor_hub.messages import ErasedSet, ForgottenMessage
from sensor_hub.store import tables
from sensor_hub.store.cursors import CHAIN
from sensor_hub.store.erasing import Erased, erase_athlete, erase_sets
from sensor_hub.store.erasures import add_erasure, asked_at, parts_of, settle
from sensor_hub.store.ids import session_digest
from sensor_hub.store.lifters import effective_sets
from sensor_hub.store.tombstones import WHOLE, Tombstone, bury, tombstones

GYM = "gym "
TOLD = "told by a gym"
"""The part that waits for the centre's keeper."""
_PERSONAL = (tables.athlete, tables.programme, tables.note, tables.correction, tables.set_, tables.session)


def is_centre(connection: Connection) -> bool:
    """Whether workers record into this store."""
    return bool(connection.execute(select(exists().where(tables.cursor.c.sink == CHAIN))).scalar())


def gym_part(site: str) -> str:
    return f"{GYM}{site}"


def is_known(connection: Connection, athlete: str) -> bool:
    """Whether anything here names the athlete."""
    named = (exists().where(table.c.athlete == athlete) for table in _PERSONAL)
    return bool(connection.execute(select(or_(*named))).scalar())


def named_later(connection: Connection, athlete: str) -> set[str]:
    """Sessions in which somebody said afterwards that a set was the athlete's."""
    column = tables.correction.c
    query = select(column.session).where(column.athlete == athlete, column.revoked.is_(None))
    return set(connection.execute(query.distinct()).scalars())


def erase_told(
    connection: Connection, athlete: str, sets: Sequence[ErasedSet], now: datetime, accounts: Sequence[str] = ()
) -> Erased:
    """An athlete, and sets that were theirs by what was said elsewhere."""
    erased = erase_athlete(connection, athlete, now, accounts)
    by_session: dict[str, list[ErasedSet]] = defaultdict(list)
    for one in sets:
        by_session[one.session].append(one)
    for session, told in by_session.items():
        others, here = _owners(connection, session)
        whole = any(one.number == WHOLE for one in told)
        numbers = (here if whole else {one.number for one in told}) - others
        erase_sets(connection, session, numbers, now, erased)
        bury(connection, [_tombstone(one) for one in told if one.number not in others and not (others and whole)])
    return erased


def note_forgotten(connection: Connection, said: ForgottenMessage) -> None:
    """A gym has erased an athlete. What is new to the centre waits for its keeper; from now on nothing of the athlete's
    is stored."""
    elsewhere = _at_others(connection, said)
    news = news_of(connection, [one for one in said.sets if one.session not in elsewhere])
    if news or asked_at(connection, said.athlete) is None:
        work = [*_waiting(connection, said.athlete), *(one.model_dump(mode="json") for one in news)]
        add_erasure(connection, said.athlete, said.asked, None, {}, {TOLD: work})
    note = f"Not reached there yet: {', '.join(said.outstanding)}." if said.outstanding else None
    settle(connection, said.athlete, gym_part(said.site), said.time, done=not said.outstanding, note=note)


def news_of(connection: Connection, sets: Sequence[ErasedSet]) -> list[ErasedSet]:
    """Of what another store told, what is not erased here and is not somebody else's here."""
    graves = tombstones(connection, {one.session for one in sets})
    buried = {(one.session, one.number) for one in graves}
    return [one for one in sets if buried.isdisjoint(_graves_of(one)) and _is_open(connection, one)]


def _at_others(connection: Connection, said: ForgottenMessage) -> set[str]:
    """Sessions of other sites: no gym may speak of them."""
    session, machine = tables.session, tables.machine
    query = (
        select(session.c.session)
        .join(machine, machine.c.machine_id == session.c.machine_id)
        .where(session.c.session.in_([one.session for one in said.sets]), machine.c.site != said.site)
    )
    return set(connection.execute(query).scalars())


def _owners(connection: Connection, session: str) -> tuple[set[int], set[int]]:
    """Numbers of sets that are somebody's, now that the athlete's own are gone; of all sets."""
    one = effective_sets(also_discarded=True).where(tables.set_.c.session == session).subquery()
    rows = connection.execute(select(one.c.number, one.c.athlete)).all()
    return {row.number for row in rows if row.athlete is not None}, {row.number for row in rows}


def _is_open(connection: Connection, one: ErasedSet) -> bool:
    others, here = _owners(connection, one.session)
    return one.number not in others and (one.number != WHOLE or not others or here != others)


def _tombstone(one: ErasedSet) -> Tombstone:
    return Tombstone(session_digest(one.session), one.number, one.started, one.ended)


def _graves_of(one: ErasedSet) -> Iterable[tuple[str, int]]:
    digest = session_digest(one.session)
    return ((digest, one.number), (digest, WHOLE))


def _waiting(connection: Connection, athlete: str) -> list[Any]:
    found = [one.work for one in parts_of(connection, athlete) if one.part == TOLD and one.done is None]
    return found[0] or [] if found else []
