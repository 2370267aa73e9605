"""The real programs as children: simulated sensors on the air, a hub, a browser."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Protocol

import pytest
from playwright.sync_api import Browser, sync_playwright

from sensor_hub.messages import RepMessage
from sensor_hub.store import Store

PROGRAMS = Path(sys.executable).parent
SCENARIOS = Path(__file__).parent / "scenarios"
BOOT_S = 120.0
STOP_S = 3.0
CHROMIUM = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]


class Child:
    """A program of ours with its output in a file."""

    def __init__(self, program: str, arguments: list[str], log: Path) -> None:
        self._log = log
        with log.open("wb") as output:
            self.process = subprocess.Popen(
                [PROGRAMS / program, *arguments], stdin=subprocess.DEVNULL, stdout=output, stderr=output
            )

    @property
    def output(self) -> str:
        return self._log.read_text(encoding="utf-8", errors="replace")

    def wait_for_line(self, begins: str) -> str:
        """The rest of the first line that begins so."""
        end = time.monotonic() + BOOT_S
        while time.monotonic() < end and self.process.poll() is None:
            for line in self.output.splitlines():
                if line.startswith(begins):
                    return line.removeprefix(begins)
            time.sleep(0.05)
        raise AssertionError(f"never said {begins!r}:\n{self.output}")

    def stop(self) -> float:
        """Seconds from SIGTERM to the end, which must be an orderly one."""
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise AssertionError(f"did not stop:\n{self.output}") from None
        assert code == 0, self.output
        return time.monotonic() - began


class Hub(Child):
    """`sensor-hub run`; url is where its pages are, folder where its data is."""

    def __init__(self, adapter: str, folder: Path, settings: str = "") -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        (folder / "hub.toml").write_text(f"[web]\nport = 0\n{settings}", encoding="utf-8")
        arguments = ["run", "--config", str(folder / "hub.toml"), "--data", str(folder), "--adapter", adapter]
        super().__init__("sensor-hub", arguments, folder / "hub.log")
        self.url = self.wait_for_line("Pages at ")

    def reps(self, machine: str) -> list[RepMessage]:
        """Of all its sessions, in order, as stored now."""
        store = Store.open(self.folder / "hub.db")
        try:
            records = [store.session(one.session) for one in reversed(store.sessions(machine=machine))]
        finally:
            store.close()
        return [rep for record in records if record is not None for rep in record.reps]

    def wait_for_reps(self, machine: str, count: int, timeout_s: float = 60.0) -> list[RepMessage]:
        end = time.monotonic() + timeout_s
        while len(reps := self.reps(machine)) < count:
            assert time.monotonic() < end, f"only {len(reps)} reps on {machine}:\n{self.output}"
            time.sleep(0.2)
        return reps


class Lifters(Child):
    """`firmware-sim`; adapter is where a hub finds the air."""

    def __init__(self, arguments: list[str], log: Path) -> None:
        super().__init__("firmware-sim", [*arguments, "--listen", "tcp-server:127.0.0.1:0"], log)
        ready = json.loads('{"event": "ready"' + self.wait_for_line('{"event": "ready"'))
        self.adapter = ready["listen"].replace("tcp-server", "tcp-client")

    def wait_until_finished(self) -> None:
        self.wait_for_line('{"event": "finished"')


class StartLifters(Protocol):
    def __call__(self, *arguments: str | Path) -> Lifters: ...


class StartHub(Protocol):
    def __call__(self, adapter: str, settings: str = "") -> Hub: ...


@contextmanager
def stopping(child: Child) -> Iterator[Child]:
    """Leaves nothing behind, whatever the test has found."""
    try:
        yield child
    finally:
        if child.process.poll() is None:
            child.process.terminate()
            child.process.wait(10)


@pytest.fixture
def children() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def start_lifters(children: ExitStack, tmp_path: Path) -> StartLifters:
    def start(*arguments: str | Path) -> Lifters:
        lifters = Lifters([str(argument) for argument in arguments], tmp_path / "lifters.log")
        children.enter_context(stopping(lifters))
        return lifters

    return start


@pytest.fixture
def start_hub(children: ExitStack, tmp_path: Path) -> StartHub:
    def start(adapter: str, settings: str = "") -> Hub:
        hub = Hub(adapter, tmp_path / "hub", settings)
        children.enter_context(stopping(hub))
        return hub

    return start


@pytest.fixture
def chromium() -> Iterator[Browser]:
    """Ends with the test: while it lives it occupies this thread's event loop."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=CHROMIUM)
        yield browser
        browser.close()
