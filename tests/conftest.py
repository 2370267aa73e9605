"""Real servers for the tests: Debian's mosquitto, influxdb, victoria-metrics, postgresql, own processes on free ports.

Debian's services of the same names are neither needed nor touched. A missing program is an error, not a skip:
`make test` installs them.
"""

import os
import shutil
import subprocess
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from sensor_hub.bus import BrokerAddress, EmbeddedBroker
from sensor_hub.store import Store
from tests.postgres import HUB, PASSWORD, Postgres
from tests.servers import Server, free_port
from tests.servers import wait_for as wait_for


class Mosquitto(Server):
    """Asks for a login; keeps what it has acknowledged in its folder, as far as it saves in time."""

    def __init__(self, folder: Path) -> None:
        port = free_port()
        self.folder = folder
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
    server = victoria(tmp_path_factory.mktemp("victoria"))
    server.start(lambda: server.answers("/health"))
    yield server
    server.stop()


def victoria(folder: Path, *options: str) -> Http:
    """A VictoriaMetrics of its own, not started yet."""
    port = free_port()
    command = ["victoria-metrics", f"-storageDataPath={folder}/data", f"-httpListenAddr=127.0.0.1:{port}"]
    command += ["-retentionPeriod=100y", "-search.latencyOffset=0s", "-memory.allowedBytes=64MB", *options]
    return Http(command, port, folder / "log")


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


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A running PostgreSQL; its database `template` has the tables of today and nothing in them."""
    server = Postgres()
    try:
        server.start()
        server.run(f"CREATE DATABASE template OWNER {HUB}")
        Store.open(server.url_of("template")).close()
        yield server
    finally:
        server.remove()


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Where nothing is stored yet: a file, and a database of its own on a real server.

    `hub.toml` in the test's folder are settings that name it, for commands.
    """
    with _database(request, tmp_path, "template") as url:
        (tmp_path / "password").write_text(PASSWORD, encoding="utf-8")
        settings = f'[store]\nurl = "{url.replace(f":{PASSWORD}", "")}"\npassword_file = "{tmp_path}/password"\n'
        (tmp_path / "hub.toml").write_text(settings, encoding="utf-8")
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def bare_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Where there are not even tables."""
    with _database(request, tmp_path, "template1") as url:
        yield url


@contextmanager
def _database(request: pytest.FixtureRequest, folder: Path, template: str) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{folder}/hub.db"
        return
    server: Postgres = request.getfixturevalue("postgres")
    name = server.new_database(template)
    yield server.url_of(name)
    server.drop(name)


@pytest.fixture
def take_picture() -> Callable[[Any, str], None]:
    """Writes a page as PNG into the folder that SENSOR_HUB_PICTURES names, if it does."""

    def take(page: Any, name: str) -> None:
        if folder := os.environ.get("SENSOR_HUB_PICTURES"):
            page.screenshot(path=Path(folder) / f"{name}.png")

    return take
