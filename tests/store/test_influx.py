"""The sink against real servers: VictoriaMetrics by its v2 writes, InfluxDB 1 by its own partial writes."""

import json
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from sensor_hub.errors import StoreError
from sensor_hub.store import InfluxServer, Store, parked_rows
from sensor_hub.store.lines import lines_of
from tests.conftest import Http, victoria
from tests.store.conftest import Lifter
from tests.store.peers import Peer, influxdb_1
from tests.store.sinking import passed_on, passing_on, target

SHORTLY_AGO = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=2)


@pytest.fixture
def store(file_store: Store) -> Store:
    """How servers answer has nothing to do with the database."""
    return file_store


def stored_series(server: Http, match: str) -> list[dict[str, Any]]:
    server.get("/internal/force_flush")
    text = server.get("/api/v1/export", **{"match[]": match, "start": "0", "end": str(time.time() + 60)})
    return [json.loads(line) for line in text.splitlines()]


def test_everything_reaches_a_real_server(store_url: str, victoria_metrics: Http) -> None:
    store, machine = Store.open(store_url), f"real-{store_url.partition(':')[0]}"
    lifter = Lifter(machine=machine, began=SHORTLY_AGO)
    store.record(lifter.whole_session(sets=2, reps=5))
    with passing_on(store, victoria_metrics.url) as sink:
        passed_on(sink)
    assert (sink.problem, sink.parked) == (None, 0)
    (eccentric,) = stored_series(victoria_metrics, f'{{__name__="rep_eccentric_s",machine="{machine}",set="1"}}')
    assert eccentric["values"] == [2.5] * 5
    ends = [(SHORTLY_AGO + timedelta(seconds=100 + 5 * rep + 1)).timestamp() * 1000 for rep in range(1, 6)]
    assert eccentric["timestamps"] == ends
    (bounced,) = stored_series(victoria_metrics, f'{{__name__="rep_bounced",machine="{machine}",set="2"}}')
    assert bounced["values"] == [0, 1, 0, 0, 0]
    (position,) = stored_series(victoria_metrics, f'{{__name__="motion_position_m",machine="{machine}"}}')
    assert len(position["values"]) == 2 * 5 * 10
    for name, values in {
        "set_rep_count": [5, 5],
        "session_load_kg": [80],
        "hub_online": [1],
        "sensor_rate_hz": [104],
    }.items():
        found = stored_series(victoria_metrics, f'{{__name__="{name}",machine="{machine}"}}')
        assert [value for series in found for value in series["values"]] == values, name
    store.close()


def test_a_sink_tells_of_itself(store: Store, victoria_metrics: Http) -> None:
    store.record([Lifter(began=SHORTLY_AGO).rep(1, 1)])
    with passing_on(store, victoria_metrics.url, hub="hub-7") as sink:
        passed_on(sink)
    waiting = stored_series(victoria_metrics, '{__name__="sink_waiting",hub="hub-7"}')
    refused = stored_series(victoria_metrics, '{__name__="sink_parked",hub="hub-7"}')
    assert [one["values"] for one in waiting + refused] == [[1], [0]]


def test_what_ends_or_changes_later_is_sent_again(store: Store, victoria_metrics: Http) -> None:
    lifter = Lifter(machine="later", began=SHORTLY_AGO)
    with passing_on(store, victoria_metrics.url) as sink:
        store.record([lifter.session_(), lifter.set_(1), lifter.rep(1, 1), lifter.rep(1, 2)])
        passed_on(sink)
        assert stored_series(victoria_metrics, '{__name__="set_rep_count",machine="later"}') == []
        store.record([lifter.set_(1, [0.8, None], rep_count=2)])
        passed_on(sink)
    (pause,) = stored_series(victoria_metrics, '{__name__="rep_top_pause_s",machine="later"}')
    assert pause["values"] == [0.8]
    (count,) = stored_series(victoria_metrics, '{__name__="set_rep_count",machine="later"}')
    assert count["values"] == [2]


def test_a_new_sink_goes_on_where_the_last_one_stopped(
    store: Store, lifter: Lifter, peer_that: Callable[..., Peer]
) -> None:
    server = peer_that()
    with passing_on(store, server.url) as sink:
        first = [lifter.rep(1, number) for number in range(1, 11)]
        store.record(first)
        passed_on(sink)
    later = [lifter.rep(2, 1), lifter.rep(2, 2)]
    store.record(later)
    with passing_on(store, server.url) as sink:
        passed_on(sink)
    assert sorted(server.points) == sorted(line for rep in first + later for line in lines_of(rep))


def test_the_request_is_that_of_the_documented_api(
    store: Store, lifter: Lifter, peer_that: Callable[..., Peer]
) -> None:
    server = peer_that()
    store.record([lifter.rep(1, 1)])
    with passing_on(store, server.url, token="secret-token") as sink:
        passed_on(sink)
    assert set(server.asked) == {("/api/v2/write?org=gym&bucket=legpress&precision=ns", "Token secret-token")}


@pytest.fixture
def behind_influxdb(influxdb: Http, peer_that: Callable[..., Peer]) -> Callable[[str], Peer]:
    """A database of a real InfluxDB 1 at the address of version 2."""

    def made(name: str, retention: str = "") -> Peer:
        influxdb.post("/query", b"", q=f'CREATE DATABASE "{name}" {retention}')
        return peer_that(influxdb_1(influxdb.url, name))

    return made


