"""Writing: in any order, any number of times, and nothing is thrown away silently."""

import random
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from sensor_hub.errors import StoreError
from sensor_hub.messages import Message, Progress
from sensor_hub.model import BounceCause, Phase, Refusal
from sensor_hub.store import Store
from sensor_hub.store.tables import parked
from sensor_hub.store.tables import rep as rep_table
from tests.store.conftest import EVENING, Lifter, counts_block


def everything(store: Store) -> object:
    record = store.session("evening")
    return record, store.phases("evening"), store.motion("evening"), store.sessions(), store.machines()


def reasons(store: Store) -> list[str]:
    with store.transaction() as connection:
        return list(connection.execute(select(parked.c.reason)).scalars())


@pytest.mark.parametrize("seed", range(5))
def test_order_and_resends_do_not_matter(lifter: Lifter, store: Store, tmp_path: Path, seed: int) -> None:
    sent = lifter.whole_session()
    other = Store.open(tmp_path / "other.db")
    other.record(sent)
    shuffled = random.Random(seed)
    again: list[Message] = sent * 2
    shuffled.shuffle(again)
    while again:
        size = shuffled.randint(1, 7)
        store.record(again[:size])
        again = again[size:]
    expected, found = other.session("evening"), store.session("evening")
    assert found == expected
    assert store.phases("evening") == other.phases("evening")
    assert store.motion("evening") == other.motion("evening")
    assert store.sessions() == other.sessions()
    other.close()


def test_what_was_not_counted_is_kept_once_and_only_of_sessions(lifter: Lifter, store: Store) -> None:
    later, earlier = lifter.rejected(140.0), lifter.rejected(126.0, Refusal.HANDLED, gates={})
    nobodys = lifter.rejected(50.0, session=None)
    store.record([lifter.session_(), later, nobodys, earlier])
    store.record([earlier.model_copy(update={"seq": 99, "reason": Refusal.SLOW}), nobodys])
    record = store.session("evening")
    assert record is not None
    assert record.rejected == [earlier, later]
    assert reasons(store) == []


def test_a_rep_that_bounced_keeps_its_cause(lifter: Lifter, store: Store) -> None:
    thrown, unknown = lifter.rep(1, 2, bounce_cause=BounceCause.REBOUND), lifter.rep(1, 3)
    store.record([lifter.session_(), thrown, unknown])
    record = store.session("evening")
    assert record is not None
    assert record.reps == [thrown, unknown]


def test_messages_come_back_as_they_were_sent(lifter: Lifter, store: Store) -> None:
    session, started = lifter.session_(), lifter.set_(1)
    rep = lifter.rep(1, 1, bounced=None, bottom_pause_s=None, eccentric_s=1 / 3)
    phase, motion = lifter.phase(1, 1, Phase.BOTTOM, 104.5), lifter.motion(1, 102.0)
    store.record([session, started, rep, phase, motion])
    record = store.session("evening")
    assert record is not None
    assert record.session == session.model_copy(update={"set_count": 1, "rep_count": 1})
    assert record.sets == [started.model_copy(update={"rep_count": 1})]
    assert record.reps == [rep]
    assert rep.trace is not None
    assert store.phases("evening", 1) == [phase]
    assert store.motion("evening", 1) == [motion]


def test_a_rep_without_a_trace_stays_without(lifter: Lifter, store: Store) -> None:
    store.record([lifter.session_(), lifter.rep(1, 1, trace=None), lifter.rep(1, 2)])
    record = store.session("evening")
    assert record is not None
    assert [rep.trace is None for rep in record.reps] == [True, False]
    with store.transaction() as connection:
        assert connection.execute(select(rep_table.c.number).where(rep_table.c.trace.is_(None))).all() == [(1,)]


