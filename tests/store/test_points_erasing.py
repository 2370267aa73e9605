"""Points of an erased athlete go out of real servers, and nobody else's; and what is asked of an InfluxDB 2."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest

from sensor_hub.errors import StoreError
from sensor_hub.messages import Message, RejectedMessage, SetMessage
from sensor_hub.store import InfluxTarget, Store
from sensor_hub.store.erasing import erase_athlete
from sensor_hub.store.lines import lines_of
from sensor_hub.store.points_erasing import cuts_of, erase_points
from tests.conftest import free_port
from tests.store.test_erasing import ANNA, BEN, LATER, evening_of

Times = dict[str, list[int]]
"""Milliseconds of the points of each measurement."""


def sent(name: str) -> list[Message]:
    """Anna and Ben take turns on one machine; Ben alone on another at the same time."""
    mine = [one.model_copy(update={"machine": f"{name}-1"}) for one in evening_of(ANNA, BEN, ANNA)]
    others = [one.model_copy(update={"machine": f"{name}-2"}) for one in evening_of(BEN, BEN, name="other")]
    return [*mine, *others]


def points(messages: list[Message]) -> list[str]:
    return [line for message in messages for line in lines_of(message)]


def erased(store: Store, messages: list[Message]) -> list[dict[str, Any]]:
    store.record(messages)
    with store.transaction() as connection:
        return cuts_of(erase_athlete(connection, ANNA, LATER).spans)


def kept(messages: list[Message], measurement: str) -> list[int]:
    """When points of Ben's are."""
    own = [
        one
        for one in messages
        if one.machine.endswith("2")
        or getattr(one, "set_number", None) == 2
        or (isinstance(one, SetMessage) and one.number == 2)
        or (isinstance(one, RejectedMessage) and 200.0 <= one.start_s < 300.0)
    ]
    lines = [line for line in points(own) if line.startswith(f"{measurement},")]
    return sorted(int(line.rpartition(" ")[2]) // 10**6 for line in lines)


def in_victoria_metrics(server: Any, measurement: str, machine: str) -> list[int]:
    server.get("/internal/force_flush")
    field = {"rep": "rom_m", "motion": "velocity_mps"}.get(measurement, "duration_s")
    found = server.get(
        "/api/v1/export", **{"match[]": f'{{__name__="{measurement}_{field}",machine=~"{machine}.*"}}'}
    )
    return sorted(time for line in found.splitlines() for time in json.loads(line)["timestamps"])


def in_influxdb(server: Any, measurement: str, machine: str) -> list[int]:
    query = f'SELECT * FROM "{measurement}" WHERE machine =~ /^{machine}/'
    answer = json.loads(server.get("/query", db="erasing", epoch="ms", q=query))["results"][0]
    return sorted(row[0] for series in answer.get("series", ()) for row in series["values"])


def test_victoria_metrics(file_store: Store, victoria_metrics: Any, tmp_path: Path) -> None:
    messages, target = sent("vm"), InfluxTarget(victoria_metrics.url, "", "gym", "legpress")
    victoria_metrics.post("/api/v2/write", "\n".join(points(messages)).encode(), db="legpress")
    assert len(in_victoria_metrics(victoria_metrics, "rep", "vm")) == 15
    erase_points(target, erased(file_store, messages), tmp_path / "points.jsonl")
    for measurement in ("rep", "rejected", "set", "motion"):
        assert in_victoria_metrics(victoria_metrics, measurement, "vm") == kept(messages, measurement) != []
    assert in_victoria_metrics(victoria_metrics, "session", "vm-1") == []
    assert list(tmp_path.glob("points*")) == []


def test_victoria_metrics_gets_back_what_an_attempt_that_died_had_taken_out(
    file_store: Store, victoria_metrics: Any, tmp_path: Path
) -> None:
    messages, target = sent("dead"), InfluxTarget(victoria_metrics.url, "", "gym", "legpress")
    victoria_metrics.post("/api/v2/write", "\n".join(points(messages)).encode(), db="legpress")
    in_victoria_metrics(victoria_metrics, "rep", "dead")
    spool = tmp_path / "points.jsonl"
    series = {"match[]": '{__name__=~"rep_.*",machine="dead-1"}'}
    spool.write_text(victoria_metrics.get("/api/v1/export", **series), encoding="utf-8")
    victoria_metrics.post("/api/v1/admin/tsdb/delete_series", b"", **series)
    assert len(in_victoria_metrics(victoria_metrics, "rep", "dead")) == 6
    erase_points(target, erased(file_store, messages), spool)
    assert in_victoria_metrics(victoria_metrics, "rep", "dead") == kept(messages, "rep")


def test_influxdb_1(file_store: Store, influxdb: Any, tmp_path: Path) -> None:
    messages, target = sent("one"), InfluxTarget(influxdb.url, "", "gym", "erasing/autogen")
    influxdb.post("/query", b"", q="CREATE DATABASE erasing")
    influxdb.post("/write", "\n".join(points(messages)).encode(), db="erasing")
    assert len(in_influxdb(influxdb, "rep", "one")) == 15
    erase_points(target, erased(file_store, messages), tmp_path / "points")
    for measurement in ("rep", "rejected", "set", "motion"):
        assert in_influxdb(influxdb, measurement, "one") == kept(messages, measurement) != []
    assert in_influxdb(influxdb, "session", "one-1") == []
    left = influxdb.get("/query", db="erasing", q='SELECT * FROM "set", "session" WHERE machine =~ /^one/')
    assert BEN in left
    assert ANNA not in left


class InfluxDb2(BaseHTTPRequestHandler):
    """Answers as its documentation says; what it is asked to delete is kept."""

    asked: ClassVar[list[tuple[str, dict[str, str]]]] = []

    def do_GET(self) -> None:
        self.send_response(204 if self.path == "/ping" else 404)
        self.send_header("X-Influxdb-Version", "v2.7.11")
        self.end_headers()

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        good = self.headers["Authorization"] == "Token secret"
        if good:
            self.asked.append((self.path, body))
        self.send_response(204 if good else 401)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing to stderr."""


def test_influxdb_2_is_asked_for_each_measurement_and_span(file_store: Store, tmp_path: Path) -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), InfluxDb2)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_address[1]}"
    work = erased(file_store, sent("two"))
    try:
        with pytest.raises(StoreError, match="POST /api/v2/delete is answered with 401"):
            erase_points(InfluxTarget(url, "wrong", "gym", "legpress"), work, tmp_path / "points")
        erase_points(InfluxTarget(url, "secret", "gym", "legpress"), work, tmp_path / "points")
    finally:
        server.shutdown()
        server.server_close()
    paths, bodies = zip(*InfluxDb2.asked, strict=True)
    assert set(paths) == {"/api/v2/delete?org=gym&bucket=legpress"}
    assert bodies[0] == {
        "start": "2026-03-02T18:01:40+00:00",
        "stop": "2026-03-02T18:02:10.000001+00:00",
        "predicate": '_measurement="rep" AND machine="two-1" AND site="gym"',
    }
    measurements = [body["predicate"].partition(" ")[0] for body in bodies]
    assert measurements == [
        f'_measurement="{name}"' for name in ("rep", "rejected", "set", "motion", "session") * 2
    ]


def test_a_server_that_is_away_says_so(tmp_path: Path) -> None:
    target = InfluxTarget(f"http://127.0.0.1:{free_port()}", "secret", "gym", "legpress")
    with pytest.raises(StoreError, match="has not deleted the points yet: it cannot be reached") as raised:
        erase_points(target, [], tmp_path / "points")
    assert "secret" not in str(raised.value)
