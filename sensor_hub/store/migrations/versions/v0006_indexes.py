"""A session's raw samples, and an athlete's sessions, are found without reading everybody's."""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_raw_session_seq", "raw", ["session", "seq"])
    op.create_index("ix_session_athlete_started", "session", ["athlete", "started"])
