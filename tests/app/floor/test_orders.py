"""What a hub is told over MQTT: who lifts, and whom to forget."""

import asyncio
import contextlib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from sensor_hub.app.floor.orders import Orders
from sensor_hub.app.keeping.forgetting import forget
from sensor_hub.app.measuring.place import Place
from sensor_hub.bus import BrokerAddress, Caller, Outbox, decode
from sensor_hub.errors import BusError
from sensor_hub.messages import AssignMessage, ErasedSet, EraseMessage, Message, RawMessage, Side
from sensor_hub.store import Lifter
from tests.conftest import free_port, wait_for
from tests.store.conftest import EVENING, counts_block
from tests.store.conftest import Lifter as Evening

ANNA = "k7m2p9xd"


class Heard:
    """A hub that only listens."""

    def __init__(self) -> None:
        self.assigned: list[tuple[Place, Lifter]] = []
        self.forgotten: list[str] = []

    def assign(self, place: Place, lifter: Lifter) -> None:
        self.assigned.append((place, lifter))

    async def forget(self, place: Place, erase: EraseMessage) -> None:
        self.forgotten.append(erase.athlete)


def heading(time: datetime) -> dict[str, Any]:
    return {"id": "1", "seq": 0, "time": time, "site": "gym", "machine": "press-1"}


async def until(condition: Any) -> None:
    await asyncio.to_thread(wait_for, condition, 10)


async def test_a_hub_hears_who_lifts_and_who_is_to_be_forgotten_even_if_it_was_away(
    embedded: BrokerAddress,
) -> None:
    hub, now = Heard(), datetime.now(UTC)
    said = AssignMessage(**heading(now), athlete=ANNA, load_kg=80.0, side=Side.LEFT)
    caller = Caller(embedded, "pages")
    await asyncio.to_thread(caller.start)
    await until(lambda: caller.connected)
    for away in (False, True):
        running = asyncio.create_task(Orders(hub, embedded, "hub-orders").run())
        if away:
            await until(lambda: hub.forgotten)
        else:
            await until(lambda: caller.call(said) or hub.assigned)
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running
        if not away:
            await asyncio.to_thread(caller.call, EraseMessage(**heading(now), athlete=ANNA, sets=[]))
    caller.stop()
    assert set(hub.assigned) == {(Place("gym", "press-1"), Lifter(ANNA, 80.0, Side.LEFT))}
    assert hub.forgotten == [ANNA]


@pytest.mark.parametrize(("age_s", "followed"), [(59, True), (61, False), (-61, False)])
async def test_an_old_word_gives_the_next_set_to_nobody(age_s: float, followed: bool) -> None:
    hub, now = Heard(), EVENING
    orders = Orders(hub, BrokerAddress("mqtt", "127.0.0.1", 1), "hub-orders", utc=lambda: now)
    await orders.follow(AssignMessage(**heading(now - timedelta(seconds=age_s)), athlete=ANNA))
    assert bool(hub.assigned) is followed


def test_without_a_broker_a_call_says_so() -> None:
    caller = Caller(BrokerAddress("mqtt", "127.0.0.1", free_port()), "pages")
    caller.start()
    try:
        with pytest.raises(BusError, match="broker"):
            caller.call(AssignMessage(**heading(EVENING)))
    finally:
        caller.stop()


def test_an_outbox_forgets_an_athlete_to_the_last_byte_and_keeps_the_others(tmp_path: Path) -> None:
    """Set 1 is Anna's as it says itself, set 2 as the store knows, set 3 is another's."""
    evening, outbox = Evening(), Outbox(tmp_path / "gym.press-1.db")
    for message in evening.whole_session(sets=3):
        said = {"athlete": ANNA} if getattr(message, "number", None) == 1 and hasattr(message, "progress") else {}
        outbox.append(message.model_copy(update=said))
    for number in range(3):
        outbox.append(evening.raw(110.0 + 100 * number, counts_block(200, 10.0, seed=number)))
    outbox.deliver([one.row for one in outbox.everything(0, 8)])
    second = {"session": "evening", "number": 2, "started": EVENING + timedelta(seconds=200)}
    known = ErasedSet(**second, ended=EVENING + timedelta(seconds=230))
    assert forget(outbox, EraseMessage(**heading(EVENING), athlete=ANNA, sets=[known])) > 0
    left: list[Message] = [decode(one.topic, one.payload) for one in outbox.everything(0, 1000)]
    numbers = {getattr(one, "set_number", None) or getattr(one, "number", None) for one in left}
    assert numbers == {3, None}
    assert [one.time for one in left if isinstance(one, RawMessage)] == [EVENING + timedelta(seconds=310)]
    outbox.close()
    content = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert ANNA.encode() not in content
    assert b"evening.3.1" in content
    assert b"evening.1.1" not in content
    assert b"evening.2.1" not in content


async def test_a_flood_of_orders_waits_at_the_broker_not_in_the_hub(
    embedded: BrokerAddress, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Busy(Heard):
        free = asyncio.Event()

        async def forget(self, place: Place, erase: EraseMessage) -> None:
            await self.free.wait()
            await super().forget(place, erase)

    monkeypatch.setattr("sensor_hub.app.floor.orders.MOST_WAITING", 5)
    hub, caller = Busy(), Caller(embedded, "pages")
    await asyncio.to_thread(caller.start)
    await until(lambda: caller.connected)
    running = asyncio.create_task(Orders(hub, embedded, "hub-orders").run())
    now = datetime.now(UTC)
    said = AssignMessage(**heading(now), athlete=ANNA)
    await until(lambda: caller.call(said) or hub.assigned)
    for _ in range(20):
        await asyncio.to_thread(caller.call, EraseMessage(**heading(now), athlete=ANNA, sets=[]))
    await asyncio.sleep(0.5)
    hub.free.set()
    await until(lambda: len(hub.forgotten) >= 5)
    await asyncio.sleep(0.5)
    assert 5 <= len(hub.forgotten) <= 6, "one at work and five in line"
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running
    await asyncio.to_thread(caller.stop)
