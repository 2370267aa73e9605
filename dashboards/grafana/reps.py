"""What is shown of reps: live, session by session, over months."""

from dashboards.grafana.panels import Board, Panel
from dashboards.grafana.queries import HERE, Query, columns, course, daily, last, rep, total

PHASES = {
    0: ("idle", "#8e8e8e"),
    1: ("eccentric", "#3274d9"),
    2: ("bottom", "#a352cc"),
    3: ("concentric", "#37872d"),
    4: ("top", "#e0b400"),
}
"""Number, name and colour, as in sensor_hub.store.lines."""
BARS = {"drawStyle": "bars", "fillOpacity": 60, "lineWidth": 0}
POINTS = {"drawStyle": "points", "pointSize": 8}
MOTION = "200ms"
"""Two points of motion, which comes ten times a second."""
SET = ("rep_count", "load_kg", "side", "duration_s", "incline_deg")
SESSION = ("load_kg", "set_count", "rep_count", "duration_s")
TEMPO = ("eccentric_s", "bottom_pause_s", "concentric_s", "top_pause_s")


def live() -> Board:
    return Board(
        "live",
        "Leg press: live",
        "The running set, some seconds behind the sled: Grafana asks every five. The hub's own live page is faster.",
        [
            Panel("Reps of the set", "stat", [last("number")], 4, 5),
            Panel("Range of the last rep", "stat", [last("rom_m")], 4, 5, "lengthm"),
            Panel("Mean velocity of the last rep", "stat", [last("mean_velocity_mps")], 4, 5, "velocityms"),
            Panel(
                "Tempo of the last rep",
                "stat",
                [last(name) for name in TEMPO],
                12,
                5,
                "s",
                ["eccentric", "bottom", "concentric", "top"],
            ),
            position(),
            Panel(
                "Velocity (concentric upwards)",
                "timeseries",
                [course("motion", "mean", "velocity_mps")],
                24,
                7,
                "velocityms",
                shortest=MOTION,
            ),
            Panel(
                "Phase",
                "state-timeline",
                [course("motion", "last", "phase")],
                24,
                5,
                said=PHASES,
                shortest=MOTION,
            ),
            Panel(
                "Tempo of the last reps: eccentric, bottom, concentric, top",
                "table",
                [
                    Query(
                        f'SELECT {columns(TEMPO)} FROM "rep" {HERE} GROUP BY "machine" ORDER BY time DESC LIMIT 3'
                    )
                ],
                24,
                6,
                "s",
            ),
        ],
        time_from="now-2m",
        refresh="5s",
    )


def session() -> Board:
    return Board(
        "session",
        "Leg press: session",
        "Choose the time of a session. One bar or point is one rep.",
        [
            *totals(),
            *rep_by_rep(),
            *tables(),
            position(),
        ],
        time_from="now-3h",
    )


def position() -> Panel:
    return Panel(
        "Position",
        "timeseries",
        [course("motion", "mean", "position_m")],
        24,
        8,
        "lengthm",
        shortest=MOTION,
        about="While a set runs. Its zero wanders from set to set: compare heights within one set only.",
    )


def totals() -> list[Panel]:
    return [
        Panel("Reps", "stat", [total("count", "number")], 4, 4),
        Panel("Bounced", "stat", [total("sum", "bounced")], 4, 4),
        Panel("Hard lockouts", "stat", [total("sum", "hard_lockout")], 4, 4),
        Panel(
            "Time under tension",
            "stat",
            [total("sum", "time_under_tension_s")],
            4,
            4,
            "s",
        ),
        Panel("Slowest rep", "stat", [total("min", "mean_velocity_mps")], 4, 4, "velocityms"),
        Panel("Shortest range", "stat", [total("min", "rom_m")], 4, 4, "lengthm"),
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
            [Query(f'SELECT {columns(SET)} FROM "set" {HERE} GROUP BY "machine", "set"')],
            12,
            8,
        ),
        Panel(
            "Bounces and hard lockouts by set",
            "barchart",
            [
                Query(
                    f'SELECT sum("bounced") AS "bounced", sum("hard_lockout") AS "hard lockout" FROM "rep" {HERE} '
                    'GROUP BY "set"'
                )
            ],
            12,
            8,
        ),
        Panel(
            "Every rep",
            "table",
            [
                Query(
                    f'SELECT "number", {columns(TEMPO)}, "rom_m", "mean_velocity_mps", "bounced", "hard_lockout", '
                    f'"partial" FROM "rep" {HERE} GROUP BY "machine", "set"'
                )
            ],
            24,
            10,
        ),
    ]


def progress() -> Board:
    return Board(
        "progress",
        "Leg press: progress",
        "Day by day (in UTC). Load rises only where range, tempo and reps were kept.",
        [
            Panel("Reps a day", "timeseries", [daily("count", "number")], 12, 8, custom=BARS, lowest=0),
            Panel("Load", "timeseries", [daily("max", "load_kg", "set")], 12, 8, "masskg", ["load"], lowest=0),
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
                [Query(f'SELECT {columns(SESSION)} FROM "session" {HERE} GROUP BY "machine"')],
                24,
                8,
            ),
        ],
        time_from="now-90d",
    )
