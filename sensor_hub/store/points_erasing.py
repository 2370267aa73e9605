"""Takes spans of time out of a time-series server: the points of sets that are to be forgotten.

Points carry no names and people are no tags, so what goes is told by machine and time. How depends on the server:

- InfluxDB 2: `POST /api/v2/delete`, one measurement and span at a time.
- InfluxDB 1 (1.8 takes the sink's writes): InfluxQL `DELETE` over `/query`. The bucket is `database` or
  `database/retention-policy`, as its v2 compatibility has it.
- VictoriaMetrics deletes whole series only. Those of the machine are exported into a file, deleted, and imported again
  without the spans. A file that is left of an attempt that died is imported first.

Sources: InfluxData's and VictoriaMetrics' documentation of these endpoints.
"""

import json
import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import urllib3
from sqlalchemy import Connection, select, update
from urllib3.exceptions import HTTPError

from sensor_hub.errors import StoreError
from sensor_hub.store import tables
from sensor_hub.store.changes import reserve_changes
from sensor_hub.store.columns import to_microseconds
from sensor_hub.store.erasing import Span
from sensor_hub.store.influx_server import InfluxTarget
from sensor_hub.store.tombstones import WHOLE

_OF_SET = ("rep", "rejected", "set", "motion")
_TICK = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Cut:
    """Points of a measurement in [started, ended]."""

    site: str
    machine: str
    measurement: str
    started: datetime
    ended: datetime


def cuts_of(spans: Iterable[Span]) -> list[dict[str, Any]]:
    """As the record of an erasure keeps them. The session's own point goes always: what is left of it is sent again."""
    cuts = []
    for span in spans:
        cuts += [(span, name, span.started, span.ended) for name in _OF_SET]
        whole = span.number == WHOLE
        cuts.append((span, "session", span.session_started, span.ended if whole else span.session_started))
    return [
        {"site": span.site, "machine": span.machine, "measurement": name, "started": first.isoformat(),
         "ended": last.isoformat()}
        for span, name, first, last in cuts
    ]  # fmt: skip


def erase_points(target: InfluxTarget, work: Sequence[Mapping[str, str]], scratch: Path) -> None:
    """work: of `cuts_of`; scratch: a file that outlives a crash. Raises StoreError with what keeps them."""
    cuts = [_cut(one) for one in work]
    server = _Server(target)
    if server.is_victoria_metrics():
        _cut_out_of_victoria_metrics(server, cuts, scratch)
    elif server.is_influxdb_1():
        for one in cuts:
            server.ask("POST", "/query", 200, db=_database(target.bucket), q=_influxql(one))
    else:
        for one in cuts:
            server.ask("POST", "/api/v2/delete", 204, _predicate(one), org=target.org, bucket=target.bucket)


def send_sessions_again(connection: Connection, work: Sequence[Mapping[str, str]]) -> None:
    """The points of sessions of which other people's sets are left."""
    session, place = tables.session.c, tables.machine.c
    for one in work:
        if one["measurement"] == "session" and one["started"] == one["ended"]:
            machine = select(place.machine_id).where(place.site == one["site"], place.name == one["machine"])
            known = (session.machine_id == machine.scalar_subquery(), session.started == _cut(one).started)
            (change,) = reserve_changes(connection, 1)
            connection.execute(update(tables.session).where(*known).values(change=change))


class _Server:
    def __init__(self, target: InfluxTarget) -> None:
        self._target = target
        self._pool = urllib3.PoolManager(
            timeout=urllib3.Timeout(connect=target.timeout_s, read=max(60.0, target.timeout_s)),
            retries=False,
            headers={"Authorization": f"Token {target.token}"} if target.token else None,
            ca_certs=None if target.ca_file is None else str(target.ca_file),
        )

    def is_victoria_metrics(self) -> bool:
        try:
            return bool(json.loads(self._get("/api/v1/status/tsdb").data)["status"] == "success")
        except (ValueError, KeyError, TypeError):
            return False

    def is_influxdb_1(self) -> bool:
        return str(self._get("/ping").headers.get("X-Influxdb-Version", "")).lstrip("v").startswith("1.")

    def ask(self, method: str, path: str, taken: int, body: Any = None, **query: str) -> None:
        answer = self.request(method, path, query, body)
        said = answer.data.decode(errors="replace").strip()[:300]
        if answer.status != taken or '"error"' in said:
            raise self._not_done(f"{method} {path} is answered with {answer.status} {said}")

    def request(
        self, method: str, path: str, query: Mapping[str, str], body: Any = None, **options: Any
    ) -> urllib3.BaseHTTPResponse:
        given = {} if body is None else {"body" if hasattr(body, "read") else "json": body}
        try:
            url = self._target.url.rstrip("/") + path
            if query:
                url += "?" + urlencode(query)
            return self._pool.request(method, url, **given, **options)
        except (HTTPError, OSError) as error:
            raise self._not_done(f"it cannot be reached ({type(error).__name__})") from error

    def _get(self, path: str) -> urllib3.BaseHTTPResponse:
        return self.request("GET", path, {})

    def _not_done(self, why: str) -> StoreError:
        return StoreError(f"The time-series server {self._target.shown} has not deleted the points yet: {why}.")


