"""A logged session with today's engine: beside the old version, never over it, and what changed is said."""

import csv
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import delete, update

from sensor_hub.app.measuring.clocks import HostClock
from sensor_hub.app.measuring.desk import Desk
from sensor_hub.app.measuring.journal import SensorIdentity
from sensor_hub.app.measuring.machine import Machine, Memory
from sensor_hub.app.measuring.profiles import MachineProfile
from sensor_hub.app.recording import read_recording
from sensor_hub.app.review.reanalysis import Result as NewVersion
from sensor_hub.app.review.reanalysis import reanalyze
from sensor_hub.app.review.versions import changes
from sensor_hub.cli import main
from sensor_hub.coach.corrections import Kind, Remark
from sensor_hub.engine import Params, Profile
from sensor_hub.errors import StoreError
from sensor_hub.messages import Message, RepMessage
from sensor_hub.store import SessionRecord, Store, add_correction, analyses, tables
from tests.app.measuring.test_machine import HOST_S, RECORDING, Tray, play

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def pressed(folder: Path) -> list[Message]:
    """The recorded press as a hub measured and told it. folder: where its profile may lie."""
    tray = Tray()
    sensor = SensorIdentity("C0:FF:EE:00:00:01", "press-45", "sled")
    memory = Memory(MachineProfile(folder, "gym", "leg-press-1"))
    machine = Machine(Desk("gym", "leg-press-1", tray), sensor, HostClock(NOON, HOST_S), memory)
    play(machine, read_recording(RECORDING))
    machine.finish(HOST_S + 40)
    return tray.messages


@pytest.fixture
def store(store_url: str, tmp_path: Path) -> Iterator[Store]:
    opened = Store.open(store_url)
    opened.record(pressed(tmp_path / "then"))
    yield opened
    opened.close()


@pytest.fixture
def record(store: Store) -> SessionRecord:
    found = store.session(store.session_ids()[0])
    assert found is not None
    return found


def anew(store: Store, record: SessionRecord, profile: Profile | None = None) -> NewVersion:
    return reanalyze(
        record, store.samples(record.session.session), profile or Profile(), Params(), NOON + timedelta(hours=1)
    )


def hub(folder: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, [*arguments, "--config", str(folder / "hub.toml"), "--data", str(folder)])


def falsify(store: Store, record: SessionRecord) -> None:
    """As if an older engine had been wrong: one rep too slow, one missing."""
    wrong = record.reps[0].model_copy(update={"seq": 10_000, "concentric_s": 9.87, "bounced": True})
    store.record([wrong])
    with store.transaction() as connection:
        connection.execute(delete(tables.rep).where(tables.rep.c.number == 3))


def test_the_same_engine_comes_to_the_same(store: Store, record: SessionRecord) -> None:
    new = anew(store, record)
    assert len(new.reps) == len(record.reps) > 3
    assert list(changes(record.reps, new.reps)) == []
    for old, rep in zip(record.reps, new.reps, strict=True):
        assert (rep.id, rep.set_number, rep.number, rep.trace) == (old.id, old.set_number, old.number, old.trace)
        assert abs(rep.time - old.time) < timedelta(milliseconds=5)
    assert [(one.number, one.rep_count) for one in new.sets] == [(1, len(record.reps))]
    assert len(new.rejected) > 0
    assert [(one.id, one.reason, one.gates) for one in new.rejected] == [
        (one.id, one.reason, one.gates) for one in record.rejected
    ]
    assert new.sets[0].incline_deg == pytest.approx(record.sets[0].incline_deg or 0.0, abs=0.1)


def test_a_new_version_stands_beside_the_old_and_is_shown(
    store: Store, record: SessionRecord, tmp_path: Path
) -> None:
    session, count = record.session.session, len(record.reps)
    falsify(store, record)
    said = hub(tmp_path, "reanalyze", session)
    assert said.exit_code == 0, said.output
    lines = said.output.splitlines()
    assert lines[0] == f"{session}, version 1:"
    assert lines[1].startswith("  set 1 rep 1: concentric 9.87 → ")
    assert "bounced yes → no" in lines[1]
    assert lines[2:] == ["  set 1 rep 3: counted now"]
    newest, live = store.session(session), store.session(session, 0)
    assert newest is not None
    assert live is not None
    assert newest.analysis is not None
    assert (newest.analysis.number, len(newest.reps), newest.session.rep_count) == (1, count, count)
    assert (live.analysis, len(live.reps), live.reps[0].concentric_s) == (None, count - 1, 9.87)
    assert store.session(session, 7) is None
    assert store.sessions()[0].rep_count == count
    assert hub(tmp_path, "export", "csv", str(tmp_path / "reps.csv")).exit_code == 0
    rows = list(csv.DictReader((tmp_path / "reps.csv").read_text(encoding="utf-8").splitlines()))
    assert [(row["analysis"], row["number"]) for row in rows] == [("1", str(n)) for n in range(1, count + 1)]
    for shown in (1, 0):
        with store.transaction() as connection:
            add_correction(connection, session, Remark(Kind.VERSION, version=shown), NOON, "coach")
        assert hub(tmp_path, "reanalyze").output == f"{session}: nothing changes.\n"
        with store.transaction() as connection:
            assert [one.number for one in analyses(connection, session)] == [1]


