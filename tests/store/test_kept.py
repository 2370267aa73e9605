"""A store of every version there ever was, as its own program wrote it, opens and goes on."""

import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory

import sensor_hub.store.migrations
from sensor_hub.store import Store, contents_of
from sensor_hub.store.database import NEWEST
from tests.store.conftest import EVENING, Lifter
from tests.store.keep import KEPT, keep, opened

FILES = sorted(KEPT.glob("*.db.gz"))


def test_a_store_of_every_version_is_kept() -> None:
    folder = Path(sensor_hub.store.migrations.__file__).parent
    versions = {script.revision for script in ScriptDirectory(str(folder)).walk_revisions()}
    assert {file.name.removesuffix(".db.gz") for file in FILES} == versions


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name[:4])
def test_it_opens_with_all_it_had_and_takes_more(file: Path, tmp_path: Path) -> None:
    path = opened(file, tmp_path / "hub.db")
    assert contents_of(path).tables == file.name[:4]
    store = Store.open(path)
    record = store.session("evening")
    assert record is not None
    assert (record.session.load_kg, record.session.ended) == (80.0, EVENING + timedelta(seconds=1000))
    assert [(one.number, one.incline_deg, one.rep_count) for one in record.sets] == [(1, 45.0, 3), (2, 45.0, 3)]
    assert [(rep.rom_m, rep.bounced, rep.top_pause_s) for rep in record.reps[:2]] == [
        (0.42, False, 0.5),
        (0.42, True, 1.5),
    ]
    assert len(store.phases("evening")) == 12
    assert len(store.motion("evening", 2)) == 3
    assert store.raw("press-1", EVENING, EVENING + timedelta(hours=1)).sample_count == 400
    lifter = Lifter(session="today", began=EVENING + timedelta(days=900))
    store.record(lifter.whole_session())
    assert [one.session for one in store.sessions()] == ["today", "evening"]
    store.close()
    contents = contents_of(path)
    assert (contents.tables, contents.sessions, contents.reps, contents.raw) == (NEWEST, 2, 12, 2)


def test_the_command_keeps_what_opens(tmp_path: Path) -> None:
    path = opened(keep(tmp_path), tmp_path / "hub.db")
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("PRAGMA journal_mode").fetchone() == ("delete",)
    assert contents_of(path).reps == 6
