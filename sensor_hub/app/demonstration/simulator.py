"""The simulator as a child process: simulated sensors on the air of a TCP port."""

import asyncio
import json
import shutil
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from importlib import metadata
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any

from sensor_hub.errors import ConfigError, LinkError

READY_S = 20.0
STOP_S = 2.0
CHECKOUT_SCENARIOS = Path(__file__).parents[3] / "config" / "scenarios"


class Simulator:
    """adapter: where the hub finds the simulated radio. finished: set once every scenario is over."""

    def __init__(self, process: asyncio.subprocess.Process, stderr: IO[bytes]) -> None:
        self.adapter = ""
        self.sensors: list[str] = []
        self.finished = asyncio.Event()
        self._process = process
        self._stderr = stderr
        self._over: set[str] = set()

    async def become_ready(self) -> None:
        """Waits for the radio to be open. Raises LinkError."""
        try:
            async with asyncio.timeout(READY_S):
                event = await self._next()
        except TimeoutError:
            raise LinkError(
                f"The simulator was not ready within {READY_S:g} s; run firmware-sim by itself to see why."
            ) from None
        if event is None or event["event"] != "ready":
            raise LinkError(f"The simulator did not start. {self._last_words()}")
        self.adapter = str(event["listen"]).replace("tcp-server:", "tcp-client:")
        self.sensors = [str(sensor["name"]) for sensor in event["sensors"]]

    async def listen(self) -> None:
        """Follows what the simulator tells until it ends."""
        while (event := await self._next()) is not None:
            if event["event"] == "finished":
                self._over.add(str(event["name"]))
            if self._over >= set(self.sensors):
                self.finished.set()

    async def stop(self) -> None:
        if self._process.returncode is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                await asyncio.wait_for(self._process.wait(), STOP_S)
            except TimeoutError:
                self._process.kill()
                await self._process.wait()

    def _last_words(self) -> str:
        self._stderr.seek(0)
        return self._stderr.read().decode(errors="replace").strip()

    async def _next(self) -> dict[str, Any] | None:
        assert self._process.stdout is not None
        line = await self._process.stdout.readline()
        return json.loads(line) if line else None


@asynccontextmanager
async def simulator(arguments: Sequence[str | Path]) -> AsyncIterator[Simulator]:
    """`firmware-sim` with these arguments on a free port, from ready to stopped. Raises LinkError, ConfigError.

    It gets a process group of its own, so that Ctrl-C reaches the hub first and the sensors go last.
    """
    command = [_program(), *(str(argument) for argument in arguments), "--listen", "tcp-server:127.0.0.1:0"]
    with TemporaryFile() as stderr:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=stderr,
            start_new_session=True,
        )
        one = Simulator(process, stderr)
        try:
            await one.become_ready()
            following = asyncio.create_task(one.listen(), name="simulator")
            yield one
            following.cancel()
        finally:
            await one.stop()


def scenario(name: str) -> Path:
    """A scenario that comes along, in a checkout or in an installation. Raises ConfigError."""
    in_checkout = CHECKOUT_SCENARIOS / f"{name}.toml"
    if in_checkout.is_file():
        return in_checkout
    for file in metadata.files("sensor-hub") or []:
        if file.name == f"{name}.toml" and "scenarios" in file.parts:
            return Path(str(file.locate())).resolve()
    raise ConfigError(f"The scenario {name} is missing; install sensor-hub again.")


def _program() -> str:
    program = shutil.which("firmware-sim", path=str(Path(sys.executable).parent)) or shutil.which("firmware-sim")
    if program is None:
        raise ConfigError("The simulator is missing. Install it: pip install 'sensor-hub[sim]'.")
    return program
