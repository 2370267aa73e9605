"""A hub is killed, another one takes over from the journal: together they tell what one alone would have told."""

import asyncio
import sqlite3
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from sensor_hub.app.floor.succession import end_what_was_told, read_through
from sensor_hub.app.measuring.clocks import HostClock
from sensor_hub.app.measuring.desk import Desk
from sensor_hub.app.measuring.journal import Anchored, Began, Journal, Missed, SensorIdentity, Took, is_damage
from sensor_hub.app.measuring.machine import IDLE_JOURNAL_S, KEPT_S, Machine, Memory
from sensor_hub.app.measuring.profiles import MachineProfile
from sensor_hub.app.recording import read_recording
from sensor_hub.bus import Running
from sensor_hub.engine import First, Profile
from sensor_hub.errors import StoreError
from sensor_hub.link import Received, StateChanged
from sensor_hub.messages import (
    LinkState,
    Live,
    Message,
    Progress,
    RepMessage,
    SensorMessage,
    SessionMessage,
    SetMessage,
)
from sensor_hub.model import Gap, GapReason, Samples

RECORDING = Path(__file__).parents[2] / "recordings" / "press-45.csv.gz"
NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
SENSOR = SensorIdentity("C0:FF:EE:00:00:01", "press-45", "sled")
FIRST_S, SECOND_S = 5000.0, 70.0
"""The monotonic clocks of the two hubs at noon."""


class Tray:
    def __init__(self) -> None:
        self.messages: list[Message] = []

    def next_seq(self) -> int:
        return len(self.messages) + 1

    def append(self, message: Message) -> None:
        self.messages.append(message)

    def live(self, message: Live) -> None: ...

    def running(self) -> Running:
        told = Running()
        for message in self.messages:
            told = told.heard(message)
        return told

    @property
    def told(self) -> list[Message]:
        """What is about the lifting, whatever number it has."""
        return [m.model_copy(update={"seq": 0}) for m in self.messages if not isinstance(m, SensorMessage)]


@pytest.fixture(scope="module")
def blocks() -> list[Samples]:
    return [block for block in read_recording(RECORDING).blocks() if isinstance(block, Samples)]


@pytest.fixture
def profile(tmp_path: Path) -> MachineProfile:
    return MachineProfile(tmp_path, "gym", "press")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal" / "gym.press.db"


def received(block: Samples, noon_s: float, bookmark: str | None = "here") -> Received:
    return Received(block, noon_s + float(block.time_s[-1]) + 0.01, bookmark)


def play(machine: Machine, blocks: list[Samples], noon_s: float, bookmark: str | None = "here") -> None:
    for block in blocks:
        event = received(block, noon_s, bookmark)
        machine.handle(event, event.arrival_s)


def begun(path: Path | None, profile: MachineProfile, tray: Tray) -> Machine:
    journal = None if path is None else Journal(path)
    return Machine(Desk("gym", "press", tray), SENSOR, HostClock(NOON, FIRST_S), Memory(profile, journal))


def successor(path: Path, profile: MachineProfile, tray: Tray, after_s: float, jump_s: float = 0.0) -> Machine:
    """The machine of a hub that starts so long after noon, with a monotonic clock of its own, and a date that is off
    by jump_s."""
    host = HostClock(NOON + timedelta(seconds=after_s + jump_s), SECOND_S + after_s)
    journal = Journal(path)
    assert next(journal.entries()) is not None
    return Machine(Desk("gym", "press", tray), SENSOR, host, Memory(profile, journal))


def whole(blocks: list[Samples], folder: Path) -> list[Message]:
    """What a hub tells that nothing happens to."""
    tray = Tray()
    machine = begun(None, MachineProfile(folder, "gym", "press"), tray)
    play(machine, blocks, FIRST_S)
    machine.finish(FIRST_S + 40)
    return tray.told


