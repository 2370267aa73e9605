"""Builds the Grafana dashboards for the points of docs/timeseries.md.

`python -m dashboards.grafana.build` in a checkout writes dashboards/*.json and victoria-metrics/*.json beside itself.
A test says when they are not current, and puts every query to a real server.
"""

import json
from pathlib import Path

from dashboards.grafana.health import health
from dashboards.grafana.panels import Server, dashboard
from dashboards.grafana.reps import live, progress, session

_HERE = Path(__file__).parent
FOLDERS = {Server.INFLUXDB: _HERE / "dashboards", Server.VICTORIA_METRICS: _HERE / "victoria-metrics"}
BOARDS = (live, session, progress, health)


def texts(server: Server = Server.INFLUXDB) -> dict[str, str]:
    """The content of each dashboard's file, by name."""
    boards = [build() for build in BOARDS]
    return {f"{board.name}.json": json.dumps(dashboard(board, server), indent=2) + "\n" for board in boards}


if __name__ == "__main__":
    for server, folder in FOLDERS.items():
        folder.mkdir(exist_ok=True)
        for file, text in texts(server).items():
            (folder / file).write_text(text)
