"""Whatever a user does wrong ends in one sentence that says what to do, and an exit code; never in a traceback."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers import free_port

PROGRAM = Path(sys.executable).with_name("sensor-hub")


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.fixture
def shut_port() -> int:
    return free_port()


def complaint(*arguments: str | Path, code: int, folder: Path) -> str:
    """What the command writes to stderr as it fails."""
    environment = os.environ | {
        "XDG_DATA_HOME": str(folder),
        "XDG_CONFIG_HOME": str(folder),
        "DBUS_SYSTEM_BUS_ADDRESS": f"unix:path={folder}/no-bus",
    }
    done = subprocess.run(
        [PROGRAM, *arguments],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    return done.stderr


@pytest.mark.parametrize("command", ["scan", "run"])
def test_no_adapter(command: str, tmp_path: Path) -> None:
    assert "No Bluetooth adapter found. Plug one in" in complaint(command, code=5, folder=tmp_path)


def test_no_simulator_at_the_adapters_address(shut_port: int, tmp_path: Path) -> None:
    told = complaint("scan", "--adapter", f"tcp-client:127.0.0.1:{shut_port}", code=5, folder=tmp_path)
    assert "Start the simulator" in told


def test_an_adapter_that_is_none(tmp_path: Path) -> None:
    assert "cannot be opened" in complaint("scan", "--adapter", "nonsense:3", code=5, folder=tmp_path)


def test_broker_refused(shut_port: int, tmp_path: Path) -> None:
    settings = tmp_path / "hub.toml"
    settings.write_text(f'[mqtt]\nurl = "mqtt://127.0.0.1:{shut_port}"\n', encoding="utf-8")
    told = complaint("run", "--config", settings, code=6, folder=tmp_path)
    assert f"No broker answers at 127.0.0.1:{shut_port}" in told


def test_a_broker_that_is_down_later_ends_no_hub(shut_port: int, tmp_path: Path) -> None:
    settings, data = tmp_path / "hub.toml", tmp_path / "data"
    settings.write_text(f'[mqtt]\nurl = "mqtt://127.0.0.1:{shut_port}"\n', encoding="utf-8")
    (data / "outbox").mkdir(parents=True)
    told = complaint("run", "--config", settings, "--data", data, code=5, folder=tmp_path)
    assert f"No broker answers at 127.0.0.1:{shut_port}" in told
    assert "No Bluetooth adapter found" in told


def test_a_database_server_that_is_down(shut_port: int, tmp_path: Path) -> None:
    settings, data = tmp_path / "hub.toml", tmp_path / "data"
    settings.write_text(f'[store]\nurl = "postgresql://hub@127.0.0.1:{shut_port}/hub"\n', encoding="utf-8")
    told = complaint("run", "--config", settings, "--data", data, code=7, folder=tmp_path)
    assert "Check that the server runs" in told
    (data / "outbox").mkdir(parents=True)
    later = complaint("run", "--config", settings, "--data", data, code=5, folder=tmp_path)
    assert "Meanwhile what is counted waits here" in later
    assert "No Bluetooth adapter found" in later


def test_port_taken(taken_port: int, tmp_path: Path) -> None:
    told = complaint("demo", "--port", str(taken_port), code=8, folder=tmp_path)
    assert f"Port {taken_port} is taken" in told


def test_unknown_setting(tmp_path: Path) -> None:
    settings = tmp_path / "hub.toml"
    settings.write_text('[mqtt]\nulr = "mqtt://x"\n', encoding="utf-8")
    told = complaint("config", "check", "--config", settings, code=2, folder=tmp_path)
    assert 'did you mean "url"?' in told


def test_roles_without_a_common_broker(tmp_path: Path) -> None:
    assert "set mqtt.url" in complaint("run", "--role", "web", code=2, folder=tmp_path)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("time_s,ax,ay,az\n0,1,2,3\nnoise\n", "line 3: expected 4 numbers"),
        ("time_s,ax,ay,az\n" + "".join(f"{i * 0.01},0,0.7,0.7\n" for i in range(50)), "look like g; multiply by"),
    ],
)
def test_recordings_that_cannot_be_used(text: str, words: str, tmp_path: Path) -> None:
    path = tmp_path / "recording.csv"
    path.write_text(text, encoding="utf-8")
    assert words in complaint("analyze", path, code=3, folder=tmp_path)


def test_a_session_that_does_not_exist(tmp_path: Path) -> None:
    assert "There is no session x." in complaint("sessions", "x", code=7, folder=tmp_path)


def test_a_database_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "sensor-hub").mkdir()
    (tmp_path / "sensor-hub" / "hub.db").write_bytes(b"not a database" * 1000)
    assert "hub.db" in complaint("sessions", code=7, folder=tmp_path)
