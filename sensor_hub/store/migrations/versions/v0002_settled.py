"""What a settled rep carries beside its first figures; null in older rows."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_METRICS = (
    "time_under_tension_s",
    "mean_propulsive_velocity_mps",
    "propulsive_share",
    "mean_power_w_per_kg",
    "peak_power_w_per_kg",
    "sticking_point_share",
    "sticking_velocity_share",
    "eccentric_control",
)


def upgrade() -> None:
    op.add_column("rep", sa.Column("trace", sa.JSON()))
    for name in _METRICS:
        op.add_column("rep", sa.Column(name, sa.Float()))
