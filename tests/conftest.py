"""Real servers for the tests: Debian's mosquitto, influxdb and victoria-metrics, own processes on free ports.

Debian's services of the same names are neither needed nor touched. A missing program is an error, not a skip:
`make test` installs them.
"""

import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from sensor_hub.bus import BrokerAddress, EmbeddedBroker

BOOT_S = 20.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


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


class Mosquitto(Server):
    """Asks for a login; keeps what it has acknowledged in its folder, as far as it saves in time."""

    def __init__(self, folder: Path) -> None:
        port = free_port()
        self.address = BrokerAddress("mqtt", "127.0.0.1", port, "hub", "mosquitto-test")
        passwords, configuration = folder / "passwords", folder / "mosquitto.conf"
        assert shutil.which("mosquitto_passwd"), "mosquitto is missing; install Debian's package of it"
        subprocess.run(["mosquitto_passwd", "-b", "-c", passwords, "hub", "mosquitto-test"], check=True)
        passwords.chmod(0o644)
        configuration.write_text(
            f"listener {port} 127.0.0.1\nallow_anonymous false\npassword_file {passwords}\nuser root\n"
            f"persistence true\npersistence_location {folder}/\nautosave_on_changes true\nautosave_interval 1\n"
            "max_queued_messages 100000\n"
        )
        super().__init__(["mosquitto", "-c", str(configuration)], port, folder / "log")


class Http(Server):
    """A server with a GET and POST interface."""

    def get(self, path: str, **query: str) -> str:
        return self._ask(urllib.request.Request(f"{self.url}{path}?{urllib.parse.urlencode(query)}"))

    def post(self, path: str, body: bytes, **query: str) -> str:
        url = f"{self.url}{path}?{urllib.parse.urlencode(query)}"
        return self._ask(urllib.request.Request(url, data=body, method="POST"))

    def answers(self, path: str) -> bool:
        try:
            self.get(path)
        except OSError:
            return False
        return True

    def _ask(self, request: urllib.request.Request) -> str:
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return answer.read().decode()
        except urllib.error.HTTPError as error:
            raise OSError(f"{error.code}: {error.read().decode(errors='replace')}") from error


def wait_for(condition: Callable[[], bool], timeout_s: float, why: Callable[[], str] = lambda: "") -> None:
    """Until something is true; fails loudly where it never is."""
    end = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < end, f"not within {timeout_s:g} s. {why()}"
        time.sleep(0.02)


@pytest.fixture
def mosquitto(tmp_path: Path) -> Iterator[Mosquitto]:
    """A running Mosquitto with a login; `address` is where."""
    folder = tmp_path / "mosquitto"
    folder.mkdir()
    server = Mosquitto(folder)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def embedded(tmp_path: Path) -> Iterator[BrokerAddress]:
    """The address of a running embedded broker."""
    with EmbeddedBroker(tmp_path / "embedded") as address:
        yield address


@pytest.fixture(scope="session")
def victoria_metrics(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Http]:
    """A running VictoriaMetrics: takes InfluxDB v2 writes, gives PromQL and /api/v1/export."""
    folder, port = tmp_path_factory.mktemp("victoria"), free_port()
    command = ["victoria-metrics", f"-storageDataPath={folder}/data", f"-httpListenAddr=127.0.0.1:{port}"]
    command += ["-retentionPeriod=100y", "-search.latencyOffset=0s", "-memory.allowedBytes=64MB"]
    server = Http(command, port, folder / "log")
    server.start(lambda: server.answers("/health"))
    yield server
    server.stop()


@pytest.fixture(scope="session")
def influxdb(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Http]:
    """A running InfluxDB 1.6: line protocol at /write, InfluxQL at /query."""
    folder, port = tmp_path_factory.mktemp("influx"), free_port()
    configuration = folder / "influxdb.conf"
    configuration.write_text(
        f'reporting-disabled = true\nbind-address = "127.0.0.1:{free_port()}"\n'
        f'[meta]\ndir = "{folder}/meta"\n[data]\ndir = "{folder}/data"\nwal-dir = "{folder}/wal"\n'
        f'[http]\nbind-address = "127.0.0.1:{port}"\nlog-enabled = false\n[monitor]\nstore-enabled = false\n'
    )
    server = Http(["influxd", "-config", str(configuration)], port, folder / "log")
    server.start(lambda: server.answers("/ping"))
    yield server
    server.stop()


@pytest.fixture
def take_picture() -> Callable[[Any, str], None]:
    """Writes a page as PNG into the folder that SENSOR_HUB_PICTURES names, if it does."""

    def take(page: Any, name: str) -> None:
        if folder := os.environ.get("SENSOR_HUB_PICTURES"):
            page.screenshot(path=Path(folder) / f"{name}.png")

    return take
