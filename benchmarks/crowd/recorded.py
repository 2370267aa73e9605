"""What hubs tell of machines in use and of machines at rest, once, as it goes to the broker.

Simulated lifters of several habits, on sensors of 100 Hz, through a hub's own machine: link events in, messages out,
with the health that a link reports every five seconds. A machine in use has sets with rests all the time, and plates
are loaded between them.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from firmware_sim.performance import Performance
from firmware_sim.scenario import Scenario
from sensor_hub.app.measuring.clocks import HostClock
from sensor_hub.app.measuring.desk import Desk
from sensor_hub.app.measuring.journal import SensorIdentity
from sensor_hub.app.measuring.machine import Machine, Memory
from sensor_hub.app.measuring.profiles import MachineProfile
from sensor_hub.bus.topics import RECORDED, encode, kind_of
from sensor_hub.link import Health, Received, StateChanged
from sensor_hub.link.session import USUAL_TIMING
from sensor_hub.messages import Kind, LinkState, Live, Message
from sensor_hub.model import Samples

SITE, MACHINE = "gym-zzzzz", "press-zzzzz"
"""Whose messages they are until somebody else's are made of them; of the length of theirs."""
EVENING = datetime(2026, 3, 2, 18, 0, tzinfo=UTC)
RATE_HZ, BLOCK = 100.0, 10

_HABITS: dict[str, list[dict[str, Any]]] = {
    "calm": [{"kind": "set", "repeat": 3, "reps": [8, 10], "tempo": "3-1-1-1", "rest_s": [60, 90]}],
    "fast": [{"kind": "set", "repeat": 3, "reps": [10, 15], "tempo": "1.5-0-0.8-0.3", "rest_s": [45, 75]}],
    "heavy": [{"kind": "set", "repeat": 2, "reps": [4, 6], "tempo": "2-0-1-0.5", "rest_s": [120, 180]}],
    "partners": [{"kind": "set", "repeat": 6, "reps": [8, 12], "tempo": "2-0-1-0.5", "rest_s": [15, 30]}],
}
_BETWEEN: list[dict[str, Any]] = [{"kind": "plates", "count": [1, 4]}, {"kind": "rest", "seconds": [10, 20]}]


@dataclass(frozen=True, slots=True)
class Told:
    """at_s: after the stream's beginning."""

    at_s: float
    kind: Kind
    payload: bytes


@dataclass(frozen=True, slots=True)
class Stream:
    """What one machine told, in order, and how long that took."""

    name: str
    seconds: float
    messages: list[Told]

    @property
    def per_hour(self) -> float:
        return 3600 * len(self.messages) / self.seconds

    @property
    def bytes_per_hour(self) -> float:
        return 3600 * sum(len(one.payload) for one in self.messages) / self.seconds


def in_use(minutes: float) -> list[Stream]:
    """One stream for each habit of lifting."""
    return [_record(name, acts, minutes, seed) for seed, (name, acts) in enumerate(_HABITS.items())]


def at_rest(minutes: float) -> list[Stream]:
    """A sensor that streams while nobody lifts, though somebody walks by."""
    acts = [{"kind": "rest", "seconds": [200, 300]}, {"kind": "lean", "seconds": [3, 8]}]
    return [_record("at-rest", acts, minutes, 9)]


def _record(name: str, acts: list[dict[str, Any]], minutes: float, seed: int) -> Stream:
    once = Performance(_scenario(name, acts), seed)
    rounds = int(60 * minutes / once.duration_s) + 1
    performance = Performance(_scenario(name, acts * rounds), seed)
    (time_s, counts), step = performance.samples, performance.chip.count_mps2
    count = int(60 * minutes * RATE_HZ)
    tray = _Tray()
    with TemporaryDirectory() as folder:
        memory = Memory(MachineProfile(Path(folder), SITE, MACHINE))
        sensor = SensorIdentity("C0:FF:EE:00:00:01", "sled-01", "sled")
        machine = Machine(Desk(SITE, MACHINE, tray), sensor, HostClock(EVENING, 0.0), memory)
        machine.handle(StateChanged(LinkState.STREAMING), 0.0)
        healthy_s = USUAL_TIMING.health_s
        for first in range(0, min(count, len(time_s)), BLOCK):
            part = slice(first, first + BLOCK)
            block = Samples(time_s[part], counts[part] * step, resolution_mps2=step)
            tray.now_s = float(block.time_s[-1])
            machine.handle(Received(block, tray.now_s), tray.now_s)
            if tray.now_s >= healthy_s:
                healthy_s += USUAL_TIMING.health_s
                machine.handle(_health(tray.now_s), tray.now_s)
        machine.finish(tray.now_s)
    return Stream(name, tray.now_s, tray.told)


def _scenario(name: str, acts: list[dict[str, Any]]) -> Scenario:
    described = {"name": name, "family": "crowd", "sensor": {"chip": "bmi270", "rate_hz": RATE_HZ}}
    return Scenario.model_validate({**described, "act": [{"kind": "rest", "seconds": 20}, *acts, *_BETWEEN]})


def _health(now_s: float) -> Health:
    return Health(
        battery_percent=83,
        rssi_dbm=-60 - int(now_s) % 7,
        rate_hz=RATE_HZ + 0.01 * (int(now_s) % 3),
        loss_ratio=0.0,
        firmware="1.2.0",
        packet_interval_s=0.1,
        adapter="hci0",
    )


class _Tray:
    """An outlet that keeps what a recorder would store."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.told: list[Told] = []
        self._count = 0

    def next_seq(self) -> int:
        self._count += 1
        return self._count

    def append(self, message: Message) -> None:
        if (kind := kind_of(message)) in RECORDED:
            self.told.append(Told(self.now_s, kind, encode(message)))

    def live(self, message: Live) -> None: ...
