"""The tables of the newest version, as SQLAlchemy Core sees them; migrations/ says how a database gets there.

`change` is one sequence of numbers over all tables, handed out inside the writing transaction (changes.py): a reader
that goes on from the highest change it has seen misses nothing, not even what is replaced.

On PostgreSQL `raw`, `motion` and `phase` lie in parts by time (partitions.py), and what is unique there has its time in
the key: a resend is the same message to the last byte.
"""

from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.schema import SchemaItem

from sensor_hub.store.columns import Instant, lifter_columns
from sensor_hub.store.columns import metadata as metadata
from sensor_hub.store.hub_tables import hub as hub
from sensor_hub.store.hub_tables import hub_hour as hub_hour
from sensor_hub.store.people_tables import athlete as athlete
from sensor_hub.store.people_tables import correction as correction
from sensor_hub.store.people_tables import erased as erased
from sensor_hub.store.people_tables import erasure as erasure
from sensor_hub.store.people_tables import erasure_part as erasure_part
from sensor_hub.store.people_tables import note as note
from sensor_hub.store.people_tables import piece as piece
from sensor_hub.store.people_tables import programme as programme


def _machine() -> Column[int]:
    return Column("machine_id", ForeignKey("machine.machine_id"), nullable=False)


def _change() -> Column[int]:
    return Column("change", BigInteger, nullable=False, index=True)


def _heading() -> list[Column[Any]]:
    """What every message has; site and machine are behind machine_id."""
    return [
        Column("id", String, nullable=False),
        Column("seq", BigInteger, nullable=False),
        Column("time", Instant, nullable=False),
        _machine(),
        _change(),
    ]


def _once() -> list[SchemaItem]:
    return [
        UniqueConstraint("machine_id", "id").ddl_if("sqlite"),
        UniqueConstraint("machine_id", "id", "time").ddl_if("postgresql"),
    ]


_BY_TIME = "RANGE (time)"

counter = Table(
    "counter", metadata, Column("name", String, primary_key=True), Column("value", BigInteger, nullable=False)
)

machine = Table(
    "machine",
    metadata,
    Column("machine_id", Integer, primary_key=True),
    Column("site", String, nullable=False),
    Column("name", String, nullable=False),
    Column("first_seen", Instant, nullable=False),
    Column("last_seen", Instant, nullable=False),
    UniqueConstraint("site", "name"),
)

session = Table(
    "session",
    metadata,
    Column("session", String, primary_key=True),
    *_heading(),
    Column("progress", String, nullable=False),
    Column("started", Instant, nullable=False, index=True),
    Column("ended", Instant),
    Column("sensor", String, nullable=False),
    Column("athlete", String),
    Column("load_kg", Float),
    Column("set_count", Integer, nullable=False),
    Column("rep_count", Integer, nullable=False),
    Index(None, "machine_id", "started"),
    Index(None, "athlete", "started"),
)

set_ = Table(
    "set",
    metadata,
    Column("session", String, primary_key=True),
    Column("number", Integer, primary_key=True),
    *_heading(),
    Column("progress", String, nullable=False),
    Column("start_s", Float, nullable=False),
    Column("end_s", Float),
    Column("started", Instant, nullable=False),
    Column("ended", Instant),
    Column("rep_count", Integer, nullable=False),
    Column("incline_deg", Float),
    Column("top_pauses_s", JSON, nullable=False),
    *lifter_columns(),
    Index(None, "machine_id", "started"),
)

rep = Table(
    "rep",
    metadata,
    Column("session", String, primary_key=True),
    Column("set_number", Integer, primary_key=True),
    Column("number", Integer, primary_key=True),
    *_heading(),
    Column("start_s", Float),
    Column("bottom_s", Float),
    Column("turn_s", Float, nullable=False),
    Column("end_s", Float, nullable=False),
    Column("eccentric_s", Float),
    Column("bottom_pause_s", Float),
    Column("concentric_s", Float, nullable=False),
    Column("top_pause_s", Float),
    Column("rom_m", Float),
    Column("mean_velocity_mps", Float),
    Column("peak_velocity_mps", Float),
    Column("mean_eccentric_velocity_mps", Float),
    Column("peak_eccentric_velocity_mps", Float),
    Column("turn_acceleration_mps2", Float),
    Column("bounced", Boolean),
    Column("bounce_cause", String),
    Column("hard_lockout", Boolean),
    Column("partial", Boolean),
    Column("time_under_tension_s", Float),
    Column("mean_propulsive_velocity_mps", Float),
    Column("propulsive_share", Float),
    Column("mean_power_w_per_kg", Float),
    Column("peak_power_w_per_kg", Float),
    Column("sticking_point_share", Float),
    Column("sticking_velocity_share", Float),
    Column("eccentric_control", Float),
    Column("uncertainty", JSON, nullable=False),
    Column("trace", JSON(none_as_null=True)),
)