@pytest.mark.parametrize("share", [0.05, 0.31, 0.5, 0.77, 0.99])
def test_two_hubs_tell_what_one_would_have_told(
    blocks: list[Samples], path: Path, profile: MachineProfile, tmp_path: Path, share: float
) -> None:
    count = round(share * len(blocks))
    before, after = Tray(), Tray()
    play(begun(path, profile, before), blocks[:count], FIRST_S)
    machine = successor(path, profile, after, float(blocks[count].time_s[-1]))
    assert machine.bookmark == "here"
    machine.handle(StateChanged(LinkState.CONNECTING), SECOND_S)
    assert isinstance(after.messages[-1], SensorMessage)
    play(machine, blocks[count:], SECOND_S)
    machine.finish(SECOND_S + 40)

    alone = whole(blocks, tmp_path / "other")
    assert [m.id for m in alone if isinstance(m, RepMessage)] != []
    together = {m.id: m for m in [*before.told, *after.told]}
    assert list(together.values()) == alone
    doubled = len(before.told) + len(after.told) - len(alone)
    assert doubled <= 2, "at most what the last block before the end had led to"


def test_where_the_outbox_was_lost_the_running_session_is_told_again(
    blocks: list[Samples], path: Path, profile: MachineProfile, tmp_path: Path
) -> None:
    count = round(0.7 * len(blocks))
    before, after = Tray(), Tray()
    play(begun(path, profile, before), blocks[:count], FIRST_S)
    now = HostClock(NOON + timedelta(seconds=float(blocks[count].time_s[-1])), SECOND_S)
    memory = Memory(profile, Journal(path), is_all_told=False)
    machine = Machine(Desk("gym", "press", after), SENSOR, now, memory)
    counted = (RepMessage, SetMessage, SessionMessage)
    again = [m for m in after.told if isinstance(m, counted)]
    assert again == [m for m in before.told if isinstance(m, counted)]
    assert [m for m in again if isinstance(m, RepMessage)] != []
    machine.finish(SECOND_S + 40)


def test_what_came_after_the_last_bookmark_is_left_to_the_sensors_stream(
    blocks: list[Samples], path: Path, profile: MachineProfile, tmp_path: Path
) -> None:
    before, after = Tray(), Tray()
    machine = begun(path, profile, before)
    play(machine, blocks[:400], FIRST_S)
    play(machine, blocks[400:403], FIRST_S, bookmark=None)
    machine = successor(path, profile, after, 30.0)
    assert machine.bookmark == "here"
    play(machine, blocks[400:], SECOND_S)
    machine.finish(SECOND_S + 40)
    together = {m.id: m for m in [*before.told, *after.told]}
    assert list(together.values()) == whole(blocks, tmp_path / "other")


@pytest.mark.parametrize(("marked", "known"), [(200, 0), (230, 1)])
def test_what_the_sensor_will_send_again_ends_no_session(
    blocks: list[Samples], path: Path, profile: MachineProfile, tmp_path: Path, marked: int, known: int
) -> None:
    """A session's start and a rep, or a rep alone, were told after the last bookmark."""
    before, after = Tray(), Tray()
    machine = begun(path, profile, before)
    count = 0
    while sum(isinstance(m, RepMessage) for m in before.messages) <= known:
        play(machine, blocks[count : count + 1], FIRST_S, "here" if count < marked else None)
        count += 1
    machine = successor(path, profile, after, 30.0)
    assert (machine.rep_count, machine.session is None) == (known, known == 0)
    end_what_was_told(machine, Desk("gym", "press", after), before, HostClock(NOON, SECOND_S))
    play(machine, blocks[marked:], SECOND_S)
    machine.finish(SECOND_S + 40)
    together = {m.id: m for m in [*before.told, *after.told]}
    assert list(together.values()) == whole(blocks, tmp_path / "other")


