"""Builds the Grafana dashboards for the points of docs/timeseries.md.

`python -m dashboards.grafana.build` in a checkout writes dashboards/grafana/dashboards/*.json. A test says when they
are not current, and runs every query against a real InfluxDB.
"""

import json
from pathlib import Path
from typing import Any

from dashboards.grafana.panels import Panel, dashboard
from dashboards.grafana.queries import (
    HERE,
    PLACE,
    columns,
    daily,
    health_last,
    health_trace,
    health_worst,
    last,
    rep,
    trace,
)

FOLDER = Path(__file__).parent / "dashboards"
PHASES = {
    0: ("idle", "#8e8e8e"),
    1: ("eccentric", "#3274d9"),
    2: ("bottom", "#a352cc"),
    3: ("concentric", "#37872d"),
    4: ("top", "#e0b400"),
}
"""Number, name and colour, as in sensor_hub.store.lines."""
YES_NO = {0: ("no", "#c4162a"), 1: ("yes", "#37872d")}
LOSSES = [(0.0, "green"), (0.01, "orange"), (0.05, "red")]
SIGNAL = [(-120.0, "red"), (-85.0, "orange"), (-75.0, "green")]
"""Where `sensor-hub doctor` and `pair` begin to complain."""
BARS = {"drawStyle": "bars", "fillOpacity": 60, "lineWidth": 0}
POINTS = {"drawStyle": "points", "pointSize": 8}
TEMPO = ("eccentric_s", "bottom_pause_s", "concentric_s", "top_pause_s")


def live() -> dict[str, Any]:
    return dashboard(
        "live",
        "Leg press: live",
        "The running set, some seconds behind the sled: Grafana asks every five. The hub's own live page is faster.",
        [
            Panel(
                "Reps of the set", "stat", [f'SELECT last("number") FROM "rep" {HERE} GROUP BY "machine"'], 4, 5
            ),
            Panel("Range of the last rep", "stat", [last("rom_m")], 4, 5, "lengthm"),
            Panel("Mean velocity of the last rep", "stat", [last("mean_velocity_mps")], 4, 5, "velocityms"),
            Panel(
                "Tempo of the last reps: eccentric, bottom, concentric, top",
                "table",
                [f'SELECT {columns(TEMPO)} FROM "rep" {HERE} GROUP BY "machine" ORDER BY time DESC LIMIT 3'],
                12,
                5,
                "s",
            ),
            Panel("Position", "timeseries", [trace("position_m")], 24, 8, "lengthm"),
            Panel("Velocity (concentric upwards)", "timeseries", [trace("velocity_mps")], 24, 7, "velocityms"),
            Panel(
                "Phase",
                "state-timeline",
                [f'SELECT last("phase") FROM "motion" {HERE} GROUP BY time($__interval), "machine" fill(none)'],
                24,
                5,
                said=PHASES,
            ),
        ],
        time_from="now-2m",
        refresh="5s",
    )


def session() -> dict[str, Any]:
    return dashboard(
        "session",
        "Leg press: session",
        "Choose the time of a session. One bar or point is one rep.",
        [
            *totals(),
            *rep_by_rep(),
            *tables(),
            Panel("Position", "timeseries", [trace("position_m")], 24, 8, "lengthm"),
        ],
        time_from="now-3h",
    )


def totals() -> list[Panel]:
    return [
        Panel("Reps", "stat", [f'SELECT count("number") FROM "rep" {HERE}'], 4, 4),
        Panel("Bounced", "stat", [f'SELECT sum("bounced") FROM "rep" {HERE}'], 4, 4),
        Panel("Hard lockouts", "stat", [f'SELECT sum("hard_lockout") FROM "rep" {HERE}'], 4, 4),
        Panel(
            "Time under tension",
            "stat",
            [f'SELECT sum("time_under_tension_s") FROM "rep" {HERE}'],
            4,
            4,
            "s",
        ),
        Panel("Slowest rep", "stat", [f'SELECT min("mean_velocity_mps") FROM "rep" {HERE}'], 4, 4, "velocityms"),
        Panel("Shortest range", "stat", [f'SELECT min("rom_m") FROM "rep" {HERE}'], 4, 4, "lengthm"),
    ]


def rep_by_rep() -> list[Panel]:
    return [
        Panel(
            "Eccentric and concentric time",
            "timeseries",
            [rep("eccentric_s"), rep("concentric_s")],
            12,
            8,
            "s",
            ["eccentric", "concentric"],
            custom=BARS,
            lowest=0,
        ),
        Panel(
            "Pauses",
            "timeseries",
            [rep("bottom_pause_s"), rep("top_pause_s")],
            12,
            8,
            "s",
            ["bottom", "top"],
            custom=BARS,
            lowest=0,
        ),
        Panel(
            "Concentric velocity",
            "timeseries",
            [rep("mean_velocity_mps"), rep("peak_velocity_mps")],
            12,
            8,
            "velocityms",
            ["mean", "peak"],
            custom=POINTS,
            lowest=0,
        ),
        Panel("Range", "timeseries", [rep("rom_m")], 12, 8, "lengthm", ["range"], custom=POINTS, lowest=0),
    ]


def tables() -> list[Panel]:
    return [
        Panel(
            "Sets",
            "table",
            [f'SELECT "rep_count", "duration_s", "incline_deg" FROM "set" {HERE} GROUP BY "machine", "set"'],
            12,
            8,
        ),
        Panel(
            "Bounces and hard lockouts by set",
            "barchart",
            [
                f'SELECT sum("bounced") AS "bounced", sum("hard_lockout") AS "hard lockout" FROM "rep" {HERE} '
                'GROUP BY "set"'
            ],
            12,
            8,
        ),
        Panel(
            "Every rep",
            "table",
            [
                f'SELECT "number", {columns(TEMPO)}, "rom_m", "mean_velocity_mps", "bounced", "hard_lockout", '
                f'"partial" FROM "rep" {HERE} GROUP BY "machine", "set"'
            ],
            24,
            10,
        ),
    ]


