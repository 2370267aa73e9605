"""What is said of sets and reps afterwards, in either database: readers go by it, and nothing measured changes."""

import gzip
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from sensor_hub.coach.corrections import Kind, Remark
from sensor_hub.errors import MissingError, UnfitError
from sensor_hub.messages import Side
from sensor_hub.store import (
    Lifter,
    Store,
    add_analysis,
    add_correction,
    analyses,
    corrections,
    erase_athlete,
    history,
    lately,
    lifted_at,
    tables,
    take_back,
)
from sensor_hub.store.lifters import sets_of
from tests.store.conftest import EVENING
from tests.store.conftest import Lifter as Evening
from tests.store.keep import KEPT

ANNA, BEN = "k7m2p9xd", "zt4wx8qr"
LATER = EVENING + timedelta(days=1)


def say(
    store: Store, kind: Kind, set_number: int | None = None, rep_number: int | None = None, **more: Any
) -> int:
    """Of the evening; its number."""
    with store.transaction() as connection:
        return add_correction(connection, "evening", Remark(kind, set_number, rep_number, **more), LATER, "coach")


def give(store: Store, set_number: int, athlete: str, rep_number: int | None = None) -> int:
    return say(store, Kind.LIFTER, set_number, rep_number, lifter=Lifter(athlete, 80.0, Side.BOTH))


def counted(store: Store) -> list[tuple[int, str | None, list[int]]]:
    """Sets that count: number, whose, and their reps."""
    record = store.session("evening")
    assert record is not None
    assert (record.session.set_count, record.session.rep_count) == (len(record.sets), len(record.reps))
    (listed,) = [one for one in store.sessions() if one.session == "evening"]
    assert (listed.set_count, listed.rep_count) == (len(record.sets), len(record.reps)), "the list says the same"
    return [
        (one.number, one.athlete, [rep.number for rep in record.reps if rep.set_number == one.number])
        for one in record.sets
    ]


def lifted(store: Store, athlete: str) -> list[tuple[int, int]]:
    """Of the athlete's progress: sets, and how many reps each has."""
    with store.transaction() as connection:
        return [(one.number, len(one.reps)) for one in history(connection, athlete, EVENING - timedelta(days=1))]


def test_a_set_that_two_lifted_counts_for_each_their_part(store: Store) -> None:
    store.record(Evening().whole_session(sets=2, reps=5))
    give(store, 1, ANNA)
    say(store, Kind.SPLIT, 1, 3, why="two lifters")
    give(store, 1, BEN, rep_number=4)
    assert counted(store) == [(1, ANNA, [1, 2, 3]), (2, BEN, [1, 2]), (3, None, [1, 2, 3, 4, 5])]
    assert (lifted(store, ANNA), lifted(store, BEN)) == ([(1, 3)], [(2, 2)])
    assert store.session_ids(athlete=BEN) == ["evening"] == [one.session for one in store.sessions(athlete=ANNA)]
    with store.transaction() as connection:
        assert lately(connection, "gym", "press-1", EVENING) == [BEN, ANNA]
        assert len(lifted_at(connection, BEN, EVENING)) == 1


def test_what_is_discarded_counts_nowhere_and_comes_back(store: Store) -> None:
    store.record(Evening().whole_session(sets=2, reps=3))
    give(store, 1, ANNA)
    give(store, 2, ANNA)
    ghost, whole = say(store, Kind.DISCARD_REP, 1, 2), say(store, Kind.DISCARD_SET, 2)
    assert counted(store) == [(1, ANNA, [1, 3])]
    assert lifted(store, ANNA) == [(1, 2)]
    with store.transaction() as connection:
        take_back(connection, "evening", ghost, LATER, "admin")
        take_back(connection, "evening", whole, LATER, "admin")
        said = corrections(connection, "evening")
        assert [(one.kind, one.made_by, one.revoked_by) for one in said[2:]] == [
            (Kind.DISCARD_REP, "coach", "admin"),
            (Kind.DISCARD_SET, "coach", "admin"),
        ]
        with pytest.raises(MissingError):
            take_back(connection, "evening", whole, LATER, "admin")
    assert counted(store) == [(1, ANNA, [1, 2, 3]), (2, ANNA, [1, 2, 3])]
    assert lifted(store, ANNA) == [(1, 3), (2, 3)]


