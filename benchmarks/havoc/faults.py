"""What is done to the programs: every fault begins, lasts, ends, and leaves the rest to them."""

import contextlib
import signal
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

from havoc.scene import Scene

Fault = Callable[[Scene, float], None]
PAGE = 4096


def hub_killed(scene: Scene, lasts_s: float) -> None:
    scene.hub.kill()
    scene.hub.start()


def recorder_killed(scene: Scene, lasts_s: float) -> None:
    scene.recorder.kill()
    time.sleep(lasts_s)
    scene.recorder.start()


def pages_killed(scene: Scene, lasts_s: float) -> None:
    scene.web.kill()
    scene.web.start()


def broker_killed(scene: Scene, lasts_s: float) -> None:
    scene.broker.kill()
    scene.broker.start()


def everything_killed(scene: Scene, lasts_s: float) -> None:
    for program in (scene.hub, scene.recorder, scene.web, scene.broker):
        program.kill()
    for starting in (scene.broker, scene.recorder, scene.web, scene.hub):
        starting.start()


def broker_forgets(scene: Scene, lasts_s: float) -> None:
    """Nobody records, the broker holds what it acknowledged, dies, and what it had saved is gone."""
    scene.recorder.kill()
    time.sleep(lasts_s)
    scene.broker.kill()
    scene.broker.forget()
    scene.broker.start()
    scene.recorder.start()


def broker_stopped(scene: Scene, lasts_s: float) -> None:
    """It holds its connections and does nothing: longer than a keepalive."""
    pid = scene.broker.pid
    scene.broker.send(signal.SIGSTOP)
    time.sleep(lasts_s)
    with contextlib.suppress(ProcessLookupError):
        if scene.broker.pid == pid:
            scene.broker.send(signal.SIGCONT)


def network_cut(scene: Scene, lasts_s: float) -> None:
    scene.network.cut()
    time.sleep(lasts_s)
    scene.network.mend()


def network_hangs(scene: Scene, lasts_s: float) -> None:
    scene.network.hang()
    time.sleep(lasts_s)
    scene.network.mend()


def hubs_disk_full(scene: Scene, lasts_s: float) -> None:
    scene.hub.limit_files(0)
    time.sleep(lasts_s)
    scene.hub.limit_files(None)


def recorders_disk_full(scene: Scene, lasts_s: float) -> None:
    scene.recorder.limit_files(0)
    time.sleep(lasts_s)
    scene.recorder.limit_files(None)


def clock_back(scene: Scene, lasts_s: float) -> None:
    scene.wrong_by.write_text(str(float(scene.wrong_by.read_text()) - 3600))


def target_killed(scene: Scene, lasts_s: float) -> None:
    scene.target.kill()
    time.sleep(lasts_s)
    scene.target.start()


def target_answers(mode: str) -> Fault:
    def fault(scene: Scene, lasts_s: float) -> None:
        scene.answer(mode)
        time.sleep(lasts_s)
        scene.answer("204")

    return fault


def outbox_damaged(scene: Scene, lasts_s: float) -> None:
    scene.hub.kill()
    for file in (scene.folder / "data" / "outbox").glob("*.db"):
        damage(file)
    scene.hub.start()


def journal_damaged(scene: Scene, lasts_s: float) -> None:
    scene.hub.kill()
    for file in (scene.folder / "data" / "journal").glob("*.db"):
        damage(file)
    scene.hub.start()


def database_damaged(scene: Scene, lasts_s: float) -> None:
    """A page of it, just after a backup; what is counted waits until a person has brought that back."""
    data, copy = scene.folder / "data", scene.folder / "backup.zip"
    scene.recorder.kill()
    scene.web.kill()
    scene.command("backup", str(copy))
    damage(data / "hub.db")
    scene.recorder.start()
    time.sleep(lasts_s)
    scene.recorder.kill()
    scene.hub.kill()
    scene.command("restore", str(copy), "--replace")
    for starting in (scene.recorder, scene.web, scene.hub):
        starting.start()


def damage(file: Path) -> None:
    """A page in the middle."""
    with sqlite3.connect(file) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    data = bytearray(file.read_bytes())
    start = len(data) // PAGE // 2 * PAGE
    data[start : start + PAGE] = b"\xa5" * PAGE
    file.write_bytes(data)


FAULTS: dict[str, Fault] = {
    "hub killed": hub_killed,
    "recorder killed": recorder_killed,
    "pages killed": pages_killed,
    "broker killed": broker_killed,
    "all of them killed": everything_killed,
    "broker loses its disk": broker_forgets,
    "broker stopped": broker_stopped,
    "network cut": network_cut,
    "network hangs": network_hangs,
    "hub's disk full": hubs_disk_full,
    "recorder's disk full": recorders_disk_full,
    "clock back an hour": clock_back,
    "time series killed": target_killed,
    "time series: 503": target_answers("503"),
    "time series: 401": target_answers("401"),
    "time series: 400": target_answers("400"),
    "time series hangs": target_answers("hang"),
    "outbox damaged": outbox_damaged,
    "journal damaged": journal_damaged,
    "database damaged": database_damaged,
}
