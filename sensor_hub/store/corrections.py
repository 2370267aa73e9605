"""What was said afterwards of sessions, read back."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, RowMapping, func, select

from sensor_hub.coach.corrections import Correction, Kind, Lifter
from sensor_hub.messages import Side
from sensor_hub.prescription import Prescription
from sensor_hub.store import tables

_correction = tables.correction.c
_ALIKE = (
    *("session", "made", "set_number", "rep_number", "first", "last", "flags", "version", "made_by", "why"),
    *("revoked", "revoked_by"),
)


def corrections(connection: Connection, session: str) -> Sequence[Correction]:
    """In the order in which they were said, also those that were taken back."""
    return corrections_of(connection, [session]).get(session, [])


def corrections_of(connection: Connection, sessions: Sequence[str]) -> Mapping[str, Sequence[Correction]]:
    """Those of several sessions, by the session."""
    found: dict[str, list[Correction]] = defaultdict(list)
    query = select(tables.correction).where(_correction.session.in_(sessions)).order_by(_correction.correction)
    for row in connection.execute(query).mappings():
        found[row["session"]].append(correction_of(row))
    return found


def chosen_versions(connection: Connection, sessions: Sequence[str]) -> Mapping[str, int]:
    """Which analysis is shown of those sessions of which somebody said so."""
    last = (
        select(func.max(_correction.correction))
        .where(_correction.session.in_(sessions), _correction.kind == Kind.VERSION, _correction.revoked.is_(None))
        .group_by(_correction.session)
    )
    query = select(_correction.session, _correction.version).where(_correction.correction.in_(last))
    return {row.session: row.version for row in connection.execute(query)}


def correction_of(row: RowMapping) -> Correction:
    lifter = Lifter(
        row["athlete"],
        row["load_kg"],
        None if row["side"] is None else Side(row["side"]),
        row["asked"] and Prescription.model_validate(row["asked"]),
    )
    same = {name: row[name] for name in _ALIKE}
    return Correction(number=row["correction"], kind=Kind(row["kind"]), lifter=lifter, **same)


def lifter_row(lifter: Lifter) -> dict[str, object]:
    return {
        "athlete": lifter.athlete,
        "load_kg": lifter.load_kg,
        "side": lifter.side and lifter.side.value,
        "asked": lifter.asked and lifter.asked.model_dump(),
    }


def last_words(connection: Connection) -> tuple[int, int]:
    """Another one after each word that was said or taken back, of whichever session."""
    newest, revoked = func.max(_correction.correction), func.count(_correction.revoked)
    said, taken_back = connection.execute(select(newest, revoked)).one()
    return said or 0, taken_back


def session_of_correction(connection: Connection, number: int) -> str | None:
    query = select(_correction.session).where(_correction.correction == number)
    return connection.execute(query).scalar()