def test_a_torn_set_is_one_again_and_split_where_it_was_it_is_as_before(store: Store) -> None:
    store.record(Evening().whole_session(sets=3, reps=2))
    give(store, 1, ANNA)
    say(store, Kind.MERGE, 1)
    assert counted(store) == [(1, ANNA, [1, 2, 3, 4]), (2, None, [1, 2])]
    assert lifted(store, ANNA) == [(1, 4)]
    say(store, Kind.SPLIT, 1, 2)
    assert counted(store) == [(1, ANNA, [1, 2]), (2, None, [1, 2]), (3, None, [1, 2])]


def test_nothing_measured_is_changed(store: Store) -> None:
    store.record(Evening().whole_session())
    measured = (tables.set_, tables.rep, tables.phase, tables.motion, tables.session)

    def kept() -> list[dict[str, Any]]:
        with store.transaction() as connection:
            rows = [row for table in measured for row in connection.execute(select(table)).mappings()]
            return [{name: value for name, value in row.items() if name != "change"} for row in rows]

    before = kept()
    say(store, Kind.FLAGS, 1, 2, flags={"bounced": False}, why="seen on video")
    say(store, Kind.SPLIT, 1, 1)
    say(store, Kind.DISCARD_SET, 2)
    give(store, 1, BEN)
    assert kept() == before
    record, live = store.session("evening"), store.session("evening", as_measured=True)
    assert record is not None
    assert live is not None
    assert (live.reps[1].bounced, record.reps[1].bounced) == (True, False)
    assert len(live.sets) == 2


def test_sets_that_come_later_are_counted_on(store: Store) -> None:
    evening = Evening()
    sent = evening.whole_session(sets=3, reps=3)
    store.record([one for one in sent if getattr(one, "set_number", getattr(one, "number", 0)) < 3])
    say(store, Kind.SPLIT, 2, 1)
    say(store, Kind.DISCARD_SET, 1)
    store.record(sent)
    assert counted(store) == [(2, None, [1]), (3, None, [1, 2]), (4, None, [1, 2, 3])]


def test_in_a_later_analysis_it_is_the_same_lifting_that_is_corrected(store: Store) -> None:
    store.record(Evening().whole_session(sets=2, reps=3))
    say(store, Kind.DISCARD_REP, 1, 2)
    live = store.session("evening", as_measured=True)
    assert live is not None
    reps = [one.model_copy(update={"time": one.time + timedelta(seconds=0.2)}) for one in live.reps]
    with store.transaction() as connection:
        add_analysis(connection, "evening", LATER, "9.9", live.sets, reps, made_by="coach", why="a new engine")
        (made,) = analyses(connection, "evening")
    assert (made.made_by, made.why) == ("coach", "a new engine")
    assert counted(store) == [(1, None, [1, 3]), (2, None, [1, 2, 3])]
    say(store, Kind.DISCARD_REP, 2, 3)
    assert counted(store) == [(1, None, [1, 3]), (2, None, [1, 2])]


def test_which_version_is_shown_is_chosen_and_taken_back(store: Store) -> None:
    store.record(Evening().whole_session(sets=2, reps=3))
    live = store.session("evening")
    assert live is not None
    with store.transaction() as connection:
        add_analysis(connection, "evening", LATER, "9.9", live.sets[:1], live.reps[:3])
        add_analysis(connection, "evening", LATER, "9.9", live.sets[:1], live.reps[:2])
    assert counted(store) == [(1, None, [1, 2])]
    first = say(store, Kind.VERSION, version=1, why="it is right")
    assert counted(store) == [(1, None, [1, 2, 3])]
    say(store, Kind.VERSION, version=0)
    assert [len(reps) for _, _, reps in counted(store)] == [3, 3]
    with store.transaction() as connection:
        take_back(connection, "evening", first + 1, LATER, None)
    assert counted(store) == [(1, None, [1, 2, 3])]
    with pytest.raises(MissingError):
        say(store, Kind.VERSION, version=3)


