"""What one machine shows now: the newest message of each kind, the running set's reps, the recent trace.

Every message a screen shows is kept encoded, in a slot, under a version that grows by one with each change, so
that any number of viewers share one encoding and each asks only for what is newer than it has.
"""

import json
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel

from sensor_hub.coach.done import kept_of
from sensor_hub.messages import (
    LifterMessage,
    LinkState,
    Live,
    Message,
    Progress,
    RejectedMessage,
    RepMessage,
    SensorMessage,
    SessionMessage,
    SetMessage,
    Side,
    StatusMessage,
)
from sensor_hub.model import Phase
from sensor_hub.web import sse

TRACE_S = 30.0
TRACE_POINTS = 900
"""Bounds the trace of a publisher that sends faster than the documented 20 a second."""
MAX_REPS = 200
ENVELOPE = {"id", "seq", "schema_"}
"""What a screen has no use for twenty times a second."""


class MachineSummary(BaseModel):
    """A machine at a glance. Null where nobody has said."""

    site: str
    machine: str
    online: bool | None = None
    """Whether its hub is running."""
    state: LinkState | None = None
    note: str | None = None
    battery_percent: int | None = None
    battery_h: float | None = None
    live_age_s: float | None = None
    calibrated: bool | None = None
    phase: Phase | None = None
    set_number: int | None = None
    rep_count: int | None = None
    resting_s: float | None = None
    """Since the newest set ended; null while one runs, and before the first."""
    athlete: str | None = None
    """Of the running set, else who lifts next; with load, side and what is asked."""
    load_kg: float | None = None
    side: Side | None = None
    reps_asked: int | None = None
    tempo: str | None = None
    judged: int = 0
    """Digits of the tempo that could be judged in the newest set, and those of them that were kept; like `flagged` 0
    when somebody else lifts next, or something else is asked."""
    kept: int = 0
    flagged: int = 0
    """Reps of it with a bounce or a hard lockout."""


