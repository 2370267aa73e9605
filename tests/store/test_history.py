"""What an athlete lifted, over several evenings and with corrections."""

from datetime import timedelta

from sensor_hub.coach.adherence import PHASES
from sensor_hub.messages import RepMessage, SetMessage, Side
from sensor_hub.prescription import Prescription
from sensor_hub.store import Lifter, Store, correct, history
from tests.store.conftest import EVENING
from tests.store.conftest import Lifter as Evening

ANNA = "k7m2p9xd"
ASKED = Prescription(sets=2, reps=3, tempo="4-1-2-0")


def test_an_athletes_sets_come_in_order_with_their_reps(store: Store) -> None:
    sent = Evening().whole_session(sets=3)
    store.record(sent)
    with store.transaction() as connection:
        for number in (3, 1):
            correct(connection, "evening", number, Lifter(ANNA, 80.0, Side.LEFT, ASKED), EVENING, None)
        found = history(connection, ANNA, EVENING - timedelta(days=1))
        assert history(connection, ANNA, EVENING + timedelta(days=1)) == []
        assert history(connection, "zt4wx8qr", EVENING - timedelta(days=1)) == []
    assert [(one.number, one.load_kg, one.side, one.asked) for one in found] == [
        (1, 80.0, Side.LEFT, ASKED),
        (3, 80.0, Side.LEFT, ASKED),
    ]
    (first,) = (one for one in sent if isinstance(one, SetMessage) and one.number == 1 and one.ended)
    assert (found[0].site, found[0].machine, found[0].started) == (first.site, first.machine, first.started)
    reps = [one for one in sent if isinstance(one, RepMessage) and one.set_number == 3]
    assert [one.eccentric_s for one in found[1].reps] == [one.eccentric_s for one in reps]
    assert [dict(one.uncertainty) for one in found[1].reps] == [
        {name: one.uncertainty.get(name) for name in PHASES} for one in reps
    ]
