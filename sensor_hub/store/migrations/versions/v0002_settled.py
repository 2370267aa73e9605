"""What a settled rep carries beside its first figures; null in older rows."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("rep", sa.Column("trace", sa.JSON()))
