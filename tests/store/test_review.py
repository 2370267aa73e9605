from datetime import timedelta

import numpy as np

from sensor_hub.messages import LinkState, Progress
from sensor_hub.model import Samples
from sensor_hub.store import Store
from tests.store.conftest import EVENING, Lifter, counts_block

HOUR = timedelta(hours=1)


def test_a_session_whose_hub_died_is_listed_with_what_it_had(lifter: Lifter, store: Store) -> None:
    store.record([lifter.session_(), lifter.set_(1), lifter.rep(1, 1), lifter.rep(1, 2)])
    (session,) = store.sessions()
    assert (session.progress, session.set_count, session.rep_count) == (Progress.STARTED, 1, 2)
    record = store.session("evening")
    assert record is not None
    assert record.session == session
    assert record.sets[0].rep_count == 2


def test_sessions_are_newest_first_and_can_be_paged_and_filtered(store: Store) -> None:
    for day in range(6):
        lifter = Lifter(
            f"s{day}", f"press-{day % 2}", "gym" if day < 3 else "other", EVENING + timedelta(days=day)
        )
        store.record([lifter.session_(), lifter.rep(1, 1)])
    names = [session.session for session in store.sessions()]
    assert names == ["s5", "s4", "s3", "s2", "s1", "s0"]
    page = store.sessions(limit=2)
    assert [session.session for session in page] == ["s5", "s4"]
    assert [s.session for s in store.sessions(limit=2, before=page[-1].started)] == ["s3", "s2"]
    assert [s.session for s in store.sessions(machine="press-1")] == ["s5", "s3", "s1"]
    assert [s.session for s in store.sessions(machine="press-1", site="gym")] == ["s1"]
    assert all(session.rep_count == 1 for session in store.sessions())


def test_an_unknown_session_is_none(store: Store) -> None:
    assert store.session("nowhere") is None
    assert store.phases("nowhere") == []
    assert store.motion("nowhere", 1) == []


def test_reps_sets_phases_and_motion_are_in_order_and_by_set(lifter: Lifter, store: Store) -> None:
    store.record(list(reversed(lifter.whole_session(sets=2, reps=12))))
    record = store.session("evening")
    assert record is not None
    assert [(rep.set_number, rep.number) for rep in record.reps] == [(s, r) for s in (1, 2) for r in range(1, 13)]
    assert [set_.number for set_ in record.sets] == [1, 2]
    assert [phase.start_s for phase in store.phases("evening")] == sorted(
        phase.start_s for phase in store.phases("evening")
    )
    assert len(store.phases("evening", 2)) == 24
    assert {motion.set_number for motion in store.motion("evening", 2)} == {2}
    assert len(store.motion("evening")) == 24


def test_machines_tell_their_latest_state(lifter: Lifter, store: Store) -> None:
    first, second = Lifter(machine="press-1"), Lifter(machine="press-2", session="other")
    store.record([first.session_(), first.status(0.0, True), first.sensor(1.0), second.rep(1, 1)])
    store.record([first.sensor(9.0, state=LinkState.LOST, battery_percent=None), first.status(10.0, False)])
    one, two = store.machines()
    assert (one.machine, one.session_count, two.machine, two.session_count) == ("press-1", 1, "press-2", 0)
    assert one.status is not None
    assert not one.status.online
    assert one.sensor is not None
    assert (one.sensor.state, one.sensor.battery_percent) == (LinkState.LOST, None)
    assert (two.status, two.sensor) == (None, None)
    assert one.first_seen == EVENING
    assert one.last_seen == EVENING + timedelta(seconds=10)


def seconds_of_raw(lifter: Lifter, store: Store, count: int, but: frozenset[int] = frozenset()) -> Samples:
    block = counts_block(100 * count)
    for second in range(count):
        part = slice(100 * second, 100 * second + 100)
        samples = Samples(block.time_s[part] + 7.0, block.accel_mps2[part], None, block.resolution_mps2)
        if second not in but:
            store.record([lifter.raw(float(second), samples)])
    return block


def test_a_short_raw_trace_is_every_sample(lifter: Lifter, store: Store) -> None:
    block = seconds_of_raw(lifter, store, 4)
    trace = store.raw("press-1", EVENING + timedelta(seconds=1.5), EVENING + timedelta(seconds=3))
    assert not trace.decimated
    assert trace.sample_count == 150
    assert np.array_equal(trace.accel_mps2, block.accel_mps2[150:300])
    assert np.allclose(trace.time_s, np.arange(150) / 100, atol=1e-6)


def test_a_long_raw_trace_keeps_the_extremes(lifter: Lifter, store: Store) -> None:
    block = seconds_of_raw(lifter, store, 30)
    trace = store.raw("press-1", EVENING, EVENING + HOUR, max_points=200)
    assert trace.decimated
    assert trace.sample_count == 3000
    assert 100 < len(trace.time_s) <= 200
    assert np.array_equal(trace.accel_mps2.min(axis=0), block.accel_mps2.min(axis=0))
    assert np.array_equal(trace.accel_mps2.max(axis=0), block.accel_mps2.max(axis=0))
    assert np.all(np.diff(trace.time_s) >= 0)


def test_a_very_long_raw_trace_is_drawn_without_decoding(lifter: Lifter, store: Store) -> None:
    block = seconds_of_raw(lifter, store, 30)
    trace = store.raw("press-1", EVENING, EVENING + HOUR, max_points=20)
    assert trace.decimated
    assert trace.sample_count == 3000
    assert len(trace.time_s) <= 20
    assert np.allclose(trace.accel_mps2.max(axis=0), block.accel_mps2.max(axis=0), rtol=1e-6)
    assert np.allclose(trace.accel_mps2.min(axis=0), block.accel_mps2.min(axis=0), rtol=1e-6)


def test_a_hole_in_the_raw_samples_stays_a_hole(lifter: Lifter, store: Store) -> None:
    seconds_of_raw(lifter, store, 5, but=frozenset({2}))
    trace = store.raw("press-1", EVENING, EVENING + HOUR)
    assert trace.sample_count == 400
    assert np.max(np.diff(trace.time_s)) > 1.0


def test_raw_of_another_machine_or_time_is_empty(lifter: Lifter, store: Store) -> None:
    seconds_of_raw(lifter, store, 2)
    for trace in (
        store.raw("press-2", EVENING, EVENING + HOUR),
        store.raw("press-1", EVENING + HOUR, EVENING + 2 * HOUR),
        store.raw("press-1", EVENING, EVENING + HOUR, site="elsewhere"),
        store.raw("press-1", EVENING + HOUR, EVENING + 2 * HOUR, max_points=0),
    ):
        assert (len(trace.time_s), trace.accel_mps2.shape, trace.sample_count) == (0, (0, 3), 0)
