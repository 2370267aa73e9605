"""Tables of people: who they are, what they are to do, what was said of their sets, and who was erased."""

from sqlalchemy import JSON, Boolean, Column, Integer, String, Table, Text

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
    Column("correction", Integer, primary_key=True),
    Column("session", String, nullable=False, index=True),
    Column("kind", String, nullable=False),
    Column("set_number", Integer),
    Column("rep_number", Integer),
    Column("first", Instant),
    Column("last", Instant),
    Column("flags", JSON(none_as_null=True)),
    Column("version", Integer),
    Column("made", Instant, nullable=False),
    Column("made_by", String),
    Column("why", Text),
    Column("revoked", Instant),
    Column("revoked_by", String),
    *lifter_columns(),
)
"""What somebody said afterwards of a session, as in sensor_hub.coach.corrections. Rows are added and taken back, never
changed; what was measured stays as it was sent."""

piece = Table(
    "piece",
    metadata,
    Column("session", String, primary_key=True),
    Column("set_number", Integer, primary_key=True),
    Column("first_rep", Integer, primary_key=True),
    Column("last_rep", Integer),
    Column("shown_number", Integer, nullable=False),
    Column("counts", Boolean, nullable=False),
    Column("started", Instant, nullable=False),
    *lifter_columns(),
)
"""Of sessions that were corrected: each live set cut into runs of reps that are alike in what they count as. Made of
the corrections, anew with each of them and with each set that comes. first_rep: 0 for the set's beginning; last_rep:
None up to its end; shown_number: of the set that it counts to; started: when that does."""

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
