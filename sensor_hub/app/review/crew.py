"""Who does the work: this process alone, processes of this computer, or the workers of a Dask cluster.

Each is an executor of concurrent.futures, so whoever gives work out need not know which. A worker that dies at the
cluster has its work given to another; where a process of this computer dies, the work ends, and is begun again by
whoever asked for it.
"""

import multiprocessing
import os
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, ProcessPoolExecutor, wait
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, TypeVar

from sensor_hub.errors import SensorHubError, StoreError

T = TypeVar("T")
A = TypeVar("A")
AHEAD = 3
"""So many pieces of work for each worker are given out before their turn comes."""
NICENESS = 10
DEATHS = "A worker process died; what was done is kept. Run the same again to go on. Is the memory enough?"


@dataclass(frozen=True, slots=True)
class Crew:
    """width: how many work at once, now."""

    executor: Executor
    width: Callable[[], int]

    def answers(self, work: Callable[[T], A], tasks: Iterable[T]) -> Iterator[A]:
        """As they come, in no order. Tasks are taken only when somebody will soon work on them. Raises StoreError."""
        under_way: set[Future[A]] = set()
        for task in tasks:
            under_way.add(self.executor.submit(work, task))
            if len(under_way) >= max(1, self.width()) * AHEAD:
                done, under_way = wait(under_way, return_when=FIRST_COMPLETED)
                yield from map(_answer, done)
        while under_way:
            done, under_way = wait(under_way, return_when=FIRST_COMPLETED)
            yield from map(_answer, done)


@contextmanager
def crew(workers: int, scheduler: str | None = None) -> Iterator[Crew]:
    """scheduler: of a Dask cluster, `tcp://host:8786` or `tls://...`; `workers` counts only without one.

    Raises StoreError where it cannot be reached.
    """
    if scheduler is not None:
        with _cluster(scheduler) as made:
            yield made
    elif workers == 1:
        yield Crew(_Here(), lambda: 1)
    else:
        context = multiprocessing.get_context("spawn")
        pool = ProcessPoolExecutor(workers, context, initializer=live_with_parent)
        try:
            yield Crew(pool, lambda: workers)
        finally:
            pool.shutdown(cancel_futures=True)


@contextmanager
def _cluster(scheduler: str) -> Iterator[Crew]:
    try:
        from distributed import Client
    except ImportError as error:
        raise StoreError("A cluster needs Dask: pip install 'sensor-hub[chain]'.") from error
    try:
        client = Client(scheduler, timeout=10, set_as_default=False)
    except TypeError as error:
        raise StoreError(f"{scheduler} needs certificates: see docs/security.md. Dask says: {error}.") from error
    except (OSError, ValueError) as error:
        raise StoreError(f"No Dask scheduler answers at {scheduler}: {error}. Is it running?") from error
    try:
        if not client.nthreads():
            raise StoreError(f"The scheduler at {scheduler} has no workers. Start one: dask worker {scheduler}")
        yield Crew(client.get_executor(pure=False), lambda: sum(client.nthreads().values()))
    finally:
        client.close()


class _Here(Executor):
    """Works at once."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except SensorHubError as error:
            future.set_exception(error)
        return future


def _answer(future: Future[A]) -> A:
    try:
        return future.result()
    except SensorHubError:
        raise
    except BrokenExecutor as error:
        raise StoreError(DEATHS) from error
    except Exception as error:
        raise StoreError(f"A worker failed: {type(error).__name__}: {error}.") from error


def live_with_parent() -> None:
    """A worker gives way to what is measured live, and does not outlive who gave it work, however that ended."""
    with suppress(OSError):
        os.nice(NICENESS)
    parent = multiprocessing.parent_process()
    assert parent is not None

    def watch() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
