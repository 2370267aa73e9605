"""What a gym keeps for the centre while the line is down: how much, what goes first, and that the gym lacks nothing."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path

from sensor_hub.bus import (
    RECORDED,
    Backlog,
    Centre,
    EmbeddedBroker,
    Leaf,
    Outbox,
    Publisher,
    Subscriber,
    backlog_of,
    filters_of,
    make_room,
)
from sensor_hub.bus.centre import connect, request
from sensor_hub.bus.leaf import MQTT_MESSAGES
from sensor_hub.messages import Message, PhaseMessage, RawMessage
from tests.bus.conftest import NOON, Ear
from tests.conftest import wait_for
from tests.servers import free_port

ROOM_BYTES = 400_000
NUMBERS = range(1, 301)


def raw(number: int) -> RawMessage:
    """1.3 kB, as two seconds of samples are."""
    return RawMessage(
        id=f"press-1/raw/{number}",
        seq=number,
        time=NOON + timedelta(seconds=number),
        site="gym-a",
        machine="press-1",
        session="monday",
        sensor="F0:F1:F2:F3:F4:01",
        start_s=float(number),
        end_s=number + 2.0,
        count=208,
        data="A" * 1300,
    )


@contextmanager
def gym(folder: Path) -> Iterator[tuple[Leaf, Subscriber, Outbox, Ear]]:
    """Whose line is down."""
    nowhere = Centre((f"tls://gym-a@127.0.0.1:{free_port()}",), "secret", room_bytes=ROOM_BYTES)
    broker, ear = EmbeddedBroker(folder, centre=nowhere), Ear()
    with broker as address, closing(Outbox(folder / "outbox.db")) as outbox:
        recorder = Subscriber(address, "recorder", filters_of(RECORDED), ear, durable=True)
        publisher = Publisher(address, outbox, "hub")
        assert broker.leaf is not None
        recorder.start()
        wait_for_readers(broker.leaf)
        publisher.start()
        yield broker.leaf, recorder, outbox, ear
        publisher.stop()
        recorder.stop()


def wait_for_readers(leaf: Leaf) -> None:
    """Until the broker keeps for the gym's recorder what it keeps for the centre."""

    async def count() -> int:
        client = await connect(leaf.url, leaf.user, leaf.password)
        found = await request(client, f"$JS.API.CONSUMER.NAMES.{MQTT_MESSAGES}")
        await client.close()
        return len(found["consumers"])

    wait_for(lambda: asyncio.run(count()) == 1 + len(RECORDED), 30)


def look(leaf: Leaf) -> Backlog:
    return asyncio.run(backlog_of(leaf))


def test_raw_samples_are_given_up_first_and_counted(tmp_path: Path, phase: Callable[..., PhaseMessage]) -> None:
    with gym(tmp_path) as (leaf, _, outbox, ear):
        for number in NUMBERS:
            for message in (raw(number), phase(number).model_copy(update={"site": "gym-a"})):
                outbox.append(message)
        wait_for(lambda: len(set(ear.ids)) == 2 * len(NUMBERS), 30)
        wait_for(lambda: look(leaf).waiting == 2 * len(NUMBERS), 30)
        gone = asyncio.run(make_room(leaf))
        left = look(leaf)
        assert asyncio.run(make_room(leaf)) is None
    assert gone is not None
    assert left.waiting == 2 * len(NUMBERS) - gone.messages
    assert left.waiting > len(NUMBERS), "phases were given up while there were raw samples"
    assert left.size_bytes <= ROOM_BYTES
    assert len(set(ear.ids)) == 2 * len(NUMBERS)


def test_what_the_gym_itself_waits_for_is_not_given_up(tmp_path: Path) -> None:
    with gym(tmp_path) as (leaf, recorder, outbox, ear):
        recorder.stop()
        said: list[Message] = [raw(number) for number in NUMBERS]
        for message in said:
            outbox.append(message)
        wait_for(lambda: look(leaf).waiting == len(NUMBERS), 30)
        assert look(leaf).size_bytes > ROOM_BYTES
        assert asyncio.run(make_room(leaf)) is None
        recorder.start()
        wait_for(lambda: {message.id for message in said} == set(ear.ids), 30)
        wait_for(lambda: asyncio.run(make_room(leaf)) is not None, 30)
        assert look(leaf).size_bytes <= ROOM_BYTES
