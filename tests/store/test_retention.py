"""What is too old goes, the rest stays whole, and a sink that waits is waited for."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select

from sensor_hub.store import Limit, Retention, Store, Stored, Swept, tables
from sensor_hub.store.recording import upsert_cursor
from tests.store.conftest import EVENING, Lifter, counts_block

DAYS = 10
NOW = EVENING + timedelta(days=DAYS)


@pytest.fixture
def evenings(store: Store) -> Store:
    """A session an evening on ten evenings, each with 4 chunks of raw samples, the first from before its start."""
    for day in range(DAYS):
        lifter = Lifter(session=f"day-{day}", began=EVENING + timedelta(days=day), seq=1000 * day)
        store.record(lifter.whole_session())
        store.record([lifter.raw(at_s, counts_block(seed=day)) for at_s in (-50.0, 100.0, 200.0, 900.0)])
    return store


def rows(store: Store, table: str) -> int:
    with store.transaction() as connection:
        return connection.execute(select(func.count()).select_from(tables.metadata.tables[table])).scalar_one()


def sweep(store: Store, now: datetime = NOW, sinks: Sequence[str] = (), **limits: str) -> Swept:
    kept = {Stored(kind): Limit.parse(limit) for kind, limit in limits.items()}
    return Retention(store, kept, sinks).sweep(now)


def test_everything_is_kept_unless_told(evenings: Store) -> None:
    assert sweep(evenings, raw="everything", motion="everything", reps="everything") == Swept()
    assert sweep(evenings) == Swept()
    assert (rows(evenings, "raw"), len(evenings.sessions())) == (40, 10)


def test_raw_samples_go_by_age_and_their_sessions_still_open(evenings: Store) -> None:
    assert sweep(evenings, raw="3 days").raw == 28
    assert evenings.raw("press-1", EVENING - timedelta(hours=1), NOW - timedelta(days=3.1)).sample_count == 0
    assert evenings.raw("press-1", NOW - timedelta(days=3, minutes=5), NOW).sample_count == 1200
    old = evenings.session("day-0")
    assert old is not None
    assert (len(old.reps), len(evenings.motion("day-0"))) == (6, 6)


def test_motion_goes_session_by_session(evenings: Store) -> None:
    assert sweep(evenings, motion="8 days") == Swept(motion=12)
    assert [len(evenings.motion(f"day-{day}")) for day in (0, 1, 2)] == [0, 0, 6]
    assert rows(evenings, "raw") == 40


def test_a_session_goes_with_all_that_is_left_of_it(evenings: Store) -> None:
    swept = sweep(evenings, reps="4 days")
    assert (swept.sessions, swept.raw) == (6, 24)
    assert [one.session for one in evenings.sessions()] == ["day-9", "day-8", "day-7", "day-6"]
    assert [rows(evenings, table) for table in ("set", "rep", "rejected", "phase", "motion")] == [8, 24, 8, 48, 24]


def test_a_session_that_runs_across_the_cutoff_stays_whole(evenings: Store) -> None:
    within = EVENING + timedelta(days=5, seconds=150)
    swept = sweep(evenings, now=within + timedelta(days=1), raw="1 days", motion="1 days", reps="1 days")
    assert (swept.sessions, swept.raw) == (5, 20)
    assert len(evenings.motion("day-5")) == 6


def test_a_session_that_nobody_ended_is_over_a_day_later(store: Store, lifter: Lifter) -> None:
    store.record([lifter.session_(), lifter.rep(1, 1), lifter.raw(0.0, counts_block())])
    assert sweep(store, now=EVENING + timedelta(days=1.5), reps="1 days").sessions == 0
    assert sweep(store, now=EVENING + timedelta(days=2.5), reps="1 days").sessions == 1
    assert rows(store, "raw") == 0


def test_what_a_sink_has_not_taken_stays(evenings: Store) -> None:
    assert sweep(evenings, sinks=["influx"], motion="1 days", reps="2 days") == Swept(raw=32, waiting=8)
    with evenings.transaction() as connection:
        newest = select(func.max(tables.rep.c.change)).where(tables.rep.c.session == "day-2")
        taken = connection.execute(newest).scalar_one()
        for stream in ("session", "set", "rep", "motion"):
            upsert_cursor(connection, "influx", stream, taken)
    swept = sweep(evenings, sinks=["influx"], motion="1 days", reps="2 days")
    assert (swept.sessions, swept.waiting) == (3, 5)
    assert len(evenings.motion("day-3")) == 6
    assert sweep(evenings, reps="2 days").sessions == 5


def test_a_size_is_kept_to_whole_days_and_today_always_stays(store: Store) -> None:
    for day in range(4):
        lifter = Lifter(session=f"day-{day}", began=EVENING + timedelta(days=day), seq=10_000 * day)
        store.record(
            [lifter.session_(10.0), *(lifter.raw(float(n), counts_block(5000, seed=n)) for n in range(30))]
        )
    now = EVENING + timedelta(days=3, hours=1)
    assert sweep(store, now=now, raw="1 MB").raw == 60
    assert sweep(store, now=now, raw="1 MB").raw == 0
    assert rows(store, "raw") == 60
    assert sweep(store, now=EVENING + timedelta(days=4, hours=1), raw="1 MB").raw == 0


def test_stopping_ends_a_sweep_after_the_step_under_way(evenings: Store) -> None:
    retention = Retention(evenings, {Stored.MOTION: Limit.parse("1 days")})
    assert retention.sweep(NOW, lambda: True).motion == 6
    assert rows(evenings, "motion") == 54


def test_deleting_goes_in_small_steps(store: Store, lifter: Lifter) -> None:
    store.record([lifter.session_(2000.0), *(lifter.raw(float(n), counts_block(4)) for n in range(1200))])
    steps: list[int] = []
    retention = Retention(store, {Stored.RAW: Limit.parse("1 days")})
    swept = retention.sweep(NOW, lambda: bool(steps.append(rows(store, "raw"))))
    assert (swept.raw, steps[:2]) == (1200, [700, 200])
