"""Who speaks for a machine at the broker, and how it falls silent for good.

When a machine is no more, its last words are sent and what the broker keeps of it is taken back: on a running hub at
once, at the next start for what was taken off meanwhile. A mark beside the outbox says that it is done.
"""

import time
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_hex

from sensor_hub import __version__
from sensor_hub.bus import BrokerAddress, Outbox, Publisher, discovery, discovery_topic, former_topics, take_back
from sensor_hub.messages import StatusMessage

LAST_WORDS_S = 5.0
"""So long they may take; what is left then, the next start sends."""
_LOOK_S = 0.05
_FOLDER = "outbox"
_MARK = ".gone"


@dataclass(frozen=True, slots=True)
class Voice:
    """folder: the hub's data; prefix: where Home Assistant listens for devices, None introduces nobody."""

    address: BrokerAddress
    folder: Path
    hub: str
    site: str
    machine: str
    prefix: str | None = None

    @property
    def outbox(self) -> Path:
        return self.folder / _FOLDER / f"{self.site}.{self.machine}.db"

    @property
    def client_id(self) -> str:
        """Names have no colons, so no two machines share it. (NATS takes no dots.)"""
        return f"{self.hub}:{self.site}:{self.machine}"

    def open(self) -> Outbox:
        """For a machine that is there, or there again."""
        self.outbox.with_suffix(_MARK).unlink(missing_ok=True)
        return Outbox(self.outbox)

    def will(self) -> StatusMessage:
        return StatusMessage(
            id=f"{self.machine}.status",
            seq=0,
            time=datetime.now(UTC),
            site=self.site,
            machine=self.machine,
            hub=self.hub,
            online=False,
            version=__version__,
        )

    def introductions(self) -> list[tuple[str, bytes]]:
        """Topics and payloads; an empty one takes back what an earlier version left."""
        if not self.prefix:
            return []
        former = [(topic, b"") for topic in former_topics(self.site, self.machine, self.prefix)]
        return [
            *former,
            (discovery_topic(self.site, self.machine, self.prefix), discovery(self.site, self.machine)),
        ]

    def fall_silent(self, patience_s: float = LAST_WORDS_S) -> None:
        """The machine is no more, unless another hub speaks for it now."""
        with closing(Outbox(self.outbox)) as outbox:
            self._send_all(outbox, patience_s)
            done = not outbox.pending() and not outbox.unconfirmed()
        topics = tuple(topic for topic, _ in self.introductions())
        if take_back(self.address, self.client_id, self.hub, self.site, self.machine, topics) and done:
            self.outbox.with_suffix(_MARK).touch()

    def _send_all(self, outbox: Outbox, patience_s: float) -> None:
        outbox.recall()
        publisher = Publisher(self.address, outbox, self.client_id, self.will(), announcing=False)
        publisher.start()
        end = time.monotonic() + patience_s
        while (outbox.pending() or outbox.unconfirmed()) and time.monotonic() < end:
            if publisher.problem is not None and not publisher.connected:
                break
            time.sleep(_LOOK_S)
        publisher.stop()


def left_behind(folder: Path, in_use: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Site and machine of every outbox that nobody uses and that has no mark."""
    used = set(in_use)
    for path in sorted((folder / _FOLDER).glob("*.*.db")):
        site, _, machine = path.stem.partition(".")
        if (site, machine) not in used and not path.with_suffix(_MARK).exists():
            yield site, machine


def durable_name(folder: Path, role: str, former: str | None = None) -> str:
    """The name under which brokers keep messages for a part of this data folder's hub, chosen once: with the hub's
    name in it, a renamed hub's messages would be kept under the old one for ever. former: an earlier version's."""
    path = folder / f"{role}-name"
    try:
        return path.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        name = former or f"{role}:{token_hex(4)}"
        path.write_text(f"{name}\n", encoding="utf-8")
        return name
