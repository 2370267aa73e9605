"""A hub whose sensors are replayed: `python -m havoc.replay` is `sensor-hub run --role hub` with the radio put aside.

Each machine's sensor does the same lifts over and over, with a rest after every few sets, and remembers everything, as
a sled sensor remembers the last minute. The clock runs faster than in life; a file says by how much the date is wrong.
Every rep, set and session is reported on stdout when the hub has counted it.
"""

import asyncio
import json
import logging
import selectors
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import Any

import numpy as np
from bleak.backends.device import BLEDevice

from sensor_hub.app.floor import hub
from sensor_hub.app.floor.outlet import BrokerOutlet
from sensor_hub.app.measuring import session
from sensor_hub.app.measuring.clocks import HostClock
from sensor_hub.app.measuring.desk import Desk
from sensor_hub.app.measuring.journal import SensorIdentity
from sensor_hub.app.measuring.machine import Machine, Memory
from sensor_hub.app.measuring.profiles import MachineProfile
from sensor_hub.app.recording import read_recording
from sensor_hub.app.running import site
from sensor_hub.app.running.site import Role, Site
from sensor_hub.bus import kind_of
from sensor_hub.config import load
from sensor_hub.link import Found, LinkEvent, Received, StateChanged
from sensor_hub.messages import COUNTED, LinkState, Live, Message, RepMessage
from sensor_hub.model import Samples
from sensor_hub.sensors import DRIVERS

RECORDING = Path(__file__).parents[2] / "tests" / "recordings" / "press-45.csv.gz"
SETS = 4
REST_S = 75.0
SESSION_PAUSE_S = 60.0
"""A session ends after so long a rest here."""
STEP_S = 0.1


@dataclass(frozen=True)
class Load:
    """machines: how many; began: when, in real UTC seconds; speed: how much faster than life."""

    machines: int
    began: float
    speed: float

    def now_s(self) -> float:
        return (time.time() - self.began) * self.speed


class Lifts:
    """The sensor's blocks for ever: `block(k)` is the k-th."""

    def __init__(self) -> None:
        blocks = [one for one in read_recording(RECORDING).blocks() if isinstance(one, Samples)]
        last = blocks[-1].time_s
        self._set_s = float(last[-1] + (last[-1] - last[-2]))
        self._round_s = SETS * self._set_s + REST_S
        rest = [one for one in blocks if one.time_s[-1] < 1.0]
        self._round: list[tuple[float, Samples]] = []
        for number in range(SETS):
            self._round += [(number * self._set_s, one) for one in blocks]
        length_s = float(rest[-1].time_s[-1] + (last[-1] - last[-2]))
        for number in range(int(REST_S / length_s)):
            self._round += [(SETS * self._set_s + number * length_s, one) for one in rest]

    def block(self, number: int) -> Samples:
        rounds, index = divmod(number, len(self._round))
        offset_s, block = self._round[index]
        return replace(block, time_s=block.time_s + offset_s + rounds * self._round_s)

    def count(self, until_s: float) -> int:
        """How many blocks are over by then."""
        rounds, rest_s = divmod(max(0.0, until_s), self._round_s)
        ends = np.array([offset_s + block.time_s[-1] for offset_s, block in self._round])
        return int(rounds) * len(self._round) + int(np.searchsorted(ends, rest_s))


class FastLoop(asyncio.SelectorEventLoop):
    """Its clock begins with the load and runs as fast."""

    def __init__(self, load: Load) -> None:
        self._load = load
        super().__init__(_FastSelector(load.speed))

    def time(self) -> float:
        return self._load.now_s()


class _FastSelector(selectors.DefaultSelector):
    def __init__(self, speed: float) -> None:
        super().__init__()
        self._speed = speed

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        return super().select(None if timeout is None else timeout / self._speed)


