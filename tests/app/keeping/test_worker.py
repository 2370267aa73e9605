"""Recorder workers as processes of their own, on config/chain as it stands, before a real PostgreSQL."""

import asyncio
import signal
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sensor_hub.bus import EmbeddedBroker, Outbox, Publisher
from sensor_hub.bus.stream import prepare
from sensor_hub.messages import PhaseMessage
from sensor_hub.model import Phase
from tests.chain import Brokers, Workers
from tests.conftest import wait_for
from tests.postgres import PASSWORD, Postgres

GYMS = ("gym-a", "gym-b")
MACHINES = ("press-1", "press-2")
EACH = 300
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
ORDER = """
    SELECT machine.site, machine.name, phase.id FROM phase JOIN machine USING (machine_id)
    ORDER BY machine.site, machine.name, phase.change"""


def test_workers_that_come_and_are_killed_lose_and_double_nothing(tmp_path: Path, postgres: Postgres) -> None:
    database = postgres.new_database("template")
    with ExitStack() as stack:
        brokers = Brokers(tmp_path)
        stack.callback(brokers.stop)
        brokers.start()
        asyncio.run(prepare(brokers.centre("manager"), GYMS, []))
        workers = Workers(tmp_path, brokers.centre("worker"), postgres.url_of(database), PASSWORD)
        stack.callback(workers.stop)
        outboxes = {gym: stack.enter_context(sending(brokers, tmp_path / gym, gym)) for gym in GYMS}

        def lift(first: int, last: int) -> None:
            for number in range(first, last):
                for gym in GYMS:
                    for machine in MACHINES:
                        outboxes[gym].append(phase(gym, machine, number))

        def stored() -> int:
            return int(postgres.run("SELECT count(*) FROM phase", database)[0][0])

        lift(0, EACH // 3)
        workers.start("first")
        workers.start("second")
        wait_for(lambda: stored() > 0, 60, lambda: workers.words("first"))
        lift(EACH // 3, 2 * EACH // 3)
        workers.end("first", signal.SIGKILL)
        workers.start("third")
        lift(2 * EACH // 3, EACH)
        wait_for(lambda: workers.is_up("second"), 60, lambda: workers.words("second"))
        assert workers.end("second", signal.SIGTERM) == 0
        wait_for(lambda: stored() == EACH * 4, 90, lambda: f"{stored()} of {EACH * 4} are stored.")
        wanted = [
            (gym, name, phase(gym, name, one).id) for gym in GYMS for name in MACHINES for one in range(EACH)
        ]
        assert postgres.run(ORDER, database) == wanted
        workers.end("third", signal.SIGKILL)
        postgres.run("DELETE FROM phase; UPDATE cursor SET change = 0", database)
        workers.start("after a backup was brought back")
        wait_for(lambda: stored() == EACH * 4, 60, lambda: f"{stored()} of {EACH * 4} are stored again.")
    assert postgres.run(ORDER, database) == wanted
    postgres.drop(database)


@contextmanager
def sending(brokers: Brokers, folder: Path, gym: str) -> Iterator[Outbox]:
    """From a gym's hub into its own broker."""
    broker = EmbeddedBroker(folder, centre=brokers.centre(gym, "LEAVES"))
    with broker as address, closing(Outbox(folder / "outbox.db")) as outbox:
        publisher = Publisher(address, outbox, gym)
        publisher.start()
        yield outbox
        publisher.stop()


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
