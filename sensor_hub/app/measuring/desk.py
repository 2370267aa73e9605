"""Where a machine's messages are made: every one gets its place, its number and its id here."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Protocol

from sensor_hub.messages import COUNTED, MODELS, Live, Message

_COUNTED = frozenset(MODELS[kind] for kind in COUNTED)


class Outlet(Protocol):
    """One machine's way to the broker."""

    def next_seq(self) -> int: ...

    def append(self, message: Message) -> None:
        """Durable on return."""

    def live(self, message: Live) -> None:
        """Now or never."""


class Desk:
    def __init__(self, site: str, machine: str, outlet: Outlet) -> None:
        self.site = site
        self.machine = machine
        self._outlet = outlet
        self._live_count = 0
        self.is_muted = False
        self._tells_counted = False
        self.before_counting: Callable[[], None] = lambda: None
        """Called before a rep, a set or a session is told."""

    @contextmanager
    def muted(self, counted_too: bool = True) -> Iterator[None]:
        """What is said meanwhile has been said before. counted_too: False tells reps, sets and sessions again."""
        self.is_muted, self._tells_counted = True, not counted_too
        try:
            yield
        finally:
            self.is_muted = False

    def send(self, model: type[Message], identity: str, time: datetime, fields: Mapping[str, Any]) -> None:
        """Make a durable message and put it into the outbox."""
        if not self.is_muted or (self._tells_counted and model in _COUNTED):
            if model in _COUNTED:
                self.before_counting()
            self._outlet.append(self._make(model, identity, self._outlet.next_seq(), time, fields))

    def show(self, time: datetime, fields: Mapping[str, Any]) -> None:
        """Make a live message and send it if someone is there to hear it."""
        if self.is_muted:
            return
        self._live_count += 1
        message = self._make(Live, f"{self.machine}.live", self._live_count, time, fields)
        assert isinstance(message, Live)
        self._outlet.live(message)

    def _make(
        self, model: type[Message], identity: str, seq: int, time: datetime, fields: Mapping[str, Any]
    ) -> Message:
        place = {"id": identity, "seq": seq, "time": time, "site": self.site, "machine": self.machine}
        return model.model_validate({**place, **fields})