class Replay:
    """In the place of a SensorLink: from the bookmark on, or without one from now."""

    def __init__(
        self,
        lifts: Lifts,
        from_the_start: bool,
        found: Found,
        radio: object,
        deliver: Callable[[LinkEvent], None],
        bookmark: str | None = None,
        **others: Any,
    ) -> None:
        self.found = found
        self._lifts, self._deliver = lifts, deliver
        self._bookmark = "0" if bookmark is None and from_the_start else bookmark

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        self._deliver(StateChanged(LinkState.STREAMING))
        number = self._lifts.count(loop.time()) if self._bookmark is None else int(self._bookmark)
        while True:
            for _ in range(20):
                if number < self._lifts.count(loop.time()):
                    number += 1
                    self._deliver(Received(self._lifts.block(number - 1), loop.time(), str(number)))
            await asyncio.sleep(STEP_S)


class Reported(BrokerOutlet):
    """Says what was counted."""

    def append(self, message: Message) -> None:
        super().append(message)
        if kind_of(message) in COUNTED:
            turn_s = round(message.turn_s, 3) if isinstance(message, RepMessage) else None
            line = {"kind": kind_of(message), "id": message.id, "machine": message.machine, "turn_s": turn_s}
            print(json.dumps(line), flush=True)


class Tray:
    """What a machine tells that nothing happens to."""

    def __init__(self) -> None:
        self.turns_s: list[float] = []

    def next_seq(self) -> int:
        return 1

    def append(self, message: Message) -> None:
        if isinstance(message, RepMessage):
            self.turns_s.append(message.turn_s)

    def live(self, message: Live) -> None: ...


def lifted(until_s: float) -> list[float]:
    """When each rep of a machine turns, as a hub counts that nothing happens to."""
    session.SESSION_PAUSE_S = SESSION_PAUSE_S  # type: ignore
    tray, lifts = Tray(), Lifts()
    with TemporaryDirectory() as folder:
        memory = Memory(MachineProfile(Path(folder), "home", "sled-01"))
        sensor = SensorIdentity("C0:FF:EE:00:00:01", "sled-01", "sled")
        epoch = datetime.fromtimestamp(0.0, UTC)
        machine = Machine(Desk("home", "sled-01", tray), sensor, HostClock(epoch, 0.0), memory)
        for number in range(lifts.count(until_s)):
            block = lifts.block(number)
            end_s = float(block.time_s[-1])
            machine.handle(Received(block, end_s, str(number)), end_s)
            if number % 40 == 0:
                machine.tick(HostClock(epoch + timedelta(seconds=end_s), end_s))
    return tray.turns_s


def put_radio_aside(load: Load, wrong_by: Path) -> None:
    """Puts the replay where the hub expects Bluetooth."""
    lifts = Lifts()
    epoch = datetime.fromtimestamp(load.began, UTC)
    begun = wrong_by.with_name("begun")
    from_the_start = not begun.exists()
    begun.touch()

    def utc() -> datetime:
        return epoch + timedelta(seconds=load.now_s() + float(wrong_by.read_text() or 0.0))

    async def appear(radio: object) -> AsyncIterator[Found]:
        for number in range(load.machines):
            name, address = f"sled-{number + 1:02d}", f"C0:FF:EE:00:00:{number + 1:02X}"
            yield Found(address, name, "sled", -60, driver=DRIVERS[0], device=BLEDevice(address, name, None))
        await asyncio.Event().wait()

    @asynccontextmanager
    async def no_radio(*arguments: object) -> AsyncIterator[object]:
        yield SimpleNamespace(lookout=SimpleNamespace(troubles={}))

    hub.open_radio, hub.watch, hub.SensorLink = no_radio, appear, partial(Replay, lifts, from_the_start)  # type: ignore
    hub.DRAIN_S = 1.0 * load.speed  # type: ignore
    site.Hub, site.BrokerOutlet = partial(hub.Hub, utc=utc), Reported  # type: ignore
    session.SESSION_PAUSE_S = SESSION_PAUSE_S  # type: ignore


def main(settings: Path, machines: str, began: str, speed: str, wrong_by: Path) -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    load_ = Load(int(machines), float(began), float(speed))
    put_radio_aside(load_, wrong_by)
    with asyncio.Runner(loop_factory=lambda: FastLoop(load_)) as runner:
        runner.run(Site(load(settings), [Role.HUB]).run())


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:5], Path(sys.argv[5]))
