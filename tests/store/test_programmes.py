"""Programmes and notes: what is kept, who made it, and that it goes with the athlete."""

from datetime import date, timedelta

import pytest

from sensor_hub.coach.programme import weekly
from sensor_hub.errors import StoreError, UnfitError
from sensor_hub.messages import SetMessage
from sensor_hub.prescription import Prescription
from sensor_hub.store import (
    Lifter,
    Store,
    add_athlete,
    add_note,
    correct,
    corrections,
    drop_note,
    lifted_at,
    notes,
    programme_of,
    put_programme,
)
from sensor_hub.store.erasing import erase_athlete
from tests.store.conftest import EVENING
from tests.store.conftest import Lifter as Evening

PRESS = Prescription(sets=3, reps=10, tempo="4-1-2-0", load_kg=80.0, velocity_loss=0.2)
KNEE = weekly("Knee", date(2026, 3, 2), 4, (1, 3, 5), [PRESS])


def test_the_newest_programme_counts_and_can_be_ended(store: Store) -> None:
    with store.transaction() as connection:
        athlete = add_athlete(connection, EVENING, "Anna").athlete
        assert programme_of(connection, athlete) is None
        put_programme(connection, athlete, KNEE, EVENING, "coach")
        put_programme(connection, athlete, KNEE.model_copy(update={"name": "Hip"}), EVENING, None)
        found = programme_of(connection, athlete)
        assert found is not None
        assert (found.name, found.days) == ("Hip", KNEE.days)
        put_programme(connection, athlete, None, EVENING, "coach")
        assert programme_of(connection, athlete) is None


def test_nobody_elses_programme(store: Store) -> None:
    with store.transaction() as connection, pytest.raises(StoreError, match="no athlete"):
        put_programme(connection, "k7m2p9xd", KNEE, EVENING, None)


def test_what_was_asked_of_a_set_is_kept_with_it(store: Store) -> None:
    sent = Evening().whole_session()
    store.record([one.model_copy(update={"asked": PRESS}) if isinstance(one, SetMessage) else one for one in sent])
    record = store.session("evening")
    assert record is not None
    assert [one.asked for one in record.sets] == [PRESS, PRESS]
    lighter = PRESS.model_copy(update={"load_kg": 70.0})
    with store.transaction() as connection:
        correct(connection, "evening", 1, Lifter(asked=lighter), EVENING, None)
        assert [one.lifter.asked for one in corrections(connection, "evening")] == [lighter]
    record = store.session("evening")
    assert record is not None
    assert [one.asked for one in record.sets] == [lighter, PRESS]


def test_an_athletes_days_are_those_of_the_sets_that_count(store: Store) -> None:
    store.record(Evening().whole_session())
    with store.transaction() as connection:
        athlete = add_athlete(connection, EVENING).athlete
        assert lifted_at(connection, athlete, EVENING - timedelta(days=1)) == []
        correct(connection, "evening", 2, Lifter(athlete), EVENING, None)
        assert len(lifted_at(connection, athlete, EVENING - timedelta(days=1))) == 1
        assert lifted_at(connection, athlete, EVENING + timedelta(days=1)) == []


def test_notes_are_about_somebody_or_something_the_newest_first(store: Store) -> None:
    with store.transaction() as connection:
        athlete = add_athlete(connection, EVENING, "Anna").athlete
        add_note(connection, " left knee tender ", EVENING, "coach", athlete=athlete)
        later = add_note(connection, "cut it short", EVENING + timedelta(hours=1), None, session="evening")
        other = add_note(connection, "sled squeaks", EVENING, None, session="another")
        assert [one.text for one in notes(connection, athlete=athlete)] == ["left knee tender"]
        about = notes(connection, athlete=athlete, session="evening")
        assert [one.text for one in about] == ["cut it short", "left knee tender"]
        assert notes(connection) == []
        drop_note(connection, later.note)
        assert [one.text for one in notes(connection, session="evening")] == []
        assert notes(connection, session="another") == [other]
        with pytest.raises(StoreError, match="no note"):
            drop_note(connection, later.note)


@pytest.mark.parametrize(
    ("text", "about"),
    [("", {"session": "s"}), ("x" * 5000, {"session": "s"}), ("a\0b", {"session": "s"}), ("word", {})],
)
def test_a_note_that_says_nothing_or_of_nobody_is_refused(store: Store, text: str, about: dict[str, str]) -> None:
    with store.transaction() as connection, pytest.raises(UnfitError):
        add_note(connection, text, EVENING, None, **about)


def test_plans_and_notes_go_with_the_athlete(store: Store) -> None:
    sent = Evening().whole_session()
    with store.transaction() as connection:
        athlete = add_athlete(connection, EVENING, "Anna").athlete
    mine = {"athlete": athlete}
    store.record([one.model_copy(update=mine) if isinstance(one, SetMessage) else one for one in sent])
    with store.transaction() as connection:
        put_programme(connection, athlete, KNEE, EVENING, "coach")
        add_note(connection, "left knee tender", EVENING, "coach", athlete=athlete)
        add_note(connection, "cut it short", EVENING, "coach", session="evening")
        erase_athlete(connection, athlete, EVENING + timedelta(days=2))
        assert programme_of(connection, athlete) is None
        assert notes(connection, athlete=athlete, session="evening") == []
