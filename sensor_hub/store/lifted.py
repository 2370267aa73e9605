"""What many sessions were made of, as much of it as lists show: their sets, and of each rep its times and flags."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select, union

from sensor_hub.coach.adherence import PHASES
from sensor_hub.coach.done import FLAGS, LiftedReps
from sensor_hub.messages import Side
from sensor_hub.prescription import Prescription
from sensor_hub.store import review, tables
from sensor_hub.store.review import SessionRecord

_rep, _set, _session = tables.rep.c, tables.set_.c, tables.session.c
_LATER = (tables.analysis, tables.correction)
_FIGURES = (*PHASES, *FLAGS)
_SAID = ("athlete", "load_kg", "side", "asked")
_Values = tuple[Mapping[str, Any], Mapping[str, float | None]]
"""Of a rep: figures, and uncertainties."""


@dataclass(frozen=True, slots=True)
class LiftedRep:
    """uncertainty: of the four times."""

    uncertainty: Mapping[str, float | None]
    eccentric_s: float | None
    bottom_pause_s: float | None
    concentric_s: float
    top_pause_s: float | None
    bounced: bool | None
    hard_lockout: bool | None
    partial: bool | None


def lifted_in(connection: Connection, sessions: Sequence[str]) -> dict[str, list[LiftedReps]]:
    """The sets of each session, in order, as they count."""
    spoken_of = union(*(select(table.c.session).where(table.c.session.in_(sessions)) for table in _LATER))
    later = set(connection.execute(spoken_of).scalars())
    found = _as_measured(connection, [name for name in sessions if name not in later])
    for name in later:
        record = review.session_record(connection, name)
        found[name] = [] if record is None else _of_record(record)
    return found


def _of_record(record: SessionRecord) -> list[LiftedReps]:
    of_session = record.session.athlete
    made = []
    for one in record.sets:
        reps = [rep for rep in record.reps if rep.set_number == one.number]
        values = [({name: getattr(rep, name) for name in _FIGURES}, rep.uncertainty) for rep in reps]
        made.append(
            LiftedReps(
                session=record.session.session,
                number=one.number,
                started=one.started,
                athlete=one.athlete or of_session,
                load_kg=one.load_kg if one.load_kg is not None else record.session.load_kg,
                side=one.side,
                asked=one.asked,
                reps=_reps(values),
            )
        )
    return made


def _as_measured(connection: Connection, sessions: Sequence[str]) -> dict[str, list[LiftedReps]]:
    """Of sessions of which nobody said anything afterwards."""
    reps = _reps_of(connection, sessions)
    joined = tables.set_.join(tables.session, _session.session == _set.session)
    own = (_session.athlete.label("of_session"), _session.load_kg.label("load_of_session"))
    query = select(tables.set_, *own).select_from(joined).where(_set.session.in_(sessions))
    rows = connection.execute(query.order_by(_set.session, _set.number)).all()
    said = {row.session for row in rows if any(getattr(row, name) is not None for name in _SAID)}
    made: dict[str, list[LiftedReps]] = {name: [] for name in sessions}
    for row in rows:
        is_said = row.session in said
        made[row.session].append(
            LiftedReps(
                session=row.session,
                number=row.number,
                started=row.started,
                athlete=row.athlete if is_said else row.of_session,
                load_kg=row.load_kg if is_said else row.load_of_session,
                side=row.side and Side(row.side),
                asked=row.asked and Prescription.model_validate(row.asked),
                reps=_reps(reps[row.session, row.number]),
            )
        )
    return made


def _reps_of(connection: Connection, sessions: Sequence[str]) -> Mapping[tuple[str, int], list[_Values]]:
    sigmas = [_rep.uncertainty[name].as_float() for name in PHASES]
    columns = (_rep.session, _rep.set_number, *(_rep[name] for name in _FIGURES), *sigmas)
    query = select(*columns).where(_rep.session.in_(sessions)).order_by(_rep.session, _rep.set_number, _rep.number)
    found: dict[tuple[str, int], list[_Values]] = defaultdict(list)
    for session, number, *values in connection.execute(query):
        figures, known = values[: len(_FIGURES)], values[len(_FIGURES) :]
        named = dict(zip(_FIGURES, figures, strict=True)), dict(zip(PHASES, known, strict=True))
        found[session, number].append(named)
    return found


def _reps(values: Sequence[_Values]) -> list[LiftedRep]:
    return [LiftedRep(uncertainty, **figures) for figures, uncertainty in values]
