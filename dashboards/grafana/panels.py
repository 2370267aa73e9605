"""The JSON that Grafana wants for a dashboard, from a short description of its panels."""

import re
from dataclasses import dataclass, field
from typing import Any

DATASOURCE = {"type": "influxdb", "uid": "legpress"}
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
FLAGS = ("bounced", "hard_lockout", "partial")


@dataclass
class Panel:
    title: str
    kind: str
    """Grafana's panel type."""
    queries: list[str]
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
    of: str = "machine"
    """The tag that tells its series apart."""
    about: str = ""
    """What a person should know of it."""


def dashboard(
    name: str, title: str, description: str, panels: list[Panel], time_from: str, refresh: str = ""
) -> dict[str, Any]:
    return {
        "uid": f"legpress-{name}",
        "title": title,
        "description": description,
        "tags": ["legpress"],
        "schemaVersion": 39,
        "editable": True,
        "graphTooltip": 1,
        "refresh": refresh,
        "time": {"from": time_from, "to": "now"},
        "timezone": "browser",
        "templating": {
            "list": [
                variable("site", "Site"),
                variable("machine", "Machine", ' WHERE "site" =~ /^$site$/', several=True),
            ]
        },
        "links": [{"type": "dashboards", "title": "Leg press", "tags": ["legpress"], "asDropdown": True}],
        "panels": placed(panels),
    }


def variable(name: str, label: str, where: str = "", several: bool = False) -> dict[str, Any]:
    """One to choose from what the points are tagged with."""
    return {
        "name": name,
        "label": label,
        "type": "query",
        "datasource": DATASOURCE,
        "query": f'SHOW TAG VALUES FROM "rep", "sensor", "hub" WITH KEY = "{name}"{where}',
        "refresh": 2,
        "sort": 1,
        "multi": several,
        "includeAll": several,
        "current": {"text": "All", "value": "$__all"} if several else {},
    }


def placed(panels: list[Panel]) -> list[dict[str, Any]]:
    """Left to right, a new row where the 24 columns are full."""
    built, x, y, row_height = [], 0, 0, 0
    for number, panel in enumerate(panels, start=1):
        if x + panel.width > 24:
            x, y, row_height = 0, y + row_height, 0
        built.append(panel_json(panel, number, x, y))
        x += panel.width
        row_height = max(row_height, panel.height)
    return built


def panel_json(panel: Panel, number: int, x: int, y: int) -> dict[str, Any]:
    table = panel.kind in ("table", "barchart")
    names = [f"$tag_{panel.of} {name}".strip() for name in panel.names or [""] * len(panel.queries)]
    targets = [
        {
            "refId": chr(ord("A") + index),
            "datasource": DATASOURCE,
            "query": query,
            "rawQuery": True,
            "resultFormat": "table" if table else "time_series",
            **({} if table else {"alias": alias}),
        }
        for index, (query, alias) in enumerate(zip(panel.queries, names, strict=True))
    ]
    return {
        "id": number,
        "title": panel.title,
        "description": panel.about,
        "type": panel.kind,
        "datasource": DATASOURCE,
        "gridPos": {"x": x, "y": y, "w": panel.width, "h": panel.height},
        "targets": targets,
        "fieldConfig": {"defaults": field_defaults(panel), "overrides": columns_of(panel) if table else []},
        "options": {},
    }


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
    names = dict.fromkeys(re.findall(r'"([a-z_]+)"', " ".join(panel.queries)))
    found = []
    for name in names:
        unit = next((unit for ending, unit in UNITS.items() if name.endswith(ending)), None)
        properties = [{"id": "unit", "value": unit}] if unit else []
        properties += [{"id": "mappings", "value": worded(HAPPENED)}] if name in FLAGS else []
        if properties:
            found.append({"matcher": {"id": "byName", "options": name}, "properties": properties})
    return found


def worded(said: dict[int, tuple[str, str]]) -> list[dict[str, Any]]:
    words = {str(value): {"text": text, "color": color, "index": value} for value, (text, color) in said.items()}
    return [{"type": "value", "options": words}]
