"""What is shown of sensors, hubs and what passes points on."""

from dashboards.grafana.panels import Board, Panel
from dashboards.grafana.queries import Query, course, newest

YES_NO = {0: ("no", "#c4162a"), 1: ("yes", "#37872d")}
LOSSES = [(0.0, "green"), (0.01, "orange"), (0.05, "red")]
SIGNAL = [(-120.0, "red"), (-85.0, "orange"), (-75.0, "green")]
"""Where `sensor-hub doctor` and `pair` begin to complain."""


def health() -> Board:
    return Board(
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
            [newest("sensor", "battery_percent")],
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
            [newest("sensor", "battery_h")],
            6,
            7,
            "h",
            lowest=0,
            steps=[(0, "red"), (4, "orange"), (12, "green")],
            about="Told from how the battery fell so far; nothing while that is too little.",
        ),
        Panel("Streaming", "stat", [newest("sensor", "streaming")], 4, 7, said=YES_NO),
        Panel(
            "Hub online",
            "stat",
            [newest("hub", "online")],
            4,
            7,
            said=YES_NO,
        ),
        Panel(
            "Points refused",
            "stat",
            [
                Query(
                    'SELECT last("parked") FROM "sink" WHERE $timeFilter GROUP BY "hub"',
                    "last_over_time(sink_parked[$__range])",
                    at_once=True,
                )
            ],
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
            [course("sensor", "mean", "loss_ratio")],
            12,
            7,
            "percentunit",
            lowest=0,
            steps=LOSSES,
        ),
        Panel("Signal", "timeseries", [course("sensor", "mean", "rssi_dbm")], 12, 7, "dBm", steps=SIGNAL),
        Panel("Sample rate", "timeseries", [course("sensor", "mean", "rate_hz")], 12, 7, "hertz"),
        Panel(
            "Packets dropped by the hub",
            "timeseries",
            [course("sensor", "max", "dropped_notifications")],
            12,
            7,
            lowest=0,
            about="Since the hub met the sensor: it was too slow for them. It should stay at nothing.",
        ),
        Panel(
            "Between packets", "timeseries", [course("sensor", "mean", "packet_interval_s")], 12, 7, "s", lowest=0
        ),
        Panel(
            "Still to come from the sensor's memory",
            "timeseries",
            [course("sensor", "max", "behind_s")],
            12,
            7,
            "s",
            lowest=0,
            about="While a sensor sends what it kept during an outage.",
        ),
        Panel(
            "Clock against the hub's",
            "timeseries",
            [course("sensor", "mean", "clock_error_ppm")],
            12,
            7,
            "ppm",
            about="How much faster the sensor's clock runs. It is corrected for; a jump tells of another sensor.",
        ),
        Panel(
            "Battery over time",
            "timeseries",
            [course("sensor", "mean", "battery_percent")],
            12,
            7,
            "percent",
            lowest=0,
            highest=100,
        ),
        Panel(
            "Not passed on yet",
            "timeseries",
            [
                Query(
                    'SELECT max("waiting") FROM "sink" WHERE $timeFilter GROUP BY time($__interval), "hub" fill(none)',
                    "max_over_time(sink_waiting[$__interval])",
                )
            ],
            24,
            6,
            lowest=0,
            of="hub",
            about="Rows that the hub still keeps for this server: after an outage they fall to nothing.",
        ),
    ]
