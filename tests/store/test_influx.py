"""The sink against a real VictoriaMetrics, and against servers that answer as badly as servers do."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from sqlalchemy import select

from sensor_hub.store import InfluxSink, Store
from sensor_hub.store.lines import lines_of
from sensor_hub.store.tables import parked
from tests.conftest import Http, free_port, wait_for
from tests.store.conftest import Lifter

SHORTLY_AGO = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=2)


@pytest.fixture
def store(file_store: Store) -> Store:
    """How servers answer has nothing to do with the database."""
    return file_store


@contextmanager
def passing_on(store: Store, url: str, token: str = "t", timeout_s: float = 2.0) -> Iterator[InfluxSink]:
    sink = InfluxSink(store, url, token, "gym", "legpress", timeout_s=timeout_s)
    sink.start()
    try:
        yield sink
    finally:
        sink.stop()


def stored_series(server: Http, match: str) -> list[dict[str, object]]:
    server.get("/internal/force_flush")
    text = server.get("/api/v1/export", **{"match[]": match, "start": "0"})
    return [json.loads(line) for line in text.splitlines()]


def test_everything_reaches_a_real_server(store_url: str, victoria_metrics: Http) -> None:
    store, machine = Store.open(store_url), f"real-{store_url.partition(':')[0]}"
    lifter = Lifter(machine=machine, began=SHORTLY_AGO)
    store.record(lifter.whole_session(sets=2, reps=5))
    with passing_on(store, victoria_metrics.url) as sink:
        wait_for(lambda: sink.pending() == 0, 15, lambda: str(sink.problem))
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


def test_what_ends_or_changes_later_is_sent_again(store: Store, victoria_metrics: Http) -> None:
    lifter = Lifter(machine="later", began=SHORTLY_AGO)
    with passing_on(store, victoria_metrics.url) as sink:
        store.record([lifter.session_(), lifter.set_(1), lifter.rep(1, 1), lifter.rep(1, 2)])
        wait_for(lambda: sink.pending() == 0, 15, lambda: str(sink.problem))
        assert stored_series(victoria_metrics, '{__name__="set_rep_count",machine="later"}') == []
        store.record([lifter.set_(1, [0.8, None], rep_count=2)])
        wait_for(lambda: sink.pending() == 0, 15, lambda: str(sink.problem))
    (pause,) = stored_series(victoria_metrics, '{__name__="rep_top_pause_s",machine="later"}')
    assert pause["values"] == [0.8]
    (count,) = stored_series(victoria_metrics, '{__name__="set_rep_count",machine="later"}')
    assert count["values"] == [2]


class Answers:
    """A server that takes lines as a script says: a status code for each request, then 204 for ever."""

    def __init__(self, judge: Callable[[int, list[str]], int]) -> None:
        self.taken: list[str] = []
        self.requests = 0
        self.tokens: set[str] = set()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                lines = body.splitlines()
                outer.requests += 1
                outer.tokens.add(self.headers["Authorization"])
                status = judge(outer.requests, lines)
                if status == 204:
                    outer.taken += lines
                self.send_response(status)
                self.send_header("Content-Length", "0" if status == 204 else "7")
                self.end_headers()
                if status != 204:
                    self.wfile.write(b"because")

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def server_that() -> Iterator[Callable[..., Answers]]:
    made: list[Answers] = []

    def make(judge: Callable[[int, list[str]], int]) -> Answers:
        made.append(Answers(judge))
        return made[-1]

    yield make
    for server in made:
        server.close()


def lines_sent(lifter: Lifter, count: int, store: Store) -> set[str]:
    reps = [lifter.rep(1, number) for number in range(1, count + 1)]
    store.record(reps)
    return {line for rep in reps for line in lines_of(rep)}


def test_bad_lines_are_parked_with_the_reason_and_all_others_pass(
    store: Store, lifter: Lifter, server_that: Callable[..., Answers]
) -> None:
    bad = (",number=7i", ",number=30i", ",number=31i")
    server = server_that(lambda n, lines: 400 if any(b in line for line in lines for b in bad) else 204)
    sent = lines_sent(lifter, 50, store)
    with passing_on(store, server.url) as sink:
        wait_for(lambda: sink.pending() == 0, 15, lambda: str(sink.problem))
        assert sink.parked == 3
    with store.transaction() as connection:
        kept = connection.execute(select(parked)).mappings().all()
    assert {row["content"] for row in kept} | set(server.taken) == sent
    assert len(server.taken) == 47
    assert all(row["reason"] == "400 because" and row["origin"] == "influx" for row in kept)


@pytest.mark.parametrize("status", [401, 403, 404, 429, 500, 503])
def test_trouble_that_may_pass_loses_nothing(
    store: Store, lifter: Lifter, server_that: Callable[..., Answers], status: int
) -> None:
    server = server_that(lambda n, lines: status if n <= 2 else 204)
    sent = lines_sent(lifter, 20, store)
    with passing_on(store, server.url, token="secret-token") as sink:
        wait_for(lambda: sink.problem is not None, 10)
        said = str(sink.problem)
        wait_for(lambda: sink.pending() == 0, 15)
        wait_for(lambda: sink.problem is None, 5)
    assert set(server.taken) == sent
    assert sink.parked == 0
    assert server.tokens == {"Token secret-token"}
    assert "takes nothing" in said
    assert "secret-token" not in said


def test_a_server_that_is_not_there_is_waited_for(
    store: Store, lifter: Lifter, victoria_metrics: Http, tmp_path: Path
) -> None:
    lines_sent(lifter, 5, store)
    with passing_on(store, f"http://127.0.0.1:{free_port()}") as sink:
        wait_for(lambda: sink.problem is not None, 10)
        assert "is it running?" in str(sink.problem)
        assert sink.pending() == 5
    with passing_on(store, victoria_metrics.url) as sink:
        wait_for(lambda: sink.pending() == 0, 10)


def test_a_server_that_hangs_is_given_up_and_tried_again(
    store: Store, lifter: Lifter, server_that: Callable[..., Answers]
) -> None:
    release = threading.Event()

    def judge(number: int, lines: list[str]) -> int:
        if number == 1:
            release.wait(10)
        return 204

    server = server_that(judge)
    sent = lines_sent(lifter, 5, store)
    with passing_on(store, server.url, timeout_s=0.3) as sink:
        wait_for(lambda: sink.problem is not None, 10)
        release.set()
        wait_for(lambda: sink.pending() == 0, 10)
    assert set(server.taken) == sent


def test_a_new_sink_goes_on_where_the_last_one_stopped(
    store: Store, lifter: Lifter, server_that: Callable[..., Answers]
) -> None:
    server = server_that(lambda n, lines: 204)
    with passing_on(store, server.url) as sink:
        first = lines_sent(lifter, 10, store)
        wait_for(lambda: sink.pending() == 0, 10)
    later = [lifter.rep(2, 1), lifter.rep(2, 2)]
    store.record(later)
    with passing_on(store, server.url) as sink:
        wait_for(lambda: sink.pending() == 0, 10)
    assert len(server.taken) == 12
    assert set(server.taken) == first | {line for rep in later for line in lines_of(rep)}
