"""Many sessions with today's engine: planned here, analysed anywhere, kept here, and gone on with after a death.

1. What each session needs is gathered: its record, what is known of its machine, and those of its samples that no
   archive has. The worker reads the others from the archive.
2. Answers are kept as they come, each in one transaction, and noted in `reanalysis.jsonl` in the data folder.
3. They are told in the order of the sessions.
4. A run that is begun again with the same words by the same version reads the note and goes on behind it. The note
   goes when the run is through.
"""

import itertools
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from sensor_hub import __version__
from sensor_hub.app.history import write_whole
from sensor_hub.app.keeping.archiving import Archivist, session_samples
from sensor_hub.app.measuring.place import Place, machine_profile
from sensor_hub.app.review.crew import Crew
from sensor_hub.app.review.reanalysis import Result, reanalyze
from sensor_hub.app.review.versions import changes
from sensor_hub.config import Settings, data_dir
from sensor_hub.engine import Params, Profile
from sensor_hub.errors import ArchiveError, StoreError
from sensor_hub.store import RawRow, SessionRecord, Store, add_analysis, analyses, session_rows

NOTE = "reanalysis.jsonl"
PROGRAM = f"sensor-hub {__version__} with numpy {np.__version__}"
"""What decides of every digit."""


@dataclass(frozen=True, slots=True)
class Task:
    """All that a worker needs. rows: samples that are not in the archive; program: the version that asks."""

    record: SessionRecord
    rows: list[RawRow]
    archive: str | None
    profile: Profile
    params: Params
    now: datetime
    program: str = PROGRAM


@dataclass(frozen=True, slots=True)
class Answer:
    """result: None where the session must be left as it is, with the reason as a sentence."""

    session: str
    result: Result | None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """What is said of a session. is_done: whether it could be analysed."""

    session: str
    lines: list[str]
    is_done: bool


def work(task: Task, progressed: Callable[[float], None] = lambda share: None) -> Answer:
    """On any computer that has this version. progressed: told the share of the samples that are done. Raises
    ArchiveError where the samples cannot be got at."""
    if task.program != PROGRAM:
        raise StoreError(f"A worker has {PROGRAM}, this computer {task.program}. Install the same on both.")
    record = task.record
    try:
        chunks = session_samples(record.session, task.rows, task.archive)
        done = itertools.count(1)
        params, now = task.params, task.now
        result = reanalyze(
            record, chunks, task.profile, params, now, lambda _: progressed(next(done) / len(chunks))
        )
        return Answer(record.session.session, result)
    except ArchiveError:
        raise
    except StoreError as error:
        return Answer(record.session.session, None, str(error))


class Campaign:
    """named: the sessions that are wanted, by id; none for all. They are told in this order."""

    def __init__(self, store: Store, settings: Settings, named: Sequence[str], dry_run: bool) -> None:
        self.sessions = list(dict.fromkeys(named)) or store.session_ids()
        for session in named:
            if store.session(session) is None:
                raise StoreError(f"There is no session {session}. `sensor-hub sessions` lists those there are.")
        self._store = store
        self._settings = settings
        self._dry_run = dry_run
        self._archivist = Archivist(store, settings)
        heading = {"program": PROGRAM, "dry_run": dry_run, "sessions": list(named)}
        self._note = _Note(data_dir(settings) / NOTE if len(self.sessions) > 1 else None, heading)
        self.done_before = sum(session in self._note.told for session in self.sessions)

    def run(
        self, crew: Crew, now: datetime, progressed: Callable[[int], None] = lambda sessions: None
    ) -> Iterator[Told]:
        """progressed: told of sessions that are done, at once those of an earlier run. Raises StoreError."""
        told = dict(self._note.told)
        progressed(self.done_before)
        waiting = [session for session in self.sessions if session not in told]
        order = iter(self.sessions)
        following = next(order, None)
        for answer in crew.answers(work, self._tasks(waiting, told, now)):
            told[answer.session] = self._settle(answer, now)
            self._note.add(told[answer.session])
            progressed(1)
            while following in told:
                yield told.pop(following)
                following = next(order, None)
        while following is not None:
            yield told.pop(following)
            following = next(order, None)
        self._note.discard()

    def _tasks(self, sessions: Sequence[str], told: dict[str, Told], now: datetime) -> Iterator[Task]:
        for session in sessions:
            record = self._store.session(session, as_measured=True)
            if record is None:
                told[session] = _gone(session)
            else:
                yield task_of(self._store, self._archivist, self._settings, record, now)

    def _settle(self, answer: Answer, now: datetime) -> Told:
        session = answer.session
        if answer.result is None:
            return Told(session, [f"{session}: {answer.problem}"], is_done=False)
        record = newest_analysis(self._store, session)
        if record is None:
            return _gone(session)
        new = answer.result
        lines = list(changes(record.reps, new.reps))
        if new.rejected and not record.rejected:
            lines.append(f"why strokes were not counted: told now, {len(new.rejected)} times")
        if not lines:
            return Told(session, [f"{session}: nothing changes."], is_done=True)
        heading = f"{session} would change:"
        if not self._dry_run:
            with self._store.transaction() as connection:
                made = add_analysis(connection, session, now, __version__, new.sets, new.reps, new.rejected)
            heading = f"{session}, version {made.number}:"
        return Told(session, [heading, *(f"  {line}" for line in lines)], is_done=True)


def newest_analysis(store: Store, session: str) -> SessionRecord | None:
    """As measured, whichever version is shown."""
    with store.transaction() as connection:
        made = analyses(connection, session)
    return store.session(session, made[-1].number if made else 0, as_measured=True)


def task_of(store: Store, archivist: Archivist, settings: Settings, record: SessionRecord, now: datetime) -> Task:
    """record: as measured. Raises ConfigError where the machine's profile cannot be read."""
    place = Place(record.session.site, record.session.machine)
    known = machine_profile(place, settings, data_dir(settings))
    archive = archivist.reach()
    with store.transaction() as connection:
        rows = session_rows(connection, record.session.session, archive)
    profile = known.with_settings(known.read() or Profile())
    lean = SessionRecord(record.session, record.sets, reps=[], rejected=[])
    return Task(lean, rows, settings.archive.url, profile, known.params, now)


def _gone(session: str) -> Told:
    return Told(session, [f"{session}: it is no longer in the store."], is_done=False)


class _Note:
    """What a run has done, a line a session. A line that a death cut short, and what is behind it, counts nothing.

    path: None where nothing need be noted.
    """

    def __init__(self, path: Path | None, heading: Mapping[str, Any]) -> None:
        self._path = path
        self.told: dict[str, Told] = {}
        if path is not None:
            known = list(_lines(path))
            if known[:1] == [heading]:
                self.told = {line["session"]: Told(**line) for line in known[1:]}
            write_whole(path, "".join(map(_line, [heading, *map(asdict, self.told.values())])))

    def add(self, told: Told) -> None:
        if self._path is None:
            return
        try:
            with self._path.open("a", encoding="utf-8") as file:
                file.write(_line(asdict(told)))
        except OSError as error:
            raise StoreError(f"Cannot write {self._path}: {error.strerror}.") from error

    def discard(self) -> None:
        if self._path is not None:
            self._path.unlink(missing_ok=True)


def _line(value: Mapping[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False) + "\n"


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    try:
        for line in path.read_text(encoding="utf-8").splitlines():
            yield json.loads(line)
    except (OSError, ValueError):
        return
