"""One machine: what its sensor sends goes through the engine and leaves as messages. Time comes in as data."""

from dataclasses import asdict, dataclass

from sensor_hub.app.clocks import HostClock, SensorClock
from sensor_hub.app.desk import Desk
from sensor_hub.app.live_view import LiveView
from sensor_hub.app.naming import moment_id
from sensor_hub.app.notices import NOTICE_S, notice_of
from sensor_hub.app.profiles import MachineProfile
from sensor_hub.app.session import SessionLog
from sensor_hub.app.traces import MotionTrace, RawChunk, RawTrace
from sensor_hub.engine import Engine, ProfileLearned
from sensor_hub.link import Health, LinkEvent, Missing, Received, StateChanged
from sensor_hub.messages import LinkState, MotionMessage, RawMessage, SensorMessage
from sensor_hub.model import (
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
from sensor_hub.store import encode_samples


@dataclass(frozen=True, slots=True)
class SensorIdentity:
    """address: what tells this sensor from all others."""

    address: str
    name: str
    family: str


class Machine:
    """Takes link events in order. Call `tick` every few seconds, `finish` at the end."""

    def __init__(self, desk: Desk, sensor: SensorIdentity, host: HostClock, profile: MachineProfile) -> None:
        self._desk = desk
        self._sensor = sensor
        self._profile = profile
        self._clock = SensorClock(host)
        self._link = SensorMessageState()
        self._engine = self._new_engine()
        self._session = SessionLog(desk, sensor.address, self._clock.utc)
        self._live = LiveView()
        self._motion = MotionTrace()
        self._raw = RawTrace()

    def handle(self, event: LinkEvent, host_s: float) -> None:
        """host_s: the hub's monotonic clock, now."""
        match event:
            case Received(samples, arrival_s):
                self._clock.observe(float(samples.time_s[-1]), arrival_s)
                self._take(samples, host_s)
            case Missing(gap):
                self._miss(gap, host_s)
            case StateChanged(state, note):
                self._link.state, self._link.note = state, note
                self._send_sensor(host_s)
            case Health():
                self._link.health = event
                self._send_sensor(host_s)

    def tick(self, now: HostClock) -> None:
        """Ends a session in which nothing happens any more; between sessions follows the computer's clock."""
        if self._session.idle(now.host_s):
            self._close_session(now.host_s)
        if self._session.identity is None:
            self._clock.host = now

    def finish(self, host_s: float) -> None:
        """The hub stops, or the machine is given up: the running set and session end here, and nobody listens."""
        self._close_session(host_s)
        self._link.state, self._link.note = LinkState.LOST, "The hub was stopped. Start it again to go on."
        self._send_sensor(host_s)

    def _close_session(self, host_s: float) -> None:
        self._replace_engine(host_s)
        self._send_raw(self._raw.end() if self._session.identity else [])
        self._session.end()

    def _miss(self, gap: Gap, host_s: float) -> None:
        self._raw.add(gap)
        if gap.reason is GapReason.RESTARTED:
            self._replace_engine(host_s)
            self._clock.restarted()
        else:
            self._tell_all(self._engine.feed(gap), host_s)

    def _replace_engine(self, host_s: float) -> None:
        self._tell_all(self._engine.finish(), host_s)
        self._engine = self._new_engine()
        self._live = LiveView()
        self._session.new_engine()

    def _new_engine(self) -> Engine:
        known, notice = self._profile.load()
        self._link.notice, self._link.notice_end_s = notice, float("inf")
        return Engine(self._profile.params, known)

    def _take(self, samples: Samples, host_s: float) -> None:
        self._tell_all(self._engine.feed(samples), host_s)
        self._raw.add(samples)
        self._send_raw(self._raw.take(recording=self._session.identity is not None))
        if not self._engine.calibrated:
            at_s = float(samples.time_s[-1])
            fields = self._live.uncalibrated(at_s)
            if fields is not None:
                self._desk.show(self._clock.utc(at_s), fields)

    def _tell_all(self, events: list[Event], host_s: float) -> None:
        noticed = False
        for event in events:
            self._tell(event, host_s)
            noticed = self._link.notices(event) or noticed
        if noticed:
            self._send_sensor(host_s)

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
            case SetStarted():
                self._session.set_started(event, host_s)
                self._motion.begin(event.start_s)
            case ProfileLearned():
                self._profile.keep(event.profile)
            case SetEnded():
                self._send_motion(list(self._motion.end()), event.set.number)
                self._session.set_ended(event, self._engine.incline_deg, host_s)

    def _show(self, motion: Motion) -> None:
        self._motion.add(motion)
        self._send_motion(list(self._motion.chunks()), motion.set_number)
        fields = self._live.motion(motion)
        if fields is not None:
            number = self._session.set_number(motion.set_number)
            self._desk.show(self._clock.utc(motion.at_s), {**fields, "set_number": number})

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
            self._desk.send(MotionMessage, identity, self._clock.utc(start_s), fields)

    def _send_raw(self, chunks: list[RawChunk]) -> None:
        for chunk in chunks:
            start_s, end_s = float(chunk.samples.time_s[0]), float(chunk.samples.time_s[-1])
            time = self._clock.utc(start_s)
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
            self._desk.send(RawMessage, identity, time, fields)

    def _send_sensor(self, host_s: float) -> None:
        time = self._clock.host.at(host_s)
        health = {} if self._link.health is None else asdict(self._link.health)
        fields = {
            "sensor": self._sensor.address,
            "name": self._sensor.name,
            "family": self._sensor.family,
            "state": self._link.state,
            "note": self._link.note or self._link.notice,
            **health,
        }
        identity = moment_id(self._desk.machine, "sensor", at_s=host_s)
        self._desk.send(SensorMessage, identity, time, fields)


@dataclass(slots=True)
class SensorMessageState:
    """The link as last heard of, and what the engine has to say of the sensor."""

    state: LinkState = LinkState.SEARCHING
    note: str | None = None
    health: Health | None = None
    notice: str | None = None
    notice_end_s: float = 0.0

    def notices(self, event: Event) -> bool:
        """Whether an engine event has changed what there is to say. A notice stands for a minute of device time."""
        if (notice := notice_of(event)) is not None:
            self.notice, self.notice_end_s = notice, event.at_s + NOTICE_S
            return True
        if self.notice is None or event.at_s < self.notice_end_s:
            return False
        self.notice = None
        return True
