"""A gym whose line is down for too long: what it says, and what it hands over afterwards."""

import asyncio
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sensor_hub.app.keeping.backlog import LackFile, Watch, judge_centre, resend
from sensor_hub.bus import RECORDED, Backlog, Centre, EmbeddedBroker, Subscriber, filters_of
from sensor_hub.messages import Message
from sensor_hub.pairing import Grade
from sensor_hub.store import Store
from tests.bus.conftest import Ear
from tests.bus.test_backlog import NUMBERS, ROOM_BYTES, gym, raw, wait_for_readers
from tests.conftest import wait_for
from tests.servers import free_port
from tests.store.conftest import EVENING, Lifter, counts_block

NOW = datetime(2026, 3, 2, 18, 0, tzinfo=UTC)
SOON = timedelta(seconds=10)


def test_what_had_no_room_is_known_until_it_is_handed_over(tmp_path: Path) -> None:
    with gym(tmp_path) as (leaf, _, outbox, ear):
        for number in NUMBERS:
            outbox.append(raw(number))
        wait_for(lambda: len(set(ear.ids)) == len(NUMBERS), 30)
        watch = Watch(leaf, tmp_path, lambda: 0)
        wait_for(lambda: bool(asyncio.run(watch.look()) or watch.lack), 30)
        assert watch.backlog is not None
        assert watch.lack is not None
        assert watch.backlog.waiting + watch.lack.messages == len(NUMBERS)
        assert f"lacks {watch.lack.messages} messages" in watch.finding().sentence
        file, lack = LackFile(tmp_path), watch.lack
        file.clear(lack.model_copy(update={"messages": 1}))
        assert watch.lack == lack
        file.clear(lack)
        assert watch.finding().grade is Grade.GOOD


def test_more_that_has_no_room_is_added(tmp_path: Path) -> None:
    file = LackFile(tmp_path)
    file.add(3, NOW, NOW + SOON)
    file.add(4, NOW + SOON, NOW + 2 * SOON)
    lack = file.read()
    assert lack is not None
    assert (lack.messages, lack.since, lack.until) == (7, NOW, NOW + 2 * SOON)


def test_a_centre_that_fetches_nothing_is_told_after_a_while() -> None:
    waiting = Backlog(12, 0, 34_000_000, 1, 12, NOW)
    assert judge_centre(waiting, None, timedelta(minutes=1)).grade is Grade.GOOD
    told = judge_centre(waiting, None, timedelta(minutes=7))
    assert told.grade is Grade.POOR
    assert "nothing for 7 minutes; 12 messages (34 MB) wait here" in told.sentence


def test_the_database_hands_over_once_more_and_by_itself_after_a_bad_end(tmp_path: Path) -> None:
    nowhere = Centre((f"tls://gym@127.0.0.1:{free_port()}",), "secret", room_bytes=ROOM_BYTES)
    lifter, ear, again = Lifter(), Ear(), list[int]()
    said: list[Message] = [lifter.raw(90.0, counts_block()), lifter.set_(1, [], 1), lifter.rep(1, 1)]
    broker = EmbeddedBroker(tmp_path, centre=nowhere)
    with broker as address, closing(Store.open(tmp_path / "hub.db")) as store:
        for message in said:
            store.record([message])
        recorder = Subscriber(address, "recorder", filters_of(RECORDED), ear, durable=True)
        recorder.start()
        assert broker.leaf is not None
        wait_for_readers(broker.leaf)
        assert resend(store, address, "gym", EVENING, EVENING + timedelta(hours=1)) == 3
        wait_for(lambda: {one.id: one for one in ear.heard} == {one.id: one for one in said}, 30)
        recorder.stop()
        watch = Watch(broker.leaf, tmp_path, lambda: again.append(1) or 1)

        async def life() -> None:
            run = asyncio.create_task(watch.run())
            await asyncio.to_thread(wait_for, lambda: watch.backlog is not None, 30)
            run.cancel()
            with suppress(asyncio.CancelledError):
                await run

        asyncio.run(life())
        assert again == []
        (tmp_path / "broker" / "running").touch()
        watch.backlog = None
        asyncio.run(life())
        assert again == [1]
        assert not (tmp_path / "broker" / "running").exists()
