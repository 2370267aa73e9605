"""Whether the disk of the data folder has room."""

import os
import shutil
from pathlib import Path

from sensor_hub.pairing import Finding, Grade

DISK_MB = (2000.0, 200.0)
"""A database that cannot grow loses sessions; a system without space loses more than that."""


def examine_disk(folder: Path) -> Finding:
    """The room on the disk of a data folder, there yet or not."""
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    if os.statvfs(existing).f_flag & os.ST_RDONLY:
        sentence = (
            f"The disk of {existing} is read-only, as a failing one becomes: look at it, or nothing is kept."
        )
        return Finding("disk", Grade.BAD, sentence)
    free_mb = shutil.disk_usage(existing).free / 1e6
    good_mb, poor_mb = DISK_MB
    if free_mb >= good_mb:
        return Finding("disk", Grade.GOOD, f"{free_mb / 1000:.0f} GB free.", round(free_mb), "MB", good_mb)
    grade, limit = (Grade.POOR, good_mb) if free_mb >= poor_mb else (Grade.BAD, poor_mb)
    sentence = f"Only {free_mb:.0f} MB free: make room, or sessions will be lost."
    return Finding("disk", grade, sentence, round(free_mb), "MB", limit)
