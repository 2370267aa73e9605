"""A disk whose computer can lose its power: what was not forced to it is gone.

An ext4 of its own in a file, told to shut down without writing anything more: the ioctl that the kernel's file system
tests (xfstests, `godown -f`) use for it. It takes root.
"""

import fcntl
import os
import struct
import subprocess
from pathlib import Path

_SHUTDOWN = 0x8004587D
"""EXT4_IOC_SHUTDOWN, _IOR('X', 125, __u32)."""
_WITHOUT_LOG = 2
_SIZE = "4G"


class Drive:
    """folder: where it is mounted."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._image = folder.with_suffix(".ext4")
        folder.mkdir()
        _run("truncate", "-s", _SIZE, str(self._image))
        _run("mkfs.ext4", "-q", str(self._image))
        self._mount()

    def fail(self) -> None:
        """The power goes and comes back. Nobody may have anything open there when it comes back."""
        handle = os.open(self.folder, os.O_RDONLY)
        fcntl.ioctl(handle, _SHUTDOWN, struct.pack("I", _WITHOUT_LOG))
        os.close(handle)
        self.remove()
        self._mount()

    def remove(self) -> None:
        _run("umount", str(self.folder))

    def _mount(self) -> None:
        _run("mount", "-o", "loop", str(self._image), str(self.folder))


def _run(*command: str) -> None:
    subprocess.run(command, check=True)
