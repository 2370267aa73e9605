"""Athletes, who lifted which set, corrections of that, and erasures. Names that stood in sessions become athletes'."""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

from sensor_hub.store.columns import to_microseconds
from sensor_hub.store.ids import new_athlete_id

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for column in _lifter():
        op.add_column("set", column)
    op.create_index("ix_set_athlete", "set", ["athlete"])
    op.create_table(
        "athlete",
        sa.Column("athlete", sa.String(), nullable=False),
        sa.Column("name", sa.String()),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("language", sa.String()),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("athlete", name="pk_athlete"),
    )
    op.create_table(
        "correction",
        sa.Column("session", sa.String(), nullable=False),
        sa.Column("set_number", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("made", sa.BigInteger(), nullable=False),
        sa.Column("made_by", sa.String()),
        *_lifter(),
        sa.PrimaryKeyConstraint("session", "set_number", "number", name="pk_correction"),
    )
    op.create_index("ix_correction_athlete", "correction", ["athlete"])
    _erasures()
    _register_names()


def _erasures() -> None:
    op.create_table(
        "erasure",
        sa.Column("athlete", sa.String(), nullable=False),
        sa.Column("asked", sa.BigInteger(), nullable=False),
        sa.Column("asked_by", sa.String()),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("athlete", name="pk_erasure"),
    )
    op.create_table(
        "erasure_part",
        sa.Column("athlete", sa.String(), nullable=False),
        sa.Column("part", sa.String(), nullable=False),
        sa.Column("work", sa.JSON()),
        sa.Column("tried", sa.BigInteger()),
        sa.Column("done", sa.BigInteger()),
        sa.Column("note", sa.Text()),
        sa.PrimaryKeyConstraint("athlete", "part", name="pk_erasure_part"),
    )
    op.create_table(
        "erased",
        sa.Column("session", sa.String(), nullable=False),
        sa.Column("set_number", sa.Integer(), nullable=False),
        sa.Column("started", sa.BigInteger(), nullable=False),
        sa.Column("ended", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("session", "set_number", name="pk_erased"),
    )


def _register_names() -> None:
    """No hub ever wrote one, but other programs may have."""
    connection = op.get_bind()
    session = sa.table("session", sa.column("athlete"))
    athlete = sa.table("athlete", *(sa.column(name) for name in ("athlete", "name", "unit", "created")))
    known = sa.select(session.c.athlete).where(session.c.athlete.is_not(None)).distinct()
    for name in connection.execute(known).scalars().all():
        new = {
            "athlete": new_athlete_id(),
            "name": name,
            "unit": "kg",
            "created": to_microseconds(datetime.now(UTC)),
        }
        connection.execute(athlete.insert().values(**new))
        connection.execute(session.update().where(session.c.athlete == name).values(athlete=new["athlete"]))


def _lifter() -> list[sa.Column[object]]:
    return [sa.Column("athlete", sa.String()), sa.Column("load_kg", sa.Float()), sa.Column("side", sa.String())]
