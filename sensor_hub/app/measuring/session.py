"""Engine events as the messages of a session.

A session begins with its first set and ends ten minutes after its last one, or with the hub. Its sets are numbered
from 1, whatever number the engine had reached.

What was not counted is told at once, as nobody's where no session runs; when one begins, what was told shortly before
is told again as its own. A session has so many of them and no more: a sensor that is handled all day fills no disk.

Who lifts is said beforehand and counts from the next set on; a set that runs already only gets it where nobody was
known for it. It is forgotten with the session, and where nobody has begun to lift ten minutes after it was said.
"""

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from sensor_hub.app.measuring.desk import Desk
from sensor_hub.app.measuring.naming import moment_id, session_id
from sensor_hub.messages import (
    Message,
    PhaseMessage,
    Progress,
    RejectedMessage,
    RepMessage,
    SessionMessage,
    SetMessage,
)
from sensor_hub.model import CandidateRejected, Phase, PhaseBegan, RepSettled, RepTrace, SetEnded, SetStarted
from sensor_hub.store import Lifter, the_one

SESSION_PAUSE_S = 600.0
EARLY_PHASES = 16
EARLY_REJECTED = 16
BEFORE_S = 120.0
"""What was not counted so long before a session's first set is its own."""
MOST_REJECTED = 200
"""Of a session: an hour of somebody handling the sensor without a pause makes 250."""


@dataclass(slots=True)
class _Open:
    """The running session."""

    identity: str
    started: datetime
    offset: int
    """Added to an engine's set number gives the session's."""
    ended: datetime
    sets: int = 0
    reps: int = 0
    rejected: int = 0
    lifters: dict[int, Lifter] = field(default_factory=dict)
    """By the set's number."""


