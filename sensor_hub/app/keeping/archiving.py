"""The archive that the settings name: opened, filled from the store, looked over."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sensor_hub.app.measuring.place import Place, machine_profile
from sensor_hub.archive.cuts import Cut
from sensor_hub.config import Settings, data_dir
from sensor_hub.errors import ArchiveError, ConfigError
from sensor_hub.messages import SessionMessage
from sensor_hub.store import Due, RawRow, Store, StoredSamples, session_rows

if TYPE_CHECKING:
    from sensor_hub.archive.place import Archive
    from sensor_hub.archive.taking import Taken

NOBODY = "archive"
"""The name of one that was never reached: it has taken nothing."""


class Archivist:
    """Between a store and its archive. Does nothing where the settings name none."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self._store = store
        self._settings = settings
        self.name = None if settings.archive.url is None else NOBODY
        """What the store's marks call the archive; None where there is none to wait for."""

    def reach(self) -> str | None:
        """The archive's name; None where there is none. Raises ArchiveError."""
        if self._settings.archive.url is not None and self.name == NOBODY:
            self._open(self._settings.archive.url)
        return self.name

    def due(self, now: datetime) -> list[Due]:
        """Raises StoreError."""
        if self._settings.archive.url is None:
            return []
        from sensor_hub.archive.taking import due

        return due(self._store, self._open(self._settings.archive.url), now)

    def take(
        self,
        now: datetime,
        progressed: Callable[[int], None] = lambda chunks: None,
        stopped: Callable[[], bool] = lambda: False,
    ) -> "Iterator[Taken]":
        """As sensor_hub.archive.taking.archive_days. Raises StoreError."""
        if self._settings.archive.url is None:
            return
        archive = self._open(self._settings.archive.url)
        from sensor_hub.archive.taking import archive_days

        yield from archive_days(self._store, archive, now, self._profile, progressed, stopped)

    def _open(self, url: str) -> "Archive":
        archive = open_archive(url)
        self.name = archive.name
        return archive

    def _profile(self, site: str, machine: str) -> Mapping[str, Any] | None:
        """What this computer knows of a machine."""
        known = machine_profile(Place(site, machine), self._settings, data_dir(self._settings))
        try:
            profile = known.read()
        except ConfigError:
            return None
        return None if profile is None else asdict(known.with_settings(profile))


def open_archive(url: str) -> "Archive":
    """Raises ArchiveError."""
    try:
        from sensor_hub.archive.place import Archive
    except ImportError as error:
        raise ArchiveError("An archive needs pyarrow and fsspec: pip install 'sensor-hub[archive]'.") from error
    return Archive.open(url)


def session_samples(session: SessionMessage, rows: Sequence[RawRow], url: str | None) -> list[StoredSamples]:
    """What the archive has of a session, if there is one, and the rows, in order. Raises StoreError."""
    found = {row.id: (row.seq, row.decoded()) for row in rows}
    if url is not None:
        archive = open_archive(url)
        archived = archive.session(session.site, session.session, session.machine, session.started, session.ended)
        found |= {one.id: (one.seq, one.stored) for one in archived}
    return [samples for _, samples in sorted(found.values(), key=lambda one: one[0])]


def all_samples(store: Store, session: str, url: str | None) -> list[StoredSamples]:
    """What the store has of a session, and the archive, if there is one. Raises StoreError."""
    record = None if url is None else store.session(session, as_measured=True)
    if record is None:
        return store.samples(session)
    with store.transaction() as connection:
        rows = session_rows(connection, session)
    return session_samples(record.session, rows, url)


def clean_archive(url: str, cuts: Sequence[Mapping[str, Any]], now: datetime) -> str:
    """Takes what is erased out of the archive; what was done, as a sentence. Raises ArchiveError."""
    archive = open_archive(url)
    from sensor_hub.archive.erasing import erase_from_archive

    return erase_from_archive(archive, [Cut.model_validate(cut) for cut in cuts], now).in_words()


def in_words(taken: "Taken") -> str:
    return f"{taken.due.site} {taken.due.day}, {taken.rows} samples, {taken.size_bytes / 1e6:.1f} MB"
