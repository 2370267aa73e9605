"""A gym of a chain keeps watch over what the centre has not fetched: makes room, says so, and knows what is lacking.

What the centre lacks stands in a file until `sensor-hub chain resend` has handed it over. After a power cut, when the
broker may have forgotten its last second, what the gym's own database has got last is handed over once more.
"""

import asyncio
import logging
import os
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from sensor_hub.bus import Backlog, BrokerAddress, Caller, Leaf, backlog_of, make_room
from sensor_hub.errors import SensorHubError
from sensor_hub.messages import Message
from sensor_hub.pairing import Finding, Grade
from sensor_hub.store import Store, retell, retell_newest

log = logging.getLogger(__name__)

LOOK_S = 15.0
STUCK = timedelta(minutes=5)
"""The centre's readers need no more than seconds."""
BEFORE = timedelta(hours=1)
"""A message comes to the broker some time after what it tells of."""
LAST = 3000
"""Messages that more than fill the broker's last second, and all that came while it died."""


class Lack(BaseModel):
    """messages: given up since then."""

    model_config = ConfigDict(frozen=True)

    messages: int
    since: datetime
    until: datetime


class LackFile:
    """folder: the hub's data."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "centre-lacks.json"

    def read(self) -> Lack | None:
        try:
            return Lack.model_validate_json(self._path.read_text())
        except (FileNotFoundError, ValidationError):
            return None

    def add(self, messages: int, since: datetime, now: datetime) -> Lack:
        before = self.read()
        if before is not None:
            messages, since = messages + before.messages, min(since, before.since)
        lack = Lack(messages=messages, since=since, until=now)
        new = self._path.with_suffix(".new")
        new.write_text(lack.model_dump_json())
        new.rename(self._path)
        return lack

    def clear(self, known: Lack) -> None:
        """Unless more has been given up meanwhile."""
        if self.read() == known:
            self._path.unlink()


class Watch:
    """`run` looks every few seconds; `finding` may be asked from any thread. again: hands over what was stored last;
    utc: this computer's clock."""

    def __init__(
        self,
        leaf: Leaf,
        folder: Path,
        again: Callable[[], int],
        utc: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.backlog: Backlog | None = None
        self._leaf, self._again, self._utc = leaf, again, utc
        self._file, self._running = LackFile(folder), folder / "broker" / "running"
        self._fetched, self._moved = -1, utc()

    async def run(self) -> None:
        """Until cancelled, which is a good end."""
        is_owed = self._running.exists()
        _mark(self._running)
        while True:
            try:
                if is_owed:
                    count = await asyncio.to_thread(self._again)
                    log.info(
                        "The broker did not end well: the last %s messages are handed to the centre again.", count
                    )
                    is_owed = False
                await self.look()
                await asyncio.sleep(LOOK_S)
            except SensorHubError as error:
                log.warning("What waits for the centre cannot be looked after: %s", error)
                await asyncio.sleep(LOOK_S)
            except asyncio.CancelledError:
                if not is_owed:
                    self._running.unlink(missing_ok=True)
                raise

    async def look(self) -> None:
        """Raises BusError."""
        gone = await make_room(self._leaf)
        if gone is not None:
            self._file.add(gone.messages, gone.since, self._utc())
            log.warning("%s", self.finding().sentence)
        self.backlog = await backlog_of(self._leaf)
        if self.backlog.fetched != self._fetched or not self.backlog.waiting:
            self._fetched, self._moved = self.backlog.fetched, self._utc()

    @property
    def lack(self) -> Lack | None:
        return self._file.read()

    def finding(self) -> Finding:
        """For /health."""
        return judge_centre(self.backlog, self.lack, self._utc() - self._moved)


def judge_centre(backlog: Backlog | None, lack: Lack | None, stuck: timedelta) -> Finding:
    """stuck: for how long the centre has fetched nothing of what waits."""
    if lack is not None:
        sentence = (
            f"The centre lacks {lack.messages} messages from {lack.since:%Y-%m-%d %H:%M} UTC on: their room here was "
            "full. This gym's database has them. Once the line is up: sensor-hub chain resend."
        )
        return Finding("centre", Grade.POOR, sentence)
    if backlog is not None and backlog.waiting and stuck > STUCK:
        size = backlog.size_bytes // 1_000_000
        sentence = (
            f"The centre has fetched nothing for {stuck // timedelta(minutes=1)} minutes; {backlog.waiting} messages "
            f"({size} MB) wait here. Is the line down? This gym goes on by itself."
        )
        return Finding("centre", Grade.POOR, sentence)
    return Finding("centre", Grade.GOOD, "The centre fetches what is measured.")


def resend(store: Store, address: BrokerAddress, site: str, since: datetime, until: datetime) -> int:
    """Hand what a gym's database has of a span of time to its broker once more; who has it already takes no notice.
    The number of messages. Raises BusError, StoreError."""
    with store.transaction() as connection:
        return _hand_over(address, retell(connection, site, since - BEFORE, until))


def resend_last(store: Store, address: BrokerAddress, site: str) -> int:
    """The same with what was stored last."""
    with store.transaction() as connection:
        return _hand_over(address, retell_newest(connection, site, LAST))


def _hand_over(address: BrokerAddress, messages: Iterable[Message]) -> int:
    caller = Caller(address, f"resend-{os.getpid()}")
    caller.start()
    try:
        return caller.call_all(messages)
    finally:
        caller.stop()


def _mark(file: Path) -> None:
    """So that a power cut does not undo it."""
    file.touch()
    folder = os.open(file.parent, os.O_RDONLY)
    os.fsync(folder)
    os.close(folder)
