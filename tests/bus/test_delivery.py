"""Publisher and subscriber against both real brokers."""

import os
import signal
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import paho.mqtt.client as mqtt
import pytest

from sensor_hub.bus import Ack, BrokerAddress, EmbeddedBroker, Outbox, Publisher, Subscriber, filters_of
from sensor_hub.messages import Kind, Live, PhaseMessage, StatusMessage
from tests.bus.conftest import Ear
from tests.conftest import free_port, wait_for

Make = Callable[..., PhaseMessage]
PHASES = filters_of([Kind.PHASE])


@pytest.fixture(params=["embedded", "mosquitto"])
def address(request: pytest.FixtureRequest) -> BrokerAddress:
    server = request.getfixturevalue(request.param)
    return server if isinstance(server, BrokerAddress) else server.address


@pytest.fixture
def started() -> Iterator[Callable[..., None]]:
    """Starts publishers and subscribers, waits for their connection, and stops them at the end."""
    with ExitStack() as stack:

        def start(*clients: Publisher | Subscriber) -> None:
            for client in clients:
                client.start()
                stack.callback(client.stop)
            wait_for(lambda: all(client.connected for client in clients), 10)

        yield start


@pytest.fixture
def outbox(tmp_path: Path) -> Outbox:
    return Outbox(tmp_path / "outbox.db")


def listen(
    address: BrokerAddress, ear: Ear, started: Callable[..., None], *topics: str, durable: bool
) -> Subscriber:
    subscriber = Subscriber(address, "listener", topics or PHASES, ear, durable=durable)
    started(subscriber)
    time.sleep(0.3)  # the subscription itself
    return subscriber


def test_all_arrive_in_order_and_the_outbox_is_empty(
    address: BrokerAddress, outbox: Outbox, ear: Ear, phase: Make, started: Callable[..., None]
) -> None:
    sent = [phase(number) for number in range(1, 301)]
    for message in sent[:150]:
        outbox.append(message)
    listen(address, ear, started, durable=True)
    publisher = Publisher(address, outbox, "publisher")
    started(publisher)
    for message in sent[150:]:
        outbox.append(message)
    wait_for(lambda: len(ear.heard) >= 300 and publisher.pending() == 0, 15)
    assert ear.heard == sent


def test_what_was_not_acknowledged_comes_again(
    address: BrokerAddress, outbox: Outbox, ear: Ear, phase: Make, started: Callable[..., None]
) -> None:
    ear.deaf = True
    first = Subscriber(address, "listener", PHASES, ear, durable=True)
    first.start()
    wait_for(lambda: first.connected, 10)
    time.sleep(0.3)
    for number in range(1, 6):
        outbox.append(phase(number))
    started(Publisher(address, outbox, "publisher"))
    wait_for(lambda: len(ear.heard) == 5, 10)
    for ack in ear.held[:2]:
        ack()
    time.sleep(0.2)
    first.stop()
    again = Ear()
    listen(address, again, started, durable=True)
    wait_for(lambda: len(again.heard) == 3, 10)
    assert sorted(again.ids) == [phase(number).id for number in (3, 4, 5)]


def test_an_acknowledgement_from_an_earlier_connection_is_void(
    address: BrokerAddress, outbox: Outbox, ear: Ear, phase: Make, started: Callable[..., None]
) -> None:
    ear.deaf = True
    subscriber = listen(address, ear, started, durable=True)
    started(Publisher(address, outbox, "publisher"))
    outbox.append(phase(1))
    wait_for(lambda: len(ear.heard) == 1, 10)
    stale = ear.held.pop()
    os.close(os.dup(subscriber._client.socket().fileno()))
    subscriber._client.socket().shutdown(2)
    wait_for(lambda: len(ear.heard) == 2, 15)
    stale()
    subscriber.stop()
    again = Ear()
    listen(address, again, started, durable=True)
    wait_for(lambda: again.ids == [phase(1).id], 10)


def test_messages_wait_for_a_durable_subscriber_that_is_away(
    address: BrokerAddress, outbox: Outbox, phase: Make, started: Callable[..., None]
) -> None:
    before, after = Ear(), Ear()
    subscriber = Subscriber(address, "listener", PHASES, before, durable=True)
    subscriber.start()
    wait_for(lambda: subscriber.connected, 10)
    time.sleep(0.3)
    subscriber.stop()
    publisher = Publisher(address, outbox, "publisher")
    started(publisher)
    for number in range(1, 31):
        outbox.append(phase(number))
    wait_for(lambda: publisher.pending() == 0, 10)
    assert before.heard == []
    listen(address, after, started, durable=True)
    wait_for(lambda: len(after.heard) == 30, 10)
    assert after.ids == [phase(number).id for number in range(1, 31)]


