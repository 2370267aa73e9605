"""Looks after the store beside the recorder: archives raw samples, deletes what the settings do not keep, warns before
the disk is full."""

import logging
import threading
from datetime import UTC, datetime

from sensor_hub.app.keeping.archiving import Archivist, in_words
from sensor_hub.app.keeping.database import database_of
from sensor_hub.config import Settings
from sensor_hub.errors import StoreError
from sensor_hub.store import (
    KEPT_HOURS,
    Limit,
    Limits,
    Retention,
    Room,
    Store,
    Stored,
    file_of,
    forget_hours,
    room_of,
)

log = logging.getLogger(__name__)

FIRST_LOOK_S = 60.0
LOOK_S = 3600.0
BETWEEN_STEPS_S = 0.05
"""So long the database is left to others after each step."""


class Keeper:
    """Runs in the background beside a store. room: how long its disk will last; None where that is not its file's."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self.room: Room | None = None
        self._store = store
        self._settings = settings
        self._archivist = Archivist(store, settings)
        self._sinks = () if settings.influx.url is None or settings.store.delete_unsent else ("influx",)
        self.warning: str | None = None
        """What is wrong, or soon will be, as a sentence."""
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="keeper", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """After the step under way."""
        self._stopping.set()
        self._thread.join()

    def look(self, now: datetime) -> None:
        """Archives, deletes, then measures. Raises StoreError."""
        unarchived = self._archive(now)
        retention = Retention(self._store, limits_of(self._settings), self._sinks, self._archivist.name)
        swept = retention.sweep(now, lambda: self._stopping.wait(BETWEEN_STEPS_S))
        if swept.raw or swept.motion or swept.sessions:
            log.info(
                "Deleted as the settings say: %d chunks of raw samples, %d of motion, %d sessions.",
                swept.raw,
                swept.motion,
                swept.sessions,
            )
        if swept.waiting:
            takers = " and ".join(
                [*["InfluxDB"] * bool(self._sinks), *["the archive"] * bool(self._archivist.name)]
            )
            log.warning("%d old sessions stay in the store until taken by %s.", swept.waiting, takers)
        with self._store.transaction() as connection:
            forget_hours(connection, now - KEPT_HOURS)
        self.room = measure(self._store, self._settings, now)
        full = None if self.room is None else warning_of(self.room, self._settings)
        self._warn(" ".join(filter(None, (full, unarchived))) or None)

    def _archive(self, now: datetime) -> str | None:
        """What is wrong with the archive, as a sentence."""
        try:
            for taken in self._archivist.take(now, stopped=lambda: self._stopping.wait(BETWEEN_STEPS_S)):
                log.info("Archived: %s.", in_words(taken))
        except StoreError as error:
            return str(error)
        return None

    def _run(self) -> None:
        pause_s = FIRST_LOOK_S
        while not self._stopping.wait(pause_s):
            try:
                self.look(datetime.now(UTC))
            except StoreError as error:
                self._warn(str(error))
            pause_s = LOOK_S

    def _warn(self, sentence: str | None) -> None:
        if sentence is not None and sentence != self.warning:
            log.warning("%s", sentence)
        self.warning = sentence


def limits_of(settings: Settings) -> Limits:
    store = settings.store
    return {
        Stored.RAW: Limit.parse(store.keep_raw),
        Stored.MOTION: Limit.parse(store.keep_motion),
        Stored.REPS: Limit.parse(store.keep_reps),
    }


def measure(store: Store, settings: Settings, now: datetime) -> Room | None:
    """None where the store is a server's: only that knows its disk. Raises StoreError."""
    file = file_of(database_of(settings))
    if file is None:
        return None
    with store.transaction() as connection:
        return room_of(connection, file, limits_of(settings), now)


def warning_of(room: Room, settings: Settings) -> str | None:
    """A sentence where the disk will be full sooner than `store.warn_days`."""
    if room.days_left is None or room.days_left >= settings.store.warn_days:
        return None
    daily = sum(room.daily_bytes.values())
    raw = room.daily_bytes[Stored.RAW]
    return (
        f"The disk will be full in about {room.days_left} days: {_size(room.free_bytes)} are free and {_size(daily)} "
        f"come a day, {_size(raw)} of them raw samples. Make room, or set store.keep_raw, such as "
        '"90 days".'
    )


def _size(count: float) -> str:
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.1f} MB"
