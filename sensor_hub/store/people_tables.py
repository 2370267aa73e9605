"""Tables of people: who they are, what they are to do, what was said of their sets, and who was erased."""

from sqlalchemy import JSON, Column, Integer, String, Table, Text

from sensor_hub.store.columns import Instant, lifter_columns, metadata

athlete = Table(
    "athlete",
    metadata,
    Column("athlete", String, primary_key=True),
    Column("name", String),
    Column("unit", String, nullable=False),
    Column("language", String),
    Column("created", Instant, nullable=False),
)
"""The only place where a name stands; everything else knows the id."""

correction = Table(
    "correction",
    metadata,
    Column("session", String, primary_key=True),
    Column("set_number", Integer, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("made", Instant, nullable=False),
    Column("made_by", String),
    *lifter_columns(),
)
"""What somebody said afterwards of a set as it was measured live: the one with the highest number counts. The set's own
row stays as it was sent."""

erasure = Table(
    "erasure",
    metadata,
    Column("athlete", String, primary_key=True),
    Column("asked", Instant, nullable=False),
    Column("asked_by", String),
    Column("counts", JSON, nullable=False),
)

erasure_part = Table(
    "erasure_part",
    metadata,
    Column("athlete", String, primary_key=True),
    Column("part", String, primary_key=True),
    Column("work", JSON(none_as_null=True)),
    Column("tried", Instant),
    Column("done", Instant),
    Column("note", Text),
)
"""Where an erasure reaches. work: what is to be done there, until it is done."""

erased = Table(
    "erased",
    metadata,
    Column("session", String, primary_key=True),
    Column("set_number", Integer, primary_key=True),
    Column("started", Instant, nullable=False),
    Column("ended", Instant, nullable=False),
)
"""Sets that never come back, by the digest of their session's name and the time of their raw samples; 0 is the whole
session."""

programme = Table(
    "programme",
    metadata,
    Column("athlete", String, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("made", Instant, nullable=False),
    Column("made_by", String),
    Column("body", JSON(none_as_null=True)),
)
"""What an athlete is to do over weeks: the highest number counts; without a body there is none any more."""

note = Table(
    "note",
    metadata,
    Column("note", Integer, primary_key=True),
    Column("athlete", String, index=True),
    Column("session", String, index=True),
    Column("made", Instant, nullable=False),
    Column("made_by", String),
    Column("text", Text, nullable=False),
)
"""What a coach wrote down about an athlete or a session."""
