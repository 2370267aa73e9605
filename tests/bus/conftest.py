"""Messages to send, and an ear that notes what it hears."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from sensor_hub.bus import Ack
from sensor_hub.messages import Message, PhaseMessage, StatusMessage
from sensor_hub.model import Phase

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


class Ear:
    """What a subscriber hears, acknowledged at once unless `deaf`."""

    def __init__(self) -> None:
        self.heard: list[Message] = []
        self.deaf = False
        self.held: list[Ack] = []

    def __call__(self, message: Message, ack: Ack) -> None:
        self.heard.append(message)
        if self.deaf:
            self.held.append(ack)
        else:
            ack()

    @property
    def ids(self) -> list[str]:
        return [message.id for message in self.heard]


@pytest.fixture
def ear() -> Ear:
    return Ear()


@pytest.fixture
def phase() -> Callable[..., PhaseMessage]:
    def make(number: int, machine: str = "press-1") -> PhaseMessage:
        return PhaseMessage(
            id=f"{machine}/phase/{number}",
            seq=number,
            time=NOON + timedelta(seconds=number),
            site="gym",
            machine=machine,
            session="monday",
            set_number=1,
            rep_number=number,
            phase=Phase.ECCENTRIC,
            start_s=float(number),
            at_s=number + 0.1,
        )

    return make


@pytest.fixture
def will() -> StatusMessage:
    return StatusMessage(
        id="hub-1/press-1",
        seq=0,
        time=NOON,
        site="gym",
        machine="press-1",
        hub="hub-1",
        online=False,
        version="0.1",
    )