def test_the_end_replaces_the_start_but_not_the_other_way_round(lifter: Lifter, store: Store) -> None:
    started, ended = lifter.set_(1), lifter.set_(1, [None], rep_count=1)
    session, over = lifter.session_(), lifter.session_(500.0, athlete="k7m2p9xd")
    for messages in ([session, started], [ended, over], [started, session]):
        store.record(messages)
        record = store.session("evening")
        assert record is not None
    assert record.sets[0].progress is Progress.ENDED
    assert record.sets[0].end_s == ended.end_s
    assert (record.session.progress, record.session.athlete) == (Progress.ENDED, "k7m2p9xd")


def test_a_later_message_of_the_same_progress_replaces(lifter: Lifter, store: Store) -> None:
    first, second = lifter.session_(), lifter.session_(load_kg=60.0)
    store.record([second])
    store.record([first])
    assert store.sessions()[0].load_kg == 60.0


def test_the_ended_set_settles_the_pauses_at_the_top(lifter: Lifter, store: Store) -> None:
    reps = [lifter.rep(1, number) for number in (1, 2, 3)]
    ended = lifter.set_(1, [0.7, 1.1, None], rep_count=3)
    store.record([lifter.session_(), *reps[:2], ended])
    store.record(reps[2:])
    record = store.session("evening")
    assert record is not None
    assert [rep.top_pause_s for rep in record.reps] == [0.7, 1.1, None]
    store.record(reps)
    assert store.session("evening") == record


def test_sets_of_other_sessions_are_left_alone(lifter: Lifter, store: Store) -> None:
    other = Lifter(session="other", began=EVENING + timedelta(days=1))
    store.record([lifter.session_(), lifter.rep(1, 1, top_pause_s=9.0), other.session_()])
    store.record([other.rep(1, 1), other.set_(1, [0.4])])
    record = store.session("evening")
    assert record is not None
    assert record.reps[0].top_pause_s == 9.0


def test_a_message_that_cannot_be_stored_is_parked_and_the_rest_kept(lifter: Lifter, store: Store) -> None:
    good = [lifter.session_(), lifter.rep(1, 1), lifter.rep(1, 2)]
    bad = lifter.rep(1, 3).model_copy(update={"seq": 2**70})
    store.record([*good[:2], bad, good[2]])
    record = store.session("evening")
    assert record is not None
    assert [rep.number for rep in record.reps] == [1, 2]
    (reason,) = reasons(store)
    assert "too large" in reason or "out of range" in reason


def test_damaged_raw_chunks_are_parked(lifter: Lifter, store: Store) -> None:
    block = counts_block()
    whole = lifter.raw(0.0, block)
    store.record(
        [
            lifter.raw(1.0, block, data="AAAA"),
            lifter.raw(2.0, block, data="é"),
            lifter.raw(3.0, block, count=99),
            lifter.raw(4.0, block, end_s=9999.0),
            whole,
        ]
    )
    assert store.raw("press-1", EVENING, EVENING + timedelta(hours=1)).sample_count == 100
    assert len(reasons(store)) == 4


def test_live_messages_and_nothing_at_all_are_no_work(store: Store) -> None:
    store.record([])
    assert store.machines() == []


def test_a_database_that_fails_keeps_nothing_of_the_batch(lifter: Lifter, store: Store) -> None:
    with store.transaction() as connection:
        connection.exec_driver_sql("DROP TABLE phase")
    with pytest.raises(StoreError, match=r"The database failed: .*phase"):
        store.record([lifter.session_(), lifter.phase(1, 1, Phase.BOTTOM, 1.0)])
    assert store.sessions() == []
    assert reasons(store) == []


def test_two_writers_take_turns(lifter: Lifter, store: Store, store_url: str) -> None:
    other = Store.open(store_url)
    elsewhere = Lifter(session="elsewhere", machine="press-2")
    mine, theirs = lifter.whole_session(), elsewhere.whole_session()
    for one, two in zip(mine, theirs, strict=True):
        store.record([one])
        other.record([two])
    assert {row.machine: row.session_count for row in store.machines()} == {"press-1": 1, "press-2": 1}
    assert [session.rep_count for session in other.sessions()] == [6, 6]
    other.close()
