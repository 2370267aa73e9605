"""Who lifted which set: as sent, and as somebody said afterwards."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from sensor_hub.errors import StoreError
from sensor_hub.messages import Side
from sensor_hub.store import Lifter, Store, add_analysis, correct, corrections, last_lifted, lately, tables
from sensor_hub.store.lifters import sets_of
from tests.store.conftest import EVENING
from tests.store.conftest import Lifter as Evening

ANNA, BEN = "k7m2p9xd", "zt4wx8qr"


def two_take_turns(store: Store, name: str = "evening") -> Evening:
    """Set 1 and 3 are Anna's, 2 is Ben's."""
    evening = Evening(session=name)
    sent = evening.whole_session(sets=3)
    for number, message in enumerate(sent):
        if type(message).__name__ == "SetMessage":
            athlete = BEN if message.number == 2 else ANNA
            sent[number] = message.model_copy(update={"athlete": athlete, "load_kg": 80.0 + message.number})
    store.record([one.model_copy(update={"load_kg": None}) if hasattr(one, "sensor") else one for one in sent])
    return evening


def said(store: Store) -> list[tuple[str | None, float | None]]:
    record = store.session("evening")
    assert record is not None
    return [(one.athlete, one.load_kg) for one in record.sets]


def test_a_set_is_whose_it_was_sent_as(store: Store) -> None:
    two_take_turns(store)
    assert said(store) == [(ANNA, 81.0), (BEN, 82.0), (ANNA, 83.0)]
    (listed,) = store.sessions()
    assert (listed.athlete, listed.load_kg) == (None, None)


def test_the_last_word_counts_and_what_was_sent_stays(store: Store) -> None:
    two_take_turns(store)
    with store.transaction() as connection:
        correct(connection, "evening", 2, Lifter(ANNA, 60.0, Side.LEFT), EVENING, None)
        correct(connection, "evening", 2, Lifter(ANNA, 81.0), EVENING + timedelta(days=1), "coach")
        correct(connection, "evening", 3, Lifter(), EVENING, "coach")
    assert said(store) == [(ANNA, 81.0), (ANNA, 81.0), (None, None)]
    with store.transaction() as connection:
        assert sets_of(connection, ANNA) == [("evening", 1), ("evening", 2)]
        assert sets_of(connection, BEN) == []
        sent = connection.execute(select(tables.set_.c.athlete).order_by(tables.set_.c.number)).scalars().all()
        assert sent == [ANNA, BEN, ANNA]
        words = [(one.set_number, one.made_by, one.lifter.side) for one in corrections(connection, "evening")]
    assert words == [(2, None, Side.LEFT), (2, "coach", None), (3, "coach", None)]


def test_a_resend_does_not_take_a_correction_back(store: Store) -> None:
    evening = two_take_turns(store)
    with store.transaction() as connection:
        correct(connection, "evening", 1, Lifter(BEN), EVENING, None)
    store.record([evening.set_(1, [0.5, None]).model_copy(update={"athlete": ANNA})])
    assert said(store)[0] == (BEN, None)


def test_sessions_are_found_by_whose_sets_they_have(store: Store) -> None:
    two_take_turns(store)
    store.record(Evening(session="nobodys", began=EVENING + timedelta(days=1)).whole_session())
    assert [one.session for one in store.sessions(athlete=BEN)] == ["evening"] == store.session_ids(athlete=BEN)
    with store.transaction() as connection:
        correct(connection, "evening", 2, Lifter(ANNA), EVENING, None)
    assert store.sessions(athlete=BEN) == []
    assert [(one.session, one.athlete) for one in store.sessions(athlete=ANNA)] == [("evening", ANNA)]


def test_where_nobody_spoke_of_sets_the_session_counts(store: Store) -> None:
    evening = Evening()
    store.record([*evening.whole_session(), evening.session_(1001.0, athlete=ANNA, load_kg=80.0)])
    (listed,) = store.sessions(athlete=ANNA)
    assert (listed.athlete, listed.load_kg) == (ANNA, 80.0)
    with store.transaction() as connection:
        assert sets_of(connection, ANNA) == [("evening", 1), ("evening", 2)]
        correct(connection, "evening", 1, Lifter(BEN), EVENING, None)
        assert sets_of(connection, ANNA) == []


def test_a_later_analysis_has_the_lifters_of_the_sets_it_overlaps(store: Store) -> None:
    two_take_turns(store)
    record = store.session("evening")
    assert record is not None
    moved = timedelta(seconds=4)
    sets = [
        one.model_copy(update={"number": one.number - 1, "started": one.started + moved, "athlete": None})
        for one in record.sets[1:]
    ]
    with store.transaction() as connection:
        add_analysis(connection, "evening", EVENING, "9.9", sets, [])
    assert said(store) == [(BEN, 82.0), (ANNA, 83.0)]


def test_a_set_that_is_not_there_cannot_be_corrected(store: Store) -> None:
    two_take_turns(store)
    for name, number, said in (("evening", 4, "no set 4 in this session"), ("other", 1, "no session 'other'")):
        with pytest.raises(StoreError, match=said), store.transaction() as connection:
            correct(connection, name, number, Lifter(ANNA), EVENING, None)


def test_who_lifted_on_a_machine_lately_comes_first(store: Store) -> None:
    two_take_turns(store)
    machine = store.machines()[0]
    with store.transaction() as connection:
        assert lately(connection, machine.site, machine.machine, EVENING - timedelta(days=1)) == [ANNA, BEN]
        correct(connection, "evening", 3, Lifter(), EVENING, None)
        assert lately(connection, machine.site, machine.machine, EVENING - timedelta(days=1)) == [BEN, ANNA]
        seen = last_lifted(connection, [ANNA, BEN, "nobody"])
        assert sorted(seen) == [ANNA, BEN]
        assert seen[BEN] > seen[ANNA] > EVENING
        assert last_lifted(connection, [ANNA]) == {ANNA: seen[ANNA]}
        assert lately(connection, machine.site, "another", EVENING - timedelta(days=1)) == []
        assert lately(connection, machine.site, machine.machine, EVENING + timedelta(days=1)) == []
