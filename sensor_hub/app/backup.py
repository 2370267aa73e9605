"""One file with everything that would be missed: the store, machine profiles, enrolment, batteries.

A backup is a ZIP file: `manifest.json` says what is in it, with the SHA-256 of each of the other files. It is made
beside its final name, read back, and only then given that name.
"""

import hashlib
import os
import re
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO, Literal

from pydantic import BaseModel, ValidationError

from sensor_hub import __version__
from sensor_hub.errors import StoreError
from sensor_hub.store import Contents, Store, close_file, compact, contents_of, copy_store

MANIFEST = "manifest.json"
STORE = "hub.db"
BESIDE = ("enrolment.toml", "profiles/*.toml", "batteries/*.json")
"""What is kept of the data folder beside the store."""
_MEMBER = re.compile(r"hub\.db|enrolment\.toml|profiles/[\w.-]+\.toml|batteries/[\w.-]+\.json", re.ASCII)


class Manifest(BaseModel):
    format: Literal["sensor-hub-backup/1"] = "sensor-hub-backup/1"
    version: str
    """Of the program that made it."""
    made: datetime
    store: Contents
    sha256: dict[str, str]
    """Digest of each file, by its name."""


def back_up(store: Path, folder: Path, file: Path, made: datetime) -> Manifest:
    """Writes a backup of a store's file and of its data folder; a hub may run meanwhile. Raises StoreError."""
    with _errors(f"The backup {file} cannot be written"), _scratch(file.parent) as scratch:
        copy, beside = Path(scratch, STORE), Path(scratch, "backup.zip")
        contents = copy_store(store, copy)
        files = {STORE: copy, **{str(path.relative_to(folder)): path for path in _beside(folder)}}
        sha256 = _pack(beside, files, Manifest(version=__version__, made=made, store=contents, sha256={}))
        manifest = read_manifest(beside)
        with zipfile.ZipFile(beside) as archive:
            for name, digest in sha256.items():
                _unpack(archive, name, digest, None)
        beside.chmod(0o600)
        _settle(beside)
        beside.replace(file)
        _settle(file.absolute().parent)
    return manifest


def restore(file: Path, store: Path, folder: Path, *, replace: bool, at: datetime) -> tuple[Manifest, Path | None]:
    """Brings a backup into a data folder. What was there is moved aside, into the folder that is returned.

    Raises StoreError where the backup is damaged, a hub runs, or there are sessions and `replace` is not said.
    """
    manifest = read_manifest(file)
    with _errors(f"{file} cannot be restored"):
        store.parent.mkdir(parents=True, exist_ok=True)
        folder.mkdir(parents=True, exist_ok=True)
        _ask_for_leave(store, replace)
        with _scratch(store.parent) as scratch, zipfile.ZipFile(file) as archive:
            for name, digest in manifest.sha256.items():
                _unpack(archive, name, digest, Path(scratch, name))
            _check(Path(scratch, STORE), manifest)
            aside = _set_aside(store, folder, f"before-restore-{at:%Y%m%dT%H%M%SZ}")
            for name in sorted(manifest.sha256, key=lambda name: name == STORE):
                target = store if name == STORE else folder / name
                target.parent.mkdir(parents=True, exist_ok=True)
                _settle(Path(scratch, name))
                shutil.move(Path(scratch, name), target)
                _settle(target.parent)
    return manifest, aside


def read_manifest(file: Path) -> Manifest:
    """What a backup says it holds. Raises StoreError where it is no backup, or one that this program cannot read."""
    try:
        with zipfile.ZipFile(file) as archive:
            manifest = Manifest.model_validate_json(archive.read(MANIFEST))
    except OSError as error:
        raise StoreError(f"Cannot read {file}: {error.strerror}.") from error
    except (zipfile.BadZipFile, KeyError, ValidationError) as error:
        raise StoreError(f"{file} is no backup that this program can read.") from error
    strange = [name for name in manifest.sha256 if not _MEMBER.fullmatch(name)]
    if strange or STORE not in manifest.sha256:
        raise StoreError(f"{file} is no backup: it {f'holds {strange[0]!r}' if strange else 'has no store'}.")
    return manifest


def _beside(folder: Path) -> Iterator[Path]:
    for pattern in BESIDE:
        for path in sorted(folder.glob(pattern)):
            if path.is_file() and _MEMBER.fullmatch(str(path.relative_to(folder))):
                yield path


def _pack(to: Path, files: dict[str, Path], manifest: Manifest) -> dict[str, str]:
    with zipfile.ZipFile(to, "x", zipfile.ZIP_DEFLATED, compresslevel=3) as archive:
        for name, path in files.items():
            with path.open("rb") as source, archive.open(name, "w", force_zip64=True) as member:
                manifest.sha256[name] = _stream(source, member)
        archive.writestr(MANIFEST, manifest.model_dump_json(indent=1))
    return manifest.sha256


def _unpack(archive: zipfile.ZipFile, name: str, digest: str, to: Path | None) -> None:
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


def _check(copy: Path, manifest: Manifest) -> None:
    found = contents_of(copy)
    if found != manifest.store:
        raise StoreError(f"The backup holds {found}; its manifest says {manifest.store}. Use another one.")
    Store.open(copy).close()
    close_file(copy)
    compact(copy)


def _is_empty(store: Path) -> bool:
    if not store.exists() or not store.stat().st_size:
        return True
    contents = contents_of(store)
    return not (contents.sessions or contents.reps or contents.raw)


def _ask_for_leave(store: Path, replace: bool) -> None:
    """Raises StoreError where a hub runs, or where something would be replaced that nobody said may be."""
    if not replace and not _is_empty(store):
        raise StoreError(f"{store} has sessions in it. To put the backup in their place, say --replace.")
    try:
        free = not store.exists() or close_file(store)
    except StoreError:
        return  # too damaged to be in use; it is kept aside as it is
    if not free:
        raise StoreError(f"The store {store} is in use. Stop the hub first.")


def _set_aside(store: Path, folder: Path, name: str) -> Path | None:
    here = list(_beside(folder))
    stores = [path for suffix in ("", "-wal", "-shm") if (path := Path(f"{store}{suffix}")).exists()]
    if not here and not stores:
        return None
    aside = folder / name
    aside.mkdir(mode=0o700)
    for path in here:
        (aside / path.relative_to(folder)).parent.mkdir(exist_ok=True)
        path.rename(aside / path.relative_to(folder))
    for path in stores:
        shutil.move(path, aside / path.name)
    return aside


def _scratch(parent: Path) -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix=".sensor-hub-", dir=parent)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _settle(path: Path) -> None:
    """To the disk: a power cut leaves the old name or the whole new file."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _errors(what: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StoreError(f"{what}: {error.strerror or error}.") from error
