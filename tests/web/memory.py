"""A ReviewStore that holds what it is given, for tests that need pages rather than a database."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np

from sensor_hub.coach.corrected import ShownSet, lay_over
from sensor_hub.coach.corrections import Correction
from sensor_hub.messages import (
    MotionMessage,
    Progress,
    RejectedMessage,
    RepMessage,
    SessionMessage,
    SetMessage,
)
from sensor_hub.model import FloatArray
from sensor_hub.web.review import Analysis
from tests.web.lifter import SITE, LiftingSet


@dataclass(frozen=True)
class Machine:
    site: str
    machine: str


@dataclass
class Record:
    session: SessionMessage
    sets: list[SetMessage] = field(default_factory=list)
    reps: list[RepMessage] = field(default_factory=list)
    motion: list[MotionMessage] = field(default_factory=list)
    rejected: list[RejectedMessage] = field(default_factory=list)
    analysis: Analysis | None = None
    corrections: Sequence[Correction] = ()

    @property
    def shown(self) -> list[ShownSet]:
        return lay_over(self.sets, self.reps, self.corrections)


@dataclass(frozen=True)
class Trace:
    time_s: FloatArray
    accel_mps2: FloatArray


class MemoryStore:
    def __init__(self) -> None:
        self.records: dict[str, Record] = {}

    def log(self, sets: Sequence[LiftingSet], athlete: str | None = None, load_kg: float | None = None) -> str:
        """A finished session of these sets; its id."""
        first = sets[0]
        session = first.session_message(Progress.ENDED, athlete)
        ended = [lifting.set_message(Progress.ENDED) for lifting in sets]
        reps = [
            lifting.rep(number).model_copy(update={"top_pause_s": top_s})
            for lifting, one in zip(sets, ended, strict=True)
            for number, top_s in enumerate(one.top_pauses_s, 1)
        ]
        self.records[first.session] = Record(
            session.model_copy(update={"set_count": len(sets), "rep_count": len(reps), "load_kg": load_kg}),
            ended,
            reps,
            [piece for lifting in sets for piece in lifting.motion()],
        )
        return first.session

    def machines(self) -> list[Machine]:
        return [Machine(SITE, name) for name in sorted({r.session.machine for r in self.records.values()})]

    def sessions(
        self,
        limit: int = 50,
        before: datetime | None = None,
        machine: str | None = None,
        site: str | None = None,
        athlete: str | None = None,
        since: datetime | None = None,
    ) -> list[SessionMessage]:
        newest = sorted((r.session for r in self.records.values()), key=lambda s: s.started, reverse=True)
        wanted = [s for s in newest if machine in (None, s.machine) and site in (None, s.site)]
        own = [s for s in wanted if athlete in (None, s.athlete)]
        dated = [s for s in own if since is None or s.started >= since]
        return [s for s in dated if before is None or s.started < before][:limit]

    def session(self, session_id: str) -> Record | None:
        return self.records.get(session_id)

    def motion(self, session_id: str, set_number: int | None = None) -> list[MotionMessage]:
        record = self.records.get(session_id)
        pieces = record.motion if record else []
        return [piece for piece in pieces if set_number in (None, piece.set_number)]

    def raw(
        self, machine: str, start: datetime, end: datetime, max_points: int = 4000, site: str | None = None
    ) -> Trace:
        """A sled that shakes a little."""
        time_s = np.arange(0.0, (end - start).total_seconds(), 0.02)
        wave = np.sin(time_s * 2.0)
        return Trace(time_s, np.column_stack([0.4 * wave, 6.9 + wave, 6.9 - wave]))
