"""Runs a coroutine until it ends or the process is told to stop."""

import asyncio
import gc
import signal
from collections.abc import Coroutine
from typing import Any, TypeVar

Result = TypeVar("Result")


def until_stopped(work: Coroutine[Any, Any, Result]) -> Result | None:
    """The result of the work; None when SIGINT or SIGTERM ended it, after it has cleaned up."""

    async def supervised() -> Result | None:
        task = asyncio.ensure_future(work)
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, task.cancel)
        await asyncio.wait([task])
        return None if task.cancelled() else task.result()

    try:
        return asyncio.run(supervised())
    finally:
        gc.freeze()  # spares the interpreter a last look at every object: most of a second on the way out
