"""Every query of every dashboard, answered by a real InfluxDB with what the points of an evening say; and the JSON."""

import itertools
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from dashboards.grafana.build import FOLDERS, texts
from dashboards.grafana.health import LOSSES, SIGNAL
from dashboards.grafana.panels import Server
from sensor_hub.pairing.findings import LOSS_RATIO, SIGNAL_DBM
from sensor_hub.store.points import MEASUREMENTS
from tests.conftest import Http
from tests.dashboards.evening import BEGAN, MACHINES, lines
from tests.dashboards.truth import ANSWERS, Answer

GRAFANA = Path(__file__).parents[2] / "dashboards" / "grafana"
DASHBOARDS = {name: json.loads(text) for name, text in texts().items()}
Ask = Callable[..., Answer]


def panels() -> Iterator[tuple[str, dict[str, Any]]]:
    for name, dashboard in DASHBOARDS.items():
        for panel in dashboard["panels"]:
            yield f"{name}: {panel['title']}", panel


QUERIES = {f"{name} {target['refId']}": target["query"] for name, panel in panels() for target in panel["targets"]}


def filled_in(query: str, machine: str = "(press-1|press-2)", site: str = "gym") -> str:
    """As Grafana fills in its variables."""
    until = BEGAN + timedelta(hours=3)
    since = f"time >= '{BEGAN:%Y-%m-%dT%H:%M:%SZ}' and time <= '{until:%Y-%m-%dT%H:%M:%SZ}'"
    text = query.replace("$timeFilter", since).replace("$__interval", "1s")
    return text.replace("$machine", machine).replace("$site", site)


@pytest.fixture(scope="module")
def ask(influxdb: Http) -> Ask:
    influxdb.post("/query", b"", q="CREATE DATABASE legpress")
    influxdb.post("/write", "\n".join(lines()).encode(), db="legpress")

    def answer(query: str) -> Answer:
        (result,) = json.loads(influxdb.get("/query", db="legpress", q=query))["results"]
        assert "error" not in result, result
        found: Answer = {}
        for series in result.get("series", []):
            rows = [tuple(row[1:]) if len(row) > 2 else row[1] for row in series["values"]]
            found[tuple(value for _, value in sorted(series.get("tags", {}).items()))] = rows
        return found

    return answer


def test_every_query_has_a_known_answer() -> None:
    assert QUERIES.keys() == ANSWERS.keys()


@pytest.mark.parametrize("name", ANSWERS)
def test_a_query_answers_the_truth(ask: Ask, name: str) -> None:
    query = filled_in(QUERIES[name])
    assert not re.search(r"\$[a-z_]", query)
    found, truth = ask(query), ANSWERS[name]
    if "fill(null)" in query:
        found = {key: [value for value in values if value is not None] for key, values in found.items()}
    assert found.keys() == truth.keys()
    for key, values in truth.items():
        assert [*flat(found[key])] == pytest.approx([*flat(values)], abs=1e-9), key


def flat(values: list[Any]) -> Iterator[Any]:
    """Rows one behind the other; what is not known as a number that nothing else is."""
    for value in values:
        for cell in value if isinstance(value, tuple) else (value,):
            yield -1e9 if cell is None else int(cell) if isinstance(cell, bool) else cell


@pytest.mark.parametrize("name", [name for name, query in QUERIES.items() if "$machine" in query])
def test_a_query_is_about_the_chosen_machine_and_site(ask: Ask, name: str) -> None:
    assert ask(filled_in(QUERIES[name], machine="press-9")) == {}
    assert ask(filled_in(QUERIES[name], site="elsewhere")) == {}
    with_machine = [key for key in ask(filled_in(QUERIES[name], machine="press-2")) if "press-1" in key]
    assert with_machine == []


def test_every_field_that_is_asked_for_is_one_of_the_documented_points() -> None:
    fields = {one.name: {*one.fields, *one.tags} for one in MEASUREMENTS}
    for name, query in QUERIES.items():
        (measurement,) = set(re.findall(r'FROM "([a-z]+)"', query))
        asked = set(re.findall(r'"([a-z_]+)"', re.sub(r'AS "[^"]+"', "", query))) - {measurement, "value"}
        assert asked <= fields[measurement], name


def test_machine_and_site_can_be_chosen(ask: Ask) -> None:
    for dashboard in DASHBOARDS.values():
        site, machine = dashboard["templating"]["list"]
        assert {value for values in ask(site["query"]).values() for value in values} == {"gym"}
        for place, expected in (("gym", {*MACHINES}), ("elsewhere", set())):
            found = ask(machine["query"].replace("$site", place))
            assert {value for values in found.values() for value in values} == expected


def test_the_files_are_current() -> None:
    for server in Server:
        found = {path.name: path.read_text() for path in FOLDERS[server].glob("*.json")}
        assert found == texts(server), "run: python -m dashboards.grafana.build"


def test_panels_do_not_overlap_and_have_numbers_and_titles_of_their_own() -> None:
    every = [json.loads(text) for server in Server for text in texts(server).values()]
    for dashboard in every:
        cells: list[tuple[int, int]] = []
        for panel in dashboard["panels"]:
            at = panel["gridPos"]
            assert at["x"] + at["w"] <= 24
            cells += itertools.product(range(at["x"], at["x"] + at["w"]), range(at["y"], at["y"] + at["h"]))
        assert len(cells) == len(set(cells))
        for key in ("id", "title"):
            values = [panel[key] for panel in dashboard["panels"]]
            assert len(values) == len(set(values))
    for key in ("uid", "title"):
        assert len({dashboard[key] for dashboard in DASHBOARDS.values()}) == len(DASHBOARDS)


