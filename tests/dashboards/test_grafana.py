"""Every query of every dashboard, run by a real InfluxDB on points that our own sink's line builder wrote."""

import itertools
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from dashboards.grafana.build import FOLDER, texts
from sensor_hub.bus.examples import examples
from sensor_hub.messages import Kind, Message
from sensor_hub.store.lines import lines_of
from tests.conftest import Http

GRAFANA = Path(__file__).parents[2] / "dashboards" / "grafana"
DASHBOARDS = {name: json.loads(text) for name, text in texts().items()}
NOW = datetime.now(UTC).replace(microsecond=0)


def panels() -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    for name, dashboard in DASHBOARDS.items():
        for panel in dashboard["panels"]:
            for target in panel["targets"]:
                yield f"{name}: {panel['title']} {target['refId']}", panel, target


QUERIES = {name: target["query"] for name, _, target in panels()}


def evening() -> Iterator[Message]:
    """One set of three reps on two machines, an hour ago."""
    made = examples()
    rep = made[Kind.REP]
    for machine, number in itertools.product(("press-1", "press-2"), (1, 2, 3)):
        time = NOW - timedelta(hours=1) + timedelta(seconds=6 * number)
        yield rep.model_copy(
            update={"machine": machine, "number": number, "time": time, "top_pause_s": 0.7, "bounced": number == 2}
        )
    for kind in (Kind.SET, Kind.SESSION, Kind.MOTION, Kind.SENSOR, Kind.STATUS):
        for machine in ("press-1", "press-2"):
            times = {"time": NOW - timedelta(hours=1), "started": NOW - timedelta(hours=1), "machine": machine}
            fields = type(made[kind]).model_fields
            yield made[kind].model_copy(update={name: value for name, value in times.items() if name in fields})


@pytest.fixture(scope="module")
def ask(influxdb: Http) -> Any:
    influxdb.post("/query", b"", q="CREATE DATABASE legpress")
    lines = [line for message in evening() for line in lines_of(message)]
    influxdb.post("/write", "\n".join(lines).encode(), db="legpress")

    def rows(query: str) -> list[list[Any]]:
        answer = json.loads(influxdb.get("/query", db="legpress", q=query))["results"][0]
        assert "error" not in answer, answer
        return [row for series in answer.get("series", []) for row in series["values"]]

    return rows


def filled_in(query: str, machine: str = "(press-1|press-2)") -> str:
    """As Grafana fills in its variables."""
    since = f"time >= '{NOW - timedelta(hours=3):%Y-%m-%dT%H:%M:%SZ}' and time <= '{NOW:%Y-%m-%dT%H:%M:%SZ}'"
    return query.replace("$timeFilter", since).replace("$__interval", "10s").replace("$machine", machine)


@pytest.mark.parametrize("name", QUERIES)
def test_a_query_finds_rows(ask: Any, name: str) -> None:
    query = filled_in(QUERIES[name])
    assert "$" not in query.replace("$/", "/")
    rows = ask(query)
    assert rows
    assert any(value is not None for row in rows for value in row[1:])


@pytest.mark.parametrize("name", QUERIES)
def test_a_query_is_about_the_chosen_machine(ask: Any, name: str) -> None:
    assert ask(filled_in(QUERIES[name], machine="press-9")) == []


def test_a_misspelt_field_would_be_noticed(ask: Any) -> None:
    name = next(name for name in QUERIES if "rom_m" in QUERIES[name])
    assert ask(filled_in(QUERIES[name].replace("rom_m", "rom_metres"))) == []


def test_the_machine_can_be_chosen(ask: Any) -> None:
    for dashboard in DASHBOARDS.values():
        (variable,) = dashboard["templating"]["list"]
        assert {row[1] for row in ask(variable["query"])} == {"press-1", "press-2"}


def test_numbers_are_those_that_were_sent(ask: Any) -> None:
    assert [row[1] for row in ask(filled_in(QUERIES["session.json: Reps A"]))] == [6]
    assert [row[1] for row in ask(filled_in(QUERIES["session.json: Bounced A"]))] == [2]
    tension = ask(filled_in(QUERIES["session.json: Time under tension A"], machine="press-1"))[0][1]
    assert tension == pytest.approx(3 * (3.53 + 0.66 + 1.2))


def test_the_files_are_current() -> None:
    found = {path.name: path.read_text() for path in FOLDER.glob("*.json")}
    assert found == texts(), "run: python -m dashboards.grafana.build"


def test_panels_do_not_overlap() -> None:
    for dashboard in DASHBOARDS.values():
        cells: list[tuple[int, int]] = []
        for panel in dashboard["panels"]:
            at = panel["gridPos"]
            assert at["x"] + at["w"] <= 24
            cells += itertools.product(range(at["x"], at["x"] + at["w"]), range(at["y"], at["y"] + at["h"]))
        assert len(cells) == len(set(cells))
        numbers = [panel["id"] for panel in dashboard["panels"]]
        assert len(numbers) == len(set(numbers))


def test_the_provisioned_datasource_is_the_one_that_is_asked() -> None:
    provisioned = (GRAFANA / "provisioning" / "datasources" / "legpress.yaml").read_text()
    assert "uid: legpress\n" in provisioned
    assert "type: influxdb\n" in provisioned
    asked = {target["datasource"]["uid"] for _, _, target in panels()}
    assert asked == {"legpress"}
    path = "path: /var/lib/grafana/dashboards/legpress"
    assert path in (GRAFANA / "provisioning" / "dashboards" / "legpress.yaml").read_text()