def test_what_makes_no_sense_is_refused_and_leaves_nothing(store: Store) -> None:
    store.record(Evening().whole_session())
    refused: list[dict[str, Any]] = [
        {"kind": Kind.FLAGS, "set_number": 1, "rep_number": 1},
        {"kind": Kind.FLAGS, "set_number": 1, "rep_number": 1, "flags": {"number": True}},
        {"kind": Kind.DISCARD_SET},
        {"kind": Kind.DISCARD_SET, "set_number": 1, "why": "x" * 301},
        {"kind": Kind.DISCARD_SET, "set_number": 1, "why": "a\0b"},
    ]
    for more in refused:
        with pytest.raises(UnfitError):
            say(store, **more)
    with store.transaction() as connection:
        assert corrections(connection, "evening") == []
        with pytest.raises(MissingError):
            add_correction(connection, "nowhere", Remark(Kind.DISCARD_SET, 1), LATER, None)


def test_an_erasure_reaches_what_was_said_of_the_sets_and_who_said_it(store: Store) -> None:
    store.record(Evening().whole_session(sets=3, reps=3))
    for number in (1, 3):
        give(store, number, BEN)
    give(store, 2, BEN)
    give(store, 2, ANNA)
    say(store, Kind.DISCARD_SET, 2, why="Anna was tired")
    say(store, Kind.DISCARD_REP, 3, 1, why="a ghost")
    say(store, Kind.SPLIT, 3, 2)
    with store.transaction() as connection:
        assert sets_of(connection, ANNA) == [("evening", 2)], "discarded, but it is Anna's"
        erase_athlete(connection, ANNA, LATER, ["coach"])
        left = [row for table in (tables.correction, tables.piece) for row in connection.execute(select(table))]
    assert not [row for row in left if ANNA in repr(row) or "tired" in repr(row) or "'coach'" in repr(row)]
    assert counted(store) == [(1, BEN, [1, 2, 3]), (3, BEN, [2]), (4, BEN, [1])]


def test_of_a_set_that_two_shared_an_erasure_takes_all(store: Store) -> None:
    """Its samples and motion run through; nothing says where one stepped off."""
    store.record(Evening().whole_session(sets=2, reps=4))
    give(store, 1, BEN)
    give(store, 2, BEN)
    say(store, Kind.SPLIT, 1, 2)
    give(store, 1, ANNA, rep_number=3)
    with store.transaction() as connection:
        erase_athlete(connection, ANNA, LATER)
    assert counted(store) == [(2, BEN, [1, 2, 3, 4])]


def test_what_an_older_program_kept_of_sets_still_counts(tmp_path: Path) -> None:
    path = tmp_path / "hub.db"
    path.write_bytes(gzip.decompress((KEPT / "0006.db.gz").read_bytes()))
    with closing(sqlite3.connect(path)) as database:
        for number, athlete, asked in ((1, BEN, "null"), (2, ANNA, '{"sets": 3, "reps": 8}')):
            row = ("evening", 2, number, 10**15 + number, "coach", athlete, 70.0, "left", asked)
            database.execute("INSERT INTO correction VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
        database.commit()
    store = Store.open(path)
    assert counted(store) == [(1, None, [1, 2, 3]), (2, ANNA, [1, 2, 3])]
    assert lifted(store, ANNA) == [(2, 3)]
    with store.transaction() as connection:
        said = corrections(connection, "evening")
        assert [one.lifter.athlete for one in said] == [BEN, ANNA]
        assert said[1].lifter.asked is not None
        assert said[1].lifter.asked.reps == 8
        take_back(connection, "evening", said[1].number, LATER, None)
    assert counted(store) == [(1, None, [1, 2, 3]), (2, BEN, [1, 2, 3])]
    store.close()
