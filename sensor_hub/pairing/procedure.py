"""From a freshly clipped sensor to a trusted one: samples and commands in, steps and findings out.

    CONNECT ──data──▶ REST ──rested──▶ PRESS ──pressed──▶ REVIEW ──confirmed──▶ DONE
                       ▲ ▲               │                  │
                       │ └── restarted ──┤                  │
                       └────── again ────┴──────────────────┘        any of them ──cancelled──▶ CANCELLED

1. REST: the sled rests for some seconds; noise is measured, and the engine learns gravity.
2. PRESS: three slow reps. The engine counts and measures them as it will from then on. The step ends when the sled
   was put back on its stops, or some seconds after the third rep.
3. REVIEW: everything is judged (findings.py). Nothing has been stored yet.

Times are device seconds. A sensor that starts again begins REST anew: its clock and the engine do, too.
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from statistics import median, stdev

from sensor_hub.engine import Engine, Params, Profile, ProfileLearned
from sensor_hub.model import Calibrated, Event, Gap, GapReason, Motion, Rep, RepSettled, Samples, SetEnded
from sensor_hub.pairing.evidence import REST_S, Evidence, RestWatch
from sensor_hub.pairing.findings import Finding, Measured, contradiction, judge
from sensor_hub.pairing.kinds import KINDS, MachineKind

REPS = 3
SURE_SHARE = 0.05
RANGE_SIGMA_M = 0.015
"""How much full ranges differ from set to set, at least."""
AFTER_S = 8.0
"""Wait after the third rep for the sled to come back on its stops."""
ROUGHLY_DEG = 8.0
"""How well a rail is known from its first motion, with a margin."""
RESTLESS_S = 8.0
"""A sled that has not rested for so long is spoken about."""


class Step(StrEnum):
    CONNECT = "connect"
    REST = "rest"
    PRESS = "press"
    REVIEW = "review"
    DONE = "done"
    CANCELLED = "cancelled"


class Happening(StrEnum):
    DATA = "data"
    RESTED = "rested"
    PRESSED = "pressed"
    RESTARTED = "restarted"
    AGAIN = "again"
    CONFIRMED = "confirmed"
    CANCELLED = "cancelled"


TABLE: dict[tuple[Step, Happening], Step] = {
    (Step.CONNECT, Happening.DATA): Step.REST,
    (Step.REST, Happening.RESTED): Step.PRESS,
    (Step.REST, Happening.RESTARTED): Step.REST,
    (Step.REST, Happening.AGAIN): Step.REST,
    (Step.PRESS, Happening.PRESSED): Step.REVIEW,
    (Step.PRESS, Happening.RESTARTED): Step.REST,
    (Step.PRESS, Happening.AGAIN): Step.REST,
    (Step.REVIEW, Happening.AGAIN): Step.REST,
    (Step.REVIEW, Happening.CONFIRMED): Step.DONE,
    (Step.CONNECT, Happening.CANCELLED): Step.CANCELLED,
    (Step.REST, Happening.CANCELLED): Step.CANCELLED,
    (Step.PRESS, Happening.CANCELLED): Step.CANCELLED,
    (Step.REVIEW, Happening.CANCELLED): Step.CANCELLED,
}
"""Every transition; whatever else happens changes nothing."""


@dataclass(frozen=True, slots=True)
class Progress:
    """What a screen shows while a step runs."""

    step: Step
    share: float
    """Of the step, 0 to 1."""
    reps: int
    position_m: float | None
    """Of the sled, where it is known."""
    swing_mps2: float
    """How far the specific force swings; a resting sled stays under 0.15."""
    restless: bool
    """The sled should rest and does not."""
    remark: str | None
    """What looks wrong already, as a sentence."""


class Procedure:
    """One pairing. asked_rate_hz: what the sensor was asked for; tells_losses: whether its losses can be counted."""

    def __init__(self, kind: MachineKind, asked_rate_hz: float, tells_losses: bool = True) -> None:
        self.kind = kind
        self.step = Step.CONNECT
        self.findings: list[Finding] = []
        self.measured: Measured | None = None
        self.rssi_dbm: int | None = None
        self.battery_percent: int | None = None
        self._asked_rate_hz = asked_rate_hz
        self._tells_losses = tells_losses
        self._begin()

    def feed(self, item: Samples | Gap) -> bool:
        """Take the next block or gap, in order; True where the step has changed."""
        before = self.step
        if isinstance(item, Gap) and item.reason is GapReason.RESTARTED:
            self._happen(Happening.RESTARTED)
        elif self.step in (Step.CONNECT, Step.REST, Step.PRESS):
            if isinstance(item, Samples):
                self._happen(Happening.DATA)
            self._take(item)
        return self.step is not before

    def again(self) -> None:
        """Everything measured is forgotten; rest and press anew."""
        self._happen(Happening.AGAIN)

    def confirm(self) -> None:
        self._happen(Happening.CONFIRMED)

    def cancel(self) -> None:
        self._happen(Happening.CANCELLED)

    @property
    def progress(self) -> Progress:
        reading = self._rest.reading
        share = {
            Step.CONNECT: 0.0,
            Step.REST: reading.still_s / REST_S,
            Step.PRESS: min(1.0, len(self._reps) / REPS),
        }.get(self.step, 1.0)
        restless = self.step is Step.REST and self._now_s - self._step_since_s > RESTLESS_S
        return Progress(
            self.step, share, len(self._reps), self._position_m, reading.swing_mps2, restless, self._remark()
        )

    def _remark(self) -> str | None:
        """A wrong kind may cost reps: it is told as soon as the rail is known, if only roughly."""
        incline_deg = self._engine.incline_deg
        if self.step is not Step.PRESS or incline_deg is None:
            return None
        return contradiction(self.kind, incline_deg, ROUGHLY_DEG)

    def _begin_engine(self) -> None:
        """What was lifted before the rest is forgotten; the rest itself is what the engine begins with."""
        self._engine = Engine(Params(first=KINDS[self.kind].first))
        self._turned_deg: float | None = None
        for block in self._rest.rest:
            self._engine.feed(block)

    def _begin(self) -> None:
        """Nothing is known of the sensor."""
        self._rest = RestWatch()
        self._begin_engine()
        self._evidence = Evidence()
        self._reps: list[Rep] = []
        self._learned: Profile | None = None
        self._position_m: float | None = None
        self._now_s = self._step_since_s = float("-inf")
        self._third_s = float("inf")
        """When the last rep that was asked for had settled."""
        self._set_over = False

    def _happen(self, happening: Happening) -> None:
        following = TABLE.get((self.step, happening))
        if following is None:
            return
        if following is Step.REST:
            self._begin()
        if following is Step.REVIEW:
            self._review()
        self.step, self._step_since_s = following, self._now_s

    def _take(self, item: Samples | Gap) -> None:
        self._evidence.add(item, pressing=self.step is Step.PRESS)
        self._hear(self._engine.feed(item))
        if isinstance(item, Gap):
            return
        self._now_s = float(item.time_s[-1])
        if self._step_since_s == float("-inf"):
            self._step_since_s = float(item.time_s[0])
        if self.step is Step.REST:
            self._evidence.noise_mps2 = self._rest.add(item)
            if self._evidence.noise_mps2 is not None:
                self._begin_engine()
                self._happen(Happening.RESTED)
        elif len(self._reps) >= REPS and (self._set_over or self._now_s - self._third_s > AFTER_S):
            self._happen(Happening.PRESSED)

    def _hear(self, events: list[Event]) -> None:
        for event in events:
            match event:
                case Motion():
                    self._position_m = event.position_m
                case RepSettled() if self.step is Step.PRESS:
                    self._reps.append(event.rep)
                    if len(self._reps) == REPS:
                        self._third_s = event.at_s
                case SetEnded():
                    self._set_over = len(self._reps) >= REPS
                case Calibrated(turned_deg=float(turned_deg)):
                    self._turned_deg = turned_deg
                case ProfileLearned():
                    self._learned = event.profile

    def _review(self) -> None:
        incline_deg, axis = self._engine.incline_deg, self._engine.axis
        self._hear(self._engine.finish())
        self.measured = Measured(
            kind=self.kind,
            profile=self._profile(incline_deg),
            ranges_m=self._ranges_m(),
            incline_deg=incline_deg,
            axis=axis,
            rate_hz=self._evidence.rate_hz,
            asked_rate_hz=self._asked_rate_hz,
            noise_mps2=self._evidence.noise_mps2,
            loss_ratio=self._evidence.loss_ratio if self._tells_losses else None,
            rssi_dbm=self.rssi_dbm,
            battery_percent=self.battery_percent,
            ring=self._evidence.ring(),
            turned_deg=self._turned_deg,
        )
        self.findings = judge(self.measured)

    def _profile(self, incline_deg: float | None) -> Profile:
        """What the engine has learned, with the middle one of the ranges: three reps are few for the largest."""
        ranges_m, learned = self._ranges_m(), self._learned or Profile(incline_deg=incline_deg)
        sure = len(ranges_m) == REPS
        return replace(
            learned,
            first=KINDS[self.kind].first,
            full_range_m=median(ranges_m) if sure else None,
            full_range_sigma_m=max(stdev(ranges_m), RANGE_SIGMA_M) if sure else None,
        )

    def _ranges_m(self) -> tuple[float, ...]:
        """Of the reps that were asked for, as far as they are known to SURE_SHARE."""
        known = [(rep.rom_m, rep.uncertainty.get("rom_m")) for rep in self._reps[:REPS]]
        return tuple(
            rom for rom, sigma in known if rom is not None and sigma is not None and sigma < SURE_SHARE * rom
        )
