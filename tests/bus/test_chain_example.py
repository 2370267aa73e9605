"""config/chain as it stands: three brokers at the centre, and a gym's own as a leaf of it."""

import asyncio
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from sensor_hub.app.keeping.chain import gym_centre, worker_centre
from sensor_hub.app.running.site import Role, Site, configured_broker
from sensor_hub.bus import (
    Account,
    Ack,
    BrokerAddress,
    EmbeddedBroker,
    Outbox,
    Publisher,
    Subscriber,
    TlsFiles,
    decode,
    filters_of,
    login,
    probe,
)
from sensor_hub.bus.centre import STREAM, Centre, connect, connect_to, partition_of, request
from sensor_hub.bus.examples import examples
from sensor_hub.bus.herald import Herald
from sensor_hub.bus.leaf import consumer_of
from sensor_hub.bus.stream import Held, Stream, prepare
from sensor_hub.config import load
from sensor_hub.errors import BusError, ConfigError
from sensor_hub.messages import AssignMessage, ForgetMessage, Kind, Message, PhaseMessage
from tests.bus.conftest import Ear
from tests.chain import EXAMPLES, NODES, Brokers
from tests.conftest import wait_for
from tests.servers import free_port

Make = Callable[..., PhaseMessage]


@pytest.fixture
def brokers(tmp_path: Path) -> Iterator[Brokers]:
    folder = tmp_path / "centre"
    folder.mkdir()
    found = Brokers(folder)
    found.start()
    yield found
    found.stop()


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as found:
        yield found


@contextmanager
def sending(address: BrokerAddress, folder: Path) -> Iterator[Outbox]:
    with closing(Outbox(folder / "outbox.db")) as outbox:
        publisher = Publisher(address, outbox, "hub")
        publisher.start()
        yield outbox
        publisher.stop()


def in_stream(brokers: Brokers, site: str) -> list[Held]:
    """What the worker's login may read of a site."""

    async def read() -> list[Held]:
        client = await connect_to(brokers.centre("worker"))
        try:
            with suppress(BusError):  # while the nodes agree upon who leads
                return await Stream(client).after(partition_of(site), 0, 1000)
            return []
        finally:
            await client.close()

    return asyncio.run(read())


def ids(held: list[Held]) -> list[str]:
    return [decode(one.topic, one.payload).id for one in held]


def test_a_gym_goes_on_while_the_line_is_down_and_then_everything_flows(
    brokers: Brokers, tmp_path: Path, phase: Make, ear: Ear
) -> None:
    said = [phase(number).model_copy(update={"site": "gym-a"}) for number in range(1, 301)]
    wanted = [message.id for message in said]
    asyncio.run(prepare(brokers.centre("manager"), ["gym-a"], []))
    broker = EmbeddedBroker(tmp_path, centre=brokers.centre("gym-a", "LEAVES"))
    address = broker.start()
    recorder = Subscriber(address, "recorder", filters_of([Kind.PHASE]), ear, durable=True)
    recorder.start()
    with sending(address, tmp_path) as outbox:
        wait_for(lambda: recorder.connected, 10)
        append(outbox, said[:100])
        wait_for(lambda: ids(in_stream(brokers, "gym-a")) == wanted[:100], 30)
        for node in NODES:
            brokers.end_node(node, signal.SIGKILL)
        append(outbox, said[100:200])
        wait_for(lambda: set(ear.ids) == set(wanted[:200]), 10)
        assert broker.pid is not None
        os.kill(broker.pid, signal.SIGKILL)
        append(outbox, said[200:])
        wait_for(lambda: set(ear.ids) == set(wanted), 30)
        brokers.start()
        wait_for(lambda: len(set(ids(in_stream(brokers, "gym-a")))) == 300, 60)
    recorder.stop()
    broker.stop()
    assert [*dict.fromkeys(ids(in_stream(brokers, "gym-a")))] == wanted


def test_a_gym_without_a_broker_sends_to_any_node_that_lives_and_only_for_itself(
    brokers: Brokers, tmp_path: Path, phase: Make
) -> None:
    address = replace(BrokerAddress.parse(brokers.mqtt("gym-c", "abc")), tls=TlsFiles(brokers.ca))
    assert probe(address) == address.each[0]
    asyncio.run(prepare(brokers.centre("manager"), [], ["gym-c"]))
    said = [phase(number).model_copy(update={"site": "gym-c"}) for number in range(1, 51)]
    with sending(address, tmp_path) as outbox:
        append(outbox, [phase(0).model_copy(update={"site": "gym-a"}), *said[:25]])
        wait_for(lambda: len(in_stream(brokers, "gym-c")) == 25, 30)
        brokers.end_node("a", signal.SIGKILL)
        append(outbox, said[25:])
        wait_for(lambda: len(ids(in_stream(brokers, "gym-c"))) >= 50, 30)
    assert probe(address) == address.each[1]
    brokers.start_node("a")
    assert [*dict.fromkeys(ids(in_stream(brokers, "gym-c")))] == [message.id for message in said]
    assert in_stream(brokers, "gym-a") == []


def test_a_dead_node_is_given_up_at_once() -> None:
    async def knock() -> None:
        async with asyncio.timeout(20):
            await connect(f"tls://127.0.0.1:{free_port()}", "worker", "")

    with pytest.raises(BusError, match="does not let 'worker' in"):
        asyncio.run(knock())


