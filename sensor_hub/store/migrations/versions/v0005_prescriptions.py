"""What was asked of a set, programmes over weeks, and notes."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ("set", "correction"):
        op.add_column(table, sa.Column("asked", sa.JSON()))
    op.create_table(
        "programme",
        sa.Column("athlete", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("made", sa.BigInteger(), nullable=False),
        sa.Column("made_by", sa.String()),
        sa.Column("body", sa.JSON()),
        sa.PrimaryKeyConstraint("athlete", "number", name="pk_programme"),
    )
    op.create_table(
        "note",
        sa.Column("note", sa.Integer(), nullable=False),
        sa.Column("athlete", sa.String()),
        sa.Column("session", sa.String()),
        sa.Column("made", sa.BigInteger(), nullable=False),
        sa.Column("made_by", sa.String()),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("note", name="pk_note"),
    )
    op.create_index("ix_note_athlete", "note", ["athlete"])
    op.create_index("ix_note_session", "note", ["session"])