@dataclass
class MachineNow:
    site: str
    machine: str
    heard_s: float = 0.0
    """When anything was last heard, on the feed's clock."""
    live_heard_s: float | None = None
    live: Live | None = None
    sensor: SensorMessage | None = None
    status: StatusMessage | None = None
    session: SessionMessage | None = None
    lifter: LifterMessage | None = None
    rejected: RejectedMessage | None = None
    """The newest stroke that was not counted."""
    running_set: SetMessage | None = None
    set_ended_s: float | None = None
    """When its end was heard; None while it runs."""
    reps: dict[int, RepMessage] = field(default_factory=dict)
    """Of the running set, or the last one, by number."""
    version: int = 0
    _set_key: tuple[str, int] | None = None
    _frames: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    _trace: deque[tuple[float, Live]] = field(default_factory=lambda: deque(maxlen=TRACE_POINTS))

    def take(self, message: Message, now_s: float) -> bool:
        """Fill the message's slot; False when no screen shows this kind, or it is about a set gone by."""
        self.heard_s = now_s
        match message:
            case Live():
                self._take_live(message, now_s)
            case SensorMessage():
                self.sensor = message
                self._put("sensor", message)
            case StatusMessage():
                self.status = message
                self._put("status", message)
            case LifterMessage():
                self.lifter = message
                self._put("lifter", message)
            case RejectedMessage():
                return self._take_rejected(message)
            case SessionMessage():
                self.session = message
                self._put("session", message)
            case SetMessage():
                return self._take_set(message, now_s)
            case RepMessage():
                return self._take_rep(message)
            case _:
                return False
        return True

    def live_age_s(self, now_s: float) -> float | None:
        return None if self.live_heard_s is None else now_s - self.live_heard_s

    def summary(self, now_s: float) -> MachineSummary:
        live, sensor = self.live, self.sensor
        return MachineSummary(
            site=self.site,
            machine=self.machine,
            online=self.status and self.status.online,
            state=sensor and sensor.state,
            note=sensor and sensor.note,
            battery_percent=sensor and sensor.battery_percent,
            battery_h=sensor and sensor.battery_h,
            live_age_s=self.live_age_s(now_s),
            calibrated=live and live.calibrated,
            phase=live and live.phase,
            set_number=live and live.set_number,
            rep_count=live and live.rep_count,
            **self._lifting(now_s),
        )

    def _lifting(self, now_s: float) -> dict[str, Any]:
        """Who lifts there, and how."""
        running = self.running_set if self.set_ended_s is None else None
        lifts: SetMessage | LifterMessage | None = running or self.lifter
        asked = lifts.asked if lifts else None
        newest = self.running_set
        others = newest and lifts and (newest.athlete, newest.asked) != (lifts.athlete, lifts.asked)
        reps = [] if others else [self.reps[number] for number in sorted(self.reps)]
        judged, kept = kept_of(reps, newest.asked if newest else None)
        return {
            "resting_s": None if self.set_ended_s is None else now_s - self.set_ended_s,
            "athlete": lifts and lifts.athlete,
            "load_kg": lifts and lifts.load_kg,
            "side": lifts and lifts.side,
            "reps_asked": asked and asked.reps,
            "tempo": asked and asked.tempo,
            "judged": judged,
            "kept": kept,
            "flagged": sum(rep.bounced is True or rep.hard_lockout is True for rep in reps),
        }

    def newer_than(self, version: int) -> bytes:
        """Events of all slots changed since, oldest first."""
        return b"".join(data for at, data in sorted(self._frames.values()) if at > version)

    def recent(self, now_s: float) -> list[Live]:
        """What the sled did in the last half minute, oldest first."""
        return [live for heard_s, live in self._trace if now_s - heard_s <= TRACE_S]

    def trace(self, now_s: float) -> bytes:
        """The event that gives a newcomer the last half minute."""
        recent = self.recent(now_s)
        columns = {
            "at_s": [live.at_s for live in recent],
            "position_m": [round(live.position_m, 4) for live in recent],
            "velocity_mps": [round(live.velocity_mps, 3) for live in recent],
            "rep_count": [live.rep_count for live in recent],
            "top_pause_s": [live.top_pause_s if live.phase is Phase.TOP else None for live in recent],
        }
        return sse.encode("trace", json.dumps(columns, separators=(",", ":")))

    def _take_live(self, live: Live, now_s: float) -> None:
        self.live, self.live_heard_s = live, now_s
        while self._trace and now_s - self._trace[0][0] > TRACE_S:
            self._trace.popleft()
        self._trace.append((now_s, live))
        self._put("live", live)

    def _take_rejected(self, message: RejectedMessage) -> bool:
        """What a session claims when it begins was told before."""
        if self.rejected is not None and message.time <= self.rejected.time:
            return False
        self.rejected = message
        self._put("rejected", message)
        return True

    def _take_set(self, message: SetMessage, now_s: float) -> bool:
        if not self._turn_to((message.session, message.number), message):
            return False
        ended = message.progress is Progress.ENDED
        self.set_ended_s = (self.set_ended_s or now_s) if ended else None
        self.running_set = message
        self._put("set", message)
        return True

    def _take_rep(self, message: RepMessage) -> bool:
        if not self._turn_to((message.session, message.set_number), message):
            return False
        if message.number not in self.reps and len(self.reps) >= MAX_REPS:
            oldest = min(self.reps)
            del self.reps[oldest], self._frames[f"rep/{oldest}"]
        self.reps[message.number] = message
        self._put(f"rep/{message.number}", message)
        return True

    def _turn_to(self, key: tuple[str, int], message: Message) -> bool:
        """Make `key` the shown set. A set older than it, sent again by a reconnecting broker, stays gone. Older by date
        and by number: the hub's date may have been set back, and its numbers may begin anew."""
        if key == self._set_key:
            return True
        shown = [self.running_set, *self.reps.values()]
        if any(known is not None and _is_older(message, known) for known in shown):
            return False
        self._set_key, self.running_set, self.set_ended_s = key, None, None
        for number in self.reps:
            del self._frames[f"rep/{number}"]
        self.reps = {}
        return True

    def _put(self, slot: str, message: Message) -> None:
        self.version += 1
        body = message.model_dump_json(by_alias=True, exclude=ENVELOPE)
        self._frames[slot] = (self.version, sse.encode(slot.partition("/")[0], body))


def _is_older(message: Message, known: Message) -> bool:
    return message.time < known.time and message.seq <= known.seq
