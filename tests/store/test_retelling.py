"""What is stored is told once more as it was told."""

from datetime import timedelta

from sensor_hub.messages import Message
from sensor_hub.model import Phase
from sensor_hub.store import Store, retell, retell_newest
from tests.store.conftest import EVENING, Lifter, counts_block


def told(lifter: Lifter) -> list[Message]:
    return [
        lifter.raw(90.0, counts_block()),
        lifter.set_(1, [], 1),
        lifter.phase(1, 1, Phase.ECCENTRIC, 102.0),
        lifter.motion(1, 102.0),
        lifter.rep(1, 1),
        lifter.rejected(110.0),
        lifter.session_(400.0, athlete="bcdfghjk", load_kg=80.0),
    ]


def test_every_message_comes_back_as_it_was(lifter: Lifter, store: Store) -> None:
    said = told(lifter)
    elsewhere = told(Lifter(session="elsewhere", site="elsewhere"))
    for message, other in zip(said, elsewhere, strict=True):
        store.record([message, other])
    end = EVENING + timedelta(hours=1)
    with store.transaction() as connection:
        assert [*retell(connection, "gym", EVENING, end)] == said
        assert [*retell(connection, "gym", EVENING + timedelta(seconds=105), end)] == [said[1], *said[4:]]
        assert [*retell_newest(connection, "gym", 4)] == said[-2:]
