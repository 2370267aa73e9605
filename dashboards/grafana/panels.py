"""The JSON that Grafana wants for a dashboard, from a short description of its panels."""

from dataclasses import dataclass, field
from typing import Any

DATASOURCE = {"type": "influxdb", "uid": "legpress"}


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
        "templating": {"list": [machine_variable()]},
        "links": [{"type": "dashboards", "title": "Leg press", "tags": ["legpress"], "asDropdown": True}],
        "panels": placed(panels),
    }


def machine_variable() -> dict[str, Any]:
    return {
        "name": "machine",
        "label": "Machine",
        "type": "query",
        "datasource": DATASOURCE,
        "query": 'SHOW TAG VALUES FROM "rep", "sensor", "hub" WITH KEY = "machine"',
        "refresh": 2,
        "sort": 1,
        "multi": True,
        "includeAll": True,
        "current": {"text": "All", "value": "$__all"},
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
    names = [f"$tag_machine {name}".strip() for name in panel.names or [""] * len(panel.queries)]
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
        "type": panel.kind,
        "datasource": DATASOURCE,
        "gridPos": {"x": x, "y": y, "w": panel.width, "h": panel.height},
        "targets": targets,
        "fieldConfig": {"defaults": field_defaults(panel), "overrides": []},
        "options": {},
    }


def field_defaults(panel: Panel) -> dict[str, Any]:
    defaults: dict[str, Any] = {"unit": panel.unit, "custom": panel.custom}
    if panel.lowest is not None:
        defaults["min"] = panel.lowest
    if panel.highest is not None:
        defaults["max"] = panel.highest
    if panel.said:
        words = {
            str(value): {"text": text, "color": color, "index": value}
            for value, (text, color) in panel.said.items()
        }
        defaults["mappings"] = [{"type": "value", "options": words}]
    return defaults
