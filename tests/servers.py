"""What the tests' own servers have in common: a free port, a process, and waiting until it answers."""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from itertools import cycle, islice
from pathlib import Path

BOOT_S = 60.0


_PORTS = range(20_000, 32_000)
"""Below those that the system gives away by itself, so that nobody takes one before its server does."""
_APART = 997
_ports = islice(cycle(_PORTS), os.getpid() * _APART % len(_PORTS), None)


def free_port() -> int:
    """Each time another one, and other ones than tests in other processes take."""
    for port in islice(_ports, len(_PORTS)):
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise AssertionError("No port is free.")


def wait_for(condition: Callable[[], bool], timeout_s: float, why: Callable[[], str] = lambda: "") -> None:
    """Until something is true; fails loudly where it never is."""
    end = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < end, f"not within {timeout_s:g} s. {why()}"
        time.sleep(0.02)


class Server:
    """A program that is up when something answers on its port."""

    def __init__(self, command: list[str], port: int, log: Path) -> None:
        self.port = port
        self._command, self._log = command, log
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self, ready: Callable[[], bool] | None = None) -> None:
        assert shutil.which(self._command[0]), f"{self._command[0]} is missing; install Debian's package of it"
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(self._command, stdout=log, stderr=log)
        wait_for(ready or self._listens, BOOT_S, lambda: self._log.read_text(errors="replace")[-2000:])

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        if self._process is not None:
            self._process.send_signal(how)
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None

    def _listens(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.port), 0.5).close()
        except OSError:
            return False
        return True
