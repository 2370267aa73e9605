"""An athlete who is erased is in no table, does not come back, and nobody else's sets are touched."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from sensor_hub.messages import Message, SetMessage, Side
from sensor_hub.store import Lifter, Store, add_analysis, add_athlete, athletes, correct, note_import, tables
from sensor_hub.store.erasing import Erased, erase_athlete
from sensor_hub.store.erasures import add_erasure, erase_again, erasures, graveyard, pending_parts, settle
from sensor_hub.store.recording import park
from tests.store.conftest import EVENING, counts_block
from tests.store.conftest import Lifter as Evening

ANNA, BEN = "k7m2p9xd", "zt4wx8qr"
LATER = EVENING + timedelta(days=3)


def evening_of(*lifters: str | None, name: str = "evening", days: int = 0) -> list[Message]:
    """A session, each set another's; raw samples of 2 s every 10 s."""
    evening = Evening(session=name, began=EVENING + timedelta(days=days))
    sent = evening.whole_session(sets=len(lifters))
    for number, message in enumerate(sent):
        if isinstance(message, SetMessage):
            sent[number] = message.model_copy(update={"athlete": lifters[message.number - 1], "side": Side.BOTH})
    raw = [evening.raw(float(after), counts_block(200, after, seed=after)) for after in range(0, 500, 10)]
    return [*sent, *raw]


def erase(store: Store, athlete: str = ANNA) -> Erased:
    with store.transaction() as connection:
        erased = erase_athlete(connection, athlete, LATER, ["anna"])
        add_erasure(connection, athlete, LATER, "admin", erased.counts, {"file": None})
    return erased


def everything(store: Store) -> Iterator[tuple[str, dict[str, Any]]]:
    with store.transaction() as connection:
        for table in tables.metadata.sorted_tables:
            for row in connection.execute(select(table)).mappings():
                yield table.name, dict(row)


def mentions(store: Store, word: str) -> set[str]:
    return {table for table, row in everything(store) if word in repr(row)}


def test_a_session_of_ones_own_goes_whole_and_others_stay_to_the_last_row(store: Store) -> None:
    store.record(evening_of(BEN, BEN, name="bens", days=1))
    before = [one for one in everything(store) if one[0] not in ("counter", "machine", "state")]
    store.record(evening_of(ANNA, ANNA, name="annas"))
    counts = erase(store).counts
    assert {name: counts[name] for name in ("sessions", "sets", "reps", "motion", "raw")} == {
        "sessions": 1,
        "sets": 2,
        "reps": 6,
        "motion": 6,
        "raw": 50,
    }
    after = [one for one in everything(store) if one[0] not in ("counter", "machine", "state")]
    assert [one for one in after if one[0] not in ("erased", "erasure", "erasure_part")] == before
    assert mentions(store, ANNA) == {"erasure", "erasure_part"}
    assert mentions(store, "annas") == set()


def test_of_a_shared_session_only_the_own_sets_go_and_raw_samples_up_to_the_others(store: Store) -> None:
    store.record(evening_of(ANNA, BEN, ANNA))
    span = erase(store).spans[0]
    assert (span.number, span.machine, span.started) == (1, "press-1", EVENING + timedelta(seconds=100))
    record = store.session("evening")
    assert record is not None
    assert [(one.number, one.athlete) for one in record.sets] == [(2, BEN)]
    assert {rep.set_number for rep in record.reps} == {2}
    assert [one.start_s for one in record.rejected] == [226.0]
    assert (record.session.set_count, record.session.rep_count) == (1, 3)
    times = [(one.time - EVENING).total_seconds() for one in store.samples("evening")]
    assert times == [200.0, 210.0, 220.0, 230.0], "set 2 lasts from 200 to 230 s"
    assert mentions(store, ANNA) == {"erasure", "erasure_part"}


def test_what_was_said_counts_not_what_was_sent(store: Store) -> None:
    store.record(evening_of(ANNA, BEN))
    with store.transaction() as connection:
        correct(connection, "evening", 1, Lifter(BEN), LATER, "anna")
        correct(connection, "evening", 2, Lifter(ANNA), LATER, "coach")
    erase(store)
    record = store.session("evening")
    assert record is not None
    assert [(one.number, one.athlete) for one in record.sets] == [(1, BEN)]
    assert mentions(store, ANNA) == {"erasure", "erasure_part"}
    assert mentions(store, "'anna'") == set(), "her account's name stood beside a correction"


def test_analyses_imports_and_refused_messages_are_reached(store: Store) -> None:
    store.record(evening_of(ANNA, BEN))
    record = store.session("evening")
    assert record is not None
    with store.transaction() as connection:
        add_analysis(connection, "evening", LATER, "9.9", record.sets, record.reps, record.rejected)
        note_import(connection, ["evening"], LATER, "anna-2026.json", "0" * 64, "9.9")
        park(connection, "store", "too big", [f'{{"athlete": "{ANNA}"}}', '{"session": "evening"}', "other"])
        add_athlete(connection, EVENING, "Anna Example")
    erase(store)
    later = store.session("evening")
    assert later is not None
    assert later.analysis is not None
    assert [(one.number, one.athlete) for one in later.sets] == [(2, BEN)]
    assert {rep.set_number for rep in later.reps} == {2}
    assert [one.start_s for one in later.rejected] == [226.0]
    with store.transaction() as connection:
        assert connection.execute(select(tables.parked.c.content)).scalars().all() == ["other"]
    assert mentions(store, "anna-2026") == set()


