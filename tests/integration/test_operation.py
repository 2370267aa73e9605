"""A real hub with real peers, broken part by part: what /health says of it, and what a Prometheus sees."""

import resource
import socket
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.conftest import Http, Mosquitto
from tests.integration.conftest import SCENARIOS, Hub, Lifters, StartHub, StartLifters
from tests.servers import free_port, wait_for

NOTICED_S = 20.0
WELL = ("bluetooth", "broker", "disk", "recorder", "sensors", "store")


@dataclass
class Asking:
    """What the hub says of itself, to somebody at its computer."""

    client: httpx.Client

    def status(self) -> int:
        return self.client.get("/health").status_code

    def told(self) -> dict[str, tuple[str, str]]:
        """Grade and sentence of each part."""
        parts = self.client.get("/health").json()["parts"]
        return {one["part"]: (one["grade"], one["sentence"]) for one in parts}

    def wait(self, status: int, **grades: str) -> None:
        def so() -> bool:
            told = self.told()
            return self.status() == status and all(told[part][0] == grade for part, grade in grades.items())

        wait_for(so, NOTICED_S, lambda: f"{self.status()}: {self.told()}")


@pytest.fixture
def ask(mosquitto: Mosquitto, hub: Hub) -> Iterator[Asking]:
    with httpx.Client(base_url=hub.url, trust_env=False) as client:
        yield Asking(client)


@pytest.fixture
def lifters(start_lifters: StartLifters) -> Lifters:
    return start_lifters("run", SCENARIOS / "left.toml", "--seed", "3")


@pytest.fixture
def systemd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    """Hears what a service tells systemd."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.bind(str(tmp_path / "notify"))
        sock.settimeout(NOTICED_S)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        monkeypatch.setenv("WATCHDOG_USEC", "30000000")
        yield sock


@pytest.fixture
def hub(
    mosquitto: Mosquitto, lifters: Lifters, systemd: socket.socket, start_hub: StartHub, tmp_path: Path
) -> Hub:
    """At a broker of its own; with a sink that nobody listens to."""
    (tmp_path / "password").write_text("mosquitto-test")
    broker = f'[mqtt]\nurl = "mqtt://hub@127.0.0.1:{mosquitto.port}"\npassword_file = "{tmp_path}/password"\n'
    return start_hub(lifters.adapter, f'{broker}[influx]\nurl = "http://127.0.0.1:{free_port()}"\n')


@pytest.fixture
def prometheus(hub: Hub, tmp_path: Path) -> Iterator[Http]:
    """A VictoriaMetrics that scrapes the hub as a Prometheus does."""
    port, target = free_port(), hub.url.removeprefix("http://")
    (tmp_path / "scrape.yml").write_text(
        f"scrape_configs:\n- job_name: gym\n  scrape_interval: 1s\n  static_configs:\n  - targets: ['{target}']\n"
    )
    command = ["victoria-metrics", f"-storageDataPath={tmp_path}/victoria", f"-httpListenAddr=127.0.0.1:{port}"]
    command += [
        f"-promscrape.config={tmp_path}/scrape.yml",
        "-memory.allowedBytes=64MB",
        "-search.latencyOffset=0s",
    ]
    server = Http(command, port, tmp_path / "victoria.log")
    server.start(lambda: server.answers("/health"))
    yield server
    server.stop()


@contextmanager
def full_disk(pid: int) -> Iterator[None]:
    """No file of the process can be written any more."""
    soft, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
    yield
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (soft, hard))


def rename(database: Path, old: str, new: str) -> None:
    with closing(sqlite3.connect(database, timeout=10)) as connection:
        connection.execute(f"ALTER TABLE {old} RENAME TO {new}")


def test_each_part_that_breaks_is_told_and_recovers(
    hub: Hub, ask: Asking, lifters: Lifters, mosquitto: Mosquitto, prometheus: Http, systemd: socket.socket
) -> None:
    heard = [systemd.recv(100)]
    while heard[-1] != b"READY=1":
        heard.append(systemd.recv(100))
    assert b"WATCHDOG=1" in heard
    ask.wait(200, **dict.fromkeys(WELL, "good"), sinks="poor")
    assert "cannot be reached. Is it running" in ask.told()["sinks"][1]

    mosquitto.stop()
    ask.wait(503, broker="bad")
    assert f"127.0.0.1:{mosquitto.port}" in ask.told()["broker"][1]
    mosquitto.start()
    ask.wait(200, broker="good")

    rename(hub.folder / "hub.db", "counter", "gone")
    ask.wait(503, store="bad", recorder="bad")
    assert "Messages wait at the broker." in ask.told()["recorder"][1]
    rename(hub.folder / "hub.db", "gone", "counter")
    ask.wait(200, store="good", recorder="good")

    with full_disk(hub.process.pid):
        ask.wait(503, broker="bad")
        assert "disk" in ask.told()["broker"][1]
    ask.wait(200, broker="good")

    lifters.process.kill()
    ask.wait(503, bluetooth="bad", sensors="poor")
    assert "sled-01: " in ask.told()["sensors"][1]
    assert ask.client.get("/health/live").status_code == 200

    families = {one.name for one in text_string_to_metric_families(ask.client.get("/metrics").text)}
    assert {"sensor_hub_samples", "sensor_hub_sink_backlog_rows", "sensor_hub_store_size_bytes"} <= families
    for seen in (
        'min_over_time(sensor_hub_part_grade{part="broker"}[5m]) == 0',
        'max_over_time(sensor_hub_part_grade{part="store"}[5m]) == 2',
        'sensor_hub_samples_total{machine="sled-01",job="gym"} > 100',
        'sensor_hub_sink_up{sink="influx"} == 0',
    ):
        wait_for(
            lambda seen=seen: '"value"' in prometheus.get("/api/v1/query", query=seen), 5, lambda seen=seen: seen
        )
