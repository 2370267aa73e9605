"""All that an athlete lifted, as much of it as progress is made of."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, or_, select

from sensor_hub.coach.adherence import PHASES
from sensor_hub.messages import Side
from sensor_hub.prescription import Prescription
from sensor_hub.store import tables
from sensor_hub.store.lifters import effective_sets

_rep = tables.rep.c
_FIGURES = (*PHASES, "rom_m", "mean_velocity_mps")
_COLUMNS = (*(_rep[name] for name in _FIGURES), *(_rep.uncertainty[name].as_float() for name in PHASES))
"""Of a rep's uncertainties only those that progress needs: thousands of reps are read for a page."""


@dataclass(frozen=True, slots=True)
class HistoryRep:
    """uncertainty: of the four times."""

    uncertainty: Mapping[str, float | None]
    eccentric_s: float | None
    bottom_pause_s: float | None
    concentric_s: float
    top_pause_s: float | None
    rom_m: float | None
    mean_velocity_mps: float | None


@dataclass(frozen=True, slots=True)
class HistorySet:
    site: str
    machine: str
    session: str
    number: int
    started: datetime
    load_kg: float | None
    side: Side | None
    asked: Prescription | None
    reps: Sequence[HistoryRep]


def history(connection: Connection, athlete: str, since: datetime) -> list[HistorySet]:
    """The sets that count as the athlete's, with the reps that do, in the order in which they were done, as measured
    live and corrected since."""
    one, place = effective_sets(athlete).subquery(), tables.machine.c
    own = and_(one.c.athlete == athlete, one.c.started >= since)
    joined = one.join(tables.machine, place.machine_id == one.c.machine_id)
    sets = connection.execute(
        select(one, place.site, place.name.label("machine")).select_from(joined).where(own).order_by(one.c.started)
    ).all()
    of_them = and_(
        *(_rep.session == one.c.session, _rep.set_number == one.c.number),
        or_(one.c.first_rep.is_(None), _rep.number >= one.c.first_rep),
        or_(one.c.last_rep.is_(None), _rep.number <= one.c.last_rep),
    )
    rows = (
        select(one.c.session, one.c.shown_number, *_COLUMNS)
        .join(one, of_them)
        .where(own)
        .order_by(_rep.set_number, _rep.number)
    )
    reps: dict[tuple[str, int], list[HistoryRep]] = defaultdict(list)
    for session, number, *values in connection.execute(rows):
        figures, sigmas = values[: len(_FIGURES)], values[len(_FIGURES) :]
        reps[session, number].append(HistoryRep(dict(zip(PHASES, sigmas, strict=True)), *figures))
    shown = {(row.session, row.shown_number): row for row in sets}
    return [
        HistorySet(
            site=row.site,
            machine=row.machine,
            session=row.session,
            number=row.shown_number,
            started=row.started,
            load_kg=row.load_kg,
            side=row.side and Side(row.side),
            asked=row.asked and Prescription.model_validate(row.asked),
            reps=reps[key],
        )
        for key, row in shown.items()
    ]
