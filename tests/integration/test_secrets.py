"""A run of the real program with an account, a token, a screen and its store on a server: no secret in what it prints,
leaves lying or shows in the list of processes; and nobody else may read its files."""

import stat
import subprocess
from pathlib import Path
from typing import Any

import httpx
import pytest

from sensor_hub.store import Store
from tests import postgres
from tests.integration.conftest import PROGRAMS

SCENARIOS = Path(__file__).parent / "scenarios"
PASSWORD = "correct horse battery staple"
GUESS = "incorrect horse battery staple"


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
    hub = start_hub(lifters.adapter, f"login = true\n{store}")
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
    broker = (folder / "broker" / "password").read_text().strip()
    secrets = [one.encode() for one in (PASSWORD, GUESS, token, screen, login, broker, postgres.PASSWORD)]
    assert all(len(one) > 20 for one in secrets)
    processes = b"".join(Path(f"/proc/{pid}/cmdline").read_bytes() for pid in descendants(hub.process.pid))
    hub.stop()
    recorded = Store.open(store_url)
    assert [one.machine for one in recorded.machines()] == ["sled-01"]
    recorded.close()
    assert b"sensor-hub" in processes
    assert [one for one in secrets if one in processes] == []
    assert "A login from 127.0.0.1 was refused." in hub.output
    own = {folder / "broker" / "password", folder / "broker" / "broker.conf"}
    for path in (path for path in folder.rglob("*") if path.is_file()):
        told = [one for one in secrets if one in path.read_bytes()]
        assert told in ([], [broker.encode()] if path in own else []), path
    for private in (*own, folder / "access.json"):
        assert stat.S_IMODE(private.stat().st_mode) == 0o600, private
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
