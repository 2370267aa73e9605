"""A reader never skips a change that somebody else has numbered and not committed yet."""

import threading
from collections.abc import Iterator

import pytest
from sqlalchemy import select

from sensor_hub.coach.corrections import Kind, Remark
from sensor_hub.model import Phase
from sensor_hub.store import Store, add_correction, tables
from sensor_hub.store.archiving import advance, mark, untaken
from sensor_hub.store.changes import go_on_from, last_drawn, last_settled, reserve_changes
from sensor_hub.store.database import open_database
from tests.postgres import Postgres
from tests.store.conftest import EVENING, Lifter, counts_block

WRITERS, BATCHES = 4, 25


@pytest.fixture
def server_url(postgres: Postgres) -> Iterator[str]:
    name = postgres.new_database("template")
    yield postgres.url_of(name)
    postgres.drop(name)


def test_numbers_rise_from_one_writer_to_the_next(store: Store) -> None:
    with store.transaction() as connection:
        first = reserve_changes(connection, 3)
    with store.transaction() as connection:
        second = reserve_changes(connection, 2)
        assert last_drawn(connection) == second[-1]
    assert [*first, *second] == sorted({*first, *second})


def test_a_store_goes_on_from_a_number(store: Store) -> None:
    with store.transaction() as connection:
        go_on_from(connection, 41)
        assert list(reserve_changes(connection, 2)) == [42, 43]


def test_a_reader_waits_before_the_lowest_number_that_is_not_committed(server_url: str) -> None:
    engine = open_database(server_url)
    with engine.connect() as slow, engine.connect() as fast, engine.connect() as reader:
        before = last_settled(reader)
        held = reserve_changes(slow, 2)
        reserve_changes(fast, 3)
        fast.commit()
        assert before <= last_settled(reader) < held[0]
        reserve_changes(slow, 2)
        assert last_settled(reader) < held[0]
        slow.commit()
        assert last_settled(reader) == last_drawn(reader)
    engine.dispose()


def test_a_writer_that_gives_up_holds_nobody(server_url: str) -> None:
    engine = open_database(server_url)
    with engine.connect() as slow, engine.connect() as reader:
        reserve_changes(slow, 2)
        slow.rollback()
        assert last_settled(reader) == last_drawn(reader)
    engine.dispose()


def test_an_archive_marks_nothing_behind_a_number_that_is_not_committed(server_url: str) -> None:
    store, engine = Store.open(server_url), open_database(server_url)
    with engine.connect() as slow:
        (late,) = reserve_changes(slow, 1)
        store.record([Lifter(machine="press-2").raw(0.0, counts_block())])
        with store.transaction() as connection:
            assert untaken(connection, "archive") == []
            advance(connection, "archive")
            assert mark(connection, "archive") < late
        slow.commit()
    with store.transaction() as connection:
        assert sum(due.chunks for due in untaken(connection, "archive")) == 1
    engine.dispose()
    store.close()


def test_a_reader_behind_several_writers_misses_nothing(server_url: str) -> None:
    """Each of four writers has its own machine; one reader goes on from the highest number that it saw."""
    writing = [threading.Thread(target=_write, args=(server_url, number)) for number in range(WRITERS)]
    seen, ended = list[tuple[int, str]](), threading.Event()
    reading = threading.Thread(target=_read, args=(server_url, seen, ended))
    for thread in (reading, *writing):
        thread.start()
    for thread in writing:
        thread.join()
    ended.set()
    reading.join()
    with open_database(server_url).connect() as connection:
        stored = connection.execute(select(tables.phase.c.change, tables.phase.c.id)).all()
    assert len(stored) == WRITERS * sum(1 + batch % 3 for batch in range(BATCHES))
    assert seen == sorted(map(tuple, stored))


def _write(url: str, number: int) -> None:
    store, lifter = Store.open(url), Lifter(session=f"evening-{number}", machine=f"press-{number}")
    for batch in range(BATCHES):
        store.record([lifter.phase(1, batch, Phase.TOP, 10.0 * batch + one) for one in range(1 + batch % 3)])
    store.close()


def _read(url: str, seen: list[tuple[int, str]], ended: threading.Event) -> None:
    """Once more after the end."""
    phase, store, again = tables.phase.c, Store.open(url), True
    while again:
        again = not ended.is_set()
        with store.transaction() as connection:
            after = seen[-1][0] if seen else -1
            query = select(phase.change, phase.id).where(phase.change.between(after + 1, last_settled(connection)))
            seen += map(tuple, connection.execute(query.order_by(phase.change)))
    store.close()


def test_who_corrects_waits_for_who_records(server_url: str, lifter: Lifter) -> None:
    """Else the set that comes meanwhile would count as if nothing had been said."""
    store, engine = Store.open(server_url), open_database(server_url)
    store.record(lifter.whole_session())
    said = threading.Thread(target=_say, args=(store,))
    with engine.connect() as recording:
        reserve_changes(recording, 1)
        said.start()
        said.join(0.3)
        assert said.is_alive()
        recording.commit()
    said.join()
    record = store.session("evening")
    assert record is not None
    assert [one.number for one in record.sets] == [1]
    engine.dispose()
    store.close()


def _say(store: Store) -> None:
    with store.transaction() as connection:
        add_correction(connection, "evening", Remark(Kind.DISCARD_SET, 2), EVENING, None)
