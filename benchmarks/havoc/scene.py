"""The programs of a gym, each in a process of its own: hub, recorder, pages, broker, time-series server."""

import contextlib
import os
import resource
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from havoc.ledger import Ledger
from havoc.relay import Relay
from sensor_hub.bus import BrokerAddress, EmbeddedBroker

PROGRAM = Path(sys.executable).with_name("sensor-hub")
HERE = Path(__file__).parents[1]
BOOT_S = 30.0
PASSWORD = "chaos"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Program:
    """One that can be killed and started again. speaks: gets every line of its standard output."""

    def __init__(self, name: str, command: list[str], folder: Path, speaks: Callable[[str], None] | None = None):
        self.name, self.command, self.folder = name, command, folder
        self._log, self._speaks = folder / f"{name}.log", speaks
        self._process: subprocess.Popen[str] | None = None

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def log(self) -> str:
        return self._log.read_text(errors="replace")

    def start(self) -> None:
        with self._log.open("a") as log:
            self._process = subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE if self._speaks else log,
                stderr=log,
                text=True,
                start_new_session=True,
                cwd=HERE,
                env={**os.environ, "PYTHONPATH": f"{HERE}:{HERE.parent}"},
            )
        if self._speaks:
            threading.Thread(target=self._hear, args=(self._process,), daemon=True).start()

    def kill(self) -> None:
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def kill_with_children(self) -> None:
        os.killpg(self.pid, signal.SIGKILL)
        assert self._process is not None
        self._process.wait()

    def stop(self) -> None:
        if self._process is None or self._process.poll() is not None:
            return
        self._process.terminate()
        try:
            self._process.wait(15)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def send(self, number: signal.Signals) -> None:
        os.kill(self.pid, number)

    def limit_files(self, size: int | None) -> None:
        """No file may grow beyond so many bytes, as on a full disk; None lifts the limit."""
        hard = resource.prlimit(self.pid, resource.RLIMIT_FSIZE)[1]
        resource.prlimit(self.pid, resource.RLIMIT_FSIZE, (hard if size is None else size, hard))

    @property
    def exit_code(self) -> int | None:
        return None if self._process is None else self._process.poll()

    def alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def _hear(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        assert self._speaks is not None
        with contextlib.suppress(ValueError):
            for line in process.stdout:
                self._speaks(line)


def together(name: str, before: list[str], programs: Sequence[Program], speaks: Callable[[str], None]) -> Program:
    """Several programs as the children of one command."""
    line = " ".join(f"{shlex.join(one.command)} &" for one in programs)
    return Program(name, [*before, "sh", "-c", f"{line} wait"], programs[0].folder, speaks)


class Mosquitto(Program):
    """With persistence, saved once a second, as config/mosquitto.conf has it."""

    def __init__(self, folder: Path) -> None:
        self.memory = folder / "mosquitto"
        self.memory.mkdir()
        port, passwords = free_port(), self.memory / "passwords"
        subprocess.run(["mosquitto_passwd", "-b", "-c", passwords, "hub", PASSWORD], check=True)
        passwords.chmod(0o644)
        self.address = BrokerAddress("mqtt", "127.0.0.1", port, "hub", PASSWORD)
        configuration = self.memory / "mosquitto.conf"
        configuration.write_text(
            f"listener {port} 127.0.0.1\nallow_anonymous false\npassword_file {passwords}\nuser root\n"
            f"persistence true\npersistence_location {self.memory}/\nautosave_on_changes true\nautosave_interval 1\n"
            "max_queued_messages 500000\nmax_inflight_messages 200\n"
        )
        super().__init__("broker", ["mosquitto", "-c", str(configuration)], folder)

    def forget(self) -> None:
        """What it had saved is gone."""
        for saved in self.memory.glob("mosquitto.db*"):
            saved.unlink()


class Embedded:
    """The hub's own broker, which is started again by whoever runs it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._broker = EmbeddedBroker(folder)
        self.address = self._broker.start()

    @property
    def pid(self) -> int:
        while (pid := self._broker.pid) is None:
            time.sleep(0.02)
        return pid

    def start(self) -> None:
        """It starts itself."""

    def kill(self) -> None:
        os.kill(self.pid, signal.SIGKILL)

    def send(self, number: signal.Signals) -> None:
        os.kill(self.pid, number)

    def forget(self) -> None:
        shutil.rmtree(self._folder / "broker" / "storage", ignore_errors=True)

    def stop(self) -> None:
        self._broker.stop()


class Scene:
    """Everything running, in a folder of its own. network: between all others and the broker."""

    def __init__(self, folder: Path, broker: str, machines: int, speed: float) -> None:
        self.folder = folder
        self.ledger = Ledger(folder / "data" / "hub.db")
        self.broker = Mosquitto(folder) if broker == "mosquitto" else Embedded(folder)
        self.network = Relay(self.broker.address.port)
        self.wrong_by = folder / "wrong_by"
        self.wrong_by.write_text("0")
        self.target = Program("target", self._target(), folder)
        settings = str(self._settings())
        self.began = time.time()
        replay = ["-m", "havoc.replay", settings, str(machines), str(self.began), str(speed), str(self.wrong_by)]
        self.hub = Program("hub", [sys.executable, *replay], folder, self.ledger.hear)
        run = [str(PROGRAM), "run", "--config", settings, "--role"]
        self.recorder = Program("recorder", [*run, "recorder"], folder)
        self.web = Program("web", [*run, "web"], folder)

    @property
    def programs(self) -> list[Program]:
        return [self.target, self.recorder, self.web, self.hub]

    def command(self, *arguments: str) -> None:
        """A command of the hub's, on the same settings."""
        with (self.folder / "commands.log").open("a") as log:
            command = [PROGRAM, *arguments, "--config", str(self.folder / "hub.toml")]
            subprocess.run(command, check=True, stdout=log, stderr=log, timeout=60)

    def revive(self) -> list[str]:
        """Programs that have ended by themselves are started again, as systemd would; their names and exit codes."""
        ended = [program for program in self.programs if not program.alive()]
        told = [f"{program.name} ({program.exit_code})" for program in ended]
        for program in ended:
            program.start()
        return told

    def answer(self, mode: str) -> None:
        """How the time-series server answers from now on."""
        (self.folder / "target" / "mode").write_text(mode)

    def points(self) -> str:
        file = self.folder / "target" / "points"
        return file.read_text() if file.exists() else ""

    def _target(self) -> list[str]:
        folder = self.folder / "target"
        folder.mkdir()
        self.answer("204")
        self.target_port = free_port()
        return [sys.executable, "-m", "havoc.target", str(self.target_port), str(folder)]

    def _settings(self) -> Path:
        data, user = self.folder / "data", self.broker.address.user
        data.mkdir()
        self.web_port = free_port()
        (self.folder / "password").write_text(str(self.broker.address.password))
        file = self.folder / "hub.toml"
        file.write_text(
            f'[hub]\ndata_dir = "{data}"\n[mqtt]\nurl = "mqtt://{user}@127.0.0.1:{self.network.port}"\n'
            f'password_file = "{self.folder}/password"\n[web]\nport = {self.web_port}\n'
            f'[influx]\nurl = "http://127.0.0.1:{self.target_port}"\n'
        )
        return file


@contextlib.contextmanager
def playing(folder: Path, broker: str, machines: int, speed: float) -> Iterator[Scene]:
    """Nothing of it is left running."""
    scene = Scene(folder, broker, machines, speed)
    try:
        scene.broker.start()
        wait_for(lambda: _listens(scene.broker.address.port), BOOT_S, "the broker")
        for program in scene.programs:
            program.start()
        wait_for(lambda: _listens(scene.web_port), BOOT_S, "the pages")
        wait_for(lambda: bool(scene.ledger.counted), BOOT_S, "a rep")
        yield scene
    finally:
        for program in reversed(scene.programs):
            program.stop()
        scene.network.close()
        scene.broker.stop()


def wait_for(condition: Callable[[], bool], timeout_s: float, what: str) -> None:
    end = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(f"{what}: not within {timeout_s:g} s")
        time.sleep(0.05)


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 0.5).close()
    except OSError:
        return False
    return True