def test_a_name_is_forgotten(store: Store) -> None:
    with store.transaction() as connection:
        anna = add_athlete(connection, EVENING, "Anna Example")
        ben = add_athlete(connection, EVENING, "Ben Example")
    store.record(evening_of(anna.athlete, ben.athlete))
    erase(store, anna.athlete)
    with store.transaction() as connection:
        assert athletes(connection) == [ben]
    assert mentions(store, "Anna") == set()


@pytest.mark.parametrize("lifters", [(ANNA, ANNA), (ANNA, BEN)])
def test_a_resend_brings_nothing_back(store: Store, lifters: tuple[str, str]) -> None:
    sent = evening_of(*lifters)
    store.record(sent)
    erase(store)
    before = list(everything(store))
    for part in (sent, sent[::-1], sent[:3], sent[3:]):
        store.record(part)
    kept = ("counter", "machine", "session", "state")
    assert [one for one in everything(store) if one[0] not in kept] == [
        one for one in before if one[0] not in kept
    ]
    assert (store.session("evening") is None) is (lifters == (ANNA, ANNA))
    assert mentions(store, ANNA) == {"erasure", "erasure_part"}


def test_what_another_hub_sends_only_later_is_not_stored(store: Store) -> None:
    erase(store)
    store.record(evening_of(ANNA, BEN, name="elsewhere"))
    record = store.session("elsewhere")
    assert record is not None
    assert [(one.number, one.athlete) for one in record.sets] == [(2, BEN)]
    assert {rep.set_number for rep in record.reps} == {2}
    assert mentions(store, ANNA) == {"erasure", "erasure_part"}


def test_in_a_session_that_still_runs_somebody_else_may_go_on(store: Store) -> None:
    sent = [one for one in evening_of(ANNA, BEN) if not one.id.endswith("ended")]
    ended = next(one for one in evening_of(ANNA, BEN) if one.id.endswith("ended"))
    first = [one for one in sent if (one.time - EVENING).total_seconds() < 150]
    store.record(first)
    with store.transaction() as connection:
        erase_athlete(connection, ANNA, EVENING + timedelta(seconds=150))
        add_erasure(connection, ANNA, EVENING + timedelta(seconds=150), None, {}, {})
    store.record([*sent, ended])
    record = store.session("evening")
    assert record is not None
    assert [(one.number, one.athlete) for one in record.sets] == [(2, BEN)]
    assert len(store.samples("evening")) > 10


def test_a_store_from_before_learns_of_it_from_the_tombstones(store: Store) -> None:
    store.record([*evening_of(ANNA, ANNA, name="annas"), *evening_of(None, BEN, name="shared", days=1)])
    with store.transaction() as connection:
        old = list(connection.execute(select(tables.set_)).mappings())
        correct(connection, "shared", 1, Lifter(ANNA), LATER, None)
    erase(store)
    with store.transaction() as connection:
        graves = graveyard(connection)
        for table in (tables.erasure, tables.erasure_part, tables.erased):
            connection.execute(table.delete())
    store.record([*evening_of(ANNA, ANNA, name="annas"), *evening_of(None, BEN, name="shared", days=1)])
    assert store.session("annas") is not None, "as restored from before"
    assert len(old) == 4
    with store.transaction() as connection:
        erase_again(connection, graves, LATER)
    assert store.session("annas") is None
    record = store.session("shared")
    assert record is not None
    assert [one.number for one in record.sets] == [2]
    assert mentions(store, ANNA) == {"erasure"}


def test_the_record_says_what_is_reached_and_what_is_not(store: Store) -> None:
    store.record(evening_of(ANNA))
    with store.transaction() as connection:
        counts = erase_athlete(connection, ANNA, LATER).counts
        add_erasure(connection, ANNA, LATER, "admin", counts, {"points": [1], "hub of gym/press-1": []})
        settle(connection, ANNA, "points", LATER, done=False, note="The server is away.")
        settle(connection, ANNA, "hub of gym/press-1", LATER, done=True)
        (kept,) = erasures(connection)
        (pending,) = pending_parts(connection)
    assert (kept.asked, kept.asked_by, kept.counts["reps"], kept.complete) == (LATER, "admin", 3, False)
    assert (pending.part, pending.work, pending.note) == ("points", [1], "The server is away.")
    with store.transaction() as connection:
        settle(connection, ANNA, "points", LATER, done=True)
        assert erasures(connection)[0].complete
        assert [part.work for part in erasures(connection)[0].parts] == [None, None]
