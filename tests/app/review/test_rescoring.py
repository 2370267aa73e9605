"""A coach has a session analysed anew: beside the old version, with who and why, one at a time."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete

from sensor_hub.app.review.rescoring import FAILED, Rescore, Rescoring
from sensor_hub.app.review.versions import Change
from sensor_hub.config import HubSettings, Settings
from sensor_hub.errors import MissingError
from sensor_hub.store import SessionRecord, Store, tables
from tests.app.review.test_reanalysis import NOON, falsify, pressed
from tests.app.review.test_reanalysis import record as record
from tests.conftest import wait_for


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store.open(tmp_path / "hub.db")
    opened.record(pressed(tmp_path / "then"))
    yield opened
    opened.close()


@pytest.fixture
def rescoring(store: Store, tmp_path: Path) -> Iterator[Rescoring]:
    made = Rescoring(store, Settings(hub=HubSettings(data_dir=tmp_path)), lambda: NOON + timedelta(hours=1))
    yield made
    made.stop()


def ended(rescoring: Rescoring) -> Rescore:
    wait_for(lambda: rescoring.latest is not None and rescoring.latest.ended, 60)
    assert rescoring.latest is not None
    return rescoring.latest


def test_it_becomes_a_version_with_who_and_why(store: Store, record: SessionRecord, rescoring: Rescoring) -> None:
    session = record.session.session
    falsify(store, record)
    assert rescoring.start(session, "an old engine", "coach")
    assert not rescoring.start(session, "again", "coach"), "one at a time"
    assert ended(rescoring) == Rescore(session, "coach", 1.0, True, version=1)
    (version,) = rescoring.versions(session)
    assert (version.made_by, version.why) == ("coach", "an old engine")
    first, third = rescoring.changes(session, 1)
    assert (first.number, first.change, first.figures["concentric_s"][0]) == (1, Change.OTHER, 9.87)
    assert first.flags == {"bounced": (True, False)}
    assert (third.number, third.change) == (3, Change.NEW)
    assert rescoring.start(session, "again", "coach")
    assert ended(rescoring).version is None, "it says what version 1 says"
    with pytest.raises(MissingError):
        rescoring.changes(session, 3)
    with pytest.raises(MissingError):
        rescoring.start("nowhere", "x", None)


def test_what_cannot_be_done_is_said(store: Store, record: SessionRecord, rescoring: Rescoring) -> None:
    session = record.session.session
    with store.transaction() as connection:
        connection.execute(delete(tables.raw))
    assert rescoring.start(session, "to be sure", None)
    problem = ended(rescoring).problem
    assert problem is not None
    assert "No raw samples of" in problem
    assert rescoring.versions(session) == []


def test_where_the_store_refuses_the_next_one_need_not_wait_for_ever(
    store: Store, record: SessionRecord, rescoring: Rescoring
) -> None:
    falsify(store, record)
    with store.transaction() as connection:
        refuse = "CREATE TRIGGER refuse BEFORE INSERT ON analysis BEGIN SELECT RAISE(ABORT, 'no'); END"
        connection.exec_driver_sql(refuse)
    assert rescoring.start(record.session.session, "to be sure", None)
    assert (ended(rescoring).version, ended(rescoring).problem) == (None, FAILED)
    with store.transaction() as connection:
        connection.exec_driver_sql("DROP TRIGGER refuse")
    assert rescoring.start(record.session.session, "again", None)
    assert ended(rescoring).version == 1


def test_whoever_ends_the_hub_waits_for_no_analysis(store: Store, record: SessionRecord, tmp_path: Path) -> None:
    stopped = Rescoring(store, Settings(hub=HubSettings(data_dir=tmp_path)), lambda: datetime.now(UTC))
    assert stopped.start(record.session.session, "to be sure", None)
    stopped.stop()
    assert ended(stopped).version is None
