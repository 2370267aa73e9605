import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from sensor_hub.bus import Outbox, decode
from sensor_hub.bus.examples import examples
from sensor_hub.errors import BusError
from sensor_hub.messages import Kind, LinkState, PhaseMessage, RawMessage, SensorMessage

Make = Callable[..., PhaseMessage]


@pytest.fixture
def outbox(tmp_path: Path) -> Outbox:
    return Outbox(tmp_path / "deep" / "outbox.db")


def sensor(phase: Make, number: int) -> SensorMessage:
    same = phase(number).model_dump(include={"seq", "time", "site", "machine"})
    return SensorMessage(
        id=f"s{number}", sensor="AA", name="sled-01", family="sled", state=LinkState.STREAMING, **same
    )


def raw(phase: Make, number: int) -> RawMessage:
    same = phase(number).model_dump(include={"seq", "time", "site", "machine"})
    return RawMessage(
        id=f"raw{number}", session=None, sensor="AA", start_s=0.0, end_s=1.0, count=1, data="A" * 1000, **same
    )


def test_rows_come_back_in_order_until_removed(outbox: Outbox, phase: Make) -> None:
    for number in range(5):
        outbox.append(phase(number))
    waiting = outbox.after(0, limit=3)
    assert [decode(w.topic, w.payload) for w in waiting] == [phase(0), phase(1), phase(2)]
    assert not any(w.retained for w in waiting)
    outbox.remove([w.row for w in waiting])
    assert outbox.pending() == 2
    assert [w.topic for w in outbox.after(waiting[-1].row, limit=10)] == ["legpress/gym/press-1/phase"] * 2


def test_an_append_survives_a_process_that_is_killed_at_once(tmp_path: Path, phase: Make) -> None:
    path = tmp_path / "outbox.db"
    program = (
        "import os, sys; from pathlib import Path; from sensor_hub.bus import Outbox, decode\n"
        "box = Outbox(Path(sys.argv[1])); message = decode('legpress/gym/press-1/phase', sys.argv[2].encode())\n"
        "assert box.next_seq('press-1') == 1; box.append(message); os.kill(os.getpid(), 9)"
    )
    payload = phase(1).model_dump_json(by_alias=True)
    killed = subprocess.run([sys.executable, "-c", program, str(path), payload], timeout=60, check=False)
    assert killed.returncode == -9
    again = Outbox(path)
    assert again.pending() == 1
    assert again.next_seq("press-1") == 2


def test_numbers_count_per_machine_and_go_on_after_a_restart(tmp_path: Path, phase: Make) -> None:
    first = Outbox(tmp_path / "outbox.db")
    assert [first.next_seq("press-1"), first.next_seq("press-2"), first.next_seq("press-1")] == [1, 1, 2]
    first.append(phase(2))
    first.close()
    assert Outbox(tmp_path / "outbox.db").next_seq("press-1") == 3


def test_of_a_retained_topic_only_the_newest_waits(outbox: Outbox, phase: Make) -> None:
    for number in range(3):
        outbox.append(sensor(phase, number))
    (waiting,) = outbox.after(0, limit=10)
    assert waiting.retained
    assert decode(waiting.topic, waiting.payload).id == "s2"


def test_when_full_raw_goes_first_and_the_rest_stays(tmp_path: Path, phase: Make) -> None:
    outbox = Outbox(tmp_path / "outbox.db", limit_bytes=60_000)
    for number in range(20):
        outbox.append(phase(number))
    for number in range(200):
        outbox.append(raw(phase, number))
    kept = [decode(w.topic, w.payload) for w in outbox.after(0, limit=1000)]
    assert sum(len(m.model_dump_json(by_alias=True)) for m in kept) <= 60_000
    assert [m.id for m in kept[:20]] == [phase(number).id for number in range(20)]
    assert kept[-1].id == "raw199"
    assert outbox.dropped == 220 - len(kept)


def test_what_was_lifted_is_never_dropped(tmp_path: Path, phase: Make) -> None:
    outbox = Outbox(tmp_path / "outbox.db", limit_bytes=1)
    counted = [examples()[kind] for kind in (Kind.SESSION, Kind.SET, Kind.REP)]
    for message in [phase(1), *counted, examples()[Kind.MOTION], *counted]:
        outbox.append(message)
    kept = [decode(waiting.topic, waiting.payload) for waiting in outbox.after(0, limit=10)]
    assert [message for message in kept if message in counted] == counted * 2
    assert outbox.dropped == len([phase(1), examples()[Kind.MOTION]])


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "outbox.db").write_bytes(b"this is no database" * 100)
    with pytest.raises(BusError, match=r"outbox\.db cannot be used"):
        Outbox(tmp_path / "outbox.db")


def test_a_disk_that_refuses_is_told(outbox: Outbox, phase: Make, tmp_path: Path) -> None:
    outbox.append(phase(1))
    other = sqlite3.connect(tmp_path / "deep" / "outbox.db")
    other.execute("DROP TABLE outbox")
    with pytest.raises(BusError, match="cannot keep or give messages"):
        outbox.append(phase(2))
