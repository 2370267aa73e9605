"""What was told of a machine and has not ended: enough to end it truthfully where nothing else is known any more."""

from datetime import datetime
from typing import Any, Self

from pydantic import BaseModel, ConfigDict

from sensor_hub.messages import Message, Progress, RepMessage, SessionMessage, SetMessage


class Running(BaseModel):
    """reps: of each set of the session, as told; seen: when the newest of what was told happened; end_s: the same on
    the sensor's clock."""

    model_config = ConfigDict(frozen=True)

    session: SessionMessage | None = None
    set: SetMessage | None = None
    reps: dict[int, int] = {}
    seen: datetime | None = None
    end_s: float = 0.0

    @property
    def rep_count(self) -> int:
        return sum(self.reps.values())

    def heard(self, message: Message) -> Self:
        """After another message."""
        match message:
            case SessionMessage(progress=Progress.STARTED):
                return type(self)(session=message, seen=message.started)
            case SessionMessage():
                return type(self)()
            case SetMessage(progress=Progress.STARTED):
                return self._with(
                    set=message, reps={**self.reps, message.number: 0}, seen=message.started, end_s=message.start_s
                )
            case SetMessage():
                return self._with(
                    set=None, reps={**self.reps, message.number: message.rep_count}, seen=message.ended
                )
            case RepMessage():
                count = max(self.reps.get(message.set_number, 0), message.number)
                return self._with(
                    reps={**self.reps, message.set_number: count}, seen=message.time, end_s=message.end_s
                )
        return self

    def last_words(self) -> list[tuple[type[Message], str, datetime, dict[str, Any]]]:
        """What ends it, with all that was told counted: model, id, time and fields of each message."""
        if self.session is None:
            return []
        ended = self.seen or self.session.started
        words: list[tuple[type[Message], str, datetime, dict[str, Any]]] = []
        if self.set is not None:
            number = self.set.number
            over = {
                "progress": Progress.ENDED,
                "ended": ended,
                "end_s": self.end_s,
                "rep_count": self.reps[number],
            }
            fields = {**_own_fields(self.set), **over}
            words.append((SetMessage, f"{self.session.session}.{number}.{Progress.ENDED}", ended, fields))
        over = {
            "progress": Progress.ENDED,
            "ended": ended,
            "set_count": len(self.reps),
            "rep_count": self.rep_count,
        }
        fields = {**_own_fields(self.session), **over}
        words.append((SessionMessage, f"{self.session.session}.{Progress.ENDED}", ended, fields))
        return words

    def _with(self, **changes: Any) -> Self:
        return self.model_copy(update=changes)


def _own_fields(message: Message) -> dict[str, Any]:
    return message.model_dump(exclude={"id", "seq", "time", "site", "machine", "schema_"})
