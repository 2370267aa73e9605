"""PostgreSQL's parts of a month: there when they are needed, gone when nothing in them is to stay."""

import json
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import JSON, Boolean, Connection, MetaData, create_engine, func, select, text

import sensor_hub.store.migrations
from sensor_hub.model import Phase
from sensor_hub.store import Limit, Retention, Store, Stored, tables
from sensor_hub.store.partitions import PARTED, make_room, parts
from tests.postgres import Postgres
from tests.store.conftest import Lifter, counts_block
from tests.store.keep import KEPT, opened

NOW = datetime.now(UTC)
MIGRATIONS = Path(sensor_hub.store.migrations.__file__).parent


@pytest.fixture
def bare_url(postgres: Postgres) -> Iterator[str]:
    name = postgres.new_database()
    yield postgres.url_of(name)
    postgres.drop(name)


@pytest.fixture
def server(postgres: Postgres) -> Iterator[Store]:
    name = postgres.new_database("template")
    store = Store.open(postgres.url_of(name))
    yield store
    store.close()
    postgres.drop(name)


def later(months: int) -> datetime:
    """The middle of a month from now on."""
    month = 12 * NOW.year + NOW.month - 1 + months
    return datetime(month // 12, month % 12 + 1, 15, 12, tzinfo=UTC)


def names(store: Store) -> list[str]:
    with store.transaction() as connection:
        return [part.name for part in parts(connection, tables.raw)]


def raw_ids(store: Store) -> list[str]:
    with store.transaction() as connection:
        return list(connection.execute(select(tables.raw.c.id).order_by(tables.raw.c.time)).scalars())


def chunk(began: datetime, session: str = "evening") -> Lifter:
    return Lifter(session=session, began=began)


def test_every_instant_has_its_place_and_a_resend_is_absorbed(server: Store) -> None:
    instants = (
        datetime(1970, 1, 2, tzinfo=UTC),
        datetime(1999, 7, 1, tzinfo=UTC),
        NOW,
        later(2),
        later(30),
        datetime(2100, 1, 1, tzinfo=UTC),
        datetime(2199, 12, 31, 23, tzinfo=UTC),
    )
    sent = [chunk(one, f"s{number}").raw(0.0, counts_block()) for number, one in enumerate(instants)]
    for _ in range(2):
        server.record(sent)
    server.record(list(reversed(sent)))
    assert raw_ids(server) == [one.id for one in sent]
    first, *others = names(server)
    end = later(1)
    assert first == f"raw_before_{end.year}_{end.month:02}"
    assert others == [f"raw_{one.year}_{one.month:02}" for one in (later(2), later(30))] + ["raw_from_2100"]
    with server.transaction() as connection:
        assert connection.execute(select(func.count()).select_from(tables.parked)).scalar_one() == 0


def test_several_writers_make_a_month_once(server: Store) -> None:
    began, at_once = later(3), threading.Barrier(4)

    def write(number: int) -> None:
        at_once.wait()
        server.record([Lifter(f"s{number}", f"press-{number}", began=began).raw(0.0, counts_block())])

    writing = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in writing:
        thread.start()
    for thread in writing:
        thread.join()
    assert len(raw_ids(server)) == 4
    assert names(server)[1:] == [f"raw_{began.year}_{began.month:02}"]


def test_a_month_that_goes_while_somebody_writes_is_made_again(server: Store) -> None:
    began = later(1)
    server.record([chunk(began).raw(0.0, counts_block())])
    with server.transaction() as connection:
        connection.execute(text(f"DROP TABLE raw_{began.year}_{began.month:02}"))
    server.record([chunk(began).raw(2.0, counts_block())])
    assert len(raw_ids(server)) == 1


def sweep(store: Store, now: datetime, sinks: Sequence[str] = ()) -> int:
    limits = {Stored.RAW: Limit.parse("90 days")}
    return Retention(store, limits, sinks, "archive" if sinks else None).sweep(now).raw


def test_whole_months_go_and_with_them_nothing_that_is_to_stay(server: Store) -> None:
    for months in (1, 2, 5):
        lifter = chunk(later(months), f"s{months}")
        server.record([lifter.session_(), lifter.raw(0.0, counts_block()), lifter.session_(100.0)])
    assert sweep(server, later(6), sinks=["influx"]) == 0
    assert sweep(server, later(6)) == 2
    assert raw_ids(server) == ["s5.raw.0.0"]
    assert [name for name in names(server) if "before" not in name] == [f"raw_{later(5):%Y_%m}"]


def test_a_month_that_somebody_reads_goes_row_by_row(server: Store) -> None:
    server.record([chunk(later(1)).raw(0.0, counts_block())])
    with server.transaction() as reader:
        reader.execute(select(func.count()).select_from(tables.raw))
        assert sweep(server, later(6)) == 1
    assert raw_ids(server) == []
    assert len(names(server)) == 2


def test_a_session_that_is_late_or_over_midnight_of_a_month_is_whole(server: Store) -> None:
    began = datetime(later(2).year, later(2).month, 1, tzinfo=UTC) - timedelta(seconds=150)
    lifter = chunk(began)
    server.record(lifter.whole_session())
    server.record([lifter.raw(2.0 * one, counts_block(200, 2.0 * one)) for one in range(100)])
    assert len(server.samples("evening")) == 100
    assert (len(server.phases("evening")), len(server.motion("evening"))) == (12, 6)
    assert len(names(server)) == 3


def test_an_old_database_is_carried_over_with_all_it_had(bare_url: str, tmp_path: Path) -> None:
    """What the program of tables 0009 wrote, and rows of a clock that was years ahead."""
    engine = create_engine(bare_url)
    with engine.begin() as connection:
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        config.attributes["connection"] = connection
        command.upgrade(config, "0009")
        fill(connection, opened(KEPT / "0009.db.gz", tmp_path / "hub.db"))
        ahead = int(later(40).timestamp() * 1e6)
        for one in ("raw", "phase"):
            connection.execute(text(f"UPDATE {one} SET time = {ahead} WHERE seq = (SELECT max(seq) FROM {one})"))
        before = contents(connection)
    engine.dispose()
    store = Store.open(bare_url)
    with store.transaction() as connection:
        assert contents(connection) == before
        assert {name: len(rows) for name, rows in before.items()} == {"raw": 2, "motion": 6, "phase": 12}
        assert [len(parts(connection, one)) for one in PARTED] == [2, 1, 2]
    store.record([Lifter().raw(100.0, counts_block(200, 0.0, seed=0)), *Lifter().whole_session()])
    lifter = Lifter(session="today", began=NOW)
    store.record([*lifter.whole_session(), lifter.phase(1, 1, Phase.TOP, 7.0)])
    assert [one.session for one in store.sessions()] == ["today", "evening"]
    with store.transaction() as connection:
        assert len(contents(connection)["motion"]) == 12
    store.close()


def fill(connection: Connection, file: Path) -> None:
    """Everything of a file's tables into a server's of the same version."""
    metadata = MetaData()
    metadata.reflect(connection)
    with closing(sqlite3.connect(file)) as old:
        old.row_factory = sqlite3.Row
        for table in metadata.sorted_tables:
            connection.execute(table.delete())
            for row in old.execute(f'SELECT * FROM "{table.name}"'):
                values = {
                    column.name: json.loads(row[column.name])
                    if isinstance(column.type, JSON) and row[column.name] is not None
                    else row[column.name] and bool(row[column.name])
                    if isinstance(column.type, Boolean)
                    else row[column.name]
                    for column in table.columns
                }
                connection.execute(table.insert().values(values))


def contents(connection: Connection) -> dict[str, list[str]]:
    queries = {table.name: f"SELECT * FROM {table.name} ORDER BY id" for table in PARTED}
    return {name: list(map(str, connection.execute(text(query)))) for name, query in queries.items()}


TIMESCALE = """
UPDATE pg_extension SET extname = 'timescaledb' WHERE extname = 'plpgsql';
CREATE TABLE said (what text, arguments text);
GRANT ALL ON said TO PUBLIC;
CREATE FUNCTION create_hypertable(one regclass, by_time text, chunk_time_interval bigint, migrate_data boolean)
    RETURNS void LANGUAGE sql AS
    $$ INSERT INTO said VALUES ('make', one || ' ' || by_time || ' ' || chunk_time_interval || ' ' || migrate_data) $$;
CREATE FUNCTION drop_chunks(one regclass, older_than bigint) RETURNS void LANGUAGE sql AS
    $$ INSERT INTO said VALUES ('drop', one || ' ' || older_than) $$;
"""


def test_where_timescale_is_that_is_asked_instead(postgres: Postgres, bare_url: str) -> None:
    """That we ask it, and how: the extension itself is not in Debian, so it has not been tried."""
    postgres.run(TIMESCALE, bare_url.rpartition("/")[2])
    store = Store.open(bare_url)
    store.record([chunk(later(1)).raw(0.0, counts_block())])
    assert names(store) == []
    sweep(store, later(9))
    with store.transaction() as connection:
        make_room(connection, [(tables.raw, later(7))])
        said = connection.execute(text("SELECT what, arguments FROM said")).all()
    assert [tuple(one) for one in said[:3]] == [("make", f"{one.name} time 2592000000000 true") for one in PARTED]
    assert [one.what for one in said[3:]] == ["drop"]
    store.close()