def test_reasons_that_an_older_engine_did_not_tell_are_told_anew(
    store: Store, record: SessionRecord, tmp_path: Path
) -> None:
    session, told = record.session.session, record.rejected
    with store.transaction() as connection:
        connection.execute(delete(tables.rejected))
    lines = hub(tmp_path, "reanalyze", session).output.splitlines()
    assert lines[1:] == [f"  why strokes were not counted: told now, {len(told)} times"]
    newest = store.session(session)
    assert newest is not None
    assert [one.id for one in newest.rejected] == [one.id for one in told]
    assert hub(tmp_path, "reanalyze", session).output == f"{session}: nothing changes.\n"


def test_a_dry_run_writes_nothing(store: Store, record: SessionRecord, tmp_path: Path) -> None:
    falsify(store, record)
    assert f"{record.session.session} would change:" in hub(tmp_path, "reanalyze", "--dry-run").output
    found = store.session(record.session.session)
    assert found is not None
    assert found.analysis is None


def test_without_raw_samples_a_session_stays_as_it_is(store: Store, record: SessionRecord, tmp_path: Path) -> None:
    with store.transaction() as connection:
        connection.execute(delete(tables.raw).where(tables.raw.c.start_s > 20.0))
    with pytest.raises(StoreError, match="set 1 lies outside"):
        anew(store, record)
    with store.transaction() as connection:
        connection.execute(delete(tables.raw))
    said = hub(tmp_path, "reanalyze", record.session.session)
    assert (said.exit_code, "No raw samples of" in said.output) == (7, True)
    assert hub(tmp_path, "reanalyze").exit_code == 0
    assert hub(tmp_path, "reanalyze", "nowhere").exit_code == 7


def test_a_session_that_still_runs_is_left_alone(store: Store, record: SessionRecord) -> None:
    running = record.session.model_copy(update={"ended": None})
    chunks, unended = store.samples(running.session), replace(record, session=running)
    with pytest.raises(StoreError, match="has not ended yet"):
        reanalyze(unended, chunks, Profile(), Params(), NOON + timedelta(hours=1))
    later = reanalyze(unended, chunks, Profile(), Params(), NOON + timedelta(days=2))
    assert len(later.reps) == len(record.reps)


def test_lost_samples_are_a_gap(store: Store, record: SessionRecord) -> None:
    chunks = store.samples(record.session.session)
    del chunks[6]
    chunks[6] = replace(chunks[6], lost=200)
    new = reanalyze(record, chunks, Profile(), Params(), NOON + timedelta(hours=1))
    assert new.reps != record.reps
    assert all(rep.uncertainty for rep in new.reps)


def test_a_clock_that_began_anew_goes_on_by_the_dates(store: Store, record: SessionRecord) -> None:
    """As an older hub stored a sensor that restarted after the set."""
    chunks = store.samples(record.session.session)
    pause = chunks[-1].time + timedelta(seconds=60)
    start_s = chunks[0].samples.time_s[0]
    again = [
        replace(
            one,
            time=pause + timedelta(seconds=float(one.samples.time_s[0] - start_s)),
            samples=replace(one.samples, time_s=one.samples.time_s - start_s + 0.5),
        )
        for one in chunks
    ]
    new = reanalyze(record, [*chunks, *again], Profile(), Params(), NOON + timedelta(hours=1))
    assert [one.rep_count for one in new.sets] == [len(record.reps)] * 2
    second = [rep for rep in new.reps if rep.set_number == 2]
    lag = pause - chunks[0].time
    for first, later in zip(record.reps, second, strict=True):
        assert abs(later.time - first.time - lag) < timedelta(milliseconds=20)


def test_a_date_that_stepped_back_is_no_restart(store: Store, record: SessionRecord, tmp_path: Path) -> None:
    """As a sensor without stamps is dated when its link comes back."""
    session = record.session.session
    before, after = store.samples(session)[3:5]
    later = update(tables.raw).where(tables.raw.c.time == before.time)
    with store.transaction() as connection:
        connection.execute(later.values(time=after.time + timedelta(milliseconds=20)))
    assert hub(tmp_path, "reanalyze", session).output == f"{session}: nothing changes.\n"
    assert hub(tmp_path, "export", "recordings", str(tmp_path / "raw")).exit_code == 0
    assert [path.name for path in (tmp_path / "raw").iterdir()] == [f"{session}.csv.gz"]


def rep(record: SessionRecord, which: int, **changes: object) -> RepMessage:
    return record.reps[which - 1].model_copy(update=changes)


def test_what_changed_is_said_in_words(record: SessionRecord) -> None:
    old = [rep(record, 1, concentric_s=1.0, rom_m=0.4), rep(record, 2, partial=None), rep(record, 3)]
    new = [rep(record, 1, concentric_s=1.004, rom_m=None), rep(record, 2, partial=True, number=1)]
    assert list(changes(old, new)) == [
        "set 1 rep 1: range 0.400 → ? m",
        "set 1 rep 2: now set 1 rep 1, partial ? → yes",
        "set 1 rep 3: no longer counted",
    ]


def test_a_rep_that_turns_elsewhere_is_still_the_same_rep(record: SessionRecord) -> None:
    one = rep(record, 1)
    later = one.model_copy(update={"turn_s": one.turn_s + 0.9, "concentric_s": one.concentric_s - 0.1})
    (line,) = changes([one], [later])
    assert line.startswith("set 1 rep 1: concentric ")
    elsewhere = one.model_copy(update={"time": one.time + timedelta(seconds=one.end_s - (one.start_s or 0.0))})
    assert len(list(changes([one], [elsewhere]))) == 2
