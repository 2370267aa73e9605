"""The live feed: what a newcomer gets, what a slow viewer skips, and that memory and threads are safe."""

import asyncio
import json
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from sensor_hub.messages import LinkState, Live, Progress, RepMessage
from sensor_hub.web import feed as feeds
from sensor_hub.web.feed import LiveFeed
from sensor_hub.web.now import MAX_REPS, TRACE_POINTS
from tests.web.lifter import SITE, Lift, LiftingSet

LIFTING = LiftingSet([Lift(), Lift(), Lift(bounced=True)])


class Clock:
    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def events(chunk: bytes | None) -> list[tuple[str, Any]]:
    assert chunk is not None
    lines = [block.split("\n") for block in chunk.decode().split("\n\n") if block]
    return [(event.removeprefix("event: "), json.loads(data.removeprefix("data: "))) for event, data in lines]


def names(chunk: bytes | None) -> list[str]:
    return [name for name, _ in events(chunk)]


def live_at(at_s: float) -> Live:
    return LIFTING.live(LIFTING.lifts[0], 0.5, at_s, 0)


async def test_a_newcomer_gets_all_a_screen_needs_at_once() -> None:
    feed = LiveFeed()
    for message in [*LIFTING.began(), *(message for _, message in LIFTING.messages())]:
        feed.offer(message)
    with feed.viewer(SITE, "sled-01") as viewer:
        got = events(await viewer.next(1.0))
    assert got[0][0] == "trace"
    assert sorted(name for name, _ in got[1:]) == sorted(
        ["beat", "live", "rep", "rep", "rep", "sensor", "session", "set", "status"]
    )
    reps = [data for name, data in got if name == "rep"]
    assert [rep["number"] for rep in reps] == [1, 2, 3]
    assert [rep["bounced"] for rep in reps] == [False, False, True]
    trace = got[0][1]
    assert len(trace["at_s"]) == len(trace["position_m"]) == len(trace["velocity_mps"]) > 300
    assert trace["at_s"] == sorted(trace["at_s"])


async def test_the_newest_stroke_that_was_not_counted_is_shown_and_an_older_one_no_longer() -> None:
    feed = LiveFeed()
    newest = LIFTING.rejected(4.0)
    with feed.viewer(SITE, "sled-01") as viewer:
        await viewer.next(0.0)
        feed.offer(newest)
        ((_, shown),) = [one for one in events(await viewer.next(1.0)) if one[0] == "rejected"]
        assert (shown["reason"], shown["gates"]["depth_m"]) == ("short", 0.094)
        feed.offer(LIFTING.rejected(1.0))
        feed.offer(newest.model_copy(update={"session": None, "id": "again"}))
        assert names(await viewer.next(0.01)) == ["beat"]


async def test_each_message_reaches_a_waiting_viewer_once() -> None:
    feed = LiveFeed()
    with feed.viewer(SITE, "sled-01") as viewer:
        await viewer.next(0.0)
        feed.offer(LIFTING.rep(1))
        assert names(await viewer.next(1.0)) == ["trace", "rep", "beat"]
        feed.offer(LIFTING.rep(2))
        feed.offer(LIFTING.sensor())
        assert names(await viewer.next(1.0)) == ["rep", "sensor"]
        feed.offer(LIFTING.rep(3))
        assert [data["number"] for _, data in events(await viewer.next(1.0))] == [3]


async def test_a_slow_viewer_skips_to_the_newest() -> None:
    feed = LiveFeed()
    feed.offer(live_at(0.0))
    with feed.viewer(SITE, "sled-01") as viewer:
        await viewer.next(1.0)
        for step in range(1, 5001):
            feed.offer(live_at(float(step)))
        (only,) = events(await viewer.next(1.0))
    assert only[0] == "live"
    assert only[1]["at_s"] == 5000.5


async def test_reps_are_never_skipped() -> None:
    feed = LiveFeed()
    feed.offer(LIFTING.set_message(Progress.STARTED))
    with feed.viewer(SITE, "sled-01") as viewer:
        await viewer.next(1.0)
        for number in (1, 2, 3):
            feed.offer(LIFTING.rep(number))
            for step in range(100):
                feed.offer(live_at(float(step)))
        got = events(await viewer.next(1.0))
    assert [data["number"] for name, data in got if name == "rep"] == [1, 2, 3]
    assert [name for name, _ in got].count("live") == 1


async def test_silence_is_told_with_the_age_of_the_last_word() -> None:
    clock = Clock()
    feed = LiveFeed(clock)
    feed.offer(live_at(0.0))
    with feed.viewer(SITE, "sled-01") as viewer:
        await viewer.next(0.0)
        clock.now_s = 3.2
        assert events(await viewer.next(0.01)) == [("beat", {"live_age_s": 3.2})]


async def test_an_unheard_machine_gives_beats_until_it_is_heard() -> None:
    feed = LiveFeed()
    with feed.viewer(SITE, "sled-09") as viewer:
        assert events(await viewer.next(0.0)) == [("beat", {"live_age_s": None})]
        assert feed.machines() == []
        feed.offer(live_at(1.0).model_copy(update={"machine": "sled-09"}))
        assert names(await viewer.next(1.0)) == ["trace", "live", "beat"]


