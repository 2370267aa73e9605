"""What a machine's sensor sends, through the engine, as messages: a function of the journal's entries alone."""

from dataclasses import asdict

from sensor_hub.app.measuring.clocks import HostClock, SensorClock
from sensor_hub.app.measuring.desk import Desk
from sensor_hub.app.measuring.journal import Anchored, Assigned, Began, Entry, Missed, SensorIdentity, Took
from sensor_hub.app.measuring.live_view import LiveView
from sensor_hub.app.measuring.naming import moment_id
from sensor_hub.app.measuring.notices import Notice
from sensor_hub.app.measuring.profiles import MachineProfile
from sensor_hub.app.measuring.session import SessionLog
from sensor_hub.app.measuring.traces import MotionTrace, RawChunk, RawTrace
from sensor_hub.engine import Engine, ProfileLearned
from sensor_hub.messages import LifterMessage, MotionMessage, RawMessage
from sensor_hub.model import (
    CandidateRejected,
    Event,
    Gap,
    GapReason,
    Motion,
    PhaseBegan,
    RepSettled,
    Samples,
    SetEnded,
    SetStarted,
)
from sensor_hub.store import Lifter, encode_samples


class Course:
    """Takes entries in order, the first a `Began`. `close` ends the running set and session."""

    def __init__(self, desk: Desk, sensor: SensorIdentity, host: HostClock, profile: MachineProfile) -> None:
        self.clock = SensorClock(host)
        self.notice = Notice()
        self.bookmark: str | None = None
        """Where the sensor's stream is."""
        self.in_set = False
        self._desk = desk
        self._sensor = sensor
        self._profile = profile
        self._engine = Engine(profile.params)
        self._session = SessionLog(desk, sensor.address, self.clock.utc)
        self._live = LiveView(profile.params, lambda turn_s: self._engine.bounce_cause(turn_s))
        self._motion = MotionTrace()
        self._raw = RawTrace()

    @property
    def session(self) -> str | None:
        """The running session's id."""
        return self._session.identity

    @property
    def rep_count(self) -> int:
        """Reps of the running session."""
        return self._session.rep_count

    @property
    def in_session(self) -> bool:
        return self.session is not None

    @property
    def lifter(self) -> Lifter:
        """Whose the next set is."""
        return self._session.lifter

    def idle(self, host_s: float) -> bool:
        """Whether there is a session, or a lifter who was to begin one, and nothing has happened for ten minutes."""
        return self._session.idle(host_s)

    def lifted(self, athlete: str) -> bool:
        """Whether the athlete is the next lifter, or one of the running session's."""
        return self._session.lifted(athlete)

    def take(self, entry: Entry) -> None:
        match entry:
            case Began(profile):
                self._engine = Engine(self._profile.params, profile)
            case Anchored(host):
                self.clock.host = host
            case Took(samples, arrival_s, host_s, bookmark):
                self.bookmark = bookmark
                self.clock.observe(float(samples.time_s[-1]), arrival_s)
                self._feed(samples, host_s)
            case Missed(gap, host_s):
                self._miss(gap, host_s)
            case Assigned(lifter, host_s):
                self._session.assign(lifter, host_s)
                self.tell_lifter(host_s)

    def close(self, host_s: float) -> None:
        """The running set and session end here."""
        self._tell_all(self._engine.finish(), host_s)
        self._send_raw(self._raw.end() if self.in_session else [])
        self._end(host_s)

    def _end(self, host_s: float) -> None:
        known = self.lifter != Lifter()
        self._session.end()
        if known:
            self.tell_lifter(host_s)

    def tell_lifter(self, host_s: float) -> None:
        identity = moment_id(self._desk.machine, "lifter", at_s=host_s)
        self._desk.send(LifterMessage, identity, self.clock.host.at(host_s), asdict(self.lifter))

    def _miss(self, gap: Gap, host_s: float) -> None:
        """A sensor that has restarted goes on in the same time, and the clip is still where it was."""
        self._raw.add(gap)
        self._tell_all(self._engine.feed(gap), host_s)
        if gap.reason is GapReason.RESTARTED:
            self.clock.restarted()

    def _feed(self, samples: Samples, host_s: float) -> None:
        self._tell_all(self._engine.feed(samples), host_s)
        self._raw.add(samples)
        self._send_raw(self._raw.take(recording=self.in_session))
        if not self._engine.calibrated:
            at_s = float(samples.time_s[-1])
            fields = self._live.uncalibrated(at_s)
            if fields is not None:
                self._desk.show(self.clock.utc(at_s), fields)

    def _tell_all(self, events: list[Event], host_s: float) -> None:
        for event in events:
            self._tell(event, host_s)
            self.notice.hear(event)

    def _tell(self, event: Event, host_s: float) -> None:
        match event:
            case Motion():
                self._show(event)
            case PhaseBegan():
                self._live.phase(event)
                self._session.phase(event)
            case RepSettled():
                self._live.settled(event)
                self._session.rep(event, host_s)
            case CandidateRejected():
                self._session.rejected(event)
            case SetStarted():
                self.in_set = True
                self._session.set_started(event, host_s)
                self._motion.begin(event.start_s)
            case ProfileLearned() if not self._desk.is_muted:
                self._profile.keep(event.profile)
            case SetEnded():
                self.in_set = False
                self._send_motion(list(self._motion.end()), event.set.number)
                self._session.set_ended(event, self._engine.incline_deg, host_s)

    def _show(self, motion: Motion) -> None:
        self._motion.add(motion)
        self._send_motion(list(self._motion.chunks()), motion.set_number)
        fields = self._live.motion(motion, self._engine.profile)
        if fields is not None:
            number = self._session.set_number(motion.set_number)
            self._desk.show(self.clock.utc(motion.at_s), {**fields, "set_number": number})

    def _send_motion(self, chunks: list[list[Motion]], engine_number: int) -> None:
        number = self._session.set_number(engine_number)
        for chunk in chunks:
            start_s = chunk[0].at_s
            fields = {
                "session": self._session.identity,
                "set_number": number,
                "start_s": start_s,
                "offset_s": [round(one.at_s - start_s, 4) for one in chunk],
                "position_m": [one.position_m for one in chunk],
                "velocity_mps": [one.velocity_mps for one in chunk],
                "phase": [one.phase for one in chunk],
            }
            identity = moment_id(str(self._session.identity), number, "motion", at_s=start_s)
            self._desk.send(MotionMessage, identity, self.clock.utc(start_s), fields)

    def _send_raw(self, chunks: list[RawChunk]) -> None:
        if self._desk.is_muted:
            return
        for chunk in chunks:
            start_s, end_s = float(chunk.samples.time_s[0]), float(chunk.samples.time_s[-1])
            fields = {
                "session": self._session.identity,
                "sensor": self._sensor.address,
                "start_s": start_s,
                "end_s": end_s,
                "count": len(chunk.samples),
                "lost": chunk.lost,
                "data": encode_samples(chunk.samples),
            }
            identity = moment_id(str(self._session.identity), "raw", at_s=start_s)
            self._desk.send(RawMessage, identity, self.clock.utc(start_s), fields)
