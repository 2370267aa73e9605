"""Files that are whole or not there, under names that lead nowhere else."""

import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sensor_hub.errors import StoreError

_LONGEST = 120


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """A path beside the final one to write to; the file gets its name when it is complete. Raises StoreError."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=".sensor-hub-", suffix=path.suffix, dir=path.parent)
        os.close(handle)
        beside = Path(name)
        try:
            yield beside
            beside.replace(path)
        finally:
            beside.unlink(missing_ok=True)
    except OSError as error:
        raise StoreError(f"Cannot write {path}: {error.strerror}.") from error


def file_name(word: str) -> str:
    """A session's id as a file's name: letters, digits, dot, - and _, never hidden, never a path."""
    return re.sub(r"[^A-Za-z0-9._-]", "_", word).lstrip(".")[:_LONGEST] or "session"