def progress() -> dict[str, Any]:
    return dashboard(
        "progress",
        "Leg press: progress",
        "Day by day (in UTC). Load rises only where range, tempo and reps were kept.",
        [
            Panel("Reps a day", "timeseries", [daily("count", "number")], 12, 8, custom=BARS, lowest=0),
            Panel("Load", "timeseries", [daily("max", "load_kg", "session")], 12, 8, "masskg", ["load"], lowest=0),
            Panel("Eccentric time", "timeseries", [daily("mean", "eccentric_s")], 12, 8, "s", lowest=0),
            Panel(
                "Concentric velocity",
                "timeseries",
                [daily("mean", "mean_velocity_mps")],
                12,
                8,
                "velocityms",
                lowest=0,
            ),
            Panel("Range", "timeseries", [daily("mean", "rom_m")], 12, 8, "lengthm", lowest=0),
            Panel(
                "Time under tension a day",
                "timeseries",
                [daily("sum", "time_under_tension_s")],
                12,
                8,
                "s",
                custom=BARS,
                lowest=0,
            ),
            Panel(
                "Mean power", "timeseries", [daily("mean", "mean_power_w_per_kg")], 12, 8, "suffix: W/kg", lowest=0
            ),
            Panel(
                "Share of reps that bounced or locked out hard",
                "timeseries",
                [daily("mean", "bounced"), daily("mean", "hard_lockout")],
                12,
                8,
                "percentunit",
                ["bounced", "hard lockout"],
                lowest=0,
                highest=1,
            ),
            Panel(
                "Sessions",
                "table",
                [
                    f'SELECT "load_kg", "set_count", "rep_count", "duration_s" FROM "session" {HERE} GROUP BY "machine"'
                ],
                24,
                8,
            ),
        ],
        time_from="now-90d",
    )


def health() -> dict[str, Any]:
    return dashboard(
        "health",
        "Leg press: sensors and hubs",
        "What could cost reps: batteries, weak signals, lost packets, hubs that are away, points that were refused.",
        [*now(), *over_time()],
        time_from="now-24h",
        refresh="30s",
    )


def now() -> list[Panel]:
    return [
        Panel(
            "Battery",
            "bargauge",
            [health_last("battery_percent")],
            6,
            7,
            "percent",
            lowest=0,
            highest=100,
            steps=[(0, "red"), (10, "orange"), (20, "green")],
        ),
        Panel(
            "Use until it is empty",
            "bargauge",
            [health_last("battery_h")],
            6,
            7,
            "h",
            lowest=0,
            steps=[(0, "red"), (4, "orange"), (12, "green")],
            about="Told from how the battery fell so far; nothing while that is too little.",
        ),
        Panel("Streaming", "stat", [health_last("streaming")], 4, 7, said=YES_NO),
        Panel(
            "Hub online",
            "stat",
            [f'SELECT last("online") FROM "hub" WHERE {PLACE} GROUP BY "machine"'],
            4,
            7,
            said=YES_NO,
        ),
        Panel(
            "Points refused",
            "stat",
            ['SELECT last("parked") FROM "sink" WHERE $timeFilter GROUP BY "hub"'],
            4,
            7,
            steps=[(0, "green"), (1, "orange")],
            of="hub",
            about="By this server, and parked at the hub: `sensor-hub parked list` says why.",
        ),
    ]


def over_time() -> list[Panel]:
    return [
        Panel(
            "Lost samples",
            "timeseries",
            [health_trace("loss_ratio")],
            12,
            7,
            "percentunit",
            lowest=0,
            steps=LOSSES,
        ),
        Panel("Signal", "timeseries", [health_trace("rssi_dbm")], 12, 7, "dBm", steps=SIGNAL),
        Panel("Sample rate", "timeseries", [health_trace("rate_hz")], 12, 7, "hertz"),
        Panel(
            "Packets dropped by the hub",
            "timeseries",
            [health_worst("dropped_notifications")],
            12,
            7,
            lowest=0,
            about="Since the hub met the sensor: it was too slow for them. It should stay at nothing.",
        ),
        Panel("Between packets", "timeseries", [health_trace("packet_interval_s")], 12, 7, "s", lowest=0),
        Panel(
            "Still to come from the sensor's memory",
            "timeseries",
            [health_worst("behind_s")],
            12,
            7,
            "s",
            lowest=0,
            about="While a sensor sends what it kept during an outage.",
        ),
        Panel(
            "Clock against the hub's",
            "timeseries",
            [health_trace("clock_error_ppm")],
            12,
            7,
            "ppm",
            about="How much faster the sensor's clock runs. It is corrected for; a jump tells of another sensor.",
        ),
        Panel(
            "Battery over time",
            "timeseries",
            [health_trace("battery_percent")],
            12,
            7,
            "percent",
            lowest=0,
            highest=100,
        ),
        Panel(
            "Not passed on yet",
            "timeseries",
            ['SELECT max("waiting") FROM "sink" WHERE $timeFilter GROUP BY time($__interval), "hub" fill(none)'],
            24,
            6,
            lowest=0,
            of="hub",
            about="Rows that the hub still keeps for this server: after an outage they fall to nothing.",
        ),
    ]


BUILT = {"live": live, "session": session, "progress": progress, "health": health}


def texts() -> dict[str, str]:
    """The content of each dashboard's file, by name."""
    return {f"{name}.json": json.dumps(build(), indent=2) + "\n" for name, build in BUILT.items()}


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for file, text in texts().items():
        (FOLDER / file).write_text(text)
