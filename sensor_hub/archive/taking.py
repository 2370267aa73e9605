"""Takes the raw samples of days that are over out of a store into an archive. Nothing is deleted here.

1. What is due is a site and day, with the numbers of its rows.
2. They are written beside, read back and compared (sensor_hub.archive.place).
3. Then, in one transaction in which nobody else writes: the store still has every one of them, the file gets its name,
   and they are marked as taken. Who is erased meanwhile is erased before, and the file is made again, or after, and
   the file is reached.
4. A crash before the commit leaves a file beside, which does not count, or one with its name, which is made again.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sensor_hub import __version__
from sensor_hub.archive.columns import Chunk
from sensor_hub.archive.part import CHUNKS_A_GROUP, Facts
from sensor_hub.archive.place import Archive, Part
from sensor_hub.errors import StoreError
from sensor_hub.store import (
    Due,
    RawRow,
    Store,
    advance,
    is_over,
    rows_of,
    sensors_of,
    sessions_of,
    stretches,
    take,
    untaken,
)

_OF_SENSOR = ("name", "family", "firmware", "rate_hz", "clock_error_ppm")

Profiles = Callable[[str, str], Mapping[str, Any] | None]
"""What is known of a machine, by site and name."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What was archived of a site and day."""

    due: Due
    part: Part
    rows: int
    size_bytes: int


class _StoppedError(Exception):
    """Somebody asked to stop."""


def due(store: Store, archive: Archive, now: datetime) -> list[Due]:
    """Days that are over, and have raw samples that the archive has not."""
    with store.transaction() as connection:
        return [one for one in untaken(connection, archive.name) if is_over(one, now)]


def archive_days(
    store: Store,
    archive: Archive,
    now: datetime,
    profiles: Profiles = lambda site, machine: None,
    progressed: Callable[[int], None] = lambda chunks: None,
    stopped: Callable[[], bool] = lambda: False,
) -> Iterator[Taken]:
    """All that is due, a day of a site at a time. progressed: told of chunks. stopped: asked often; True ends it, and
    what is half done is made anew another time. Raises StoreError."""
    try:
        for one in due(store, archive, now):
            yield _archive(store, archive, one, now, profiles, progressed, stopped)
    except _StoppedError:
        pass
    finally:
        with store.transaction() as connection:
            advance(connection, archive.name)


def _archive(
    store: Store,
    archive: Archive,
    one: Due,
    now: datetime,
    profiles: Profiles,
    progressed: Callable[[int], None],
    stopped: Callable[[], bool],
) -> Taken:
    groups = _groups(store, one, progressed, stopped)
    beside = archive.write(one.site, one.day, groups, _facts(store, one, now, profiles))
    try:
        with store.transaction() as connection:
            take(connection, archive.name, one, beside.summary.chunks)
            part = archive.keep(beside)
    except StoreError:
        archive.drop(beside)
        raise
    return Taken(one, part, beside.summary.rows, beside.size_bytes)


def _groups(
    store: Store, one: Due, progressed: Callable[[int], None], stopped: Callable[[], bool]
) -> Iterator[list[Chunk]]:
    for machine, session in stretches(store, one):
        for group in _slices(rows_of(store, one, machine, session)):
            if stopped():
                raise _StoppedError
            yield group
            progressed(len(group))


def _slices(rows: Iterable[RawRow]) -> Iterator[list[Chunk]]:
    group: list[Chunk] = []
    for row in rows:
        group.append(Chunk(row.id, row.seq, row.machine, row.session, row.decoded()))
        if len(group) == CHUNKS_A_GROUP:
            yield group
            group = []
    if group:
        yield group


def _facts(store: Store, one: Due, now: datetime, profiles: Profiles) -> Facts:
    """What an engine may want to know besides, as it is known now. Nobody's name or number is in it."""
    with store.transaction() as connection:
        sessions = sessions_of(connection, one)
        sensors = sensors_of(connection, one.site)
    machines = sorted({machine for machine, _ in stretches(store, one)})
    known = {machine: profiles(one.site, machine) for machine in machines}
    worn = {row.sensor for row in sessions}
    return {
        "written": now,
        "program": __version__,
        "sessions": {row.session: dict(row._mapping, session=row.session) for row in sessions},
        "machines": {machine: profile for machine, profile in known.items() if profile is not None},
        "sensors": {
            address: {name: said.get(name) for name in _OF_SENSOR}
            for address, said in sensors.items()
            if address in worn
        },
    }
