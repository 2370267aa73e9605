"""What the embedded broker's log says of its disk: a server that once could not write takes nothing until it is begun
anew, even where there is room again."""

import os
import time
from pathlib import Path

LOOK_S = 3.0
ROOM_BYTES = 8 * 1024 * 1024
_REFUSES = (b"failed to store a msg", b"out of resources", b"JetStream disabled")


class BrokerLog:
    """Reads what is new every few seconds."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read = 0
        self._is_sick = False
        self._look_at_s = time.monotonic()

    def begin(self) -> None:
        """Another server writes now; what the one before said is past."""
        self._is_sick = False
        self._read = self._size()

    def wants_new_server(self) -> bool:
        """Whether the server has failed to write, and a new one could."""
        if time.monotonic() >= self._look_at_s:
            self._look_at_s = time.monotonic() + LOOK_S
            self._is_sick = self._is_sick or any(word in self._news() for word in _REFUSES)
            return self._is_sick and self._has_room()
        return False

    def _news(self) -> bytes:
        size = self._size()
        start = self._read if size >= self._read else 0
        self._read = size
        try:
            with self._path.open("rb") as file:
                file.seek(start)
                return file.read(size - start)
        except OSError:
            return b""

    def _size(self) -> int:
        return self._path.stat().st_size if self._path.exists() else 0

    def _has_room(self) -> bool:
        disk = os.statvfs(self._path.parent)
        return disk.f_bavail * disk.f_frsize >= ROOM_BYTES
