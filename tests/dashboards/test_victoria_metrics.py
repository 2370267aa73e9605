"""The same dashboards for a VictoriaMetrics: it answers what InfluxDB answers, wherever it can be asked at all."""

import json
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from dashboards.grafana.build import texts
from dashboards.grafana.panels import Server
from tests.conftest import Http, victoria
from tests.dashboards.evening import BEGAN, MACHINES, lines
from tests.dashboards.truth import ANSWERS, Answer

DASHBOARDS = {name: json.loads(text) for name, text in texts(Server.VICTORIA_METRICS).items()}
TARGETS = {
    f"{name}: {panel['title']} {target['refId']}": target
    for name, dashboard in DASHBOARDS.items()
    for panel in dashboard["panels"]
    for target in panel["targets"]
}
MIDNIGHT = BEGAN.replace(hour=0, minute=0)
Ask = Callable[..., Answer]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Http]:
    started = victoria(tmp_path_factory.mktemp("dashboards"), "-dedup.minScrapeInterval=1ms")
    started.start(lambda: started.answers("/health"))
    for _ in range(2):
        started.post("/api/v2/write", "\n".join(lines()).encode())
    started.get("/internal/force_flush")
    yield started
    started.stop()


@pytest.fixture(scope="module")
def ask(server: Http) -> Ask:
    """As Grafana asks: at once for a figure, over a range for a course."""

    def answer(target: dict[str, Any], machine: str = "(press-1|press-2)", site: str = "gym") -> Answer:
        text = target["expr"].replace("$machine", machine).replace("$site", site)
        query = text.replace("$__range", "1h").replace("$__interval", "1s")
        assert "$" not in query
        if target.get("instant"):
            at = (BEGAN + timedelta(hours=1)).timestamp()
            found = json.loads(server.get("/api/v1/query", query=query, time=str(at)))
        else:
            daily = target.get("interval") == "1d"
            begin, end = (MIDNIGHT, MIDNIGHT) if daily else (BEGAN, BEGAN + timedelta(minutes=15))
            times = {"start": str(begin.timestamp()), "end": str(end.timestamp()), "step": "1d" if daily else "1s"}
            found = json.loads(server.get("/api/v1/query_range", query=query, nocache="1", **times))
        return {tags(one["metric"]): values(one) for one in found["data"]["result"]}

    return answer


def tags(metric: dict[str, str]) -> tuple[str, ...]:
    return tuple(value for name, value in sorted(metric.items()) if name != "__name__")


def values(series: dict[str, Any]) -> list[float]:
    return [float(value) for _, value in series.get("values", [series.get("value")])]


@pytest.mark.parametrize("name", TARGETS)
def test_a_query_answers_the_truth(ask: Ask, name: str) -> None:
    found = ask(TARGETS[name])
    known = {key: [value for value in each if value is not None] for key, each in ANSWERS[name].items()}
    truth = {key: each for key, each in known.items() if each}
    assert found.keys() == truth.keys()
    for key, expected in truth.items():
        assert found[key] == pytest.approx([float(value) for value in expected], abs=1e-9), key


@pytest.mark.parametrize("name", [name for name, target in TARGETS.items() if "$machine" in target["expr"]])
def test_a_query_is_about_the_chosen_machine_and_site(ask: Ask, name: str) -> None:
    assert ask(TARGETS[name], machine="press-9") == {}
    assert ask(TARGETS[name], site="elsewhere") == {}


def test_only_tables_are_left_out() -> None:
    influxdb = {name: json.loads(text) for name, text in texts().items()}
    missing = {
        panel["type"]
        for name, dashboard in influxdb.items()
        for panel in dashboard["panels"]
        if panel["title"] not in {one["title"] for one in DASHBOARDS[name]["panels"]}
    }
    assert missing == {"table", "barchart"}


def test_machine_and_site_can_be_chosen(server: Http) -> None:
    for dashboard in DASHBOARDS.values():
        for variable, place, expected in zip(
            dashboard["templating"]["list"], ("", "gym"), ({"gym"}, {*MACHINES}), strict=True
        ):
            asked = re.fullmatch(r"label_values\((.*), (\w+)\)", variable["query"])
            assert asked
            match = {"match[]": asked[1].replace("$site", place), "start": str(BEGAN.timestamp() - 60)}
            found = json.loads(server.get("/api/v1/series", **match))
            assert {series[asked[2]] for series in found["data"]} == expected