class SessionLog:
    """Sends phase, rep, set and session messages. utc: UTC of a device time."""

    def __init__(self, desk: Desk, sensor: str, utc: Callable[[float], datetime]) -> None:
        self._desk = desk
        self._sensor = sensor
        self._utc = utc
        self._open: _Open | None = None
        self._active_s = 0.0
        self.lifter = Lifter()
        """Whose the next set is."""
        self._running: int | None = None
        """The running set."""
        self._early: deque[PhaseBegan] = deque(maxlen=EARLY_PHASES)
        self._unclaimed: deque[CandidateRejected] = deque(maxlen=EARLY_REJECTED)

    @property
    def identity(self) -> str | None:
        """The running session's id."""
        return None if self._open is None else self._open.identity

    @property
    def rep_count(self) -> int:
        """Of the running session."""
        return 0 if self._open is None else self._open.reps

    def set_number(self, engine_number: int) -> int:
        """A set's number within the running session; 0 before the first."""
        return 0 if self._open is None else max(0, engine_number + self._open.offset)

    def idle(self, host_s: float) -> bool:
        """Whether there is a session, or a lifter who was to begin one, and nothing has happened for ten minutes."""
        waiting = self._open is not None or self.lifter != Lifter()
        return waiting and host_s - self._active_s >= SESSION_PAUSE_S

    def assign(self, lifter: Lifter, host_s: float) -> None:
        self.lifter, self._active_s = lifter, host_s
        if self._open is not None and self._running is not None:
            known = self._open.lifters.get(self._running, Lifter())
            self._open.lifters[self._running] = lifter if known == Lifter() else known

    def lifted(self, athlete: str) -> bool:
        """Whether the athlete is the next lifter, or one of the running session's."""
        known = [self.lifter, *(self._open.lifters.values() if self._open else ())]
        return any(one.athlete == athlete for one in known)

    def phase(self, event: PhaseBegan) -> None:
        """Sent at once within a session; before one, kept until a set shows that this was lifting."""
        if event.phase is Phase.IDLE:
            return
        if self._open is None:
            self._early.append(event)
            return
        number = event.set_number + self._open.offset
        identity = moment_id(self._open.identity, number, event.rep_number, event.phase, at_s=event.start_s)
        self._send(PhaseMessage, identity, self._utc(event.start_s), {**asdict(event), "set_number": number})

    def rep(self, event: RepSettled, host_s: float) -> None:
        session, number = self._within(event.set_number, event.rep.turn_s, host_s)
        session.reps += 1
        identity = f"{session.identity}.{number}.{event.rep.number}"
        fields = {**asdict(event.rep), "set_number": number, "trace": _rounded(event.trace)}
        self._send(RepMessage, identity, self._utc(event.rep.end_s), fields)

    def rejected(self, event: CandidateRejected) -> None:
        if self._open is None:
            self._unclaimed.append(event)
        self._send_rejected(event)

    def set_started(self, event: SetStarted, host_s: float) -> None:
        session, number = self._within(event.set_number, event.start_s, host_s)
        session.sets = max(session.sets, number)
        session.lifters[number], self._running = self.lifter, number
        self._send_set(number, Progress.STARTED, event.start_s, None, {"rep_count": 0, "incline_deg": None})
        early = [phase for phase in self._early if phase.set_number == event.set_number]
        self._early.clear()
        for phase in early:
            self.phase(phase)

    def set_ended(self, event: SetEnded, incline_deg: float | None, host_s: float) -> None:
        ended = event.set
        session, number = self._within(ended.number, ended.start_s, host_s)
        session.sets = max(session.sets, number)
        session.ended = self._utc(ended.end_s)
        fields = {
            "rep_count": len(ended.reps),
            "incline_deg": incline_deg,
            "top_pauses_s": [rep.top_pause_s for rep in ended.reps],
        }
        self._send_set(number, Progress.ENDED, ended.start_s, ended.end_s, fields)
        self._running = None

    def end(self) -> None:
        """Close the running session, if there is one."""
        if self._open is not None:
            self._send_session(self._open, Progress.ENDED, self._open.ended)
            self._open = self._running = None
        self.lifter = Lifter()

    def _within(self, engine_number: int, start_s: float, host_s: float) -> tuple[_Open, int]:
        """The running session, begun now if need be, and the set's number in it."""
        self._active_s = host_s
        if self._open is None:
            started = self._utc(start_s)
            identity = session_id(started, self._desk.machine, self._sensor, start_s)
            self._open = _Open(identity, started, offset=1 - engine_number, ended=started)
            self._send_session(self._open, Progress.STARTED, None)
            self._claim(start_s - BEFORE_S)
        return self._open, engine_number + self._open.offset

    def _claim(self, since_s: float) -> None:
        """What was told by nobody's name is the new session's."""
        for event in self._unclaimed:
            if event.end_s >= since_s:
                self._send_rejected(event)
        self._unclaimed.clear()

    def _send_rejected(self, event: CandidateRejected) -> None:
        session = self._open
        if session is not None:
            session.rejected += 1
        own = session is not None and session.rejected <= MOST_REJECTED
        name = str(self.identity) if own else self._desk.machine
        fields = {**asdict(event), "session": self.identity if own else None}
        self._send(
            RejectedMessage, moment_id(name, "rejected", at_s=event.start_s), self._utc(event.end_s), fields
        )

    def _send_set(
        self, number: int, progress: Progress, start_s: float, end_s: float | None, more: Mapping[str, Any]
    ) -> None:
        started = self._utc(start_s)
        ended = None if end_s is None else self._utc(end_s)
        fields = {
            "number": number,
            "progress": progress,
            "start_s": start_s,
            "end_s": end_s,
            "started": started,
            "ended": ended,
            **self._said(number),
        }
        identity = f"{self.identity}.{number}.{progress}"
        self._send(SetMessage, identity, ended or started, {**fields, **more})

    def _send_session(self, session: _Open, progress: Progress, ended: datetime | None) -> None:
        fields = {
            "progress": progress,
            "started": session.started,
            "ended": ended,
            "sensor": self._sensor,
            "set_count": session.sets,
            "rep_count": session.reps,
            "athlete": the_one([one.athlete for one in session.lifters.values()]),
            "load_kg": the_one([one.load_kg for one in session.lifters.values()]),
        }
        self._send(SessionMessage, f"{session.identity}.{progress}", ended or session.started, fields)

    def _said(self, number: int) -> Mapping[str, Any]:
        return asdict(self._open.lifters.get(number, Lifter())) if self._open else {}

    def _send(self, model: type[Message], identity: str, time: datetime, fields: Mapping[str, Any]) -> None:
        self._desk.send(model, identity, time, {"session": self.identity, **fields})


def _rounded(trace: RepTrace) -> Mapping[str, list[float]]:
    """To a millisecond, a tenth of a millimetre and a millimetre a second: less than anybody can see."""
    return {
        "offset_s": [round(value, 3) for value in trace.offset_s],
        "position_m": [round(value, 4) for value in trace.position_m],
        "velocity_mps": [round(value, 3) for value in trace.velocity_mps],
    }
