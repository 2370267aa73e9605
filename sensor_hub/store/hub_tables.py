"""What hubs say of themselves: the latest of each, and a thin row an hour."""

from sqlalchemy import JSON, Column, Index, String, Table

from sensor_hub.store.columns import Instant, metadata

hub = Table(
    "hub",
    metadata,
    Column("site", String, primary_key=True),
    Column("name", String, primary_key=True),
    Column("first_seen", Instant, nullable=False),
    Column("time", Instant, nullable=False),
    Column("payload", JSON, nullable=False),
)
"""The latest `hub` message of each hub."""

hub_hour = Table(
    "hub_hour",
    metadata,
    Column("site", String, primary_key=True),
    Column("name", String, primary_key=True),
    Column("hour", Instant, primary_key=True),
    Column("time", Instant, nullable=False),
    Column("started", Instant, nullable=False),
    Column("payload", JSON, nullable=False),
    Index(None, "hour"),
)
"""Of the last message in an hour what has a trend; kept for KEPT_HOURS (sensor_hub/store/hubs.py)."""