def _cut(one: Mapping[str, str]) -> Cut:
    return Cut(
        one["site"],
        one["machine"],
        one["measurement"],
        datetime.fromisoformat(one["started"]),
        datetime.fromisoformat(one["ended"]),
    )


def _predicate(one: Cut) -> Mapping[str, str]:
    """Points at `stop` may stay, so it lies behind the last."""
    return {
        "start": one.started.isoformat(),
        "stop": (one.ended + _TICK).isoformat(),
        "predicate": f'_measurement="{one.measurement}" AND machine="{one.machine}" AND site="{one.site}"',
    }


def _influxql(one: Cut) -> str:
    first, last = to_microseconds(one.started), to_microseconds(one.ended)
    where = f"machine = '{one.machine}' AND site = '{one.site}' AND time >= {first}u AND time <= {last}u"
    return f'DELETE FROM "{one.measurement}" WHERE {where}'


def _database(bucket: str) -> str:
    return bucket.partition("/")[0]


def _cut_out_of_victoria_metrics(server: _Server, cuts: Sequence[Cut], scratch: Path) -> None:
    if scratch.exists():
        _import(server, scratch)
    server.ask("GET", "/internal/force_flush", 200)
    by_place: dict[tuple[str, str, str], list[Cut]] = defaultdict(list)
    for one in cuts:
        by_place[one.site, one.machine, one.measurement].append(one)
    for (site, machine, measurement), spans in by_place.items():
        series = f'{{__name__=~"{measurement}_.*",machine="{machine}",site="{site}"}}'
        if _export(server, series, spans, scratch):
            server.ask("POST", "/api/v1/admin/tsdb/delete_series", 204, **{"match[]": series})
            _import(server, scratch)
        scratch.unlink(missing_ok=True)


def _export(server: _Server, series: str, cuts: Sequence[Cut], to: Path) -> bool:
    """What is to stay, into a file that survives a power cut; whether there is anything to go."""
    answer = server.request(
        "GET", "/api/v1/export", {"match[]": series, "reduce_mem_usage": "1"}, preload_content=False
    )
    if answer.status != 200:
        raise StoreError(f"VictoriaMetrics does not export its points ({answer.status}); none was deleted.")
    spans = [(to_microseconds(one.started) // 1000, to_microseconds(one.ended) // 1000) for one in cuts]
    gone = False
    partial = to.with_suffix(".partial")
    with partial.open("w", encoding="utf-8") as file:
        for block in _lines(answer):
            kept = [
                (time, value)
                for time, value in zip(block["timestamps"], block["values"], strict=True)
                if not any(first <= time <= last for first, last in spans)
            ]
            gone = gone or len(kept) < len(block["timestamps"])
            if kept:
                columns = {"timestamps": [one[0] for one in kept], "values": [one[1] for one in kept]}
                file.write(json.dumps({"metric": block["metric"], **columns}) + "\n")
        file.flush()
        os.fsync(file.fileno())
    if gone:
        partial.replace(to)
    partial.unlink(missing_ok=True)
    return gone


def _lines(answer: urllib3.BaseHTTPResponse) -> Iterator[Any]:
    rest = b""
    for piece in answer.stream(1 << 20):
        *whole, rest = (rest + piece).split(b"\n")
        yield from (json.loads(one) for one in whole if one)
    if rest:
        yield json.loads(rest)


def _import(server: _Server, file: Path) -> None:
    with file.open("rb") as body:
        server.ask("POST", "/api/v1/import", 204, body)
    server.ask("GET", "/internal/force_flush", 200)
    file.unlink()