UNITS = {"_s": "s", "_mps": "velocityms", "_m": "lengthm", "_kg": "masskg", "_hz": "hertz", "_dbm": "dBm"}
UNITS |= {"_percent": "percent", "_ratio": "percentunit", "_ppm": "ppm", "_h": "h", "_w_per_kg": "suffix: W/kg"}


@pytest.mark.parametrize(
    ("name", "panel"), list(panels()), ids=lambda value: value if isinstance(value, str) else ""
)
def test_a_panel_shows_the_unit_that_its_fields_name(name: str, panel: dict[str, Any]) -> None:
    fields = {field for target in panel["targets"] for field in re.findall(r'[(" ]"([a-z_]+)"', target["query"])}
    endings = {field: max((end for end in UNITS if field.endswith(end)), key=len, default="") for field in fields}
    units = {field: UNITS[end] for field, end in endings.items() if end}
    config = panel["fieldConfig"]
    if panel["type"] == "table":
        shown = {one["matcher"]["options"]: one["properties"][0]["value"] for one in config["overrides"]}
        assert {field: shown[field] for field in units} == units
    elif units:
        assert {*units.values()} == {config["defaults"]["unit"]}


def test_thresholds_rise_and_are_those_of_the_doctor() -> None:
    for _, panel in panels():
        steps = [step["value"] for step in panel["fieldConfig"]["defaults"].get("thresholds", {}).get("steps", [])]
        assert steps == [] or (steps[0] is None and steps[1:] == sorted(steps[1:]))
    assert tuple(value for value, _ in LOSSES[1:]) == LOSS_RATIO
    assert tuple(value for value, _ in SIGNAL[1:]) == SIGNAL_DBM[::-1]


def test_the_provisioned_datasource_is_the_one_that_is_asked() -> None:
    provisioned = (GRAFANA / "provisioning" / "datasources" / "legpress.yaml").read_text()
    assert "uid: legpress\n" in provisioned
    assert "type: influxdb\n" in provisioned
    asked = {target["datasource"]["uid"] for _, panel in panels() for target in panel["targets"]}
    assert asked == {"legpress"}


def test_what_the_readme_says_puts_everything_where_grafana_looks(tmp_path: Path) -> None:
    """Its commands, in a root of our own; then Grafana's own rules: which files it reads, which variables it needs."""
    readme = (GRAFANA / "README.md").read_text()
    commands, others = re.findall(r"```\n(.*?)```", readme, flags=re.DOTALL)
    (tmp_path / "etc/grafana/provisioning").mkdir(parents=True)
    (tmp_path / "var/lib/grafana").mkdir(parents=True)
    for command in re.split(r"\n|&&", commands.strip()):
        run(shlex.split(command), tmp_path)
    (path,) = re.findall(
        r"path: /(\S+)", (tmp_path / "etc/grafana/provisioning/dashboards/legpress.yaml").read_text()
    )
    assert {file.name for file in (tmp_path / path).glob("*.json")} == DASHBOARDS.keys()
    settings = (tmp_path / "etc/grafana/provisioning/datasources/legpress.yaml").read_text()
    needed = set(re.findall(r"\$\{?(\w+)", settings))
    assert needed == {"LEGPRESS_INFLUX_URL", "LEGPRESS_INFLUX_BUCKET", "LEGPRESS_INFLUX_TOKEN"}
    assert all(f"`{name}`" in readme for name in needed)
    for command in others.strip().splitlines():
        run(shlex.split(command), tmp_path)
    assert {file.name for file in (tmp_path / path).glob("*.json")} == DASHBOARDS.keys()
    assert all('"prometheus"' in file.read_text() for file in (tmp_path / path).glob("*.json"))
    settings = (tmp_path / "etc/grafana/provisioning/datasources/legpress.yaml").read_text()
    assert re.findall(r"\$\{?(\w+)", settings) == ["LEGPRESS_VICTORIA_URL"]
    assert "`LEGPRESS_VICTORIA_URL`" in readme


def run(words: list[str], root: Path) -> None:
    target = root / words[-1].lstrip("/")
    if words[:2] == ["mkdir", "-p"]:
        target.mkdir(parents=True)
        return
    assert words[0] == "cp"
    for pattern in words[1:-1]:
        for source in [] if pattern.startswith("-") else sorted(GRAFANA.glob(pattern)):
            if source.is_dir():
                shutil.copytree(source, target / source.name)
            else:
                shutil.copy(source, os.fspath(target))


def test_an_influxdb_without_logins_takes_the_header_for_what_it_is(ask: Ask, influxdb: Http) -> None:
    """The provisioned datasource always sends one, and by POST."""
    form = urllib.parse.urlencode(
        {"db": "legpress", "q": QUERIES["health.json: Battery A"].replace("$machine", ".*")}
    )
    asked = urllib.request.Request(
        f"{influxdb.url}/query", form.replace("%24site", "gym").encode(), {"Authorization": "Token none"}
    )
    with urllib.request.urlopen(asked, timeout=10) as answer:
        (result,) = json.load(answer)["results"]
    assert [series["values"][0][1] for series in result["series"]] == [80, 80]


def test_the_dashboards_can_be_drawn_without_grafana(ask: Ask, influxdb: Http, tmp_path: Path) -> None:
    until = BEGAN + timedelta(minutes=15)
    command = [sys.executable, "-m", "dashboards.grafana.preview", influxdb.url, "legpress"]
    command += [BEGAN.isoformat(), until.isoformat(), str(tmp_path)]
    done = subprocess.run(command, cwd=GRAFANA.parents[1], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    drawn = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert drawn.keys() == {name.replace(".json", ".png") for name in DASHBOARDS}
    assert all(image.startswith(b"\x89PNG") and len(image) > 20_000 for image in drawn.values())
