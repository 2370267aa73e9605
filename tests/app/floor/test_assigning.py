"""Who lifts, through a machine and its journal: a killed hub's successor knows it, and forgets it when it must."""

from datetime import timedelta
from pathlib import Path

import pytest

from sensor_hub.app.measuring.clocks import HostClock
from sensor_hub.app.measuring.journal import Assigned, Journal
from sensor_hub.app.measuring.profiles import MachineProfile
from sensor_hub.app.measuring.session import SESSION_PAUSE_S
from sensor_hub.messages import LifterMessage, SessionMessage, SetMessage, Side
from sensor_hub.model import Samples
from sensor_hub.store import Lifter
from tests.app.measuring.two_hubs import FIRST_S, NOON, Tray, begun, blocks, path, play, profile, successor

__all__ = ["blocks", "path", "profile"]
ANNA = Lifter("k7m2p9xd", 80.0, Side.LEFT)


def lifters(tray: Tray) -> list[str | None]:
    return [one.athlete for one in tray.messages if isinstance(one, LifterMessage)]


def sets(tray: Tray) -> list[tuple[str, str | None, float | None, Side | None]]:
    found = [one for one in tray.messages if isinstance(one, SetMessage)]
    return [(one.progress.value, one.athlete, one.load_kg, one.side) for one in found]


def test_who_was_said_lifts_and_is_forgotten_with_the_session(
    blocks: list[Samples], path: Path, profile: MachineProfile
) -> None:
    tray = Tray()
    machine = begun(path, profile, tray)
    machine.assign(ANNA, FIRST_S)
    play(machine, blocks, FIRST_S)
    over_s = FIRST_S + 40 + SESSION_PAUSE_S
    machine.tick(HostClock(NOON + timedelta(seconds=over_s - FIRST_S), over_s))
    assert sets(tray) == [("started", "k7m2p9xd", 80.0, Side.LEFT), ("ended", "k7m2p9xd", 80.0, Side.LEFT)]
    assert lifters(tray) == [None, "k7m2p9xd", None]
    assert [one.athlete for one in tray.messages if isinstance(one, SessionMessage)] == [None, "k7m2p9xd"]


@pytest.mark.parametrize("share", [0.2, 0.6])
def test_the_next_hub_knows_what_was_said_last(
    blocks: list[Samples], path: Path, profile: MachineProfile, share: float
) -> None:
    """Also what was said after the last sample."""
    cut = int(len(blocks) * share)
    first, second = Tray(), Tray()
    machine = begun(path, profile, first)
    play(machine, blocks[:cut], FIRST_S)
    machine.assign(ANNA, FIRST_S + float(blocks[cut].time_s[0]))
    after = successor(path, profile, second, float(blocks[cut].time_s[0]))
    assert after.concerns("k7m2p9xd", ())
    play(after, blocks[cut:], 70.0)
    after.finish(70.0 + 40)
    assert (sets(second) or sets(first))[-1][1] == "k7m2p9xd"


def test_who_waits_is_remembered_while_the_journal_is_cut(
    blocks: list[Samples], path: Path, profile: MachineProfile
) -> None:
    tray = Tray()
    machine = begun(path, profile, tray)
    play(machine, blocks[:40], FIRST_S)
    soon_s = FIRST_S + SESSION_PAUSE_S - 5
    machine.assign(ANNA, soon_s)
    machine.tick(HostClock(NOON + timedelta(seconds=soon_s + 10 - FIRST_S), soon_s + 10))
    assert [entry.lifter for entry in Journal(path).entries() if isinstance(entry, Assigned)] == [ANNA]
    assert machine.concerns("k7m2p9xd", ())


def test_a_machine_that_begins_anew_leaves_no_byte_of_who_lifted(
    blocks: list[Samples], path: Path, profile: MachineProfile
) -> None:
    tray = Tray()
    machine = begun(path, profile, tray)
    machine.assign(ANNA, FIRST_S)
    play(machine, blocks[: len(blocks) * 3 // 4], FIRST_S)
    session = next(one.session for one in tray.messages if isinstance(one, SessionMessage))
    assert machine.concerns("k7m2p9xd", ())
    assert machine.concerns("zt4wx8qr", {session})
    assert not machine.concerns("zt4wx8qr", {"another"})
    assert b"k7m2p9xd" in b"".join(file.read_bytes() for file in path.parent.iterdir())
    machine.begin_anew(HostClock(NOON + timedelta(seconds=30), FIRST_S + 30))
    assert lifters(tray)[-1] is None
    assert not machine.concerns("k7m2p9xd", {session})
    assert b"k7m2p9xd" not in b"".join(file.read_bytes() for file in path.parent.iterdir())
    assert list(Journal(path).entries())[2:] == []
    machine.finish(FIRST_S + 31)
    assert list(path.parent.iterdir()) == []
