"""What was not counted, with its reason; and what threw a bounced rep back, null in older rows."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("rep", sa.Column("bounce_cause", sa.String()))
    op.add_column("analysis", sa.Column("rejected", sa.JSON(), nullable=False, server_default="[]"))
    op.create_table(
        "rejected",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.Column("machine_id", sa.Integer(), nullable=False),
        sa.Column("change", sa.BigInteger(), nullable=False),
        sa.Column("session", sa.String(), nullable=False),
        sa.Column("start_s", sa.Float(), nullable=False),
        sa.Column("end_s", sa.Float(), nullable=False),
        sa.Column("at_s", sa.Float(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("gates", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["machine_id"], ["machine.machine_id"], name="fk_rejected_machine_id"),
        sa.UniqueConstraint("machine_id", "id", name="uq_rejected_machine_id_id"),
    )
    op.create_index("ix_rejected_change", "rejected", ["change"])
    op.create_index("ix_rejected_session_start_s", "rejected", ["session", "start_s"])