rejected = Table(
    "rejected",
    metadata,
    *_heading(),
    Column("session", String, nullable=False),
    Column("start_s", Float, nullable=False),
    Column("end_s", Float, nullable=False),
    Column("at_s", Float, nullable=False),
    Column("reason", String, nullable=False),
    Column("gates", JSON, nullable=False),
    UniqueConstraint("machine_id", "id"),
    Index(None, "session", "start_s"),
)
"""What was not counted, of sessions alone."""

phase = Table(
    "phase",
    metadata,
    *_heading(),
    Column("session", String, nullable=False),
    Column("set_number", Integer, nullable=False),
    Column("rep_number", Integer, nullable=False),
    Column("phase", String, nullable=False),
    Column("start_s", Float, nullable=False),
    Column("at_s", Float, nullable=False),
    *_once(),
    Index(None, "session", "set_number"),
    postgresql_partition_by=_BY_TIME,
)

motion = Table(
    "motion",
    metadata,
    *_heading(),
    Column("session", String, nullable=False),
    Column("set_number", Integer, nullable=False),
    Column("start_s", Float, nullable=False),
    Column("offset_s", JSON, nullable=False),
    Column("position_m", JSON, nullable=False),
    Column("velocity_mps", JSON, nullable=False),
    Column("phase", JSON, nullable=False),
    *_once(),
    Index(None, "session", "set_number", "time"),
    postgresql_partition_by=_BY_TIME,
)

raw = Table(
    "raw",
    metadata,
    *_heading(),
    Column("session", String),
    Column("sensor", String, nullable=False),
    Column("start_s", Float, nullable=False),
    Column("end_s", Float, nullable=False),
    Column("count", Integer, nullable=False),
    Column("lost", Integer),
    Column("encoding", String, nullable=False),
    Column("data", LargeBinary, nullable=False),
    Column("envelope", LargeBinary, nullable=False),
    *_once(),
    Index(None, "machine_id", "time"),
    Index(None, "session", "seq"),
    postgresql_partition_by=_BY_TIME,
)
"""envelope: lowest and highest acceleration of the chunk, (2, 3) float32, so that hours can be drawn undecoded."""

state = Table(
    "state",
    metadata,
    Column("machine_id", ForeignKey("machine.machine_id"), primary_key=True),
    Column("kind", String, primary_key=True),
    Column("time", Instant, nullable=False),
    _change(),
    Column("payload", JSON, nullable=False),
)
"""The latest `sensor` and `status` message of each machine."""

cursor = Table(
    "cursor",
    metadata,
    Column("sink", String, primary_key=True),
    Column("stream", String, primary_key=True),
    Column("change", BigInteger, nullable=False),
)

parked = Table(
    "parked",
    metadata,
    Column("parked_id", Integer, primary_key=True),
    Column("time", Instant, nullable=False),
    Column("origin", String, nullable=False),
    Column("reason", Text, nullable=False),
    Column("content", Text, nullable=False),
)
"""What the store or a sink's server refused, with the reason: nothing is thrown away silently."""

analysis = Table(
    "analysis",
    metadata,
    Column("session", String, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("made", Instant, nullable=False),
    Column("program", String, nullable=False),
    Column("made_by", String),
    Column("why", Text),
    Column("set_count", Integer, nullable=False),
    Column("rep_count", Integer, nullable=False),
    Column("sets", JSON, nullable=False),
    Column("reps", JSON, nullable=False),
    Column("rejected", JSON, nullable=False, server_default="[]"),
)
"""What a later engine made of a session's raw samples: whole messages. What was measured live stays where it is."""

imported = Table(
    "imported",
    metadata,
    Column("session", String, primary_key=True),
    Column("sha256", String, primary_key=True),
    Column("time", Instant, nullable=False),
    Column("file", String, nullable=False),
    Column("program", String, nullable=False),
)
"""The files that a session came from, where it was not recorded here."""
