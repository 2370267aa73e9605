"""What is true of a PostgreSQL, and has no counterpart in a file."""

import subprocess
import sys
from collections.abc import Iterator

import pytest
from sqlalchemy import select

from sensor_hub.errors import StoreError
from sensor_hub.store import Store
from sensor_hub.store.tables import parked
from tests.postgres import Postgres
from tests.servers import free_port
from tests.store.conftest import Lifter


@pytest.fixture
def database(postgres: Postgres) -> Iterator[str]:
    name = postgres.new_database("template")
    yield name
    postgres.drop(name)


def test_a_wrong_password_is_told_and_not_shown(postgres: Postgres, database: str) -> None:
    with pytest.raises(StoreError, match=r"password authentication failed.*store\.password_file") as caught:
        Store.open(postgres.url_of(database, password="guessed-wrongly"))
    assert "guessed-wrongly" not in str(caught.value)


def test_a_server_that_is_down_is_told() -> None:
    with pytest.raises(StoreError, match=r"cannot be opened: .*refused.* Check that the server runs") as caught:
        Store.open(f"postgresql://hub:secret@127.0.0.1:{free_port()}/hub")
    assert "secret" not in str(caught.value)


def test_a_database_that_is_not_there_is_told(postgres: Postgres) -> None:
    with pytest.raises(StoreError, match='database "nowhere" does not exist'):
        Store.open(postgres.url_of("nowhere"))


def test_a_user_who_may_not_make_tables_is_told(postgres: Postgres) -> None:
    with pytest.raises(StoreError, match=r"permission denied .* Make hub the owner of the database"):
        Store.open(postgres.url_of("postgres"))


def test_a_missing_driver_is_told() -> None:
    program = (
        "import sys; sys.modules['psycopg'] = None; from sensor_hub.store import Store; Store.open(sys.argv[1])"
    )
    command = [sys.executable, "-c", program, "postgresql://hub:secret@127.0.0.1/hub"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    last = done.stderr.strip().splitlines()[-1]
    assert "pip install 'sensor-hub[postgres]'" in last
    assert "secret" not in last


def test_text_that_the_server_cannot_hold_is_parked(postgres: Postgres, database: str, lifter: Lifter) -> None:
    store = Store.open(postgres.url_of(database))
    store.record([lifter.session_().model_copy(update={"sensor": "\0"}), lifter.rep(1, 1)])
    with store.transaction() as connection:
        (reason,) = connection.execute(select(parked.c.reason)).scalars()
    assert "NUL" in reason
    assert [machine.machine for machine in store.machines()] == ["press-1"]
    store.close()


def test_our_connections_are_known_by_name(postgres: Postgres, database: str) -> None:
    store = Store.open(postgres.url_of(database))
    store.sessions()
    names = postgres.run(f"SELECT application_name FROM pg_stat_activity WHERE datname = '{database}'")
    assert names == [("sensor-hub",)]
    store.close()


def test_the_server_does_not_keep_the_locks_of_who_is_cut_off(postgres: Postgres, database: str) -> None:
    store = Store.open(postgres.url_of(database))
    with store.transaction() as connection:
        names = ("tcp_keepalives_idle", "tcp_keepalives_interval", "tcp_keepalives_count", "tcp_user_timeout")
        told = [connection.exec_driver_sql(f"SHOW {name}").scalar() for name in names]
    assert told == ["10", "5", "3", "20000"]
    store.close()
