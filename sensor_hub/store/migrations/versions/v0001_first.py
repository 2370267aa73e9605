"""The first tables."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy import BigInteger, Boolean, Column, Float, Integer, LargeBinary, String, Text

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    _bookkeeping()
    _sessions()
    _reps()
    _streams()
    _state()


def _bookkeeping() -> None:
    counter = op.create_table(
        "counter", _filled("name", String()), _filled("value", BigInteger()), _primary("counter", "name")
    )
    op.bulk_insert(counter, [{"name": "change", "value": 0}])
    op.create_table(
        "cursor",
        _filled("sink", String()),
        _filled("stream", String()),
        _filled("change", BigInteger()),
        _primary("cursor", "sink", "stream"),
    )
    op.create_table(
        "parked",
        _filled("parked_id", Integer()),
        _filled("time", BigInteger()),
        _filled("origin", String()),
        _filled("reason", Text()),
        _filled("content", Text()),
        _primary("parked", "parked_id"),
    )
    op.create_table(
        "machine",
        _filled("machine_id", Integer()),
        _filled("site", String()),
        _filled("name", String()),
        _filled("first_seen", BigInteger()),
        _filled("last_seen", BigInteger()),
        _primary("machine", "machine_id"),
        sa.UniqueConstraint("site", "name", name="uq_machine_site_name"),
    )


def _sessions() -> None:
    op.create_table(
        "session",
        _filled("session", String()),
        *_heading("session"),
        _filled("progress", String()),
        _filled("started", BigInteger()),
        Column("ended", BigInteger()),
        _filled("sensor", String()),
        Column("athlete", String()),
        Column("load_kg", Float()),
        _filled("set_count", Integer()),
        _filled("rep_count", Integer()),
        _primary("session", "session"),
    )
    _index("session", "change")
    _index("session", "started")
    _index("session", "machine_id", "started")
    op.create_table(
        "set",
        _filled("session", String()),
        _filled("number", Integer()),
        *_heading("set"),
        _filled("progress", String()),
        _filled("start_s", Float()),
        Column("end_s", Float()),
        _filled("started", BigInteger()),
        Column("ended", BigInteger()),
        _filled("rep_count", Integer()),
        Column("incline_deg", Float()),
        _filled("top_pauses_s", sa.JSON()),
        _primary("set", "session", "number"),
    )
    _index("set", "change")


def _reps() -> None:
    measured = [
        "top_pause_s",
        "rom_m",
        "mean_velocity_mps",
        "peak_velocity_mps",
        "mean_eccentric_velocity_mps",
        "peak_eccentric_velocity_mps",
        "turn_acceleration_mps2",
    ]
    op.create_table(
        "rep",
        _filled("session", String()),
        _filled("set_number", Integer()),
        _filled("number", Integer()),
        *_heading("rep"),
        Column("start_s", Float()),
        Column("bottom_s", Float()),
        _filled("turn_s", Float()),
        _filled("end_s", Float()),
        Column("eccentric_s", Float()),
        Column("bottom_pause_s", Float()),
        _filled("concentric_s", Float()),
        *(Column(name, Float()) for name in measured),
        *(Column(name, Boolean()) for name in ("bounced", "hard_lockout", "partial")),
        _filled("uncertainty", sa.JSON()),
        _primary("rep", "session", "set_number", "number"),
    )
    _index("rep", "change")


def _streams() -> None:
    op.create_table(
        "phase",
        *_heading("phase"),
        _filled("session", String()),
        _filled("set_number", Integer()),
        _filled("rep_number", Integer()),
        _filled("phase", String()),
        _filled("start_s", Float()),
        _filled("at_s", Float()),
        sa.UniqueConstraint("machine_id", "id", name="uq_phase_machine_id_id"),
    )
    _index("phase", "change")
    _index("phase", "session", "set_number")
    op.create_table(
        "motion",
        *_heading("motion"),
        _filled("session", String()),
        _filled("set_number", Integer()),
        _filled("start_s", Float()),
        *(_filled(name, sa.JSON()) for name in ("offset_s", "position_m", "velocity_mps", "phase")),
        sa.UniqueConstraint("machine_id", "id", name="uq_motion_machine_id_id"),
    )
    _index("motion", "change")
    _index("motion", "session", "set_number", "time")
    op.create_table(
        "raw",
        *_heading("raw"),
        Column("session", String()),
        _filled("sensor", String()),
        _filled("start_s", Float()),
        _filled("end_s", Float()),
        _filled("count", Integer()),
        Column("lost", Integer()),
        _filled("encoding", String()),
        _filled("data", LargeBinary()),
        _filled("envelope", LargeBinary()),
        sa.UniqueConstraint("machine_id", "id", name="uq_raw_machine_id_id"),
    )
    _index("raw", "change")
    _index("raw", "machine_id", "time")


def _state() -> None:
    op.create_table(
        "state",
        _filled("machine_id", Integer()),
        _filled("kind", String()),
        _filled("time", BigInteger()),
        _filled("change", BigInteger()),
        _filled("payload", sa.JSON()),
        _primary("state", "machine_id", "kind"),
        _of_machine("state"),
    )
    _index("state", "change")


def _heading(table: str) -> list[Any]:
    return [
        _filled("id", String()),
        _filled("seq", BigInteger()),
        _filled("time", BigInteger()),
        _filled("machine_id", Integer()),
        _filled("change", BigInteger()),
        _of_machine(table),
    ]


def _filled(name: str, kind: sa.types.TypeEngine[Any]) -> Column[Any]:
    return Column(name, kind, nullable=False)


def _primary(table: str, *columns: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*columns, name=f"pk_{table}")


def _of_machine(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["machine_id"], ["machine.machine_id"], name=f"fk_{table}_machine_id")


def _index(table: str, *columns: str) -> None:
    op.create_index(f"ix_{table}_{'_'.join(columns)}", table, list(columns))
