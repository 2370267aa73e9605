"""The source of truth: sessions, sets, reps and raw samples in a database, and what is passed on from there."""

from sensor_hub.coach.corrections import Correction, Lifter
from sensor_hub.store.analyses import Analysis, add_analysis, analyses, note_import
from sensor_hub.store.archiving import (
    Due,
    RawRow,
    advance,
    is_over,
    rows_of,
    sensors_of,
    session_rows,
    sessions_of,
    stretches,
    take,
    untaken,
)
from sensor_hub.store.athletes import Athlete, add_athlete, athlete_of, athletes, change_athlete
from sensor_hub.store.chain import (
    GYM,
    TOLD,
    erase_told,
    gym_part,
    is_centre,
    is_known,
    named_later,
    news_of,
    note_forgotten,
)
from sensor_hub.store.chunks import decode_samples, encode_samples
from sensor_hub.store.columns import from_microseconds, to_microseconds
from sensor_hub.store.copies import Contents, close_file, compact, contents_of
from sensor_hub.store.correcting import LONGEST_WHY, add_correction, bring_corrections, correct, take_back
from sensor_hub.store.corrections import corrections, last_words, session_of_correction
from sensor_hub.store.cursors import CHAIN, lock_cursors, make_cursors, move_cursors
from sensor_hub.store.database import Target, address_of, file_of
from sensor_hub.store.erasing import Erased, Span, erase_athlete
from sensor_hub.store.erasures import (
    HUB,
    Erasure,
    Graveyard,
    Part,
    add_erasure,
    all_gone,
    asked_at,
    drop_part,
    erase_again,
    erasures,
    graveyard,
    hub_part,
    machines_heard,
    parts_of,
    pending_parts,
    settle,
)
from sensor_hub.store.gyms import (
    Lately,
    PlaceRow,
    Visit,
    busy_since,
    places,
    sensors,
    statuses,
    used_hours,
    visits,
    weeks_of_reps,
)
from sensor_hub.store.history import HistoryRep, HistorySet, history
from sensor_hub.store.hubs import KEPT_HOURS, forget_hours, hubs, keep_hub, sensor_hours
from sensor_hub.store.influx import InfluxSink, refusals
from sensor_hub.store.influx_server import InfluxServer, InfluxTarget
from sensor_hub.store.lifted import lifted_in
from sensor_hub.store.lifters import last_lifted, lately, loads_lately, the_one, trained_at
from sensor_hub.store.limits import Limit, Limits, Stored
from sensor_hub.store.notes import Note, add_note, drop_note, notes
from sensor_hub.store.parked import Parked, drop_parked, parked_counts, parked_rows
from sensor_hub.store.points_erasing import cuts_of, erase_points, send_sessions_again
from sensor_hub.store.programmes import (
    LONGEST_SESSION,
    lifted_at,
    lifted_since,
    programme_numbers,
    programme_of,
    put_programme,
)
from sensor_hub.store.recording import add_session
from sensor_hub.store.retelling import retell, retell_newest
from sensor_hub.store.retention import Retention, Swept
from sensor_hub.store.review import MachineRow, SessionRecord
from sensor_hub.store.room import Room, room_of
from sensor_hub.store.rows import LONGEST_CHUNK_S
from sensor_hub.store.samples import StoredSamples
from sensor_hub.store.store import Store
from sensor_hub.store.tombstones import WHOLE, Tombstone
from sensor_hub.store.trace import RawTrace
from sensor_hub.store.transfer import copy_store, is_in_use, is_unused, load_store

__all__ = [
    "CHAIN",
    "GYM",
    "HUB",
    "KEPT_HOURS",
    "LONGEST_CHUNK_S",
    "LONGEST_SESSION",
    "LONGEST_WHY",
    "TOLD",
    "WHOLE",
    "Analysis",
    "Athlete",
    "Contents",
    "Correction",
    "Due",
    "Erased",
    "Erasure",
    "Graveyard",
    "HistoryRep",
    "HistorySet",
    "InfluxServer",
    "InfluxSink",
    "InfluxTarget",
    "Lately",
    "Lifter",
    "Limit",
    "Limits",
    "MachineRow",
    "Note",
    "Parked",
    "Part",
    "PlaceRow",
    "RawRow",
    "RawTrace",
    "Retention",
    "Room",
    "SessionRecord",
    "Span",
    "Store",
    "Stored",
    "StoredSamples",
    "Swept",
    "Target",
    "Tombstone",
    "Visit",
    "add_analysis",
    "add_athlete",
    "add_correction",
    "add_erasure",
    "add_note",
    "add_session",
    "address_of",
    "advance",
    "all_gone",
    "analyses",
    "asked_at",
    "athlete_of",
    "athletes",
    "bring_corrections",
    "busy_since",
    "change_athlete",
    "close_file",
    "compact",
    "contents_of",
    "copy_store",
    "correct",
    "corrections",
    "cuts_of",
    "decode_samples",
    "drop_note",
    "drop_parked",
    "drop_part",
    "encode_samples",
    "erase_again",
    "erase_athlete",
    "erase_points",
    "erase_told",
    "erasures",
    "file_of",
    "forget_hours",
    "from_microseconds",
    "graveyard",
    "gym_part",
    "history",
    "hub_part",
    "hubs",
    "is_centre",
    "is_in_use",
    "is_known",
    "is_over",
    "is_unused",
    "keep_hub",
    "last_lifted",
    "last_words",
    "lately",
    "lifted_at",
    "lifted_in",
    "lifted_since",
    "load_store",
    "loads_lately",
    "lock_cursors",
    "machines_heard",
    "make_cursors",
    "move_cursors",
    "named_later",
    "news_of",
    "note_forgotten",
    "note_import",
    "notes",
    "parked_counts",
    "parked_rows",
    "parts_of",
    "pending_parts",
    "places",
    "programme_numbers",
    "programme_of",
    "put_programme",
    "refusals",
    "retell",
    "retell_newest",
    "room_of",
    "rows_of",
    "send_sessions_again",
    "sensor_hours",
    "sensors",
    "sensors_of",
    "session_of_correction",
    "session_rows",
    "sessions_of",
    "settle",
    "statuses",
    "stretches",
    "take",
    "take_back",
    "the_one",
    "to_microseconds",
    "trained_at",
    "untaken",
    "used_hours",
    "visits",
    "weeks_of_reps",
]
