"""A hub is killed, another one takes over from the journal: together they tell what one alone would have told."""

import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest

from sensor_hub.app.floor.succession import end_what_was_told
from sensor_hub.app.measuring.clocks import HostClock
from sensor_hub.app.measuring.desk import Desk
from sensor_hub.app.measuring.journal import Journal
from sensor_hub.app.measuring.machine import Machine, Memory
from sensor_hub.app.measuring.profiles import MachineProfile
from sensor_hub.engine import Profile
from sensor_hub.link import StateChanged
from sensor_hub.messages import (
    LinkState,
    Progress,
    RepMessage,
    SensorMessage,
    SessionMessage,
    SetMessage,
)
from sensor_hub.model import Samples
from tests.app.measuring.two_hubs import (
    FIRST_S,
    NOON,
    SECOND_S,
    SENSOR,
    Tray,
    begun,
    play,
    successor,
    whole,
)
from tests.app.measuring.two_hubs import blocks as blocks
from tests.app.measuring.two_hubs import path as path
from tests.app.measuring.two_hubs import profile as profile


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
