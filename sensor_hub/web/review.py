"""What the review pages ask of a store. `sensor_hub.store.Store` is one; tests bring a smaller one."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Protocol

from pydantic import Field

from sensor_hub.coach.corrected import ShownSet
from sensor_hub.coach.corrections import Correction
from sensor_hub.messages import MotionMessage, RejectedMessage, RepMessage, SessionMessage, SetMessage
from sensor_hub.model import FloatArray

SessionId = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00]*$")]
"""Databases take no NUL."""


class KnownMachine(Protocol):
    @property
    def site(self) -> str: ...
    @property
    def machine(self) -> str: ...


class Analysis(Protocol):
    """A later engine's version of a session; number from 1."""

    @property
    def number(self) -> int: ...
    @property
    def made(self) -> datetime: ...
    @property
    def program(self) -> str: ...


class SessionRecord(Protocol):
    @property
    def session(self) -> SessionMessage: ...
    @property
    def sets(self) -> Sequence[SetMessage]: ...
    @property
    def reps(self) -> Sequence[RepMessage]: ...
    @property
    def rejected(self) -> Sequence[RejectedMessage]: ...
    @property
    def analysis(self) -> Analysis | None:
        """None for what was measured live."""
        ...

    @property
    def shown(self) -> Sequence[ShownSet]:
        """All sets, also what does not count, beside what was measured."""
        ...

    @property
    def corrections(self) -> Sequence[Correction]: ...


class RawTrace(Protocol):
    """Acceleration against time, thinned to what a screen can show."""

    @property
    def time_s(self) -> FloatArray:
        """(n,) seconds after the asked start."""
        ...

    @property
    def accel_mps2(self) -> FloatArray:
        """(n, 3)"""
        ...


class ReviewStore(Protocol):
    """All methods block and may be called from several threads at once."""

    def machines(self) -> Sequence[KnownMachine]: ...

    def sessions(
        self,
        limit: int = 50,
        before: datetime | None = None,
        machine: str | None = None,
        site: str | None = None,
        athlete: str | None = None,
        since: datetime | None = None,
    ) -> Sequence[SessionMessage]:
        """Newest first; those that started in [since, before), and have a set of the athlete's."""
        ...

    def session(self, session_id: str) -> SessionRecord | None: ...

    def motion(self, session_id: str, set_number: int | None = None) -> Sequence[MotionMessage]: ...

    def raw(
        self, machine: str, start: datetime, end: datetime, max_points: int = 4000, site: str | None = None
    ) -> RawTrace: ...
