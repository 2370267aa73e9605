"""From an outbox through a real broker into a real database: everything once, whatever dies on the way."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest

from sensor_hub.app.keeping.recorder import Arrivals, Recorder
from sensor_hub.bus import RECORDED, BrokerAddress, EmbeddedBroker, Outbox, Publisher
from sensor_hub.bus.examples import examples
from sensor_hub.messages import Kind, Message
from sensor_hub.store import Store
from tests.conftest import Mosquitto, wait_for
from tests.postgres import PASSWORD, Postgres

Start = Callable[..., None]


WILL = examples()[Kind.STATUS].model_copy(update={"online": False})


@pytest.fixture(params=["embedded", "mosquitto"])
def broker(request: pytest.FixtureRequest) -> BrokerAddress:
    server = request.getfixturevalue(request.param)
    return server if isinstance(server, BrokerAddress) else server.address


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    opened = Store.open(store_url)
    yield opened
    opened.close()


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[Outbox]:
    box = Outbox(tmp_path / "outbox.db")
    yield box
    box.close()


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts parts, waits for their connection, and stops them at the end."""
    with ExitStack() as stack:

        def starter(*parts: Recorder | Publisher) -> None:
            for part in parts:
                part.start()
                stack.callback(part.stop)
            wait_for(lambda: all(part.connected for part in parts), 10)
            time.sleep(0.3)  # the subscriptions themselves

        yield starter


def reps(count: int, first: int = 1) -> list[Message]:
    rep = examples()[Kind.REP]
    return [
        rep.model_copy(update={"id": f"rep.{number}", "seq": number, "number": number})
        for number in range(first, first + count)
    ]


def stored_reps(store: Store) -> list[int]:
    record = store.session(examples()[Kind.REP].session)
    return [] if record is None else [rep.number for rep in record.reps]


@pytest.mark.parametrize("broker", ["embedded", "mosquitto"])
def test_every_kind_lands_in_the_store(
    broker: str, request: pytest.FixtureRequest, outbox: Outbox, store: Store, start: Start
) -> None:
    server = request.getfixturevalue(broker)
    address = server if isinstance(server, BrokerAddress) else server.address
    recorder, publisher = Recorder(store, address), Publisher(address, outbox, "hub")
    start(recorder, publisher)
    sent = [message for kind, message in examples().items() if kind in RECORDED]
    for message in sent:
        outbox.append(message)
    wait_for(lambda: recorder.stored >= len(sent), 10)
    session = sent[1].session
    record = store.session(session)
    assert record is not None
    assert record.reps == [examples()[Kind.REP].model_copy(update={"top_pause_s": None})]
    assert record.sets == [examples()[Kind.SET].model_copy(update={"rep_count": 1})]
    assert store.phases(session) == [examples()[Kind.PHASE]]
    assert store.motion(session) == [examples()[Kind.MOTION]]
    (machine,) = store.machines()
    assert (machine.sensor, machine.status) == (examples()[Kind.SENSOR], examples()[Kind.STATUS])
    raw = examples()[Kind.RAW]
    assert store.raw("press-1", raw.time, record.session.ended).sample_count == 3
    assert recorder.problem is None


def test_nothing_is_lost_or_doubled_when_the_broker_is_killed(
    tmp_path: Path, outbox: Outbox, store: Store, start: Start
) -> None:
    broker = EmbeddedBroker(tmp_path)
    address = broker.start()
    try:
        recorder, publisher = Recorder(store, address), Publisher(address, outbox, "hub")
        start(recorder, publisher)
        store.record([examples()[Kind.SESSION]])
        for number, message in enumerate(reps(500), start=1):
            outbox.append(message)
            if number in (150, 350):
                _kill_and_wait(broker)
            time.sleep(0.002)
        wait_for(lambda: publisher.pending() == 0 and len(stored_reps(store)) == 500, 30)
        assert stored_reps(store) == list(range(1, 501))
        recorder.stop()
    finally:
        broker.stop()


