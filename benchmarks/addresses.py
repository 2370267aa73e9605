"""Every address that a page may ask for, over the real web server: `sensor-hub run --role web` beside a full store.

The addresses are those of the server's own description (`/api/openapi.json`) and the pages; each is asked with what it
demands, once more with each thing that it takes besides, and with all of these. Times are the client's, on the same
computer: from the request to the answer's last byte, packed as for a browser.
"""

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy.engine import make_url

from benchmarks.full_store import Gym, athlete
from sensor_hub.web.pages import pages_router
from tests.servers import free_port, wait_for

PATIENCE_S = 10.0
"""An address that takes longer for all its times is asked less often."""
HEADER = f"{'median':>7} {'p95':>7} {'worst':>7} {'CPU':>7} {'kB':>7}  address, ms"
STREAM = "text/event-stream"
WHOLE_LIVES = {"/api/athletes/{athlete}/export"}
"""Files of all that is held of somebody, raw samples and all: minutes, and nobody's page."""
BOOT_S = 60.0

Asked = tuple[str, Mapping[str, str]]
"""A path and its query."""


@dataclass(frozen=True)
class Answered:
    """file: to be kept, not shown. cpu_ms: the server's computing time, mean."""

    path: str
    address: str
    status: int
    file: bool
    took_ms: Sequence[float]
    cpu_ms: float
    kb: float

    @property
    def p95_ms(self) -> float:
        return sorted(self.took_ms)[round(0.95 * (len(self.took_ms) - 1))]

    def __str__(self) -> str:
        median_ms, most_ms = statistics.median(self.took_ms), max(self.took_ms)
        times = f"{median_ms:7.1f} {self.p95_ms:7.1f} {most_ms:7.1f} {self.cpu_ms:7.1f} {self.kb:7.1f}"
        return f"{times}  {'' if self.status == 200 else f'{self.status} '}{self.address}{' (file)' * self.file}"


def walk(database: str, folder: Path, gym: Gym, times: int) -> Iterator[Answered]:
    """The slowest first. Raises KeyError for a parameter that `values` does not know."""
    with web_server(database, folder) as (url, process), httpx.Client(base_url=url, trust_env=False) as client:
        description = client.get("/api/openapi.json").json()
        asked = [*pages(values(gym)), *addresses(description, values(gym))]
        yield from sorted((ask(client, one, process, times) for one in asked), key=lambda one: -one.p95_ms)


def values(gym: Gym) -> Mapping[str, str]:
    """What is given for a parameter, by its name, or by address and name. The session is one of the athlete's
    who has lifted most."""
    middle = gym.shape.faithful * max(1, gym.sessions // 2 // gym.shape.faithful)
    began = gym.started(middle)
    return {
        "site": gym.site_of(middle),
        "machine": gym.machine_of(middle),
        "athlete": athlete(0),
        "session_id": gym.name(middle),
        "session": gym.name(middle),
        "set": "2",
        "number": "1",
        "form": "json",
        "find": "",
        "limit": "500",
        "before": gym.started(middle + 1).isoformat(),
        "day": began.astimezone().date().isoformat(),
        "since": (date.today() - timedelta(days=365)).isoformat(),
        "start": began.isoformat(),
        "end": (began + timedelta(hours=1)).isoformat(),
        "/api/compare/sessions a": gym.name(middle),
        "/api/compare/sessions b": gym.name(gym.sessions - 1),
        "/api/compare/athletes a": athlete(0),
        "/api/compare/athletes b": athlete(1),
    }


def addresses(description: Mapping[str, Any], given: Mapping[str, str]) -> Iterator[Asked]:
    """Of all that only asks, and does not stream. What may be left out, and has no value here, is left out."""
    for path, operations in description["paths"].items():
        operation = operations.get("get")
        if operation is None or path in WHOLE_LIVES or STREAM in operation["responses"]["200"].get("content", {}):
            continue
        parameters = operation.get("parameters", [])
        within = {one["name"]: given[one["name"]] for one in parameters if one["in"] == "path"}
        asked = [one for one in parameters if one["in"] == "query"]
        demanded = {one["name"] for one in asked if one["required"]}
        switches = {one["name"]: "true" for one in asked if one["schema"].get("type") == "boolean"}
        here = {name.removeprefix(f"{path} "): value for name, value in given.items()}
        queries = switches | {one["name"]: here[one["name"]] for one in asked if one["name"] in {*here, *demanded}}
        for names in _choices(set(queries) - demanded):
            yield path.format(**within), {name: queries[name] for name in sorted(demanded | names)}


def pages(given: Mapping[str, str]) -> Iterator[Asked]:
    for route in pages_router({}).routes:
        if not (path := route.path).startswith("/assets"):  # type: ignore[attr-defined]
            yield path.format(**given), {}


def _choices(optional: set[str]) -> Iterator[set[str]]:
    """Nothing, one at a time, all at once."""
    yield set()
    yield from ({name} for name in sorted(optional))
    if len(optional) > 1:
        yield optional


def ask(client: httpx.Client, asked: Asked, process: int, times: int) -> Answered:
    path, query = asked
    took_ms: list[float] = []
    cpu_s = _cpu_s(process)
    while len(took_ms) < times and sum(took_ms) < 1e3 * PATIENCE_S:
        began = time.perf_counter()
        with client.stream("GET", path, params=query, timeout=120) as answer:
            size = sum(len(part) for part in answer.iter_raw())
        took_ms.append(1e3 * (time.perf_counter() - began))
    cpu_ms = 1e3 * (_cpu_s(process) - cpu_s) / len(took_ms)
    named = "&".join(f"{name}={value}" for name, value in query.items())
    address = f"{path}?{named}" if named else path
    file = "attachment" in answer.headers.get("content-disposition", "")
    return Answered(path, address, answer.status_code, file, took_ms, cpu_ms, size / 1e3)


@contextmanager
def web_server(database: str, folder: Path) -> Iterator[tuple[str, int]]:
    """Its address and process. The broker is away; pages of stored sessions do without."""
    url = make_url(database)
    (folder / "outbox").mkdir(parents=True, exist_ok=True)
    settings, log = folder / "hub.toml", folder / "hub.log"
    store = url._replace(password=None).render_as_string()
    broker = f"mqtt://127.0.0.1:{free_port()}"
    settings.write_text(f'[web]\nport = 0\n[mqtt]\nurl = "{broker}"\n[store]\nurl = "{store}"\n', encoding="utf-8")
    program = Path(sys.executable).with_name("sensor-hub")
    command = [program, "run", "--role", "web", "--config", settings, "--data", folder]
    password = {"SENSOR_HUB_STORE_PASSWORD": url.password} if url.password else {}
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output, env=os.environ | password)
    try:
        wait_for(lambda: "Pages at " in log.read_text() or process.poll() is not None, BOOT_S, log.read_text)
        yield log.read_text().split("Pages at ")[1].split()[0], process.pid
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _cpu_s(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
