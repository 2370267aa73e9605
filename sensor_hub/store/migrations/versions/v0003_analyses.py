"""What a later engine made of raw samples, beside what was measured live; and where imported sessions are from."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "analysis",
        sa.Column("session", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("made", sa.BigInteger(), nullable=False),
        sa.Column("program", sa.String(), nullable=False),
        sa.Column("set_count", sa.Integer(), nullable=False),
        sa.Column("rep_count", sa.Integer(), nullable=False),
        sa.Column("sets", sa.JSON(), nullable=False),
        sa.Column("reps", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("session", "number", name="pk_analysis"),
    )
    op.create_table(
        "imported",
        sa.Column("session", sa.String(), nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.Column("file", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("program", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("session", "sha256", name="pk_imported"),
    )
