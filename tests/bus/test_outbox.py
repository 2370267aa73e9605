import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from sensor_hub.bus import Outbox, decode, encode, topic_of
from sensor_hub.bus.examples import examples
from sensor_hub.errors import BusError
from sensor_hub.messages import Kind, LinkState, PhaseMessage, RawMessage, RepMessage, SensorMessage

Make = Callable[..., PhaseMessage]
FIRST_VERSION = """
    CREATE TABLE outbox (
        row INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, topic TEXT NOT NULL,
        retained INTEGER NOT NULL, payload BLOB NOT NULL);
    CREATE INDEX outbox_kind ON outbox (kind, row);
    CREATE TABLE sequence (machine TEXT PRIMARY KEY, last INTEGER NOT NULL) WITHOUT ROWID;
"""


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
    outbox.deliver([w.row for w in waiting])
    assert outbox.pending() == 2
    assert [w.topic for w in outbox.after(waiting[-1].row, limit=10)] == ["legpress/gym/press-1/phase"] * 2


def test_an_append_survives_a_process_that_is_killed_at_once(tmp_path: Path, phase: Make) -> None:
    path = tmp_path / "outbox.db"
    program = (
        "import os, sys; from pathlib import Path; from sensor_hub.bus import Outbox, decode, encode, topic_of\n"
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
    given_up = [phase(1), examples()[Kind.MOTION], examples()[Kind.REJECTED]]
    for message in [given_up[0], *counted, *given_up[1:], *counted]:
        outbox.append(message)
    kept = [decode(waiting.topic, waiting.payload) for waiting in outbox.after(0, limit=10)]
    assert [message for message in kept if message in counted] == counted * 2
    assert outbox.dropped == len(given_up)


def test_what_was_not_counted_is_given_up_after_phases(tmp_path: Path, phase: Make) -> None:
    sent = [examples()[Kind.REJECTED], phase(1), examples()[Kind.REJECTED].model_copy(update={"id": "newer"})]
    room = sum(len(encode(message)) for message in sent)
    outbox = Outbox(tmp_path / "outbox.db", limit_bytes=room)
    for message in [*sent, phase(2)]:
        outbox.append(message)
    kept = [decode(waiting.topic, waiting.payload).id for waiting in outbox.after(0, limit=10)]
    assert kept == [sent[0].id, sent[2].id, phase(2).id]


def test_what_is_counted_stays_until_a_recorder_has_it(tmp_path: Path, phase: Make) -> None:
    outbox = Outbox(tmp_path / "outbox.db")
    rep = examples()[Kind.REP]
    for message in (phase(1), rep):
        outbox.append(message)
    outbox.deliver([waiting.row for waiting in outbox.after(0, limit=10)])
    assert (outbox.pending(), outbox.unconfirmed(), outbox.after(0, limit=10)) == (0, 1, [])
    outbox.close()
    again = Outbox(tmp_path / "outbox.db")
    before = again.generation
    again.recall()
    assert again.generation > before
    assert [decode(w.topic, w.payload) for w in again.after(0, limit=10)] == [rep]
    again.confirm([rep.id])
    again.recall()
    assert (again.pending(), again.unconfirmed()) == (0, 0)


def test_without_a_recorder_the_oldest_copies_are_given_up(
    outbox: Outbox, phase: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sensor_hub.bus.outbox.MOST_UNCONFIRMED", 3)
    rep = examples()[Kind.REP]
    for number in range(8):
        outbox.append(rep.model_copy(update={"id": str(number)}))
    outbox.deliver([waiting.row for waiting in outbox.after(0, limit=6)])
    assert (outbox.pending(), outbox.unconfirmed()) == (2, 3)
    outbox.recall()
    assert [decode(w.topic, w.payload).id for w in outbox.after(0, limit=10)] == ["3", "4", "5", "6", "7"]


def test_an_outbox_of_an_earlier_version_goes_on(tmp_path: Path, phase: Make) -> None:
    path = tmp_path / "outbox.db"
    with sqlite3.connect(path) as old:
        old.executescript(FIRST_VERSION)
        topic, payload = topic_of(examples()[Kind.REP]), encode(examples()[Kind.REP])
        old.execute(
            "INSERT INTO outbox (kind, topic, retained, payload) VALUES ('rep', ?, 0, ?)", (topic, payload)
        )
        old.execute("INSERT INTO sequence VALUES ('press-1', 58)")
    outbox = Outbox(path)
    assert outbox.next_seq("press-1") == 59
    (waiting,) = outbox.after(0, limit=10)
    assert decode(waiting.topic, waiting.payload) == examples()[Kind.REP]
    outbox.deliver([waiting.row])
    assert (outbox.pending(), outbox.unconfirmed()) == (0, 0)


def test_a_damaged_file_is_set_aside_and_what_can_be_read_is_saved(
    tmp_path: Path, phase: Make, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "outbox.db"
    outbox = Outbox(path)
    for number in range(200):
        outbox.append(phase(number))
    outbox.close()
    data = bytearray(path.read_bytes())
    data[20 * 4096 : 21 * 4096] = b"\xa5" * 4096
    path.write_bytes(data)
    again = Outbox(path)
    kept = [int(decode(w.topic, w.payload).seq) for w in again.after(0, limit=1000)]
    assert "damaged" in caplog.text
    assert (tmp_path / "outbox.broken").exists()
    assert 150 < len(kept) < 200
    assert kept == sorted(kept)
    assert (kept[0], kept[-1]) == (0, 199)


def test_a_file_that_is_no_database_is_set_aside(tmp_path: Path, phase: Make) -> None:
    (tmp_path / "outbox.db").write_bytes(b"this is no database" * 100)
    outbox = Outbox(tmp_path / "outbox.db")
    outbox.append(phase(1))
    assert outbox.pending() == 1


def test_damage_met_at_work_gives_no_number_twice(tmp_path: Path, phase: Make) -> None:
    path = tmp_path / "outbox.db"
    outbox = Outbox(path)
    for number in range(100):
        outbox.append(phase(number))
    before, rows = outbox.generation, [waiting.row for waiting in outbox.after(0, limit=1000)]
    with sqlite3.connect(path) as other:
        other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    path.write_bytes(path.read_bytes()[:4096] + b"\xa5" * 4096 * 40)
    outbox._database._db.execute("PRAGMA shrink_memory")
    outbox.append(phase(100))
    assert outbox.generation > before
    assert max(waiting.row for waiting in outbox.after(0, limit=1000)) > max(rows)


def test_a_disk_that_refuses_is_told(outbox: Outbox, phase: Make, tmp_path: Path) -> None:
    outbox.append(phase(1))
    other = sqlite3.connect(tmp_path / "deep" / "outbox.db")
    other.execute("DROP TABLE outbox")
    with pytest.raises(BusError, match="cannot keep or give messages"):
        outbox.append(phase(2))


LITTLE_ROOM = """
import resource, sys
from pathlib import Path
from sensor_hub.bus import Outbox, decode
from sensor_hub.bus.examples import examples
from sensor_hub.messages import Kind

full = (96 * 1024, resource.getrlimit(resource.RLIMIT_FSIZE)[1])
roomy = resource.getrlimit(resource.RLIMIT_FSIZE)
rep, raw = examples()[Kind.REP], examples()[Kind.RAW]
if sys.argv[2] == "new":
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, roomy[1]))
box = Outbox(Path(sys.argv[1]))
box.append(raw)
resource.setrlimit(resource.RLIMIT_FSIZE, full if sys.argv[2] != "new" else (0, roomy[1]))
for number in range(100):
    box.append(rep.model_copy(update={"id": str(number), "seq": number}))
told = [decode(w.topic, w.payload).id for w in box.after(0, 1000)]
assert [one for one in told if one != raw.id] == [str(number) for number in range(100)], told
assert "disk takes nothing" in box.problem
box.deliver([w.row for w in box.after(0, 20)])
resource.setrlimit(resource.RLIMIT_FSIZE, roomy)
box._database._retry_at_s = 0.0
box.append(rep.model_copy(update={"id": "100", "seq": 100}))
assert box.problem is None
box.close()
"""


@pytest.mark.parametrize("state", ["new", "used"])
def test_on_a_full_disk_what_is_counted_lives_in_memory_until_there_is_room(tmp_path: Path, state: str) -> None:
    """The kernel refuses to let files grow, as a full disk does."""
    path = tmp_path / "outbox.db"
    done = subprocess.run(
        [sys.executable, "-c", LITTLE_ROOM, str(path), state], timeout=60, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    outbox = Outbox(path)
    outbox.recall()
    kept = [decode(w.topic, w.payload) for w in outbox.after(0, limit=1000)]
    assert [m.id for m in kept if isinstance(m, RepMessage)] == [str(number) for number in range(101)]
    assert outbox.next_seq("press-1") == 101
