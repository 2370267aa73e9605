"""What is still to be said of an athlete who is to be forgotten: in a hub's outbox, or in the stream of a chain."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sensor_hub.bus import Outbox, decode
from sensor_hub.coach.uncounted import NEAR_S
from sensor_hub.errors import BusError
from sensor_hub.messages import (
    AssignMessage,
    ErasedSet,
    EraseMessage,
    LifterMessage,
    Message,
    MotionMessage,
    PhaseMessage,
    RawMessage,
    RejectedMessage,
    RepMessage,
    SessionMessage,
    SetMessage,
)

WHOLE = 0
"""In place of a set's number: the whole session."""
_AT_ONCE = 200
_OPEN_END = timedelta(minutes=10)
"""Of a set whose end is not told yet."""


class Unwanted:
    """The athlete's sets: those the store knows of, and those that only wait here."""

    def __init__(self, athlete: str, sets: Iterable[ErasedSet]) -> None:
        self._athlete = athlete
        self._sets = {(one.session, one.number): one for one in sets}

    def learn(self, message: Message) -> None:
        if isinstance(message, SetMessage) and message.athlete == self._athlete:
            ended = message.ended or message.started + _OPEN_END
            self._sets[message.session, message.number] = ErasedSet(
                session=message.session, number=message.number, started=message.started, ended=ended
            )

    def holds(self, message: Message) -> bool:
        match message:
            case LifterMessage() | AssignMessage():
                return message.athlete == self._athlete
            case SessionMessage():
                return message.athlete == self._athlete or (message.session, WHOLE) in self._sets
            case SetMessage():
                return not {(message.session, message.number), (message.session, WHOLE)}.isdisjoint(self._sets)
            case RepMessage() | PhaseMessage() | MotionMessage():
                return not {(message.session, message.set_number), (message.session, WHOLE)}.isdisjoint(self._sets)
            case RawMessage():
                return any(self._overlaps(one, message) for one in self._sets.values())
            case RejectedMessage():
                return any(_is_near(one, message) for one in self._sets.values())
        return False

    def _overlaps(self, one: ErasedSet, raw: RawMessage) -> bool:
        end: datetime = raw.time + timedelta(seconds=raw.end_s - raw.start_s)
        return raw.session == one.session and raw.time < one.ended and end > one.started


def _is_near(one: ErasedSet, stroke: RejectedMessage) -> bool:
    near = timedelta(seconds=NEAR_S)
    return stroke.session == one.session and one.started - near <= stroke.time <= one.ended + near


def forget(outbox: Outbox, erase: EraseMessage) -> int:
    """Takes what is the athlete's out of an outbox, to the last byte; how many messages. Raises BusError."""
    unwanted = Unwanted(erase.athlete, erase.sets)
    for _, message in _waiting(outbox):
        unwanted.learn(message)
    rows = [row for row, message in _waiting(outbox) if unwanted.holds(message)]
    outbox.discard(rows)
    return len(rows)


def _waiting(outbox: Outbox) -> list[tuple[int, Message]]:
    found, last = [], 0
    while batch := outbox.everything(last, _AT_ONCE):
        last = batch[-1].row
        for one in batch:
            try:
                found.append((one.row, decode(one.topic, one.payload)))
            except BusError:  # of another version of the program; the recorder judges it
                continue
    return found
