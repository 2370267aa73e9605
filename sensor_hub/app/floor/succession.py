"""What a hub that died has left: journals to go on from, and sessions that nobody will end."""

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Protocol, TypeVar

from sensor_hub.app.measuring.clocks import HostClock
from sensor_hub.app.measuring.desk import Desk
from sensor_hub.app.measuring.journal import Journal, is_damage, set_aside
from sensor_hub.app.measuring.machine import Machine
from sensor_hub.app.measuring.place import Place
from sensor_hub.bus import Running
from sensor_hub.errors import StoreError

log = logging.getLogger(__name__)

JOURNALS = "journal"
"""Folder of the machines' journals, beside the outbox."""

T = TypeVar("T")


class Told(Protocol):
    """Who knows what was told of a machine."""

    def running(self) -> Running: ...


def journal_path(folder: Path, place: Place) -> Path:
    return folder / JOURNALS / f"{place.site}.{place.machine}.db"


def places_left(folder: Path) -> list[Place]:
    """Where the hub before this one has left journals."""
    return [Place(*path.stem.split(".", 1)) for path in sorted((folder / JOURNALS).glob("*.*.db"))]


def open_journal(folder: Path, place: Place) -> Journal | None:
    """A damaged one is set aside, and a new one begins. None where the disk refuses."""
    path = journal_path(folder, place)
    try:
        return Journal(path)
    except StoreError as error:
        log.error("%s", error)
        if not is_damage(error):
            return None
    give_up(folder, place)
    return open_journal(folder, place)


def give_up(folder: Path, place: Place, journal: Journal | None = None) -> None:
    """Nobody goes on from this journal; a person may look at it."""
    if journal is not None:
        journal.close()
    aside = set_aside(journal_path(folder, place))
    log.error("The journal of %s was set aside as %s: the session is ended as it was told.", place.machine, aside)


async def read_through(journal: Journal, work: Callable[[], T]) -> T:
    """An hour of a running session takes seconds to read, so it is done in a thread. It ends where the hub does."""
    reading = asyncio.ensure_future(asyncio.to_thread(work))
    try:
        return await asyncio.shield(reading)
    except asyncio.CancelledError:
        journal.interrupt()
        await asyncio.wait({reading})
        journal.close()
        raise


def end_what_was_told(machine: Machine, desk: Desk, told: Told, now: HostClock) -> None:
    """A session that was told and that the machine does not go on with ends where it was last heard of. A machine
    that knows less of it than was told begins anew: its next rep would get the number of one that was told."""
    running = told.running()
    if running.session is None or (machine.left_to_sensor and machine.session is None):
        return
    if running.session.session == machine.session:
        if machine.rep_count + machine.left_to_sensor >= running.rep_count:
            return
        log.error("%s does not know all reps that were told, and begins anew.", desk.machine)
        machine.begin_anew(now)
    end_session(desk, told)


def end_session(desk: Desk, told: Told) -> None:
    """The session that was told last, if it has not ended."""
    for model, identity, time, fields in told.running().last_words():
        desk.send(model, identity, time, fields)