def ask(influxdb: Http, database: str, query: str) -> list[list[Any]]:
    (answer,) = json.loads(influxdb.get("/query", db=database, q=query))["results"]
    assert "error" not in answer, answer
    return [row for series in answer.get("series", []) for row in series["values"]]


def test_everything_reaches_an_influxdb_too(
    store: Store, influxdb: Http, behind_influxdb: Callable[..., Peer]
) -> None:
    lifter = Lifter(machine="press-1", began=SHORTLY_AGO)
    store.record(lifter.whole_session(sets=2, reps=5))
    with passing_on(store, behind_influxdb("whole").url) as sink:
        passed_on(sink)
    assert ask(influxdb, "whole", 'SELECT count("eccentric_s"), sum("bounced") FROM "rep"')[0][1:] == [10, 2]
    assert ask(influxdb, "whole", 'SELECT count("position_m") FROM "motion"')[0][1:] == [100]
    assert ask(influxdb, "whole", 'SELECT "load_kg", "session" FROM "session"')[0][1:] == [80, "evening"]
    assert ask(influxdb, "whole", 'SELECT last("battery_percent") FROM "sensor"')[0][1:] == [80]


def test_a_line_that_an_influxdb_writes_around_is_parked_and_the_others_are_there_once(
    store: Store, influxdb: Http, behind_influxdb: Callable[..., Peer]
) -> None:
    """Somebody else's point has given `athlete` another type: InfluxDB 1 then writes all of a batch but that field's
    lines, and still answers 400."""
    server = behind_influxdb("partial")
    influxdb.post("/write", b"session,machine=x athlete=7.0 %d" % (SHORTLY_AGO.timestamp() * 1e9), db="partial")
    named = Lifter(session="named", machine="press-1", began=SHORTLY_AGO)
    plain = Lifter(session="plain", machine="press-2", began=SHORTLY_AGO)
    store.record(
        [named.session_(60.0, athlete="k7m2p9xd"), plain.session_(60.0), *map(plain.rep, [1] * 5, range(1, 6))]
    )
    with passing_on(store, server.url) as sink:
        passed_on(sink)
        assert sink.parked == 1
    with store.transaction() as connection:
        (kept,) = parked_rows(connection)
    assert kept.content.startswith("session,machine=press-1,")
    assert "partial write: field type conflict" in kept.reason
    assert kept.reason.startswith("400 ")
    assert ask(influxdb, "partial", 'SELECT "session" FROM "session" WHERE site = \'gym\'')[0][1:] == ["plain"]
    assert ask(influxdb, "partial", 'SELECT count("number") FROM "rep"')[0][1:] == [5]


def test_what_is_older_than_the_bucket_keeps_is_not_parked(
    store: Store, influxdb: Http, behind_influxdb: Callable[..., Peer], caplog: pytest.LogCaptureFixture
) -> None:
    server = behind_influxdb("short", "WITH DURATION 1d")
    old = Lifter(session="old", began=SHORTLY_AGO - timedelta(days=30))
    new = Lifter(session="new", began=SHORTLY_AGO, seq=1000)
    store.record([*old.whole_session(), *new.whole_session()])
    with passing_on(store, server.url) as sink:
        passed_on(sink)
    assert sink.parked == 0
    assert "only in the store" in caplog.text
    assert ask(influxdb, "short", 'SELECT count("number") FROM "rep"')[0][1:] == [6]


def test_an_influxdb_before_1_8_is_told_so(influxdb: Http) -> None:
    server = InfluxServer(target(influxdb.url))
    with pytest.raises(StoreError, match=r"knows no writes of version 2 \(404\).*before 1\.8 cannot be used"):
        server.write(["hub,machine=a online=1i 1"])
    server.close()


@pytest.fixture
def victoria_with(tmp_path: Path) -> Iterator[Callable[..., Http]]:
    """A VictoriaMetrics with other options."""
    started: list[Http] = []

    def start(*options: str) -> Http:
        started.append(victoria(tmp_path, *options))
        started[-1].start()
        return started[-1]

    yield start
    for server in started:
        server.stop()


def test_a_victoria_metrics_with_a_login_is_told_so(victoria_with: Callable[..., Http]) -> None:
    server = InfluxServer(target(victoria_with("-httpAuth.username=gym", "-httpAuth.password=pw").url, token=""))
    with pytest.raises(StoreError, match=r"wants a token \(401\).*SENSOR_HUB_INFLUX_TOKEN"):
        server.write(["hub,machine=a online=1i 1"])
    server.close()


def test_a_point_sent_twice_is_one_where_victoria_metrics_is_told_so(
    victoria_metrics: Http, victoria_with: Callable[..., Http]
) -> None:
    (line,) = lines_of(Lifter(machine="twice", began=SHORTLY_AGO).rep(1, 1))
    for peer, times in ((victoria_metrics, 2), (victoria_with("-dedup.minScrapeInterval=1ms"), 1)):
        server = InfluxServer(target(peer.url))
        for _ in range(2):
            server.write([line])
        server.close()
        (rom,) = stored_series(peer, '{__name__="rep_rom_m",machine="twice"}')
        assert rom["values"] == [0.42] * times
