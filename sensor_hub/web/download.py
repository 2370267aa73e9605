"""Files to take away: made for one answer, in nobody's folder afterwards, one at a time."""

import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from fastapi import HTTPException
from fastapi.responses import StreamingResponse

PIECE = 256 * 1024
MEDIA_TYPES = {
    ".csv": "text/csv; charset=utf-8",
    ".json": "application/json",
    ".zip": "application/zip",
}


class Download(StreamingResponse):
    media_type = "application/octet-stream"


class Downloads:
    """Whoever measures on the same computer keeps most of it: who asks while a file is made has to wait."""

    def __init__(self) -> None:
        self._making = threading.Lock()

    def make(self, write: Callable[[Path], Path]) -> Download:
        """write: into a folder, which is gone before the first byte is sent; gives the file, whose name is shown as it
        is and so must be one of ASCII letters, digits, dot, - and _. It blocks. 503 while another file is made."""
        if not self._making.acquire(blocking=False):
            raise HTTPException(503, "Another file is being made. Try again in a moment.", {"Retry-After": "5"})
        try:
            with tempfile.TemporaryDirectory(prefix="sensor-hub-") as folder:
                path = write(Path(folder))
                size, file = path.stat().st_size, path.open("rb")
        finally:
            self._making.release()
        headers = {
            "Content-Disposition": f'attachment; filename="{path.name}"',
            "Content-Length": str(size),
            "Cache-Control": "no-store",
        }
        return Download(_pieces(file), headers=headers, media_type=MEDIA_TYPES.get(path.suffix))


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    with file:
        while piece := file.read(PIECE):
            yield piece
