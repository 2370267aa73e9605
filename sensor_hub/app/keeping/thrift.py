"""What a nearly full disk takes: raw samples go first, then motion, phases and what was not counted; reps never."""

import logging
import os
import time
from collections.abc import Callable
from pathlib import Path

from sensor_hub.app.keeping.database import database_of
from sensor_hub.bus import kind_of
from sensor_hub.config import Settings
from sensor_hub.messages import Kind, Message
from sensor_hub.store import Limit, file_of

log = logging.getLogger(__name__)

LOOK_S = 5.0
_NEEDS = {Kind.RAW: 1.0, Kind.MOTION: 0.5, Kind.PHASE: 0.5, Kind.REJECTED: 0.5}
"""Share of what is to stay free that a kind wants to find."""


def free_bytes(folder: Path) -> int:
    """For this program's user; plenty where nobody can tell."""
    try:
        disk = os.statvfs(next(path for path in (folder, *folder.parents) if path.exists()))
    except OSError:
        return 1 << 62
    return disk.f_bavail * disk.f_frsize


class Thrift:
    """folder: on the disk in question; keep_free_bytes: what reps alone may use. Looks every few seconds."""

    def __init__(
        self,
        folder: Path,
        keep_free_bytes: int,
        free: Callable[[Path], int] = free_bytes,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.spared = 0
        """Messages that were not kept."""
        self._folder, self._keep_free = folder, keep_free_bytes
        self._free, self._clock = free, clock
        self._room = free(folder) / keep_free_bytes
        self._look_at_s = clock() + LOOK_S

    @property
    def problem(self) -> str | None:
        """What a person should do, as a sentence; None while there is room."""
        if self._room >= 1.0:
            return None
        gone = (
            "raw samples are" if self._room >= 0.5 else "raw samples, motion, phases and what was not counted are"
        )
        return f"The disk is nearly full: {gone} no longer kept, reps are. Make room on it."

    def takes(self, message: Message) -> bool:
        """Whether there is room for it."""
        if self._clock() >= self._look_at_s:
            self._look()
        taken = self._room >= _NEEDS.get(kind_of(message), 0.0)
        self.spared += not taken
        return taken

    def _look(self) -> None:
        before = self.problem
        self._room = self._free(self._folder) / self._keep_free
        self._look_at_s = self._clock() + LOOK_S
        if self.problem is not None and self.problem != before:
            log.warning("%s", self.problem)
        if self.problem is None and before is not None:
            log.info("The disk has room again: everything is kept.")


def thrift_at(folder: Path, settings: Settings) -> Thrift:
    size = Limit.parse(settings.store.keep_free).size_bytes
    assert size is not None
    return Thrift(folder, size)


def stores_thrift(settings: Settings) -> Thrift | None:
    """Of the database's disk; None where it is a server's: only that knows its disk."""
    file = file_of(database_of(settings))
    return None if file is None else thrift_at(file.parent, settings)