def test_a_third_hub_goes_on_where_the_second_one_died_too(
    blocks: list[Samples], path: Path, profile: MachineProfile, tmp_path: Path
) -> None:
    first, second, third = Tray(), Tray(), Tray()
    machine = begun(path, profile, first)
    play(machine, blocks[:400], FIRST_S)
    play(machine, blocks[400:403], FIRST_S, bookmark=None)
    play(successor(path, profile, second, 30.0), blocks[400:600], SECOND_S)
    machine = successor(path, profile, third, 32.0)
    play(machine, blocks[600:], SECOND_S)
    machine.finish(SECOND_S + 40)
    together = {m.id: m for m in [*first.told, *second.told, *third.told]}
    assert list(together.values()) == whole(blocks, tmp_path / "other")


@pytest.mark.parametrize("jump_s", [-3600.0, -120.0, -3.0])
def test_a_computer_that_starts_with_a_wrong_date_moves_no_rep(
    blocks: list[Samples], path: Path, profile: MachineProfile, tmp_path: Path, jump_s: float
) -> None:
    count = len(blocks) // 2
    before, after = Tray(), Tray()
    play(begun(path, profile, before), blocks[:count], FIRST_S)
    machine = successor(path, profile, after, float(blocks[count].time_s[-1]), jump_s)
    play(machine, blocks[count:], SECOND_S)
    machine.finish(SECOND_S + 40)
    told = {m.id: m.time for m in [*before.told, *after.told]}
    alone = {m.id: m.time for m in whole(blocks, tmp_path / "other")}
    assert told.keys() == alone.keys()
    assert all(abs(told[name] - alone[name]) < timedelta(seconds=0.1) for name in alone)


def test_a_power_cut_that_took_the_last_entries_is_made_up_from_the_sensors_memory(
    blocks: list[Samples], path: Path, profile: MachineProfile, tmp_path: Path
) -> None:
    before, after = Tray(), Tray()
    play(begun(path, profile, before), blocks[:-300], FIRST_S)
    with sqlite3.connect(path) as db:
        db.execute("DELETE FROM entry WHERE row > (SELECT max(row) FROM entry) - 100")
    machine = successor(path, profile, after, 30.0)
    play(machine, blocks[-400:], SECOND_S)
    machine.finish(SECOND_S + 40)
    together = {m.id: m for m in [*before.told, *after.told]}
    assert list(together.values()) == whole(blocks, tmp_path / "other")


def test_a_sensor_that_cannot_go_on_ends_its_session_where_the_hub_died(
    blocks: list[Samples], path: Path, profile: MachineProfile
) -> None:
    before, after = Tray(), Tray()
    play(begun(path, profile, before), blocks[:-200], FIRST_S, bookmark=None)
    machine = successor(path, profile, after, 60.0)
    ended = [m for m in after.messages if isinstance(m, SessionMessage)]
    assert [m.progress for m in ended] == [Progress.ENDED]
    reps = {m.id for m in [*before.messages, *after.messages] if isinstance(m, RepMessage)}
    assert ended[0].rep_count == len(reps) > 0
    play(machine, blocks, SECOND_S + 100.0, bookmark=None)
    machine.finish(SECOND_S + 200)
    assert len({m.session for m in after.messages if isinstance(m, SetMessage)}) == 2


def test_a_hub_that_comes_back_after_the_pause_ends_the_session(
    blocks: list[Samples], path: Path, profile: MachineProfile
) -> None:
    play(begun(path, profile, Tray()), blocks, FIRST_S)
    after = Tray()
    machine = successor(path, profile, after, 3600.0)
    assert not any(isinstance(m, SessionMessage) for m in after.messages)
    machine.tick(HostClock(NOON + timedelta(seconds=3602), SECOND_S + 3602))
    assert [m.progress for m in after.messages if isinstance(m, SessionMessage)] == [Progress.ENDED]