def test_the_hub_is_online_until_it_breaks_off(
    address: BrokerAddress, outbox: Outbox, ear: Ear, will: StatusMessage, started: Callable[..., None]
) -> None:
    listen(address, ear, started, *filters_of([Kind.STATUS]), durable=False)
    publisher = Publisher(address, outbox, "publisher", will)
    started(publisher)
    wait_for(lambda: bool(ear.heard) and ear.heard[-1].online, 10)
    publisher._client.socket().shutdown(2)
    wait_for(lambda: [message.online for message in ear.heard] == [True, False, True], 15)
    publisher.stop()
    wait_for(lambda: not ear.heard[-1].online, 10)
    late = Ear()
    subscriber = Subscriber(address, "latecomer", filters_of([Kind.STATUS]), late, durable=False)
    started(subscriber)
    wait_for(lambda: len(late.heard) == 1, 10)
    assert not late.heard[0].online
    assert late.heard[0].time > will.time


def test_invalid_payloads_are_counted_and_harm_nobody(
    address: BrokerAddress, outbox: Outbox, ear: Ear, phase: Make, started: Callable[..., None]
) -> None:
    refused: list[tuple[str, bytes, str]] = []

    def refuse(topic: str, payload: bytes, reason: str, ack: Ack) -> None:
        refused.append((topic, payload, reason))
        ack()

    subscriber = Subscriber(address, "listener", ["legpress/#"], ear, durable=True, on_invalid=refuse)
    started(subscriber)
    time.sleep(0.3)
    stranger = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, client_id="stranger")
    stranger.username_pw_set(address.user, address.password)
    stranger.connect(address.host, address.port)
    stranger.loop_start()
    for topic, payload in [
        ("legpress/gym/press-1/phase", b"{"),
        ("legpress/x", b"1"),
        ("legpress/a/b/rep", b"\xff"),
    ]:
        stranger.publish(topic, payload, qos=1).wait_for_publish(5)
    stranger.disconnect()
    stranger.loop_stop()
    started(Publisher(address, outbox, "publisher"))
    outbox.append(phase(1))
    wait_for(lambda: ear.ids == [phase(1).id], 10)
    assert subscriber.invalid == 3
    assert [topic for topic, _, _ in refused] == ["legpress/gym/press-1/phase", "legpress/x", "legpress/a/b/rep"]


def test_live_values_pass_at_once_and_are_dropped_without_a_broker(
    address: BrokerAddress, outbox: Outbox, ear: Ear, phase: Make, started: Callable[..., None], tmp_path: Path
) -> None:
    live = Live(
        **phase(1).model_dump(include={"id", "seq", "time", "site", "machine", "phase"}),
        at_s=1.0,
        calibrated=True,
        position_m=0.1,
        velocity_mps=0.2,
        phase_elapsed_s=0.3,
        set_number=1,
        rep_count=2,
    )
    listen(address, ear, started, *filters_of([Kind.LIVE]), durable=False)
    publisher = Publisher(address, outbox, "publisher")
    publisher.live(live)
    started(publisher)
    time.sleep(0.2)
    assert ear.heard == []

    def heard_another() -> bool:
        publisher.live(live)
        return len(ear.heard) >= 5

    wait_for(heard_another, 10)
    nowhere = Publisher(BrokerAddress("mqtt", "127.0.0.1", free_port()), Outbox(tmp_path / "other.db"), "lonely")
    nowhere.start()
    wait_for(lambda: nowhere.problem is not None, 10)
    nowhere.live(live)
    assert not nowhere.connected
    assert "No broker answers" in str(nowhere.problem)
    nowhere.stop()


def test_an_outbox_that_fails_for_a_while_is_told_and_emptied_later(
    embedded: BrokerAddress, outbox: Outbox, ear: Ear, phase: Make, started: Callable[..., None], tmp_path: Path
) -> None:
    listen(embedded, ear, started, durable=True)
    publisher = Publisher(embedded, outbox, "publisher")
    started(publisher)
    outbox.append(phase(1))
    wait_for(lambda: publisher.pending() == 0, 10)
    with sqlite3.connect(tmp_path / "outbox.db") as other:
        other.execute("ALTER TABLE outbox RENAME TO away")
    wait_for(lambda: "no such table" in str(publisher.problem), 10)
    with sqlite3.connect(tmp_path / "outbox.db") as other:
        other.execute("ALTER TABLE away RENAME TO outbox")
    outbox.append(phase(2))
    wait_for(lambda: ear.ids == [phase(1).id, phase(2).id] and publisher.pending() == 0, 10)
    assert publisher.problem is None


def test_nothing_is_lost_when_the_embedded_broker_is_killed(
    tmp_path: Path, outbox: Outbox, ear: Ear, phase: Make, started: Callable[..., None]
) -> None:
    with ExitStack() as stack:
        broker = EmbeddedBroker(tmp_path / "killed")
        stack.callback(broker.stop)
        address = broker.start()
        listen(address, ear, started, durable=True)
        publisher = Publisher(address, outbox, "publisher")
        started(publisher)
        for number in range(1, 401):
            outbox.append(phase(number))
            if number in (100, 250):
                pid = broker.pid
                assert pid is not None
                os.kill(pid, signal.SIGKILL)
                wait_for(lambda pid=pid: broker.pid not in (None, pid), 10)
            time.sleep(0.001)
        wait_for(lambda: len(set(ear.ids)) == 400 and publisher.pending() == 0, 30)
        first_seen = list(dict.fromkeys(ear.ids))
        assert first_seen == [phase(number).id for number in range(1, 401)]
