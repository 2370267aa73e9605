"""Draws what the dashboards show, without Grafana: every panel in its place, with a server's answers to its queries.

    python -m dashboards.grafana.preview http://127.0.0.1:8086 legpress FROM TO FOLDER

FROM and TO are instants such as 2026-03-02T17:30:00Z. Grafana draws more finely; numbers and places are the same.
"""

import json
import re
import sys
import urllib.parse
import urllib.request
from datetime import datetime
from pathlib import Path
from typing import Any

from matplotlib import dates
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox

from dashboards.grafana.build import texts

SHORT = {
    "velocityms": "m/s",
    "lengthm": "m",
    "masskg": "kg",
    "percentunit": "",
    "none": "",
    "hertz": "Hz",
    "percent": "%",
}
CELL_IN = (0.62, 0.36)
WIDTH = 24
POINTS = 200
COLOURS = {"text": "#555555"}


class Server:
    """An InfluxDB that answers InfluxQL, and what Grafana's variables stand for."""

    def __init__(self, url: str, database: str, begin: datetime, end: datetime) -> None:
        self._address = f"{url}/query?db={urllib.parse.quote(database)}&q="
        self._times = f"time >= '{_text(begin)}' AND time <= '{_text(end)}'"
        self._interval = f"{max(200, round(1000 * (end - begin).total_seconds() / POINTS))}ms"

    def answer(self, query: str) -> list[dict[str, Any]]:
        """Series with `tags`, `columns` and `values`."""
        text = query.replace("$timeFilter", self._times).replace("$__interval", self._interval)
        text = re.sub(r"\$(machine|site)\b", ".*", text)
        with urllib.request.urlopen(self._address + urllib.parse.quote(text), timeout=30) as answer:
            result: dict[str, Any] = json.load(answer)["results"][0]
        if "error" in result:
            raise SystemExit(f"{query}: {result['error']}")
        series: list[dict[str, Any]] = result.get("series", [])
        return series


def draw(dashboard: dict[str, Any], server: Server, to: Path) -> None:
    rows = max(panel["gridPos"]["y"] + panel["gridPos"]["h"] for panel in dashboard["panels"])
    figure = Figure(figsize=(CELL_IN[0] * WIDTH, CELL_IN[1] * rows), facecolor="#f4f5f5")
    for panel in dashboard["panels"]:
        at = panel["gridPos"]
        left, bottom = at["x"] / WIDTH + 0.028, 1 - (at["y"] + at["h"]) / rows + 0.5 / rows
        axes = figure.add_axes((left, bottom, at["w"] / WIDTH - 0.036, (at["h"] - 1.5) / rows))
        axes.set_title(panel["title"], loc="left", fontsize=8, fontweight="bold")
        axes.tick_params(labelsize=6.5)
        found = [(target, one) for target in panel["targets"] for one in server.answer(target["query"])]
        _DRAWN.get(panel["type"], _course)(axes, panel, found)
    figure.savefig(to, dpi=80)


def _course(axes: Axes, panel: dict[str, Any], found: list[Any]) -> None:
    defaults = panel["fieldConfig"]["defaults"]
    style = {"points": "o", "bars": "|"}.get(defaults["custom"].get("drawStyle", ""), "-")
    for target, one in found:
        times = [dates.date2num(datetime.fromisoformat(row[0])) for row in one["values"]]
        values = [row[1] for row in one["values"]]
        name = _named(target["alias"], one)
        if style == "|":
            axes.vlines(times, 0, values, lw=2.5, alpha=0.6, color=f"C{len(axes.collections)}", label=name)
        else:
            axes.plot(times, values, style, ms=3, lw=1, label=name)
    axes.set_ylim(bottom=defaults.get("min"), top=defaults.get("max"))
    _date(axes)
    axes.set_ylabel(_unit(panel), fontsize=6.5)
    axes.grid(alpha=0.3)
    if any(one.get("tags") for _, one in found):
        axes.legend(fontsize=6, loc="upper left")


def _figures(axes: Axes, panel: dict[str, Any], found: list[Any]) -> None:
    axes.set_axis_off()
    for number, (target, one) in enumerate(found):
        name = _named(target["alias"], one)
        place = (number + 0.5) / len(found)
        shown, colour = _worded(panel, one["values"][-1][1])
        axes.text(place, 0.5, shown, ha="center", va="center", fontsize=13, color=colour)
        axes.text(place, 0.12, name, ha="center", va="center", fontsize=6.5)


def _states(axes: Axes, panel: dict[str, Any], found: list[Any]) -> None:
    for row, (_, one) in enumerate(found):
        times = [dates.date2num(datetime.fromisoformat(values[0])) for values in one["values"]]
        for begin, end, values in zip(times, times[1:], one["values"], strict=False):
            if values[1] is not None:
                axes.barh(row, end - begin, left=begin, height=0.6, color=_worded(panel, values[1])[1])
    axes.set_yticks(range(len(found)), [one.get("tags", {}).get("machine", "") for _, one in found])
    _date(axes)


def _date(axes: Axes) -> None:
    locator = dates.AutoDateLocator()
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(dates.ConciseDateFormatter(locator))
    axes.xaxis.get_offset_text().set_fontsize(6)


def _table(axes: Axes, panel: dict[str, Any], found: list[Any]) -> None:
    axes.set_axis_off()
    if not found:
        return
    tags = list(found[0][1].get("tags", {}))
    rows = [
        [*one.get("tags", {}).values(), *map(_cell, values[1:])] for _, one in found for values in one["values"]
    ]
    most = round(panel["gridPos"]["h"] * 1.1)
    columns = [*tags, *found[0][1]["columns"][1:]]
    made = axes.table(rows[:most], colLabels=columns, bbox=Bbox.unit(), cellLoc="center", edges="horizontal")
    made.auto_set_font_size(False)
    made.set_fontsize(6)


_DRAWN = {"stat": _figures, "bargauge": _figures, "state-timeline": _states, "table": _table, "barchart": _table}


def _named(alias: str, series: dict[str, Any]) -> str:
    return re.sub(r"\$tag_(\w+)", lambda tag: str(series.get("tags", {}).get(tag[1], "")), alias).strip()


def _worded(panel: dict[str, Any], value: float | None) -> tuple[str, str]:
    """A number as the panel's words say it, and its colour."""
    defaults = panel["fieldConfig"]["defaults"]
    for mapping in defaults.get("mappings", []):
        if (word := mapping["options"].get(str(value))) is not None:
            return word["text"], COLOURS.get(word["color"], word["color"])
    steps = defaults.get("thresholds", {}).get("steps", [])
    passed = [
        step["color"] for step in steps if value is not None and (step["value"] is None or value >= step["value"])
    ]
    shown = "–" if value is None else f"{_cell(value)} {_unit(panel)}".strip()
    return shown, passed[-1] if passed else "#1f60c4"


def _unit(panel: dict[str, Any]) -> str:
    unit: str = panel["fieldConfig"]["defaults"]["unit"]
    return SHORT.get(unit, unit.removeprefix("suffix: "))


def _cell(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def _text(instant: datetime) -> str:
    return instant.isoformat().replace("+00:00", "Z")


def main() -> None:
    url, database, begin, end, folder = sys.argv[1:]
    server = Server(url, database, datetime.fromisoformat(begin), datetime.fromisoformat(end))
    for name, text in texts().items():
        draw(json.loads(text), server, Path(folder) / name.replace(".json", ".png"))


if __name__ == "__main__":
    main()