def _kill_and_wait(broker: EmbeddedBroker) -> None:
    pid = broker.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    wait_for(lambda: broker.pid not in (None, pid), 10)


def test_the_hub_forgets_what_the_recorder_has_confirmed(
    broker: BrokerAddress, outbox: Outbox, store: Store, start: Start
) -> None:
    store.record([examples()[Kind.SESSION]])
    start(Recorder(store, broker), Publisher(broker, outbox, "hub", WILL))
    for message in [*reps(20), examples()[Kind.RAW]]:
        outbox.append(message)
    wait_for(lambda: stored_reps(store) == list(range(1, 21)), 15)
    wait_for(lambda: (outbox.pending(), outbox.unconfirmed()) == (0, 0), 10)


def test_what_a_broker_forgets_is_sent_again(
    mosquitto: Mosquitto, outbox: Outbox, store: Store, start: Start
) -> None:
    """Killed while nobody records, before it has saved what it acknowledged."""
    store.record([examples()[Kind.SESSION]])
    first = Recorder(store, mosquitto.address)
    first.start()
    wait_for(lambda: first.connected, 10)
    first.stop()
    start(Publisher(mosquitto.address, outbox, "hub", WILL))
    for message in reps(50):
        outbox.append(message)
    wait_for(lambda: outbox.pending() == 0, 10)
    mosquitto.stop(signal.SIGKILL)
    for saved in mosquitto.folder.glob("mosquitto.db*"):
        saved.unlink()
    mosquitto.start()
    start(Recorder(store, mosquitto.address))
    wait_for(lambda: stored_reps(store) == list(range(1, 51)), 20)
    wait_for(lambda: outbox.unconfirmed() == 0, 10)


def test_a_recorder_that_comes_later_than_the_hub_gets_everything(
    broker: BrokerAddress, outbox: Outbox, store: Store, start: Start
) -> None:
    store.record([examples()[Kind.SESSION]])
    start(Publisher(broker, outbox, "hub", WILL))
    for message in reps(20):
        outbox.append(message)
    wait_for(lambda: outbox.pending() == 0, 10)
    start(Recorder(store, broker))
    wait_for(lambda: stored_reps(store) == list(range(1, 21)), 15)


def test_nothing_is_acknowledged_while_the_store_fails(
    embedded: BrokerAddress, outbox: Outbox, store: Store, start: Start
) -> None:
    store.record([examples()[Kind.SESSION]])
    _rename(store, "rep", "away")
    failing = Recorder(store, embedded)
    failing.start()
    wait_for(lambda: failing.connected, 10)
    start(Publisher(embedded, outbox, "hub"))
    for message in reps(20):
        outbox.append(message)
    wait_for(lambda: failing.problem is not None and outbox.pending() == 0, 10)
    assert "The database failed" in str(failing.problem)
    failing.stop()
    assert failing.stored == 0
    _rename(store, "away", "rep")
    start(Recorder(store, embedded))
    wait_for(lambda: stored_reps(store) == list(range(1, 21)), 15)


def test_recording_goes_on_when_the_store_is_well_again(
    embedded: BrokerAddress, outbox: Outbox, store: Store, start: Start
) -> None:
    store.record([examples()[Kind.SESSION]])
    recorder = Recorder(store, embedded)
    start(recorder, Publisher(embedded, outbox, "hub"))
    _rename(store, "rep", "away")
    for message in reps(5):
        outbox.append(message)
    wait_for(lambda: recorder.problem is not None, 10)
    _rename(store, "away", "rep")
    wait_for(lambda: recorder.problem is None and len(stored_reps(store)) == 5, 15)


