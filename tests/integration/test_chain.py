"""A chain of gyms on config/chain as it stands: a whole hub as a gym, and everything killed -9 in turn."""

import asyncio
import json
import os
import re
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from sensor_hub.bus import EmbeddedBroker, Outbox, Publisher
from sensor_hub.bus.stream import prepare
from sensor_hub.messages import Message, PhaseMessage, RepMessage
from sensor_hub.model import Phase
from sensor_hub.store import Store, retell
from tests.chain import EXAMPLES, NODES, Brokers, Workers
from tests.conftest import wait_for
from tests.postgres import PASSWORD, Postgres

SCENARIO = Path(__file__).parent / "scenarios" / "left.toml"
GYMS = ("gym-a", "gym-b")
MACHINES = ("press-1", "press-2")
A_TIME = 20
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
ALWAYS = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
STORED = """
    SELECT machine.site, machine.name, phase.id FROM phase JOIN machine USING (machine_id)
    WHERE machine.name LIKE 'press-%' ORDER BY machine.site, machine.name, phase.change"""


class Chain(NamedTuple):
    brokers: Brokers
    workers: Workers
    postgres: Postgres
    database: str

    def told(self) -> list[tuple[str, str, str]]:
        return self.postgres.run(STORED, self.database)


@pytest.fixture(scope="module")
def chain(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chain]:
    """Three nodes, two workers, a database."""
    folder, database = tmp_path_factory.mktemp("chain"), postgres.new_database("template")
    with ExitStack() as stack:
        stack.callback(postgres.drop, database)
        brokers = Brokers(folder)
        stack.callback(brokers.stop)
        brokers.start()
        asyncio.run(prepare(brokers.centre("manager"), GYMS, []))
        workers = Workers(folder, brokers.centre("worker"), postgres.url_of(database), PASSWORD)
        stack.callback(workers.stop)
        for name in ("first", "second"):
            workers.start(name)
        yield Chain(brokers, workers, postgres, database)


def test_what_a_hub_counts_while_the_line_is_down_is_at_the_centre_afterwards(
    chain: Chain, start_lifters: Any, start_hub: Any, tmp_path: Path
) -> None:
    lifters = start_lifters("run", SCENARIO, "--seed", "3", "--speed", "4")
    hub = start_hub(lifters.adapter, gym_settings(chain.brokers, tmp_path))
    hub.wait_for_reps("sled-01", 1)
    for node in NODES:
        chain.brokers.end_node(node, signal.SIGKILL)
    assert len(hub.wait_for_reps("sled-01", 3)) == 3
    lifters.wait_until_finished()
    chain.brokers.start()
    centre = chain.postgres.url_of(chain.database)
    wait_for(lambda: by_id(centre) == by_id(hub.folder / "hub.db"), 60, lambda: hub.output)
    assert sum(isinstance(message, RepMessage) for message in by_id(centre).values()) == 3
    assert hub.stop() < 3


def test_everything_is_killed_in_turn_and_nothing_is_lost_doubled_or_misplaced(
    chain: Chain, tmp_path: Path
) -> None:
    with ExitStack() as stack:
        gyms = {gym: stack.enter_context(sending(chain.brokers, tmp_path / gym, gym)) for gym in GYMS}
        said = 0
        for strike in strikes(chain, [broker for broker, _ in gyms.values()]):
            for number in range(said, said := said + A_TIME):
                for gym, (_, outbox) in gyms.items():
                    for machine in MACHINES:
                        outbox.append(phase(gym, machine, number))
            strike()
        wanted = [
            (gym, machine, phase(gym, machine, number).id)
            for gym in GYMS
            for machine in MACHINES
            for number in range(said)
        ]
        wait_for(lambda: len(chain.told()) >= len(wanted), 60, lambda: f"{len(chain.told())} of {len(wanted)}")
    assert chain.told() == wanted
    chain.postgres.run("DELETE FROM phase; UPDATE cursor SET change = 0", chain.database)
    wait_for(lambda: len(chain.told()) >= len(wanted), 60, lambda: "after a backup was brought back")
    assert chain.told() == wanted


def strikes(chain: Chain, brokers: Sequence[EmbeddedBroker]) -> Iterator[Callable[[], None]]:
    for node in NODES:
        yield partial(kill_node, chain.brokers, node)
    for broker in brokers:
        yield partial(kill_broker, broker)
    yield partial(kill_worker, chain.workers, "first", "third")
    yield partial(kill_worker, chain.workers, "second", "fourth")
    yield partial(kill_database, chain.postgres)
    yield partial(end_worker, chain.workers, "third")


def kill_node(brokers: Brokers, node: str) -> None:
    brokers.end_node(node, signal.SIGKILL)
    brokers.start_node(node)


def kill_broker(broker: EmbeddedBroker) -> None:
    assert broker.pid is not None
    os.kill(broker.pid, signal.SIGKILL)


def kill_worker(workers: Workers, name: str, successor: str) -> None:
    workers.end(name, signal.SIGKILL)
    workers.start(successor)


def end_worker(workers: Workers, name: str) -> None:
    wait_for(lambda: workers.is_up(name), 60, lambda: workers.words(name))
    assert workers.end(name, signal.SIGTERM) == 0


def kill_database(postgres: Postgres) -> None:
    postgres.kill()
    postgres.start()


@contextmanager
def sending(brokers: Brokers, folder: Path, gym: str) -> Iterator[tuple[EmbeddedBroker, Outbox]]:
    """From a gym's hub into its own broker."""
    broker = EmbeddedBroker(folder, centre=brokers.centre(gym, "LEAVES"))
    with broker as address, closing(Outbox(folder / "outbox.db")) as outbox:
        publisher = Publisher(address, outbox, gym)
        publisher.start()
        yield broker, outbox
        publisher.stop()


def gym_settings(brokers: Brokers, folder: Path) -> str:
    """gym.toml as it stands but for addresses and paths."""
    centre = brokers.centre("gym-a", "LEAVES")
    (folder / "chain-password").write_text(centre.password)
    text = (EXAMPLES / "gym.toml").read_text()
    text = re.sub(r"urls = .*", f"urls = {json.dumps(centre.urls)}", text)
    return text.replace("/etc/sensor-hub/chain-ca.crt", str(centre.ca)).replace("/etc/sensor-hub", str(folder))


def by_id(target: Path | str) -> dict[str, Message]:
    """All that is stored of the whole hub's machine."""
    with closing(Store.open(target)) as store, store.transaction() as connection:
        told = retell(connection, "gym-a", *ALWAYS)
        return {message.id: message for message in told if message.machine == "sled-01"}


def phase(gym: str, machine: str, number: int) -> PhaseMessage:
    return PhaseMessage(
        id=f"{gym}/{machine}/{number}",
        seq=number,
        time=NOON + timedelta(seconds=number),
        site=gym,
        machine=machine,
        session=f"{machine}-monday",
        set_number=1,
        rep_number=number + 1,
        phase=Phase.ECCENTRIC,
        start_s=float(number),
        at_s=number + 0.1,
    )