async def test_a_new_set_clears_the_reps_and_an_old_one_sent_again_does_not_return() -> None:
    feed = LiveFeed()
    feed.offer(LIFTING.rep(1))
    second = replace(LIFTING, number=2, start_s=200.0)
    feed.offer(second.set_message(Progress.STARTED))
    feed.offer(second.rep(1))
    feed.offer(LIFTING.rep(2))
    with feed.viewer(SITE, "sled-01") as viewer:
        reps = [data for name, data in events(await viewer.next(1.0)) if name == "rep"]
    assert [(rep["set_number"], rep["number"]) for rep in reps] == [(2, 1)]


async def test_a_new_set_is_shown_though_the_hubs_date_was_set_back() -> None:
    feed = LiveFeed()
    feed.offer(LIFTING.rep(1))
    later = replace(LIFTING, number=2, start_s=200.0).rep(1)
    feed.offer(later.model_copy(update={"time": later.time - timedelta(hours=1), "seq": later.seq + 1000}))
    with feed.viewer(SITE, "sled-01") as viewer:
        reps = [data for name, data in events(await viewer.next(1.0)) if name == "rep"]
    assert [(rep["set_number"], rep["number"]) for rep in reps] == [(2, 1)]


async def test_the_trace_covers_half_a_minute() -> None:
    clock = Clock()
    feed = LiveFeed(clock)
    for step in range(2000):
        clock.now_s = step * 0.05
        feed.offer(live_at(clock.now_s))
    with feed.viewer(SITE, "sled-01") as viewer:
        _, trace = events(await viewer.next(1.0))[0]
    assert trace["at_s"][-1] - trace["at_s"][0] == pytest.approx(30.0, abs=0.1)


async def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feeds, "MAX_MACHINES", 3)
    clock = Clock()
    feed = LiveFeed(clock)
    for number in range(5):
        clock.now_s += 1
        feed.offer(live_at(0.0).model_copy(update={"machine": f"sled-{number}"}))
    assert [summary.machine for summary in feed.machines()] == ["sled-2", "sled-3", "sled-4"]
    for step in range(3 * TRACE_POINTS):
        feed.offer(live_at(step * 0.001))
    for number in range(MAX_REPS + 50):
        feed.offer(LIFTING.rep(1).model_copy(update={"number": number}))
    with feed.viewer(SITE, "sled-01") as viewer:
        got = events(await viewer.next(1.0))
    assert len(got[0][1]["at_s"]) == TRACE_POINTS
    assert [data["number"] for name, data in got if name == "rep"] == list(range(50, MAX_REPS + 50))


async def test_a_viewer_that_leaves_is_forgotten() -> None:
    feed = LiveFeed()
    with feed.viewer(SITE, "sled-01"), feed.viewer(SITE, "sled-01"):
        assert feed.viewer_count == 2
    assert feed.viewer_count == 0


async def test_closing_ends_every_stream() -> None:
    feed = LiveFeed()
    with feed.viewer(SITE, "sled-01") as waiting, feed.viewer(SITE, "sled-02") as other:
        await waiting.next(0.0)
        ended = asyncio.create_task(waiting.next(60.0))
        await asyncio.sleep(0)
        feed.close()
        assert await asyncio.wait_for(ended, 1.0) is None
        assert await other.next(60.0) is None


def in_threads(work: Callable[[int], None], count: int) -> None:
    threads = [threading.Thread(target=work, args=(index,)) for index in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)


async def test_threads_may_offer_while_viewers_come_and_go() -> None:
    feed = LiveFeed()
    lifters = [replace(LIFTING, machine=f"sled-{index}") for index in range(4)]
    last = {lifting.machine: 0 for lifting in lifters}

    def lift(index: int) -> None:
        for number in range(1, 101):
            feed.offer(lifters[index].rep(1).model_copy(update={"number": number}))
            feed.offer(lifters[index].live(LIFTING.lifts[0], 0.1, float(number), number))

    async def watch(machine: str) -> None:
        while last[machine] < 100:
            with feed.viewer(SITE, machine) as viewer:
                for _ in range(3):
                    for name, data in events(await viewer.next(0.05)):
                        last[machine] = data["number"] if name == "rep" else last[machine]

    offering = asyncio.to_thread(in_threads, lift, len(lifters))
    await asyncio.wait_for(asyncio.gather(offering, *(watch(machine) for machine in last)), 30)
    assert feed.viewer_count == 0
    assert len(feed.machines()) == 4


def test_a_viewer_whose_loop_has_gone_does_not_break_the_rest() -> None:
    feed = LiveFeed()

    async def watch() -> Any:
        place = feed.viewer(SITE, "sled-01")
        await place.__enter__().next(0.0)
        return place

    left = asyncio.run(watch())
    feed.offer(live_at(1.0))
    feed.offer(live_at(2.0))
    assert feed.viewer_count == 1
    left.__exit__(None, None, None)
    assert feed.viewer_count == 0


def test_a_summary_is_what_a_card_shows() -> None:
    feed = LiveFeed()
    for message in LIFTING.began():
        feed.offer(message)
    feed.offer(LIFTING.sensor(LinkState.STALLED, battery=None))
    (summary,) = feed.machines()
    assert (summary.online, summary.state, summary.battery_percent) == (True, LinkState.STALLED, None)
    assert (summary.rep_count, summary.live_age_s) == (None, None)


def test_kinds_no_screen_shows_are_ignored() -> None:
    feed = LiveFeed()
    for piece in LIFTING.motion():
        feed.offer(piece)
    (summary,) = feed.machines()
    assert summary.phase is None
    assert isinstance(LIFTING.rep(1), RepMessage)
