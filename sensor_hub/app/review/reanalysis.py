"""Today's engine over the raw samples of a logged session.

1. The chunks are fed in order, with a gap wherever samples are missing. Where an old store's sensor began its clock
   anew, its time is made to go on by the chunks' dates, as a hub does today.
2. The engine begins with what is known of the machine today, not with what was known then.
3. Dates follow each chunk's own: it was dated when it was measured.
4. What comes out are the messages a hub would have sent, under the old session's name.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sensor_hub.app.measuring.desk import Desk
from sensor_hub.app.measuring.session import SessionLog
from sensor_hub.engine import Engine, Params, Profile
from sensor_hub.errors import StoreError
from sensor_hub.messages import Live, Message, Progress, RejectedMessage, RepMessage, SetMessage
from sensor_hub.model import CandidateRejected, Event, Gap, GapReason, RepSettled, SetEnded, SetStarted
from sensor_hub.store import SessionRecord, StoredSamples

SLACK_S = 5.0
"""By so much a set may reach beyond the samples: the last chunk of a hub that died is missing."""

OVER = timedelta(days=1)
"""A session that nobody has ended, because its hub died, is over so long after it began."""
LEAST_S = 0.001
"""A restarted sensor's first sample comes at least this long after the last."""

Progressed = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Result:
    """What today's engine tells of a session."""

    sets: list[SetMessage]
    reps: list[RepMessage]
    rejected: list[RejectedMessage]


def reanalyze(
    record: SessionRecord,
    chunks: Sequence[StoredSamples],
    profile: Profile,
    params: Params,
    now: datetime,
    progressed: Progressed = lambda count: None,
) -> Result:
    """progressed: told after each chunk. Raises StoreError where samples are missing from the store, or the session may
    still go on: a version of it would hide what is yet to come."""
    if record.session.ended is None and now - record.session.started < OVER:
        raise StoreError(f"{record.session.session} has not ended yet. Analyse it anew when it has.")
    _check(record, chunks)
    collected = _Collected()
    course = _Course(Desk(record.session.site, record.session.machine, collected), record, profile, params)
    for chunk in chunks:
        course.take(chunk)
        progressed(1)
    course.end()
    return collected.result(record.session.session)


class _Collected:
    """An outlet that keeps what it is given."""

    def __init__(self) -> None:
        self._messages: list[Message] = []

    def next_seq(self) -> int:
        return len(self._messages)

    def append(self, message: Message) -> None:
        self._messages.append(message)

    def live(self, message: Live) -> None:
        """Nobody watches."""

    def result(self, session: str) -> Result:
        own = [
            one
            for one in self._messages
            if isinstance(one, SetMessage | RepMessage | RejectedMessage) and one.session is not None
        ]
        named = [
            one.model_copy(update={"session": session, "id": session + one.id.removeprefix(str(one.session))})
            for one in own
        ]
        sets = [one for one in named if isinstance(one, SetMessage) and one.progress is Progress.ENDED]
        pauses = {one.number: one.top_pauses_s for one in sets}
        reps = [one for one in named if isinstance(one, RepMessage)]
        rejected = [one for one in named if isinstance(one, RejectedMessage)]
        return Result(sets, [_with_pause(rep, pauses.get(rep.set_number, [])) for rep in reps], rejected)


class _Course:
    def __init__(self, desk: Desk, record: SessionRecord, profile: Profile, params: Params) -> None:
        self._engine = Engine(params, profile, motion=False)
        self._log = SessionLog(desk, record.session.sensor, self._utc)
        self._latest: tuple[float, datetime] = (0.0, record.session.started)
        """Device time and date of the newest chunk's first sample."""
        self._end_s: float | None = None
        self._ahead_s = 0.0

    def take(self, chunk: StoredSamples) -> None:
        samples = replace(chunk.samples, time_s=chunk.samples.time_s + self._ahead_s)
        if self._end_s is not None and samples.time_s[0] <= self._end_s:
            resumed_s = max(
                self._latest[0] + (chunk.time - self._latest[1]).total_seconds(), self._end_s + LEAST_S
            )
            self._ahead_s += resumed_s - float(samples.time_s[0])
            samples = replace(chunk.samples, time_s=chunk.samples.time_s + self._ahead_s)
            self._tell(self._engine.feed(Gap(self._end_s, resumed_s, None, GapReason.RESTARTED)))
        elif self._end_s is not None and chunk.lost != 0:
            self._tell(self._engine.feed(Gap(self._end_s, float(samples.time_s[0]), chunk.lost)))
        self._latest = (float(samples.time_s[0]), chunk.time)
        self._tell(self._engine.feed(samples))
        self._end_s = float(samples.time_s[-1])

    def end(self) -> None:
        self._tell(self._engine.finish())
        self._log.end()

    def _tell(self, events: Sequence[Event]) -> None:
        for event in events:
            match event:
                case SetStarted():
                    self._log.set_started(event, event.at_s)
                case CandidateRejected():
                    self._log.rejected(event)
                case RepSettled():
                    self._log.rep(event, event.at_s)
                case SetEnded():
                    self._log.set_ended(event, self._engine.incline_deg, event.at_s)

    def _utc(self, device_s: float) -> datetime:
        start_s, time = self._latest
        return time + timedelta(seconds=device_s - start_s)


def _check(record: SessionRecord, chunks: Sequence[StoredSamples]) -> None:
    name = record.session.session
    if not chunks:
        raise StoreError(
            f"No raw samples of {name} are in the store: none were recorded, or they are older than it keeps."
        )
    first, last = chunks[0].time, chunks[-1].time + _span(chunks[-1])
    slack = timedelta(seconds=SLACK_S)
    for one in record.sets:
        if one.started < first - slack or (one.ended or one.started) > last + slack:
            raise StoreError(
                f"Raw samples of {name} are in the store from {first:%H:%M:%S} to {last:%H:%M:%S} UTC, but set "
                f"{one.number} lies outside. What is missing cannot be analysed anew."
            )


def _span(chunk: StoredSamples) -> timedelta:
    return timedelta(seconds=float(chunk.samples.time_s[-1] - chunk.samples.time_s[0]))


def _with_pause(rep: RepMessage, pauses: Sequence[float | None]) -> RepMessage:
    return rep.model_copy(update={"top_pause_s": pauses[rep.number - 1]}) if rep.number <= len(pauses) else rep