def test_what_a_set_taught_is_kept_by_the_next_hub(
    blocks: list[Samples], path: Path, profile: MachineProfile, tmp_path: Path
) -> None:
    profile.write(Profile(sets=4))
    first = MachineProfile(tmp_path, "gym", "press")
    play(begun(path, first, Tray()), blocks[:400], FIRST_S)
    second = MachineProfile(tmp_path, "gym", "press")
    machine = successor(path, second, Tray(), 30.0)
    play(machine, blocks[400:], SECOND_S)
    machine.finish(SECOND_S + 40)
    learned = second.read()
    assert learned is not None
    assert learned.sets == 5


def test_a_hub_that_ends_well_leaves_no_journal(
    blocks: list[Samples], path: Path, profile: MachineProfile
) -> None:
    machine = begun(path, profile, Tray())
    play(machine, blocks[:50], FIRST_S)
    assert path.exists()
    machine.finish(FIRST_S + 40)
    assert not path.exists()


def test_between_sessions_only_the_last_minutes_are_kept_and_the_next_set_is_counted(
    blocks: list[Samples], path: Path, profile: MachineProfile
) -> None:
    tray = Tray()
    machine = begun(path, profile, tray)
    still = blocks[0]
    for second in range(round(IDLE_JOURNAL_S) + 30):
        time_s = second + np.arange(100) / 100
        rest = Samples(time_s, np.tile(still.accel_mps2[:1], (100, 1)), resolution_mps2=still.resolution_mps2)
        event = received(rest, FIRST_S)
        machine.handle(event, event.arrival_s)
        machine.tick(HostClock(NOON + timedelta(seconds=second), FIRST_S + second))
    kept = [entry for entry in Journal(path).entries() if isinstance(entry, Took)]
    assert kept[-1].host_s - kept[0].host_s <= KEPT_S + 31
    start_s = IDLE_JOURNAL_S + 30
    later = [replace(block, time_s=block.time_s + start_s) for block in blocks]
    play(machine, later, FIRST_S)
    machine.finish(FIRST_S + start_s + 40)
    reps = [m for m in tray.messages if isinstance(m, RepMessage)]
    assert len(reps) == sum(isinstance(m, RepMessage) for m in whole(blocks, path.parent))


def test_no_set_begins_unheard_while_the_journal_is_cut(
    blocks: list[Samples], path: Path, profile: MachineProfile
) -> None:
    """Two blocks are lost. From block 60 on an engine tells the set after block 202; one that heard all after 203."""
    tray = Tray()
    machine = begun(path, profile, tray)
    blocks = blocks[:180] + blocks[182:]
    play(machine, blocks[:60], FIRST_S)
    for block in blocks[60:203]:
        machine.handle(received(block, FIRST_S), FIRST_S + IDLE_JOURNAL_S - 1)
    assert not [one for one in tray.messages if isinstance(one, SetMessage)]
    machine.tick(HostClock(NOON + timedelta(seconds=IDLE_JOURNAL_S + 1), FIRST_S + IDLE_JOURNAL_S + 1))
    play(machine, blocks[203:], FIRST_S)
    machine.finish(FIRST_S + IDLE_JOURNAL_S + 40)
    told = [(m.progress, m.id) for m in tray.messages if isinstance(m, SessionMessage)]
    assert [progress for progress, _ in told] == [Progress.STARTED, Progress.ENDED]


def test_the_computers_clock_is_followed_between_sessions_and_remembered(
    blocks: list[Samples], path: Path, profile: MachineProfile
) -> None:
    machine = begun(path, profile, Tray())
    set_right = HostClock(NOON + timedelta(hours=1), FIRST_S + 1.0)
    machine.tick(set_right)
    machine.tick(HostClock(set_right.utc + timedelta(seconds=2), FIRST_S + 3.0))
    anchors = [entry.host for entry in Journal(path).entries() if isinstance(entry, Anchored)]
    assert anchors == [HostClock(NOON, FIRST_S), set_right]


