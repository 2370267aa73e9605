"""What a disk would have kept of a program's writes if the power had failed: rebuilt from a trace of its system calls.

A file keeps what was written before its last fsync or fdatasync; of what came later nothing is certain. Creating,
renaming and deleting count as kept at once, and an fsync of a file keeps its name as well, as on ext4, XFS and Btrfs.
"""

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

TRACED = "pwrite64,ftruncate,fsync,fdatasync,unlink,rename,write"
_TEXT = re.compile(r'"((?:\\x[0-9a-f]{2})*)"')


def strace(trace: Path) -> list[str]:
    """The beginning of a command that writes down what the rest of it does."""
    return ["strace", "-f", "-qq", "-y", "-xx", "-s", "10000000", "-e", f"trace={TRACED}", "-o", str(trace)]


@dataclass
class Write:
    """data None: a truncation to `offset`."""

    offset: int
    data: bytes | None

    def apply(self, image: bytearray) -> None:
        if self.data is None:
            del image[self.offset :]
            image.extend(bytes(self.offset - len(image)))
            return
        end = self.offset + len(self.data)
        image.extend(bytes(max(0, end - len(image))))
        image[self.offset : end] = self.data


@dataclass
class File:
    kept: bytearray = field(default_factory=bytearray)
    uncertain: list[Write] = field(default_factory=list)

    def sync(self) -> None:
        for write in self.uncertain:
            write.apply(self.kept)
        self.uncertain.clear()


class Disk:
    """Plays a trace; `play` gives every line that the programs wrote to a pipe, at the moment they had written it."""

    def __init__(self, folder: Path) -> None:
        self._folder = str(folder)
        self._files: dict[str, File] = {}

    def play(self, trace: Path) -> Iterator[str]:
        begun: dict[str, str] = {}
        with trace.open() as lines:
            for line in lines:
                if line.endswith(" <unfinished ...>\n"):
                    process, _, call = line.partition(" ")
                    begun[process] = call.strip().removesuffix(" <unfinished ...>")
                    continue
                process, _, call = line.partition(" ")
                if " resumed>" in call:
                    call = begun.pop(process, "") + call.partition(" resumed>")[2]
                yield from self._do(call.strip())

    def fail(self, into: Path, chance: random.Random | None) -> None:
        """What is left, as files. chance: picks which of the uncertain writes have reached the disk; None: none has."""
        for name, file in self._files.items():
            image = bytearray(file.kept)
            for write in file.uncertain:
                if chance is not None and chance.random() < 0.5:
                    write.apply(image)
            path = into / Path(name).relative_to(self._folder)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(image)

    def _do(self, call: str) -> Iterator[str]:
        name, _, rest = call.partition("(")
        if name not in TRACED.split(",") or not _succeeded(rest):
            return
        if name in ("unlink", "rename"):
            self._rename(*(_bytes(text).decode() for text in _TEXT.findall(rest)))
            return
        target = rest.partition("<")[2].partition(">")[0]
        target = _bytes(target).decode() if target.startswith("\\x") else target
        if name == "write":
            text = _TEXT.search(rest)
            if target.startswith("pipe:") and text:
                yield from _bytes(text[1]).decode(errors="replace").splitlines()
        elif name in ("fsync", "fdatasync"):
            if target in self._files:
                self._files[target].sync()
        elif target.startswith(self._folder) and not target.endswith("-shm"):
            self._change(name, self._files.setdefault(target, File()), rest)

    def _change(self, name: str, file: File, rest: str) -> None:
        if name == "ftruncate":
            file.uncertain.append(Write(int(rest.partition(", ")[2].partition(")")[0]), None))
        else:
            text = _TEXT.search(rest)
            assert text is not None
            offset = int(rest[text.end() :].split(", ")[2].partition(")")[0])
            file.uncertain.append(Write(offset, _bytes(text[1])))

    def _rename(self, name: str, new: str | None = None) -> None:
        file = self._files.pop(name, None)
        if file is not None and new is not None:
            self._files[new] = file


def _succeeded(rest: str) -> bool:
    return "= -1 " not in rest[-80:] and "= ?" not in rest[-20:]


def _bytes(escaped: str) -> bytes:
    return bytes.fromhex(escaped.replace("\\x", ""))
