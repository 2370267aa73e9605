"""A run of the real program with an account, a token, a screen and its store on a server: no secret in what it prints,
leaves lying or shows in the list of processes; and nobody else may read its files."""

import os
import stat
import subprocess
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner

from sensor_hub.cli import main
from sensor_hub.store import Store
from tests import postgres
from tests.bus.authority import Authority
from tests.integration.conftest import PROGRAMS, StartHub, StartLifters
from tests.servers import free_port, wait_for

SCENARIOS = Path(__file__).parent / "scenarios"
PASSWORD = "correct horse battery staple"
GUESS = "incorrect horse battery staple"
INFLUX = "influx-token-of-32-characters-or-so"
DATABASE = "database-password-of-some-length"
BROKER = "broker-password-of-some-length"


def command(folder: Path, *arguments: str, stdin: str = "") -> str:
    done = subprocess.run(
        [PROGRAMS / "sensor-hub", *arguments, "--data", folder],
        input=stdin,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def descendants(pid: int) -> list[int]:
    children = [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return [pid, *(each for child in children for each in descendants(child))]


@pytest.mark.parametrize("store_url", ["postgresql"], indirect=True)
def test_a_run_tells_no_secret(start_lifters: Any, start_hub: Any, store_url: str, tmp_path: Path) -> None:
    folder = tmp_path / "hub"
    store = (tmp_path / "hub.toml").read_text(encoding="utf-8")
    command(folder, "user", "add", "anna", "--role", "coach", stdin=f"{PASSWORD}\n")
    token = command(folder, "token", "add", "script", "--scope", "read:live")
    screen = command(folder, "kiosk", "sled-01").partition("#")[2]
    lifters = start_lifters("run", SCENARIOS / "left.toml", "--seed", "3")
    (tmp_path / "influx").write_text(INFLUX)
    (tmp_path / "influx").chmod(0o644)
    influx = f'[influx]\nurl = "http://127.0.0.1:{free_port()}"\ntoken_file = "{tmp_path}/influx"\n'
    hub = start_hub(lifters.adapter, f"login = true\n{influx}{store}")
    with httpx.Client(base_url=hub.url, trust_env=False) as browser:
        assert browser.get("/api/machines").status_code == 401
        assert browser.post("/api/login", json={"name": GUESS, "password": GUESS}).status_code == 401
        assert browser.post("/api/login", json={"name": "anna", "password": PASSWORD}).status_code == 200
        (login,) = browser.cookies.values()
        assert browser.post("/api/kiosk", json={"token": screen}).status_code == 200
        assert browser.get("/api/sessions").status_code == 200
    with_token = {"Authorization": f"Bearer {token}"}
    seen = httpx.get(f"{hub.url}/api/machines?token=x", headers=with_token, trust_env=False)
    assert seen.status_code == 200
    wait_for(lambda: "cannot be reached" in hub.output, 10)
    broker = (folder / "broker" / "password").read_text().strip()
    secrets = [one.encode() for one in (PASSWORD, GUESS, token, screen, login, broker, INFLUX, postgres.PASSWORD)]
    assert all(len(one) > 20 for one in secrets)
    processes = b"".join(Path(f"/proc/{pid}/cmdline").read_bytes() for pid in descendants(hub.process.pid))
    hub.stop()
    recorded = Store.open(store_url)
    assert [one.machine for one in recorded.machines()] == ["sled-01"]
    recorded.close()
    assert b"sensor-hub" in processes
    assert [one for one in secrets if one in processes] == []
    assert "A login from 127.0.0.1 was refused." in hub.output
    assert f"may read the secret in {tmp_path}/influx. Run: chmod o= {tmp_path}/influx" in hub.output
    own = {folder / "broker" / "password", folder / "broker" / "broker.conf"}
    for path in (path for path in folder.rglob("*") if path.is_file()):
        told = [one for one in secrets if one in path.read_bytes()]
        assert told in ([], [broker.encode()] if path in own else []), path
    for private in (*own, folder / "access.json"):
        assert stat.S_IMODE(private.stat().st_mode) == 0o600, private
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_nobody_else_may_read_what_a_run_leaves_in_a_folder_that_was_there(
    start_lifters: StartLifters, start_hub: StartHub, tmp_path: Path
) -> None:
    (tmp_path / "hub").mkdir(mode=0o755)
    lifters = start_lifters("run", SCENARIOS / "left.toml", "--seed", "3", "--speed", "3")
    hub = start_hub(lifters.adapter)
    hub.wait_for_reps("sled-01", 1)
    made = [path for path in hub.folder.rglob("*") if path.is_file() and path.name not in ("hub.toml", "hub.log")]
    assert len(made) > 8
    hub.stop()
    loose = [path.name for path in made if path.exists() and path.stat().st_mode & 0o077]
    assert loose == []


def test_a_peer_that_is_not_there_is_told_without_what_would_open_it(tmp_path: Path) -> None:
    authority = Authority(tmp_path / "authority")
    certificate, key = authority.files("hub")
    files = f'ca = "{authority.ca}"\ncertificate = "{certificate}"\nkey = "{key}"'
    secrets = [DATABASE, BROKER, *key.read_text().splitlines()[1:-1]]
    for peer in (
        f'[mqtt]\nurl = "mqtts://hub@127.0.0.1:{free_port()}"\n{files}\n',
        f'[store]\nurl = "postgresql+psycopg://hub@127.0.0.1:{free_port()}/hub"\n',
    ):
        (tmp_path / "hub.toml").write_text(peer)
        done = subprocess.run(
            [
                PROGRAMS / "sensor-hub",
                "run",
                "--log",
                "json",
                "--config",
                tmp_path / "hub.toml",
                "--data",
                tmp_path,
            ],
            env=os.environ | {"SENSOR_HUB_MQTT_PASSWORD": BROKER, "SENSOR_HUB_STORE_PASSWORD": DATABASE},
            capture_output=True,
            text=True,
        )
        assert done.returncode in (6, 7), done.stderr
        assert "127.0.0.1" in done.stderr
        assert [one for one in secrets if one in done.stdout + done.stderr] == []


@pytest.mark.parametrize(
    "line",
    [
        f'[mqtt]\nurl = "mqtt://hub:{BROKER}@127.0.0.1"',
        f'[store]\nurl = "postgresql://hub:{DATABASE}@127.0.0.1/hub"',
        f'[influx]\nurl = "http://hub:{INFLUX}@127.0.0.1"',
        f'[influx]\ntoken = "{INFLUX}"',
    ],
)
def test_a_secret_in_the_settings_is_refused_and_not_repeated(line: str, tmp_path: Path) -> None:
    (tmp_path / "hub.toml").write_text(line)
    done = CliRunner().invoke(main, ["config", "check", "--config", str(tmp_path / "hub.toml")])
    assert done.exit_code == 2
    assert "must not stand in the settings" in done.output
    assert [one for one in (BROKER, DATABASE, INFLUX) if one in done.output] == []