def test_entries_come_back_to_the_last_bit(tmp_path: Path) -> None:
    rng = np.random.default_rng(4)
    samples = Samples(
        np.cumsum(rng.random(7)), rng.normal(size=(7, 3)), rng.normal(size=(7, 3)), 0.0023, True, 0.004
    )
    profile = Profile(First.CONCENTRIC, 44.7, 0.3, sets=3)
    entries = [
        Anchored(HostClock(NOON, 12.5)),
        Began(profile),
        Took(samples, 3.25, 3.5, "a bookmark"),
        Missed(Gap(1.0, 2.0, 7, GapReason.LOST), 4.5),
    ]
    journal = Journal(tmp_path / "one.db")
    journal.begin(SENSOR, entries[:2])
    for entry in entries[2:]:
        journal.add(entry)
    again = Journal(tmp_path / "one.db")
    assert again.sensor() == SENSOR
    anchored, began, took, missed = again.entries()
    assert (anchored, began, missed) == (entries[0], entries[1], entries[3])
    assert isinstance(took, Took)
    assert (took.arrival_s, took.host_s, took.bookmark) == (3.25, 3.5, "a bookmark")
    np.testing.assert_array_equal(took.samples.time_s, samples.time_s)
    np.testing.assert_array_equal(took.samples.accel_mps2, samples.accel_mps2)
    np.testing.assert_array_equal(took.samples.gyro_radps, samples.gyro_radps)
    assert (took.samples.resolution_mps2, took.samples.saturated) == (0.0023, True)
    assert took.samples.time_sigma_s == 0.004


def test_a_damaged_file_is_told(tmp_path: Path) -> None:
    path = tmp_path / "gym.press.db"
    path.write_text("this is no database at all, whatever its name says" * 100, encoding="utf-8")
    with pytest.raises(StoreError, match="move it away"):
        Journal(path)


def test_samples_that_are_not_what_was_written_are_refused(
    blocks: list[Samples], path: Path, profile: MachineProfile
) -> None:
    play(begun(path, profile, Tray()), blocks[:20], FIRST_S)
    with sqlite3.connect(path) as db:
        data = bytearray(db.execute("SELECT data FROM entry WHERE row = 9").fetchone()[0])
        data[40] ^= 1
        db.execute("UPDATE entry SET data = ? WHERE row = 9", (bytes(data),))
    with pytest.raises(StoreError, match="not what was written") as told:
        list(Journal(path).entries())
    assert is_damage(told.value)


def test_a_journal_whose_disk_fails_costs_no_rep_and_nobody_goes_on_from_it(
    blocks: list[Samples], path: Path, profile: MachineProfile, caplog: pytest.LogCaptureFixture
) -> None:
    tray = Tray()
    journal = Journal(path)
    machine = Machine(Desk("gym", "press", tray), SENSOR, HostClock(NOON, FIRST_S), Memory(profile, journal))
    play(machine, blocks[:100], FIRST_S)
    journal.close()
    play(machine, blocks[100:], FIRST_S)
    assert not path.exists()
    machine.tick(HostClock(NOON + timedelta(seconds=700), FIRST_S + 700))
    assert Journal(path).sensor() == SENSOR
    assert tray.told == whole(blocks, path.parent)
    assert caplog.text.count("cannot be used") == 1


def test_a_reading_in_a_thread_ends_with_the_hub(
    blocks: list[Samples], path: Path, profile: MachineProfile
) -> None:
    play(begun(path, profile, Tray()), blocks[:200], FIRST_S)
    journal, reading = Journal(path), threading.Event()

    def endless() -> None:
        while True:
            for _ in journal.entries():
                reading.set()

    async def scenario() -> None:
        task = asyncio.create_task(read_through(journal, endless))
        await asyncio.to_thread(reading.wait, 10)
        task.cancel()
        await asyncio.wait_for(asyncio.wait({task}), 5)
        assert task.cancelled()

    asyncio.run(scenario())
