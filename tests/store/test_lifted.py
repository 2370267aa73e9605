"""Many sessions at once say of their sets what each session says of its own."""

from datetime import timedelta

import pytest

from sensor_hub.coach.done import LiftedReps
from sensor_hub.messages import Side
from sensor_hub.prescription import Prescription
from sensor_hub.store import Lifter as Lifts
from sensor_hub.store import Store, add_analysis, add_athlete, correct, lifted_in, lifted_since
from tests.store.conftest import EVENING, Lifter

ASKED = Prescription(sets=2, reps=2, tempo="4-1-2-0")


def lifted(store: Store, *sessions: str) -> dict[str, list[LiftedReps]]:
    with store.transaction() as connection:
        return lifted_in(connection, sessions)


def evening(store: Store, session: str = "evening", **said: object) -> Lifter:
    """Two sets of three and two reps; said: of the first set."""
    lifter = Lifter(session=session)
    first = lifter.set_(1, [0.2, 0.3, None], 3).model_copy(update=said)
    reps = [lifter.rep(1, number) for number in (1, 2, 3)] + [lifter.rep(2, number) for number in (1, 2)]
    store.record([lifter.session_(), first, *reps, lifter.set_(2, [0.1, None], 2)])
    return lifter


def test_sets_come_with_their_reps_and_pauses(store: Store) -> None:
    evening(store, athlete="k7m2p9xd", load_kg=80.0, side=Side.LEFT, asked=ASKED)
    found = lifted(store, "evening", "nowhere")
    assert found["nowhere"] == []
    first, second = found["evening"]
    assert (first.athlete, first.load_kg, first.side, first.asked) == ("k7m2p9xd", 80.0, Side.LEFT, ASKED)
    assert (second.athlete, second.load_kg) == (None, None)
    assert [rep.top_pause_s for rep in first.reps] == [0.2, 0.3, None]
    assert [rep.bounced for rep in first.reps] == [False, True, False]
    assert first.reps[0].uncertainty["eccentric_s"] == pytest.approx(0.01)
    assert len(second.reps) == 2


def test_a_session_of_which_nobody_said_more_is_its_own_athletes(store: Store) -> None:
    lifter = Lifter()
    store.record([lifter.session_(athlete="k7m2p9xd", load_kg=60.0), lifter.rep(1, 1), lifter.set_(1, [None], 1)])
    [one] = lifted(store, "evening")["evening"]
    assert (one.athlete, one.load_kg) == ("k7m2p9xd", 60.0)


def test_what_was_corrected_or_analysed_anew_counts(store: Store) -> None:
    first, second = evening(store, "first"), evening(store, "second")
    with store.transaction() as connection:
        who = add_athlete(connection, EVENING, "Anna Example", "kg", None).athlete
        correct(connection, "first", 1, Lifts(who, 85.0, Side.BOTH, ASKED), EVENING, None)
        anew = second.set_(1, [None], 1)
        add_analysis(connection, "second", EVENING, "9.9", [anew], [second.rep(1, 1, bounced=True)])
    found = lifted(store, first.session, second.session)
    assert [(one.athlete, one.load_kg, len(one.reps)) for one in found["first"]] == [
        (who, 85.0, 3),
        (None, None, 2),
    ]
    assert [[rep.bounced for rep in one.reps] for one in found["second"]] == [[True]]


def test_days_of_everybody_are_told_at_once(store: Store) -> None:
    evening(store, athlete="k7m2p9xd")
    with store.transaction() as connection:
        told = lifted_since(connection, EVENING, ["k7m2p9xd", "nobody"])
        assert {at.date() for at in told["k7m2p9xd"]} == {EVENING.date()}
        assert lifted_since(connection, EVENING, ["nobody"]) == {}
        assert lifted_since(connection, EVENING + timedelta(days=1), ["k7m2p9xd"]) == {}