def test_a_message_the_database_cannot_hold_does_not_stop_the_others(
    embedded: BrokerAddress, outbox: Outbox, store: Store, start: Start
) -> None:
    store.record([examples()[Kind.SESSION]])
    recorder = Recorder(store, embedded)
    start(recorder, Publisher(embedded, outbox, "hub"))
    first, second = reps(2)
    for message in (first, examples()[Kind.PHASE].model_copy(update={"rep_number": 2**70}), second):
        outbox.append(message)
    wait_for(lambda: recorder.stored >= 3, 10)
    assert stored_reps(store) == [1, 2]


def test_a_fault_of_our_own_is_told_and_does_not_end_the_recording(
    embedded: BrokerAddress, outbox: Outbox, store: Store, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.record([examples()[Kind.SESSION]])
    recorder = Recorder(store, embedded)
    start(recorder, Publisher(embedded, outbox, "hub"))
    with monkeypatch.context() as broken:
        broken.setattr(store, "record", lambda messages: 1 / 0)
        outbox.append(reps(1)[0])
        wait_for(lambda: recorder.problem is not None, 10)
        assert "please report it" in str(recorder.problem)
        assert recorder.stored == 0
    wait_for(lambda: recorder.problem is None and stored_reps(store) == [1], 15)


def test_what_is_sent_again_while_it_waits_takes_no_room() -> None:
    arrivals, acknowledged = Arrivals(), []
    sent = reps(3)
    for round_number in range(100):
        for message in sent:
            arrivals.put(message, lambda number=round_number: acknowledged.append(number))
    arrivals.close()
    batch = arrivals.batch()
    assert [message for message, _, _ in batch] == sent
    batch[0][1]()
    assert acknowledged == [99]
    assert arrivals.batch() == []


def test_a_status_that_changes_back_is_news() -> None:
    arrivals, status = Arrivals(), examples()[Kind.STATUS]
    later = status.model_copy(update={"time": status.time + timedelta(seconds=1)})
    for message in (status, later):
        arrivals.put(message, lambda: None)
    arrivals.close()
    assert [message for message, _, _ in arrivals.batch()] == [status, later]


@pytest.fixture
def server() -> Iterator[Postgres]:
    """One that may be killed: whoever else needs one has another."""
    own = Postgres()
    try:
        own.start()
        yield own
    finally:
        own.remove()


def test_nothing_is_lost_or_doubled_when_the_database_server_is_killed(
    server: Postgres, embedded: BrokerAddress, outbox: Outbox, start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    store = Store.open(server.url_of(server.new_database()))
    recorder, publisher = Recorder(store, embedded), Publisher(embedded, outbox, "hub")
    start(recorder, publisher)
    store.record([examples()[Kind.SESSION]])
    for number, message in enumerate(reps(300), start=1):
        outbox.append(message)
        if number == 100:
            server.kill()
        if number == 200:
            wait_for(lambda: recorder.problem is not None, 10)
            server.start()
        time.sleep(0.002)
    wait_for(lambda: publisher.pending() == 0 and len(stored_reps(store)) == 300, 30)
    assert stored_reps(store) == list(range(1, 301))
    assert recorder.problem is None
    assert PASSWORD not in caplog.text
    recorder.stop()
    store.close()


def test_a_database_server_that_comes_later_gets_everything(
    server: Postgres, embedded: BrokerAddress, outbox: Outbox, start: Start
) -> None:
    url = server.url_of(server.new_database())
    server.stop()
    store = Store.open_later(url)
    recorder = Recorder(store, embedded)
    start(recorder, Publisher(embedded, outbox, "hub"))
    for message in [examples()[Kind.SESSION], *reps(5)]:
        outbox.append(message)
    wait_for(lambda: "Check that the server runs" in str(recorder.problem), 10)
    server.start()
    wait_for(lambda: recorder.problem is None and len(stored_reps(store)) == 5, 20)
    recorder.stop()
    store.close()


def _rename(store: Store, old: str, new: str) -> None:
    with store.transaction() as connection:
        connection.exec_driver_sql(f"ALTER TABLE {old} RENAME TO {new}")
