"""All that is said of sets and reps afterwards; whose a set was is one kind of it. Who had a session analysed anew."""

from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_LIFTER = ("athlete", "load_kg", "side", "asked")


def _table(name: str, *columns: str) -> sa.TableClause:
    return sa.table(name, *(sa.column(one, sa.JSON() if one == "asked" else None) for one in columns))


_OLD = _table("correction", "session", "set_number", "number", "made", "made_by", *_LIFTER)
_SET = _table("set", "session", "number", "started", *_LIFTER)
_REP = _table("rep", "session", "set_number", "number", "time", "turn_s", "end_s")


def upgrade() -> None:
    connection = op.get_bind()
    said = (
        connection.execute(sa.select(_OLD).order_by(_OLD.c.made, _OLD.c.set_number, _OLD.c.number))
        .mappings()
        .all()
    )
    op.drop_table("correction")
    correction, piece = _make_correction(), _make_piece()
    op.add_column("analysis", sa.Column("made_by", sa.String()))
    op.add_column("analysis", sa.Column("why", sa.Text()))
    latest: dict[str, dict[int, Any]] = {}
    for old in said:
        sets = connection.execute(sa.select(_SET).where(_SET.c.session == old["session"])).mappings().all()
        started = next((one["started"] for one in sets if one["number"] == old["set_number"]), old["made"])
        turns = _turns(connection, old["session"], old["set_number"]) or [started]
        values = {name: old[name] for name in ("session", "set_number", "made", "made_by", *_LIFTER)}
        connection.execute(correction.insert().values(kind="lifter", first=turns[0], last=turns[-1], **values))
        latest.setdefault(old["session"], {one["number"]: one for one in sets})[old["set_number"]] = {
            **old,
            "started": started,
        }
    for session, rows in latest.items():
        for number, row in rows.items():
            values = {name: row[name] for name in ("started", *_LIFTER)}
            values |= {"session": session, "set_number": number, "first_rep": 0, "shown_number": number}
            connection.execute(piece.insert().values(counts=True, **values))


def _make_correction() -> sa.Table:
    made = op.create_table(
        "correction",
        sa.Column("correction", sa.Integer(), nullable=False),
        sa.Column("session", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("set_number", sa.Integer()),
        sa.Column("rep_number", sa.Integer()),
        sa.Column("first", sa.BigInteger()),
        sa.Column("last", sa.BigInteger()),
        sa.Column("flags", sa.JSON()),
        sa.Column("version", sa.Integer()),
        sa.Column("made", sa.BigInteger(), nullable=False),
        sa.Column("made_by", sa.String()),
        sa.Column("why", sa.Text()),
        sa.Column("revoked", sa.BigInteger()),
        sa.Column("revoked_by", sa.String()),
        *_lifter(),
        sa.PrimaryKeyConstraint("correction", name="pk_correction"),
    )
    op.create_index("ix_correction_session", "correction", ["session"])
    op.create_index("ix_correction_athlete", "correction", ["athlete"])
    return made


def _make_piece() -> sa.Table:
    made = op.create_table(
        "piece",
        sa.Column("session", sa.String(), nullable=False),
        sa.Column("set_number", sa.Integer(), nullable=False),
        sa.Column("first_rep", sa.Integer(), nullable=False),
        sa.Column("last_rep", sa.Integer()),
        sa.Column("shown_number", sa.Integer(), nullable=False),
        sa.Column("counts", sa.Boolean(), nullable=False),
        sa.Column("started", sa.BigInteger(), nullable=False),
        *_lifter(),
        sa.PrimaryKeyConstraint("session", "set_number", "first_rep", name="pk_piece"),
    )
    op.create_index("ix_piece_athlete", "piece", ["athlete"])
    return made


def _lifter() -> list[sa.Column[Any]]:
    return [
        sa.Column("athlete", sa.String()),
        sa.Column("load_kg", sa.Float()),
        sa.Column("side", sa.String()),
        sa.Column("asked", sa.JSON(none_as_null=True)),
    ]


def _turns(connection: sa.Connection, session: str, set_number: int) -> list[int]:
    of_set = (_REP.c.session == session, _REP.c.set_number == set_number)
    reps = connection.execute(sa.select(_REP).where(*of_set).order_by(_REP.c.number)).all()
    return [rep.time - timedelta(seconds=rep.end_s - rep.turn_s) // timedelta(microseconds=1) for rep in reps]
