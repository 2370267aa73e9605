"""The JSON that Grafana wants for a dashboard, from a short description of its panels."""

import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from dashboards.grafana.queries import Query


class Server(StrEnum):
    """What Grafana calls the kind of datasource."""

    INFLUXDB = "influxdb"
    VICTORIA_METRICS = "prometheus"


UNITS = {
    "_percent": "percent",
    "_mps": "velocityms",
    "_deg": "degree",
    "_kg": "masskg",
    "_ratio": "percentunit",
    "_m": "lengthm",
    "_s": "s",
}
"""Grafana's unit for the ending of a field's name, the longer one first."""
HAPPENED = {0: ("no", "text"), 1: ("yes", "orange")}
TABLES = ("table", "barchart")
FLAGS = ("bounced", "hard_lockout", "partial")


@dataclass
class Panel:
    title: str
    kind: str
    """Grafana's panel type."""
    queries: list[Query]
    width: int = 12
    height: int = 8
    unit: str = "none"
    names: list[str] = field(default_factory=list)
    """A name for each query's series, behind the machine's."""
    said: dict[int, tuple[str, str]] = field(default_factory=dict)
    """Words and colours for numbers."""
    custom: dict[str, Any] = field(default_factory=dict)
    lowest: float | None = None
    highest: float | None = None
    steps: list[tuple[float, str]] = field(default_factory=list)
    """Colours: from each number upwards. The lowest one is for everything below the second."""
    shortest: str = ""
    """Time that a point stands for at least, where a shorter one would leave gaps between them."""
    of: str = "machine"
    """The tag that tells its series apart."""
    about: str = ""
    """What a person should know of it."""


@dataclass
class Board:
    name: str
    title: str
    description: str
    panels: list[Panel]
    time_from: str
    refresh: str = ""


def dashboard(board: Board, server: Server) -> dict[str, Any]:
    """With the panels that the server can answer."""
    answered = [
        panel for panel in board.panels if server is Server.INFLUXDB or all(q.metricsql for q in panel.queries)
    ]
    return {
        "uid": f"legpress-{board.name}",
        "title": board.title,
        "description": board.description,
        "tags": ["legpress"],
        "schemaVersion": 39,
        "editable": True,
        "graphTooltip": 1,
        "refresh": board.refresh,
        "time": {"from": board.time_from, "to": "now"},
        "timezone": "browser",
        "templating": {"list": variables(server)},
        "links": [{"type": "dashboards", "title": "Leg press", "tags": ["legpress"], "asDropdown": True}],
        "panels": placed(answered, server),
    }


def datasource(server: Server) -> dict[str, str]:
    return {"type": server.value, "uid": "legpress"}


def variables(server: Server) -> list[dict[str, Any]]:
    """One site, and any of its machines, from what the points are tagged with."""
    if server is Server.INFLUXDB:
        tags = 'SHOW TAG VALUES FROM "rep", "sensor", "hub" WITH KEY = '
        return [
            variable(server, "site", f'{tags}"site"'),
            variable(server, "machine", f'{tags}"machine" WHERE "site" =~ /^$site$/', several=True),
        ]
    told = '{__name__=~"rep_number|sensor_streaming|hub_online"'
    return [
        variable(server, "site", f"label_values({told}}}, site)"),
        variable(server, "machine", f'label_values({told}, site="$site"}}, machine)', several=True),
    ]


def variable(server: Server, name: str, query: str, several: bool = False) -> dict[str, Any]:
    return {
        "name": name,
        "label": name.capitalize(),
        "type": "query",
        "datasource": datasource(server),
        "query": query,
        "refresh": 2,
        "sort": 1,
        "multi": several,
        "includeAll": several,
        "current": {"text": "All", "value": "$__all"} if several else {},
    }


def placed(panels: list[Panel], server: Server) -> list[dict[str, Any]]:
    """Left to right, a new row where the 24 columns are full."""
    built, x, y, row_height = [], 0, 0, 0
    for number, panel in enumerate(panels, start=1):
        if x + panel.width > 24:
            x, y, row_height = 0, y + row_height, 0
        built.append(panel_json(panel, server, number, x, y))
        x += panel.width
        row_height = max(row_height, panel.height)
    return built


def panel_json(panel: Panel, server: Server, number: int, x: int, y: int) -> dict[str, Any]:
    target = influx_target if server is Server.INFLUXDB else victoria_target
    names = panel.names or [""] * len(panel.queries)
    targets = [
        {"refId": chr(ord("A") + index), "datasource": datasource(server), **target(panel, query, name)}
        for index, (query, name) in enumerate(zip(panel.queries, names, strict=True))
    ]
    return {
        "id": number,
        "title": panel.title,
        "description": panel.about,
        "type": panel.kind,
        "datasource": datasource(server),
        "interval": panel.shortest,
        "gridPos": {"x": x, "y": y, "w": panel.width, "h": panel.height},
        "targets": targets,
        "fieldConfig": {"defaults": field_defaults(panel), "overrides": columns_of(panel)},
        "options": {},
    }


def influx_target(panel: Panel, query: Query, name: str) -> dict[str, Any]:
    shape = {"query": query.influxql, "rawQuery": True}
    if panel.kind in TABLES:
        return shape | {"resultFormat": "table"}
    return shape | {"resultFormat": "time_series", "alias": f"$tag_{panel.of} {name}".strip()}


def victoria_target(panel: Panel, query: Query, name: str) -> dict[str, Any]:
    asked = {"expr": query.metricsql, "legendFormat": f"{{{{{panel.of}}}}} {name}".strip()}
    if query.at_once:
        return asked | {"instant": True, "range": False}
    return asked | {"range": True} | ({"interval": "1d"} if "[1d]" in (query.metricsql or "") else {})


def field_defaults(panel: Panel) -> dict[str, Any]:
    lines = {"thresholdsStyle": {"mode": "dashed"}} if panel.steps and panel.kind == "timeseries" else {}
    defaults: dict[str, Any] = {"unit": panel.unit, "custom": panel.custom | lines}
    if panel.lowest is not None:
        defaults["min"] = panel.lowest
    if panel.highest is not None:
        defaults["max"] = panel.highest
    if panel.said:
        defaults["mappings"] = worded(panel.said)
    if panel.steps:
        steps = [
            {"value": None if not number else value, "color": color}
            for number, (value, color) in enumerate(panel.steps)
        ]
        defaults["thresholds"] = {"mode": "absolute", "steps": steps}
    return defaults


def columns_of(panel: Panel) -> list[dict[str, Any]]:
    """Units and words of a table's columns, by their names."""
    if panel.kind not in TABLES:
        return []
    names = dict.fromkeys(re.findall(r'"([a-z_]+)"', " ".join(query.influxql for query in panel.queries)))
    found = []
    for name in names:
        unit = next((unit for ending, unit in UNITS.items() if name.endswith(ending)), None)
        properties: list[dict[str, Any]] = [{"id": "unit", "value": unit}] if unit else []
        properties += [{"id": "mappings", "value": worded(HAPPENED)}] if name in FLAGS else []
        if properties:
            found.append({"matcher": {"id": "byName", "options": name}, "properties": properties})
    return found


def worded(said: dict[int, tuple[str, str]]) -> list[dict[str, Any]]:
    words = {str(value): {"text": text, "color": color, "index": value} for value, (text, color) in said.items()}
    return [{"type": "value", "options": words}]
