"""What a hub says while somebody lifts: messages of a set, with the truth they were made from."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import cos, pi, sin

from sensor_hub.messages import (
    LinkState,
    Live,
    Message,
    MotionMessage,
    Progress,
    RejectedMessage,
    RepMessage,
    SensorMessage,
    SessionMessage,
    SetMessage,
    SettledTrace,
    StatusMessage,
)
from sensor_hub.model import BounceCause, Phase, Refusal

SITE = "home"
STEP_S = 0.05
TOP_M = 0.62
REST_S = 1.5


@dataclass(frozen=True)
class Lift:
    """One rep: seconds of its four phases in the order they happen, and its range."""

    eccentric_s: float = 3.1
    bottom_s: float = 0.4
    concentric_s: float = 1.2
    top_s: float = 0.8
    rom_m: float = 0.421
    bounced: bool = False
    bounce_cause: BounceCause | None = None
    hard_lockout: bool = False
    partial: bool = False
    known: bool = True
    """False: a rep of which nothing but its time can be known."""
    timed_well: bool = True
    traced: bool = True
    """False: a rep from a hub that did not send its course yet."""

    @property
    def period_s(self) -> float:
        return self.eccentric_s + self.bottom_s + self.concentric_s + self.top_s

    def at(self, t: float) -> tuple[Phase, float, float, float]:
        """Phase, seconds in it, position and velocity at `t` seconds after the rep's start."""
        bounds = (self.eccentric_s, self.bottom_s, self.concentric_s, self.top_s)
        for phase, lasts in zip(Phase, bounds, strict=False):
            if t < lasts or phase is Phase.TOP:
                break
            t -= lasts
        stroke = {Phase.ECCENTRIC: (TOP_M, -1.0), Phase.CONCENTRIC: (TOP_M - self.rom_m, 1.0)}
        if phase not in stroke:
            return phase, t, TOP_M if phase is Phase.TOP else TOP_M - self.rom_m, 0.0
        start_m, sign = stroke[phase]
        share = self.rom_m * (1 - cos(pi * t / lasts)) / 2
        speed = self.rom_m * pi / lasts * sin(pi * t / lasts) / 2
        return phase, t, start_m + sign * share, sign * speed

    def trace(self) -> SettledTrace | None:
        """Its course up to the lockout; from the bottom on it falls short, by a centimetre in the end."""
        if not self.traced:
            return None
        lasted_s = self.period_s - self.top_s
        count = round(lasted_s / STEP_S)
        offset_s = [lasted_s * i / count for i in range(count + 1)]
        course = [self.at(t) for t in offset_s]
        short = [0.01 * max(0.0, t - self.eccentric_s) / (lasted_s - self.eccentric_s) for t in offset_s]
        return SettledTrace(
            offset_s=[round(t, 3) for t in offset_s],
            position_m=[round(c[2] - TOP_M - miss, 4) for c, miss in zip(course, short, strict=True)],
            velocity_mps=[round(c[3], 3) for c in course],
        )


