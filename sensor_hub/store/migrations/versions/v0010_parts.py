"""On PostgreSQL: what grows with time lies in parts of a month, and a sequence numbers changes. A file stays as it is.

What is there becomes the first part, for everything up to the end of this month; only what is dated behind that is
moved. With the extension TimescaleDB in the database, that divides the tables.
"""

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

from sensor_hub.store import partitions
from sensor_hub.store.columns import from_microseconds

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_INDEXES = {
    "raw": (("change",), ("machine_id", "time"), ("session", "seq")),
    "motion": (("change",), ("session", "set_number", "time")),
    "phase": (("change",), ("session", "set_number")),
}


def upgrade() -> None:
    connection = op.get_bind()
    if connection.dialect.name != "postgresql":
        return
    op.execute("CREATE SEQUENCE change_number MINVALUE 0")
    op.execute("SELECT setval('change_number', value) FROM counter WHERE name = 'change'")
    for table in partitions.PARTED:
        op.drop_constraint(f"uq_{table.name}_machine_id_id", table.name)
        if partitions.has_timescale(connection):
            _make_unique(table.name)
            partitions.make_hypertable(connection, table)
        else:
            _divide(connection, table, datetime.now(UTC))


def _divide(connection: sa.Connection, table: sa.Table, now: datetime) -> None:
    name, first = table.name, partitions.first_part(table, now)
    op.rename_table(name, first.name)
    for columns in _INDEXES[name]:
        op.execute(f"ALTER INDEX {_index(name, columns)} RENAME TO {_index(first.name, columns)}")
    op.execute(f"CREATE TABLE {name} (LIKE {first.name} INCLUDING STORAGE) PARTITION BY RANGE (time)")
    op.create_foreign_key(f"fk_{name}_machine_id", name, "machine", ["machine_id"], ["machine_id"])
    _make_unique(name)
    for columns in _INDEXES[name]:
        op.create_index(_index(name, columns), name, list(columns))
    _move_later(connection, table, first)
    partitions.attach(connection, table, first)


def _move_later(connection: sa.Connection, table: sa.Table, first: partitions.Part) -> None:
    """What a clock that was ahead has dated behind the first part: into months of their own."""
    assert first.end is not None
    bound = partitions.begin_us(first.end)
    old = sa.table(first.name, sa.column("time"))
    instants: Any = connection.execute(sa.select(old.c.time).where(old.c.time >= bound)).scalars()
    partitions.make_months(connection, table, {partitions.month_of(from_microseconds(one)) for one in instants})
    op.execute(
        f"WITH moved AS (DELETE FROM {first.name} WHERE time >= {bound} RETURNING *) INSERT INTO {table.name} "
        "SELECT * FROM moved"
    )


def _make_unique(name: str) -> None:
    columns = ["machine_id", "id", "time"]
    op.create_unique_constraint(f"uq_{name}_machine_id_id_time", name, columns)


def _index(name: str, columns: tuple[str, ...]) -> str:
    return f"ix_{name}_{'_'.join(columns)}"
