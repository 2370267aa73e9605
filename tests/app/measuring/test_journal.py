"""The journal alone: what is written, cut, read back and refused."""

import asyncio
import sqlite3
import threading
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from sensor_hub.app.floor.succession import read_through
from sensor_hub.app.measuring.clocks import HostClock
from sensor_hub.app.measuring.desk import Desk
from sensor_hub.app.measuring.journal import Anchored, Began, Journal, Missed, Took, is_damage
from sensor_hub.app.measuring.machine import IDLE_JOURNAL_S, KEPT_S, Machine, Memory
from sensor_hub.app.measuring.profiles import MachineProfile
from sensor_hub.engine import First, Profile
from sensor_hub.errors import StoreError
from sensor_hub.messages import (
    Progress,
    RepMessage,
    SessionMessage,
    SetMessage,
)
from sensor_hub.model import Gap, GapReason, Samples
from tests.app.measuring.two_hubs import (
    FIRST_S,
    NOON,
    SENSOR,
    Tray,
    begun,
    play,
    received,
    whole,
)
from tests.app.measuring.two_hubs import blocks as blocks
from tests.app.measuring.two_hubs import path as path
from tests.app.measuring.two_hubs import profile as profile


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
