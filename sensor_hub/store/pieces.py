"""What sessions that were corrected count as, asked of many of them at once."""

from collections import Counter
from collections.abc import Sequence

from sqlalchemy import ColumnElement, Connection, and_, exists, func, or_, select

from sensor_hub.store import tables

_piece, _rep = tables.piece.c, tables.rep.c


def _in_piece() -> ColumnElement[bool]:
    """Whether a rep is of a piece of its set."""
    up_to = or_(_piece.last_rep.is_(None), _rep.number <= _piece.last_rep)
    return and_(
        _rep.session == _piece.session,
        _rep.set_number == _piece.set_number,
        _rep.number >= _piece.first_rep,
        up_to,
    )


def counted(connection: Connection, sessions: Sequence[str]) -> dict[str, tuple[int, int]]:
    """Sets and reps that count, as measured live, of those sessions that were corrected."""
    corrected = select(_piece.session).where(_piece.session.in_(sessions))
    names = list(connection.execute(corrected.distinct()).scalars())
    if not names:
        return {}
    shown = select(_piece.session, _piece.shown_number).where(_piece.session.in_(names), _piece.counts).distinct()
    sets = Counter(session for session, _ in connection.execute(shown))
    discarded = exists().where(_in_piece(), ~_piece.counts)
    reps = select(_rep.session, func.count()).where(_rep.session.in_(names), ~discarded).group_by(_rep.session)
    left = Counter({row.session: row[1] for row in connection.execute(reps)})
    return {name: (sets[name], left[name]) for name in names}
