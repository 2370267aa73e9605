"""A session analysed anew because a coach asked for it: one at a time, in a process of its own, beside what is measured
live. It becomes a version beside the others; which one is shown is not for this to say.
"""

import logging
import multiprocessing
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from multiprocessing.connection import Connection as Pipe

from sensor_hub import __version__
from sensor_hub.app.keeping.archiving import Archivist
from sensor_hub.app.review.campaign import Answer, Task, newest_analysis, task_of, work
from sensor_hub.app.review.crew import live_with_parent
from sensor_hub.app.review.versions import Difference, differences
from sensor_hub.config import Settings
from sensor_hub.errors import MissingError, SensorHubError, StoreError
from sensor_hub.store import Analysis, Store, add_analysis, analyses

log = logging.getLogger(__name__)

DIED = "The analysis broke off. Is the memory enough? Try again."
FAILED = "The analysis failed, and nothing was kept. The hub's log says why."


@dataclass(frozen=True, slots=True)
class Rescore:
    """share: of the samples that are done; ended: whether it is over; version: that it made, None where nothing would
    change, or where there is a problem, as a sentence."""

    session: str
    by: str | None
    share: float = 0.0
    ended: bool = False
    version: int | None = None
    problem: str | None = None


class Rescoring:
    """Methods block, and raise SensorHubErrors."""

    def __init__(
        self, store: Store, settings: Settings, utc: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._store = store
        self._settings = settings
        self._utc = utc
        self._lock = threading.Lock()
        self._latest: Rescore | None = None
        self._process: multiprocessing.process.BaseProcess | None = None
        self._thread: threading.Thread | None = None
        self._stopping = False

    @property
    def latest(self) -> Rescore | None:
        """The one under way, or the last one since the start."""
        return self._latest

    def versions(self, session: str) -> Sequence[Analysis]:
        with self._store.transaction() as connection:
            return analyses(connection, session)

    def changes(self, session: str, number: int) -> Sequence[Difference]:
        """How a version differs from what was measured live. Raises MissingError."""
        live, one = (self._store.session(session, which, as_measured=True) for which in (0, number))
        if live is None or one is None:
            raise MissingError(f"This session has no version {number}.")
        return list(differences(live.reps, one.reps))

    def start(self, session: str, why: str, by: str | None) -> bool:
        """False while another one is under way. Raises MissingError where there is no such session."""
        record = self._store.session(session, 0, as_measured=True)
        if record is None:
            raise MissingError(f"There is no session {session!r}.")
        archivist = Archivist(self._store, self._settings)
        task = task_of(self._store, archivist, self._settings, record, self._utc())
        with self._lock:
            if self._latest is not None and not self._latest.ended:
                return False
            self._latest = Rescore(session, by)
        self._thread = threading.Thread(target=self._run, args=(task, why, by), name="rescoring", daemon=True)
        self._thread.start()
        return True

    def stop(self) -> None:
        """What is not done is given up."""
        with self._lock:
            self._stopping = True
            if self._process is not None:
                self._process.terminate()
        if self._thread is not None:
            self._thread.join()

    def _run(self, task: Task, why: str, by: str | None) -> None:
        try:
            answer = self._work(task)
            self._end(problem=answer.problem or None, version=self._keep(answer, why, by))
        except SensorHubError as error:
            self._end(problem=str(error))
        except (EOFError, OSError):
            self._end(problem=DIED)
        except Exception:
            log.exception("The analysis of %s failed.", task.record.session.session)
            self._end(problem=FAILED)

    def _work(self, task: Task) -> Answer:
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe(duplex=False)
        process = context.Process(target=_work_apart, args=(task, theirs), daemon=True)
        with self._lock:
            if self._stopping:
                raise StoreError(DIED)
            process.start()
            self._process = process
        theirs.close()
        try:
            while True:
                told = ours.recv()
                if isinstance(told, SensorHubError):
                    raise told
                if isinstance(told, Answer):
                    return told
                self._latest = replace(self._now, share=told)
        finally:
            process.join()

    def _keep(self, answer: Answer, why: str, by: str | None) -> int | None:
        """The new version, None where it would say the same as the newest one."""
        before, result = newest_analysis(self._store, answer.session), answer.result
        if result is None or before is None or not list(differences(before.reps, result.reps)):
            return None
        new = (result.sets, result.reps, result.rejected)
        with self._store.transaction() as connection:
            made = add_analysis(connection, answer.session, self._utc(), __version__, *new, made_by=by, why=why)
        return made.number

    @property
    def _now(self) -> Rescore:
        assert self._latest is not None
        return self._latest

    def _end(self, problem: str | None = None, version: int | None = None) -> None:
        self._latest = replace(self._now, ended=True, share=1.0, problem=problem, version=version)


def _work_apart(task: Task, tell: Pipe) -> None:
    """In the process of its own: tells shares, and last of all the answer, or the error."""
    live_with_parent()
    try:
        tell.send(work(task, tell.send))
    except SensorHubError as error:
        tell.send(error)