def test_nothing_of_a_gym_reaches_another(brokers: Brokers, tmp_path: Path, phase: Make, ear: Ear) -> None:
    gyms = ("gym-a", "gym-b")
    said = {gym: [phase(number).model_copy(update={"site": gym}) for number in range(1, 51)] for gym in gyms}
    asyncio.run(prepare(brokers.centre("manager"), gyms, []))
    with ExitStack() as stack:
        outboxes = {}
        for gym in gyms:
            (tmp_path / gym).mkdir()
            address = stack.enter_context(EmbeddedBroker(tmp_path / gym, centre=brokers.centre(gym, "LEAVES")))
            outboxes[gym] = stack.enter_context(sending(address, tmp_path / gym))
        recorder = Subscriber(address, "recorder", filters_of([Kind.PHASE]), ear, durable=True)
        recorder.start()
        stack.callback(recorder.stop)
        wait_for(lambda: recorder.connected, 10)
        for gym in gyms:
            append(outboxes[gym], said[gym])
            wait_for(lambda gym=gym: len(in_stream(brokers, gym)) == 50, 30)
        wait_for(lambda: len([one for one in ear.heard if one.site == "gym-b"]) == 50, 10)
    assert {one.site for one in ear.heard} == {"gym-b"}


def test_logins_may_do_no_more_than_they_need(brokers: Brokers) -> None:
    asyncio.run(prepare(brokers.centre("manager"), ["gym-a"], []))
    assert asyncio.run(prepare(brokers.centre("manager"), ["gym-b"], [])) == ["gym-a", "gym-b"]
    with pytest.raises(BusError, match="does not let 'manager' in"):
        asyncio.run(prepare(replace(brokers.centre("manager"), password="guessed"), [], []))

    async def refused(centre: Centre, subject: str) -> None:
        client = await connect_to(centre)
        try:
            with pytest.raises(BusError, match="does not answer"):
                await request(client, subject, patience_s=1.0)
        finally:
            await client.close()

    asyncio.run(refused(brokers.centre("worker"), f"$JS.API.STREAM.DELETE.{STREAM}"))
    asyncio.run(refused(brokers.centre("gym-a"), f"$JS.API.STREAM.INFO.{STREAM}"))


def test_a_gym_hears_who_lifts_at_its_own_machines_and_whom_to_forget(
    brokers: Brokers, tmp_path: Path, stack: ExitStack
) -> None:
    in_gym = stack.enter_context(EmbeddedBroker(tmp_path, centre=brokers.centre("gym-a", "LEAVES")))
    heard: list[Message] = []

    def hear(message: Message, ack: Ack) -> None:
        heard.append(message)
        ack()

    ears = {Kind.ASSIGN: Account.MACHINES, Kind.FORGET: Account.RECORDER, Kind.STORED: Account.MACHINES}
    for kind, account in ears.items():
        ear = Subscriber(login(tmp_path, in_gym, account), kind, filters_of([kind]), hear, durable=False)
        ear.start()
        stack.callback(ear.stop)
    speakers = {Kind.ASSIGN: "pages", Kind.FORGET: "keeper", Kind.STORED: "worker"}

    def told() -> bool:
        for kind, user in speakers.items():
            message = examples()[kind]
            both = [message.model_copy(update={"site": site}) for site in ("gym-b", "gym-a")]
            Herald(brokers.centre(user)).say(both)
        return {AssignMessage, ForgetMessage} <= {*map(type, heard)}

    wait_for(told, 30)
    assert {(type(message), message.site) for message in heard} == {
        (AssignMessage, "gym-a"),
        (ForgetMessage, "gym-a"),
    }


def test_what_a_hub_tells_of_itself_goes_to_the_centre() -> None:
    assert "$MQTT.msgs.legpress.gym-a.*.hub" in consumer_of("gym-a", "chain")["filter_subjects"]


def test_the_examples_of_gym_and_worker_are_settings(tmp_path: Path) -> None:
    for name in ("chain-password", "keeper-password", "pages-password", "store-password"):
        (tmp_path / name).write_text("secret\n")
    settings = {}
    for name in ("gym.toml", "keeper.toml", "pages.toml", "worker.toml"):
        text = (EXAMPLES / name).read_text().replace("/etc/sensor-hub", str(tmp_path))
        (tmp_path / name).write_text(text)
        settings[name] = load(tmp_path / name, {})
    assert gym_centre(settings["gym.toml"]) == Centre(
        tuple(f"tls://gym-a@{node}.chain.example:7422" for node in NODES), "secret", tmp_path / "chain-ca.crt"
    )
    assert worker_centre(settings["worker.toml"]).user == "worker"
    assert worker_centre(settings["keeper.toml"]).user == "keeper"
    assert configured_broker(settings["pages.toml"]).user == "pages"
    Site(settings["pages.toml"], [Role.WEB])
    with pytest.raises(ConfigError, match='site of this hub and of its machines must be "worker"'):
        gym_centre(settings["worker.toml"])
    mqtt = settings["gym.toml"].mqtt.model_copy(update={"url": "mqtt://broker.example"})
    with pytest.raises(ConfigError, match="Only the embedded broker passes on"):
        gym_centre(settings["gym.toml"].model_copy(update={"mqtt": mqtt}))


def append(outbox: Outbox, messages: list[PhaseMessage]) -> None:
    for message in messages:
        outbox.append(message)
