"""An event loop whose clock jumps to the next timer: minutes of radio in seconds, the same each time."""

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

_T = TypeVar("_T")


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """Starts at 0 s. Only what runs in this process takes part: sockets are polled, never waited for."""

    def __init__(self) -> None:
        self._now_s = 0.0
        super().__init__(_JumpingSelector(self))

    def time(self) -> float:
        return self._now_s

    def run_in_executor(  # type: ignore[override]  # one type variable less
        self, executor: Any, func: Callable[..., _T], *args: Any
    ) -> asyncio.Future[_T]:
        """Work for a thread is waited for: it takes no virtual time."""
        done: asyncio.Future[_T] = self.create_future()
        with ThreadPoolExecutor(1) as thread:
            working = thread.submit(func, *args)
        if error := working.exception():
            done.set_exception(error)
        else:
            done.set_result(working.result())
        return done

    def jump(self, seconds: float) -> None:
        self._now_s += seconds


class _JumpingSelector(selectors.DefaultSelector):
    def __init__(self, loop: VirtualTimeLoop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if not ready:
            if timeout is None:
                raise RuntimeError("Nothing is scheduled any more: every task waits for another.")
            self._loop.jump(max(timeout, 0.0))
        return ready


def run(main: Coroutine[Any, Any, _T]) -> _T:
    """Like asyncio.run, in virtual time."""
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        return runner.run(main)
