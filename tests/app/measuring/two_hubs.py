"""A hub and its successor at the same machine, with a sled and clocks to play them."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sensor_hub.app.measuring.clocks import HostClock
from sensor_hub.app.measuring.desk import Desk
from sensor_hub.app.measuring.journal import Journal, SensorIdentity
from sensor_hub.app.measuring.machine import Machine, Memory
from sensor_hub.app.measuring.profiles import MachineProfile
from sensor_hub.app.recording import read_recording
from sensor_hub.bus import Running
from sensor_hub.link import Received
from sensor_hub.messages import (
    Live,
    Message,
    SensorMessage,
)
from sensor_hub.model import Samples

RECORDING = Path(__file__).parents[2] / "recordings" / "press-45.csv.gz"
NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
SENSOR = SensorIdentity("C0:FF:EE:00:00:01", "press-45", "sled")
FIRST_S, SECOND_S = 5000.0, 70.0
"""The monotonic clocks of the two hubs at noon."""


class Tray:
    def __init__(self) -> None:
        self.messages: list[Message] = []

    def next_seq(self) -> int:
        return len(self.messages) + 1

    def append(self, message: Message) -> None:
        self.messages.append(message)

    def live(self, message: Live) -> None: ...

    def running(self) -> Running:
        told = Running()
        for message in self.messages:
            told = told.heard(message)
        return told

    @property
    def told(self) -> list[Message]:
        """What is about the lifting, whatever number it has."""
        return [m.model_copy(update={"seq": 0}) for m in self.messages if not isinstance(m, SensorMessage)]


@pytest.fixture(scope="module")
def blocks() -> list[Samples]:
    return [block for block in read_recording(RECORDING).blocks() if isinstance(block, Samples)]


@pytest.fixture
def profile(tmp_path: Path) -> MachineProfile:
    return MachineProfile(tmp_path, "gym", "press")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal" / "gym.press.db"


def received(block: Samples, noon_s: float, bookmark: str | None = "here") -> Received:
    return Received(block, noon_s + float(block.time_s[-1]) + 0.01, bookmark)


def play(machine: Machine, blocks: list[Samples], noon_s: float, bookmark: str | None = "here") -> None:
    for block in blocks:
        event = received(block, noon_s, bookmark)
        machine.handle(event, event.arrival_s)


def begun(path: Path | None, profile: MachineProfile, tray: Tray) -> Machine:
    journal = None if path is None else Journal(path)
    return Machine(Desk("gym", "press", tray), SENSOR, HostClock(NOON, FIRST_S), Memory(profile, journal))


def successor(path: Path, profile: MachineProfile, tray: Tray, after_s: float, jump_s: float = 0.0) -> Machine:
    """The machine of a hub that starts so long after noon, with a monotonic clock of its own, and a date that is off
    by jump_s."""
    host = HostClock(NOON + timedelta(seconds=after_s + jump_s), SECOND_S + after_s)
    journal = Journal(path)
    assert next(journal.entries()) is not None
    return Machine(Desk("gym", "press", tray), SENSOR, host, Memory(profile, journal))


def whole(blocks: list[Samples], folder: Path) -> list[Message]:
    """What a hub tells that nothing happens to."""
    tray = Tray()
    machine = begun(None, MachineProfile(folder, "gym", "press"), tray)
    play(machine, blocks, FIRST_S)
    machine.finish(FIRST_S + 40)
    return tray.told
