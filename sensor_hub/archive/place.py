"""Where an archive is: a folder that fsspec reaches.

    <url>/archive.json                                      its name, drawn at random
    <url>/site=gym/day=2026-03-02/<digest>.parquet          a day (UTC) of a site; a second file holds what came late
    <url>/site=gym/day=2026-03-02/<random>.beside           being written: it does not count

1. A file is written beside its name, read back whole, and only then given its name.
2. The name is a digest of the contents: to write the same again changes nothing, and nothing else is ever in its place.
3. Files of a day may hold the same chunk twice, after a crash at the wrong moment; readers go by the chunks' ids.
"""

import json
import os
import secrets
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Self
from urllib.parse import quote, unquote

from fsspec.core import url_to_fs

from sensor_hub.archive.columns import FORMAT, Chunk
from sensor_hub.archive.part import Facts, PartFile, Summary, write_part
from sensor_hub.errors import ArchiveError

IDENTITY = "archive.json"
LONGEST = timedelta(days=2)
"""A session is looked for on its days, and no longer than this after it began where nobody ended it."""


@dataclass(frozen=True, slots=True)
class Part:
    """A file that counts."""

    path: str
    site: str
    day: date

    @property
    def name(self) -> str:
        return self.path.rsplit("/", 1)[1]


@dataclass(frozen=True, slots=True)
class Beside:
    """A file that is whole and verified, and does not count yet."""

    path: str
    part: Part
    summary: Summary
    size_bytes: int


class Archive:
    """Safe to use from several processes. Every method raises ArchiveError where the place fails."""

    def __init__(self, fs: Any, root: str, url: str, name: str) -> None:
        self.url = url
        self.name = name
        """What marks in a store call it: an archive that was moved keeps it, another at the same place has another."""
        self._fs = fs
        self._root = root

    @classmethod
    def open(cls, url: str) -> Self:
        """Made where there is none. Other protocols than file and memory need their own fsspec package."""
        with _told(url):
            fs, root = url_to_fs(url)
            root = root.rstrip("/")
            path = f"{root}/{IDENTITY}"
            if not fs.exists(path):
                fs.makedirs(root, exist_ok=True)
                made = {"format": FORMAT, "archive": secrets.token_hex(8), "made": datetime.now(UTC).isoformat()}
                fs.pipe_file(path, json.dumps(made).encode())
            known = json.loads(fs.cat_file(path))
        if known.get("format") != FORMAT:
            raise ArchiveError(
                f"The archive {url} has the format {known.get('format')}; this program knows {FORMAT}."
            )
        return cls(fs, root, url, f"archive {known['archive']}")

    def parts(self, site: str | None = None, day: date | None = None) -> list[Part]:
        """By site and day."""
        pattern = f"{self._root}/site={'*' if site is None else quote(site)}/day={day or '*'}/*.parquet"
        with self._told():
            self._fs.invalidate_cache()
            return [_part_at(path) for path in sorted(self._fs.glob(pattern))]

    def session(
        self, site: str, session: str, machine: str, started: datetime, ended: datetime | None
    ) -> list[Chunk]:
        """What is here of a session, in order, each chunk once."""
        first, last = (started - timedelta(minutes=2)).date(), (ended or started + LONGEST).date()
        found: dict[str, Chunk] = {}
        for number in range((last - first).days + 1):
            for part in self.parts(site, first + timedelta(days=number)):
                with self.reading(part) as file:
                    for group in file.groups(machine, session):
                        found |= {one.id: one for one in group if one.session == session}
        return sorted(found.values(), key=lambda one: (one.seq, one.id))

    @contextmanager
    def reading(self, part: Part) -> Iterator[PartFile]:
        with self._opened(part.path) as file:
            yield file

    def write(self, site: str, day: date, groups: Iterable[Sequence[Chunk]], facts: Facts) -> Beside:
        """Beside its name, and read back. What is left of an attempt that died is written over or swept away."""
        folder = f"{self._root}/site={quote(site)}/day={day}"
        path = f"{folder}/{secrets.token_hex(8)}.beside"
        with self._told():
            self._fs.makedirs(folder, exist_ok=True)
            try:
                with self._fs.open(path, "wb") as opened:
                    summary = write_part(opened, groups, {"site": site, "day": str(day), **facts})
                    self._secure(opened)
                with self._opened(path) as file:
                    if file.verified() != summary:
                        raise ArchiveError("it is not what was written")
            except BaseException:
                self._remove(path)
                raise
            part = Part(f"{folder}/{summary.digest[:32]}.parquet", site, day)
            return Beside(path, part, summary, int(self._fs.size(path)))

    def keep(self, beside: Beside) -> Part:
        """From now on it counts."""
        with self._told():
            self._fs.mv(beside.path, beside.part.path)
            self._secure_name(beside.part.path)
        return beside.part

    def drop(self, unwanted: Beside | Part) -> None:
        with self._told():
            self._remove(unwanted.path)

    def sweep(self, site: str, day: date) -> None:
        """Takes away what attempts that died have left beside a day's files. One that is under way fails, and is made
        again."""
        with self._told():
            self._fs.invalidate_cache()
            for path in self._fs.glob(f"{self._root}/site={quote(site)}/day={day}/*.beside"):
                self._remove(path)

    @contextmanager
    def _opened(self, path: str) -> Iterator[PartFile]:
        with self._told(), self._fs.open(path, "rb") as opened:
            try:
                yield PartFile(opened)
            except ArchiveError as error:
                raise ArchiveError(f"{path} in the archive {self.url} is damaged: {error}.") from error

    def _remove(self, path: str) -> None:
        if self._fs.exists(path):
            self._fs.rm_file(path)

    def _secure(self, opened: Any) -> None:
        """On a disk of this computer's it is there after a power cut, too."""
        if self._is_local:
            opened.flush()
            os.fsync(opened.fileno())

    def _secure_name(self, path: str) -> None:
        if self._is_local:
            folder = os.open(os.path.dirname(path), os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)

    @property
    def _is_local(self) -> bool:
        return "file" in self._fs.protocol

    def _told(self) -> Any:
        return _told(self.url)


def _part_at(path: str) -> Part:
    site, day, _ = path.rsplit("/", 3)[1:]
    return Part(path, unquote(site.removeprefix("site=")), date.fromisoformat(day.removeprefix("day=")))


@contextmanager
def _told(url: str) -> Iterator[None]:
    try:
        yield
    except ImportError as error:
        raise ArchiveError(f"The archive {url} needs another package: {error}.") from error
    except Exception as error:
        if not _is_the_places(error):
            raise
        raise ArchiveError(
            f"The archive {url} cannot be used: {str(error) or type(error).__name__}. Is it there, may we write there?"
        ) from error


def _is_the_places(error: Exception) -> bool:
    """What a disk says, or the place's package in its own words, such as botocore's without a network; no fault of
    ours."""
    package = type(error).__module__.partition(".")[0]
    return isinstance(error, OSError | ValueError) or package not in ("builtins", "sensor_hub")