@dataclass(frozen=True)
class LiftingSet:
    """A set on a machine, and all that is said about it. Device time starts at `start_s`."""

    lifts: Sequence[Lift]
    machine: str = "sled-01"
    number: int = 1
    session: str = "sled-01-1"
    started: datetime = datetime(2026, 11, 13, 17, 5, tzinfo=UTC)
    start_s: float = 12.0
    drift_mps: float = 0.0
    """Of the position that is told live."""

    @property
    def end_s(self) -> float:
        return self.start_s + sum(lift.period_s for lift in self.lifts)

    def began(self) -> list[Message]:
        """What a hub says before the first rep."""
        return [
            StatusMessage(**self._stamp("status"), hub="hub", online=True, version="0.1.0"),
            self.sensor(),
            self.session_message(Progress.STARTED),
            self.set_message(Progress.STARTED),
        ]

    def sensor(
        self,
        state: LinkState = LinkState.STREAMING,
        battery: int | None = 82,
        note: str | None = None,
        behind_s: float | None = None,
    ) -> SensorMessage:
        return SensorMessage(
            **self._stamp("sensor"),
            sensor="C0:FF:EE:00:00:01",
            name=self.machine,
            family="sled",
            state=state,
            battery_percent=battery,
            note=note,
            behind_s=behind_s,
        )

    def messages(self) -> Iterator[tuple[float, Message]]:
        """Live 20 times a second and each rep as it settles, with the device instant they are said at."""
        begin_s = self.start_s
        for number, lift in enumerate(self.lifts, 1):
            settled_s = lift.period_s - lift.top_s
            steps = round(lift.period_s / STEP_S)
            told = False
            for step in range(steps):
                t = step * STEP_S
                if t >= settled_s and not told:
                    told = True
                    yield begin_s + t, self.rep(number)
                yield begin_s + t, self.live(lift, t, begin_s, number - (t < settled_s))
            begin_s += lift.period_s
        yield self.end_s, self.set_message(Progress.ENDED)

    def resting(self, seconds: float = REST_S, calibrated: bool = True, reps: int | None = None) -> Iterator[Live]:
        count = len(self.lifts) if reps is None else reps
        for step in range(round(seconds / STEP_S)):
            t = step * STEP_S
            yield self._live(self.end_s + t, Phase.IDLE, t, TOP_M, 0.0, count, calibrated=calibrated)

    def live(self, lift: Lift, t: float, begin_s: float, count: int) -> Live:
        phase, elapsed_s, position_m, velocity_mps = lift.at(t)
        done = [lift.eccentric_s, lift.bottom_s, lift.concentric_s, lift.top_s]
        order = list(Phase).index(phase)
        digits = [done[i] if i < order else elapsed_s if i == order else None for i in range(4)]
        return self._live(begin_s + t, phase, elapsed_s, position_m, velocity_mps, count, digits)

    def rep(self, number: int) -> RepMessage:
        lift = self.lifts[number - 1]
        start_s = self.start_s + sum(before.period_s for before in self.lifts[: number - 1])
        bottom_s = start_s + lift.eccentric_s
        turn_s = bottom_s + lift.bottom_s
        peak = lift.rom_m * pi / 2
        metrics = {
            "rom_m": (lift.rom_m, 0.003),
            "mean_velocity_mps": (lift.rom_m / lift.concentric_s, 0.012),
            "peak_velocity_mps": (peak / lift.concentric_s, 0.021),
            "mean_eccentric_velocity_mps": (lift.rom_m / lift.eccentric_s, 0.006),
            "peak_eccentric_velocity_mps": (peak / lift.eccentric_s, 0.014),
            "turn_acceleration_mps2": (14.2 if lift.bounced else 2.1, 0.2),
            "time_under_tension_s": (lift.period_s - lift.top_s, 0.05),
            "mean_propulsive_velocity_mps": (lift.rom_m / lift.concentric_s, 0.012),
            "mean_power_w_per_kg": (6.9 * lift.rom_m / lift.concentric_s, 0.15),
            "peak_power_w_per_kg": (7.4 * peak / lift.concentric_s, 0.3),
            "sticking_point_share": (0.35, 0.02),
            "sticking_velocity_share": (0.62, 0.03),
            "eccentric_control": (0.88, 0.02),
        }
        known = {name: value if lift.known else None for name, (value, _) in metrics.items()}
        durations = {
            "eccentric_s": 0.04 if lift.timed_well else 0.4,
            "bottom_pause_s": 0.05,
            "concentric_s": 0.04,
            "top_pause_s": None,
        }
        spread = {name: spread if lift.known else None for name, (_, spread) in metrics.items()}
        return RepMessage(
            **self._stamp(f"rep-{number}", turn_s + lift.concentric_s),
            session=self.session,
            set_number=self.number,
            number=number,
            start_s=start_s,
            bottom_s=bottom_s,
            turn_s=turn_s,
            end_s=turn_s + lift.concentric_s,
            eccentric_s=lift.eccentric_s,
            bottom_pause_s=lift.bottom_s,
            concentric_s=lift.concentric_s,
            top_pause_s=None,
            bounced=lift.bounced if lift.known else None,
            bounce_cause=lift.bounce_cause,
            hard_lockout=lift.hard_lockout if lift.known else None,
            partial=lift.partial,
            uncertainty=spread | durations,
            trace=lift.trace(),
            **known,
        )

    def rejected(self, after_s: float, reason: Refusal = Refusal.SHORT, lasted_s: float = 1.4) -> RejectedMessage:
        """A stroke that was not counted, so long after the set's start."""
        start_s = self.start_s + after_s
        return RejectedMessage(
            **self._stamp(f"rejected-{after_s}", start_s + lasted_s),
            session=self.session,
            start_s=start_s,
            end_s=start_s + lasted_s,
            at_s=start_s + lasted_s + 0.1,
            reason=reason,
            gates={"depth_m": 0.094, "least_range_m": 0.105, "along_share": 0.61, "mean_velocity_mps": 0.021},
        )

    def set_message(self, progress: Progress) -> SetMessage:
        ended = progress is Progress.ENDED
        pauses = [lift.top_s for lift in self.lifts[:-1]]
        return SetMessage(
            **self._stamp("set", self.end_s if ended else self.start_s),
            session=self.session,
            number=self.number,
            progress=progress,
            start_s=self.start_s,
            end_s=self.end_s if ended else None,
            started=self._instant(self.start_s),
            ended=self._instant(self.end_s) if ended else None,
            rep_count=len(self.lifts) if ended else 0,
            incline_deg=44.8,
            top_pauses_s=[*pauses, None] if ended else [],
        )

    def session_message(self, progress: Progress, athlete: str | None = None) -> SessionMessage:
        ended = progress is Progress.ENDED
        return SessionMessage(
            **self._stamp("session"),
            session=self.session,
            progress=progress,
            started=self.started,
            ended=self._instant(self.end_s + 180) if ended else None,
            sensor="C0:FF:EE:00:00:01",
            athlete=athlete,
            set_count=1 if ended else 0,
            rep_count=len(self.lifts) if ended else 0,
        )

    def motion(self) -> list[MotionMessage]:
        """A second each, at 10 Hz."""
        said = [message for _, message in self.messages() if isinstance(message, Live)][::2]
        pieces = [said[i : i + 10] for i in range(0, len(said), 10)]
        return [
            MotionMessage(
                **self._stamp(f"motion-{i}", piece[0].at_s),
                session=self.session,
                set_number=self.number,
                start_s=piece[0].at_s,
                offset_s=[live.at_s - piece[0].at_s for live in piece],
                position_m=[live.position_m for live in piece],
                velocity_mps=[live.velocity_mps for live in piece],
                phase=[live.phase for live in piece],
            )
            for i, piece in enumerate(pieces)
        ]

    def _live(
        self,
        at_s: float,
        phase: Phase,
        elapsed_s: float,
        position_m: float,
        velocity_mps: float,
        count: int,
        digits: Sequence[float | None] = (None,) * 4,
        calibrated: bool = True,
    ) -> Live:
        names = ("eccentric_s", "bottom_pause_s", "concentric_s", "top_pause_s")
        lowest = TOP_M - max((lift.rom_m for lift in self.lifts[: count + 1]), default=0.0)
        return Live(
            **self._stamp("live", at_s),
            at_s=at_s,
            calibrated=calibrated,
            position_m=position_m + self.drift_mps * (at_s - self.start_s),
            velocity_mps=velocity_mps,
            phase=phase,
            phase_elapsed_s=elapsed_s,
            set_number=self.number,
            rep_count=count,
            range_low_m=lowest if count else None,
            range_high_m=TOP_M if count else None,
            **dict(zip(names, digits, strict=True)),
        )

    def _instant(self, device_s: float) -> datetime:
        return self.started + timedelta(seconds=device_s)

    def _stamp(self, what: str, device_s: float = 0.0) -> dict[str, object]:
        place = {"site": SITE, "machine": self.machine}
        return {"id": f"{self.session}-{self.number}-{what}", "seq": 1, "time": self._instant(device_s), **place}
