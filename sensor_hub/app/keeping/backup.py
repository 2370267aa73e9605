"""One file with everything that would be missed: the store, and what the data folder knows beside it.

A backup is a ZIP file: `manifest.json` says what is in it, with the SHA-256 of each of the other files. It is made
beside its final name, read back, and only then given that name.
"""

import hashlib
import os
import re
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from fnmatch import fnmatchcase
from pathlib import Path
from typing import IO, Literal

from pydantic import BaseModel, ValidationError

from sensor_hub import __version__
from sensor_hub.errors import StoreError
from sensor_hub.store import Contents, Target, copy_store

MANIFEST = "manifest.json"
MOST_MANIFEST_BYTES = 10_000_000
STORE = "hub.db"
Format = Literal["sensor-hub-backup/1", "sensor-hub-backup/2"]
_FIRST = ("enrolment.toml", "profiles/*.toml", "batteries/*.json")
BESIDE: Mapping[Format, tuple[str, ...]] = {
    "sensor-hub-backup/1": _FIRST,
    "sensor-hub-backup/2": (*_FIRST, "pairings/*.json", "history.json", "access.json", "bonds/keys.json"),
}
"""What a backup keeps of the data folder beside the store."""
_NAME = re.compile(r"[\w.-]+(/[\w.-]+)?", re.ASCII)


class Manifest(BaseModel):
    format: Format = "sensor-hub-backup/2"
    version: str
    """Of the program that made it."""
    made: datetime
    store: Contents
    sha256: dict[str, str]
    """Digest of each file, by its name."""


def back_up(store: Target, folder: Path, file: Path, made: datetime) -> Manifest:
    """Writes a backup of a store and of its data folder; a hub may run meanwhile. Raises StoreError."""
    with errors(f"The backup {file} cannot be written"), scratch_folder(file.parent) as scratch:
        copy, beside = Path(scratch, STORE), Path(scratch, "backup.zip")
        contents = copy_store(store, copy)
        manifest = Manifest(version=__version__, made=made, store=contents, sha256={})
        here = {str(path.relative_to(folder)): path for path in files_beside(folder, manifest.format)}
        sha256 = _pack(beside, {STORE: copy, **here}, manifest)
        manifest = read_manifest(beside)
        with zipfile.ZipFile(beside) as archive:
            for name, digest in sha256.items():
                unpack(archive, name, digest, None)
        beside.chmod(0o600)
        settle(beside)
        beside.replace(file)
        settle(file.absolute().parent)
    return manifest


def read_manifest(file: Path) -> Manifest:
    """What a backup says it holds. Raises StoreError where it is no backup, or one that this program cannot read."""
    try:
        with zipfile.ZipFile(file) as archive:
            if archive.getinfo(MANIFEST).file_size > MOST_MANIFEST_BYTES:
                raise StoreError(f"{file} is no backup: its manifest is too large.")
            manifest = Manifest.model_validate_json(archive.read(MANIFEST))
    except OSError as error:
        raise StoreError(f"Cannot read {file}: {error.strerror}.") from error
    except (zipfile.BadZipFile, KeyError, ValidationError) as error:
        raise StoreError(f"{file} is no backup that this program can read.") from error
    strange = [name for name in manifest.sha256 if name != STORE and not _belongs(name, manifest.format)]
    if strange or STORE not in manifest.sha256:
        raise StoreError(f"{file} is no backup: it {f'holds {strange[0]!r}' if strange else 'has no store'}.")
    return manifest


def files_beside(folder: Path, form: Format) -> Iterator[Path]:
    """What a backup of this format keeps of a data folder."""
    for pattern in BESIDE[form]:
        for path in sorted(folder.glob(pattern)):
            if path.is_file() and _belongs(str(path.relative_to(folder)), form):
                yield path


def _belongs(name: str, form: Format) -> bool:
    return _NAME.fullmatch(name) is not None and any(fnmatchcase(name, pattern) for pattern in BESIDE[form])


def _pack(to: Path, files: dict[str, Path], manifest: Manifest) -> dict[str, str]:
    with zipfile.ZipFile(to, "x", zipfile.ZIP_DEFLATED, compresslevel=3) as archive:
        for name, path in files.items():
            with path.open("rb") as source, archive.open(name, "w", force_zip64=True) as member:
                manifest.sha256[name] = _stream(source, member)
        archive.writestr(MANIFEST, manifest.model_dump_json(indent=1))
    return manifest.sha256


def unpack(archive: zipfile.ZipFile, name: str, digest: str, to: Path | None) -> None:
    """One file, written where `to` says, and compared with its digest."""
    try:
        with archive.open(name) as member:
            if to is None:
                found = _stream(member, None)
            else:
                to.parent.mkdir(parents=True, exist_ok=True)
                with open(to, "xb", opener=_private) as target:
                    found = _stream(member, target)
    except (KeyError, zipfile.BadZipFile, EOFError) as error:
        raise StoreError(f"{archive.filename} is damaged: {name} cannot be read ({error}).") from error
    if found != digest:
        raise StoreError(f"{archive.filename} is damaged: {name} is not what was written.")


def _stream(source: IO[bytes], to: IO[bytes] | None) -> str:
    digest = hashlib.sha256()
    while part := source.read(1 << 20):
        digest.update(part)
        if to is not None:
            to.write(part)
    return digest.hexdigest()


def scratch_folder(parent: Path) -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix=".sensor-hub-", dir=parent)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def settle(path: Path) -> None:
    """To the disk: a power cut leaves the old name or the whole new file."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def errors(what: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StoreError(f"{what}: {error.strerror or error}.") from error
