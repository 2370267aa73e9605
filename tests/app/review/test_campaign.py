"""Many sessions anew: the same results wherever the work is done and whoever dies; a run that was killed goes on."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from distributed import Client
from sqlalchemy import delete

from sensor_hub.app.keeping.archiving import Archivist
from sensor_hub.app.measuring.clocks import HostClock
from sensor_hub.app.measuring.desk import Desk
from sensor_hub.app.measuring.journal import SensorIdentity
from sensor_hub.app.measuring.machine import Machine, Memory
from sensor_hub.app.measuring.profiles import MachineProfile
from sensor_hub.app.recording import read_recording
from sensor_hub.app.review.campaign import NOTE, Campaign, Told, work
from sensor_hub.app.review.correcting import Correcting
from sensor_hub.app.review.crew import Crew, crew
from sensor_hub.cli import main
from sensor_hub.coach.corrections import Kind, Remark
from sensor_hub.config import ArchiveSettings, HubSettings, Settings
from sensor_hub.errors import StoreError
from sensor_hub.messages import Message, RawMessage, RepMessage
from sensor_hub.store import Store, tables
from tests.app.measuring.test_machine import HOST_S, NOON, RECORDING, Tray, play
from tests.servers import Server, free_port, wait_for

PROGRAM = Path(sys.executable).with_name("sensor-hub")
SESSIONS = 4
NOW = NOON + timedelta(days=30)


@pytest.fixture(scope="module")
def press(tmp_path_factory: pytest.TempPathFactory) -> list[Message]:
    """What a hub told of the recorded press; an older engine was wrong about the first rep."""
    tray, sensor = Tray(), SensorIdentity("C0:FF:EE:00:00:01", "press-45", "sled")
    memory = Memory(MachineProfile(tmp_path_factory.mktemp("then"), "gym", "leg-press-1"))
    machine = Machine(Desk("gym", "leg-press-1", tray), sensor, HostClock(NOON, HOST_S), memory)
    play(machine, read_recording(RECORDING))
    machine.finish(HOST_S + 40)
    wrong = tray.of(RepMessage)[0]
    return [one.model_copy(update={"concentric_s": 9.87}) if one is wrong else one for one in tray.messages]


def another(messages: list[Message], day: int) -> list[Message]:
    """The same on a later day, a rep or two of it unheard."""
    sent: list[Message] = []
    for one in messages:
        changes: dict[str, Any] = {"time": one.time + timedelta(days=day), "seq": one.seq + 10_000 * day}
        changes |= {
            name: at + timedelta(days=day) for name in ("started", "ended") if (at := getattr(one, name, None))
        }
        if (session := getattr(one, "session", None)) is not None:
            name = f"day-{day}"
            changes |= {"session": name, "id": one.id.replace(session, name)}
        if not (isinstance(one, RepMessage) and one.number == 2 + day % 3):
            sent.append(one.model_copy(update=changes))
    return sent


@pytest.fixture
def store(tmp_path: Path, press: list[Message]) -> Iterator[Store]:
    opened = filled(tmp_path, press)
    yield opened
    opened.close()


def filled(folder: Path, press: list[Message]) -> Store:
    store = Store.open(folder / "hub.db")
    for day in range(SESSIONS):
        store.record(another(press, day))
    return store


def settings(folder: Path, archive: bool = False) -> Settings:
    url = f"file://{folder}/archive" if archive else None
    return Settings(hub=HubSettings(data_dir=folder), archive=ArchiveSettings(url=url))


def archive_all(store: Store, folder: Path) -> None:
    """The archive has every sample, the store none."""
    assert len(list(Archivist(store, settings(folder, archive=True)).take(NOW))) == SESSIONS
    with store.transaction() as connection:
        connection.execute(delete(tables.raw))


def run(store: Store, hands: Crew, chosen: Settings, **more: Any) -> list[Told]:
    return list(Campaign(store, chosen, [], dry_run=False).run(hands, NOW, **more))


def versions(store: Store) -> dict[str, Any]:
    """Sets and reps of the newest version of each session, to the last digit."""
    found = {session: store.session(session) for session in store.session_ids()}
    return {
        session: (one.analysis.number, one.sets, one.reps)
        for session, one in found.items()
        if one is not None and one.analysis is not None
    }


Outcome = tuple[list[Told], dict[str, Any]]


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory, press: list[Message]) -> Outcome:
    """What one process comes to over the store, in words and to the last digit."""
    folder = tmp_path_factory.mktemp("alone")
    store = filled(folder, press)
    with crew(1) as hands:
        told = run(store, hands, settings(folder))
    known = versions(store)
    store.close()
    assert len(known) == SESSIONS
    assert all("concentric 9.87 → " in one.lines[1] and "counted now" in one.lines[2] for one in told)
    return told, known


def test_processes_over_the_archive_come_to_the_same(store: Store, tmp_path: Path, alone: Outcome) -> None:
    archive_all(store, tmp_path)
    with crew(2) as hands:
        assert run(store, hands, settings(tmp_path, archive=True)) == alone[0]
    assert versions(store) == alone[1]


def test_samples_of_which_the_archive_has_only_a_part_are_put_together(
    store: Store, tmp_path: Path, press: list[Message], alone: Outcome
) -> None:
    archive_all(store, tmp_path)
    late = [one for one in another(press, 2) if isinstance(one, RawMessage)][4:9]
    for part in (tmp_path / "archive" / "site=gym" / "day=2026-03-03").iterdir():
        part.unlink()
    with store.transaction() as connection:
        connection.execute(delete(tables.cursor))
    store.record([one for one in another(press, 2) if isinstance(one, RawMessage) and one not in late])
    list(Archivist(store, settings(tmp_path, archive=True)).take(NOW))
    store.record(late)
    with crew(1) as hands:
        assert run(store, hands, settings(tmp_path, archive=True)) == alone[0]
    assert versions(store) == alone[1]


def hold(folder: Path, day: int) -> Path:
    """Whoever reads this day in the archive waits for ever."""
    trap = next(folder.glob(f"archive/*/day=2026-03-{1 + day:02}")) / "trap.parquet"
    os.mkfifo(trap)
    return trap


def noted(folder: Path) -> int:
    """How many sessions a run has done, as far as it has noted."""
    note = folder / NOTE
    return note.read_bytes().count(b"\n") - 1 if note.exists() else 0


class Cluster:
    """A Dask scheduler and workers, each a process."""

    def __init__(self, folder: Path) -> None:
        port = free_port()
        self.url = f"tcp://127.0.0.1:{port}"
        self._folder = folder
        self._workers: list[subprocess.Popen[bytes]] = []
        command = [sys.executable, "-m", "distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--no-dashboard"]
        self._scheduler = Server([*command, "--port", str(port)], port, folder / "scheduler.log")
        self._scheduler.start()

    def add_worker(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "distributed.cli.dask_worker", self.url, "--no-nanny", "--no-dashboard"]
        command += ["--nthreads", "1", "--local-directory", str(self._folder)]
        with (self._folder / "workers.log").open("ab") as log:
            self._workers.append(subprocess.Popen(command, stdout=log, stderr=log))
        return self._workers[-1]

    def stop(self) -> None:
        for worker in self._workers:
            worker.kill()
            worker.wait()
        self._scheduler.stop(signal.SIGKILL)


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    started = Cluster(tmp_path)
    yield started
    started.stop()


def test_a_cluster_comes_to_the_same_though_a_worker_is_killed(
    store: Store, tmp_path: Path, cluster: Cluster, alone: Outcome
) -> None:
    archive_all(store, tmp_path)
    trap = hold(tmp_path, day=0)
    with Client(cluster.url, set_as_default=False) as watching, ThreadPoolExecutor() as background:
        doomed = cluster.add_worker()
        wait_for(lambda: len(watching.nthreads()) == 1, 60)
        with crew(9, cluster.url) as hands:
            running = background.submit(run, store, hands, settings(tmp_path, archive=True))
            wait_for(lambda: any(watching.processing().values()), 60)
            cluster.add_worker()
            wait_for(lambda: noted(tmp_path) > 0, 60)
            trap.unlink()
            doomed.kill()
            assert running.result(60) == alone[0]
    assert versions(store) == alone[1]


def hub(folder: Path, *arguments: str) -> Result:
    (folder / "hub.toml").touch()
    return CliRunner().invoke(
        main, ["reanalyze", *arguments, "--config", str(folder / "hub.toml"), "--data", str(folder)]
    )


def test_a_run_that_is_killed_goes_on_where_it_was(store: Store, tmp_path: Path, alone: Outcome) -> None:
    archive_all(store, tmp_path)
    (tmp_path / "hub.toml").write_text(f'[archive]\nurl = "file://{tmp_path}/archive"\n', encoding="utf-8")
    trap = hold(tmp_path, day=1)
    command = [PROGRAM, "reanalyze", "--workers", "2", "--config", tmp_path / "hub.toml", "--data", tmp_path]
    running = subprocess.Popen(command, stdout=subprocess.DEVNULL, start_new_session=True)
    wait_for(lambda: noted(tmp_path) == SESSIONS - 1, 60)
    running.kill()
    running.wait()
    wait_for(lambda: not group_lives(running.pid), 60)
    trap.unlink()
    with (tmp_path / NOTE).open("ab") as file:
        file.write(b'{"session": "day-1", "li')
    again = hub(tmp_path, "--workers", "1")
    assert again.stderr.startswith(f"Going on behind {SESSIONS - 1} sessions; to begin anew delete ")
    assert again.stdout.splitlines() == [line for told in alone[0] for line in told.lines]
    assert versions(store) == alone[1]
    assert noted(tmp_path) == 0


def group_lives(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def test_what_was_said_of_a_session_afterwards_changes_no_analysis(
    store: Store, tmp_path: Path, alone: Outcome
) -> None:
    Correcting(store, lambda: NOW).say("day-0", Remark(Kind.DISCARD_SET, 1), None)
    shown = store.session("day-0")
    assert shown is not None
    assert shown.sets == []
    with crew(1) as hands:
        assert run(store, hands, settings(tmp_path)) == alone[0]


def test_what_another_run_noted_is_not_gone_on_with(store: Store, tmp_path: Path) -> None:
    with crew(1) as hands:
        begun = Campaign(store, settings(tmp_path), [], dry_run=True).run(hands, NOW)
        next(begun)
        begun.close()
    assert Campaign(store, settings(tmp_path), ["day-1"], dry_run=True).done_before == 0
    assert Campaign(store, settings(tmp_path), [], dry_run=True).done_before in range(1, SESSIONS)
    assert Campaign(store, settings(tmp_path), [], dry_run=False).done_before == 0


def test_a_session_that_is_erased_meanwhile_stops_nobody(store: Store, tmp_path: Path) -> None:
    def erase(sessions: int) -> None:
        with store.transaction() as connection:
            connection.execute(delete(tables.session).where(tables.session.c.session == "day-3"))

    with crew(1) as hands:
        told = run(store, hands, settings(tmp_path), progressed=erase)
    assert [one.session for one in told if not one.is_done] == ["day-3"]
    assert told[3].lines == ["day-3: it is no longer in the store."]


class Elsewhere(Executor):
    """A worker with another version."""

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Any:
        with crew(1) as hands:
            return hands.executor.submit(work, replace(args[0], program="sensor-hub 0.0.1 with numpy 1.0"))


def test_a_worker_of_another_version_is_refused(store: Store, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="Install the same on both"):
        run(store, Crew(Elsewhere(), lambda: 1), settings(tmp_path))
    assert versions(store) == {}


def test_an_archive_that_is_away_ends_the_run_and_blames_no_session(store: Store, tmp_path: Path) -> None:
    (tmp_path / "archive").touch()
    with crew(1) as hands, pytest.raises(StoreError, match="cannot be used"):
        run(store, hands, settings(tmp_path, archive=True))


def test_a_scheduler_that_is_not_there_is_a_sentence(store: Store, tmp_path: Path) -> None:
    said = hub(tmp_path, "--scheduler", f"nowhere://127.0.0.1:{free_port()}")
    assert (said.exit_code, "No Dask scheduler answers" in said.output) == (7, True)


def test_a_cluster_that_wants_certificates_is_told() -> None:
    with (
        pytest.raises(StoreError, match=r"needs certificates: see docs/security\.md"),
        crew(1, "tls://127.0.0.1:1"),
    ):
        pass
