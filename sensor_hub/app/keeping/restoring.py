"""Brings a backup back: into the file of a store or into a server's database, whichever the settings name."""

import shutil
import zipfile
from datetime import datetime
from pathlib import Path

from sensor_hub.app.keeping.backup import (
    STORE,
    Manifest,
    errors,
    files_beside,
    read_manifest,
    scratch_folder,
    settle,
    unpack,
)
from sensor_hub.app.keeping.graves import bury_again
from sensor_hub.errors import StoreError
from sensor_hub.store import (
    Store,
    Target,
    address_of,
    close_file,
    compact,
    contents_of,
    copy_store,
    file_of,
    is_in_use,
    is_unused,
    load_store,
)


def restore(
    file: Path, store: Target, folder: Path, *, replace: bool, at: datetime
) -> tuple[Manifest, Path | None]:
    """Brings a backup into a data folder. What was there is moved aside, into the folder that is returned.

    Raises StoreError where the backup is damaged, a hub runs, or there are sessions and `replace` is not said.
    """
    manifest, own = read_manifest(file), file_of(store)
    near = folder if own is None else own.parent
    with errors(f"{file} cannot be restored"):
        near.mkdir(parents=True, exist_ok=True)
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        _ask_for_leave(store, replace)
        with scratch_folder(near) as scratch, zipfile.ZipFile(file) as archive:
            _ask_for_room(archive, near)
            for name, digest in manifest.sha256.items():
                unpack(archive, name, digest, Path(scratch, name))
            _check(Path(scratch, STORE), manifest, folder, at)
            aside = _set_aside(store, folder, manifest, f"before-restore-{at:%Y%m%dT%H%M%SZ}")
            for name in manifest.sha256:
                if name != STORE:
                    _move(Path(scratch, name), folder / name)
            if own is None:
                load_store(Path(scratch, STORE), store)
            else:
                _move(Path(scratch, STORE), own)
    return manifest, aside


def _check(copy: Path, manifest: Manifest, folder: Path, at: datetime) -> None:
    """The backup is whole, and nobody in it was erased since."""
    found = contents_of(copy)
    if found != manifest.store:
        raise StoreError(f"The backup holds {found}; its manifest says {manifest.store}. Use another one.")
    store = Store.open(copy)
    try:
        bury_again(store, folder, at, accounts=copy.parent)
    finally:
        store.close()
    close_file(copy)
    compact(copy)


def _ask_for_room(archive: zipfile.ZipFile, folder: Path) -> None:
    """Raises StoreError where what is in it would fill the disk."""
    needed, free = sum(member.file_size for member in archive.infolist()), shutil.disk_usage(folder).free
    if needed > free:
        sizes = f"{needed / 1e6:.0f} MB, and only {free / 1e6:.0f} MB are free in {folder}"
        raise StoreError(f"{archive.filename} holds {sizes}. Make room.")


def _ask_for_leave(store: Target, replace: bool) -> None:
    """Raises StoreError where a hub runs, or where something would be replaced that nobody said may be."""
    own = file_of(store)
    if not replace and not (is_unused(store) if own is None else _is_empty(own)):
        raise StoreError(f"{_shown(store)} has sessions in it. To put the backup in their place, say --replace.")
    if is_in_use(store) if own is None else _is_open(own):
        raise StoreError(f"{_shown(store)} is in use. Stop the hub first.")


def _is_empty(store: Path) -> bool:
    if not store.exists() or not store.stat().st_size:
        return True
    contents = contents_of(store)
    return not (contents.sessions or contents.reps or contents.raw)


def _is_open(store: Path) -> bool:
    try:
        return store.exists() and not close_file(store)
    except StoreError:
        return False  # too damaged to be in use; it is kept aside as it is


def _set_aside(store: Target, folder: Path, manifest: Manifest, name: str) -> Path | None:
    """A file is moved; of a server's database a copy is made, in a file."""
    here, own = list(files_beside(folder, manifest.format)), file_of(store)
    stores = (
        [] if own is None else [path for end in ("", "-wal", "-shm") if (path := Path(f"{own}{end}")).exists()]
    )
    copied = own is None and not is_unused(store)
    if not here and not stores and not copied:
        return None
    aside = folder / name
    aside.mkdir(mode=0o700)
    if copied:
        copy_store(store, aside / STORE)
    for path in here:
        (aside / path.relative_to(folder)).parent.mkdir(exist_ok=True)
        path.rename(aside / path.relative_to(folder))
    for path in stores:
        shutil.move(path, aside / path.name)
    return aside


def _move(path: Path, to: Path) -> None:
    to.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    settle(path)
    shutil.move(path, to)
    settle(to.parent)


def _shown(store: Target) -> str:
    return f"The store {file_of(store) or address_of(store).render_as_string()}"
