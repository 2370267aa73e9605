"""What panels ask, with Grafana's variables in it: in InfluxQL, and in MetricsQL for a VictoriaMetrics."""

from collections.abc import Iterable
from typing import NamedTuple

PLACE = '"site" =~ /^$site$/ AND "machine" =~ /^$machine$/'
HERE = f"WHERE $timeFilter AND {PLACE}"
SERIES = '{site="$site", machine=~"$machine"}'


class Query(NamedTuple):
    """metricsql: None where VictoriaMetrics cannot answer: it has no rows with several fields.
    at_once: one answer about the whole time shown, not a course."""

    influxql: str
    metricsql: str | None = None
    at_once: bool = False


def columns(names: Iterable[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def last(name: str) -> Query:
    """Of the last rep, and nothing where that has none: never a value of the rep before."""
    of_last = f'SELECT last("number"), "{name}" AS "value" FROM "rep" {HERE} GROUP BY "machine"'
    number, values = (f"rep_{field}{SERIES}[$__range]" for field in ("number", name))
    newest = f"max by (machine) (tlast_over_time({number}))"
    is_newest = f"(tlast_over_time({values}) == on (machine) group_left () {newest})"
    return Query(
        f'SELECT "value" FROM ({of_last}) GROUP BY "machine"',
        f"sum by (machine) (last_over_time({values}) if {is_newest})",
        at_once=True,
    )


def rep(name: str) -> Query:
    """Of every rep."""
    return Query(
        f'SELECT "{name}" FROM "rep" {HERE} GROUP BY "machine"',
        f"max by (machine) (last_over_time(rep_{name}{SERIES}[$__interval]))",
    )


def total(how: str, name: str) -> Query:
    """Of all reps together. how: count, sum or min."""
    over_all = "min" if how == "min" else "sum"
    return Query(
        f'SELECT {how}("{name}") FROM "rep" {HERE}',
        f"{over_all}({how}_over_time(rep_{name}{SERIES}[$__range]))",
        at_once=True,
    )


def daily(how: str, name: str, measurement: str = "rep") -> Query:
    """how: count, sum, mean or max."""
    day = f"{measurement}_{name}{SERIES}[1d] offset -1d"
    if how == "mean":
        metricsql = f"sum by (machine) (sum_over_time({day})) / sum by (machine) (count_over_time({day}))"
    else:
        over_all = "max" if how == "max" else "sum"
        metricsql = f"{over_all} by (machine) ({how}_over_time({day}))"
    influxql = f'SELECT {how}("{name}") FROM "{measurement}" {HERE} GROUP BY time(1d), "machine" fill(none)'
    return Query(influxql, metricsql)


def course(measurement: str, how: str, name: str) -> Query:
    """how: mean, max or last of each stretch of time. Motion has gaps between sets, reports come as they come."""
    over = {"mean": "avg", "max": "max", "last": "last"}[how]
    gaps = "null" if measurement == "motion" else "none"
    return Query(
        f'SELECT {how}("{name}") FROM "{measurement}" {HERE} GROUP BY time($__interval), "machine" fill({gaps})',
        f"max by (machine) ({over}_over_time({measurement}_{name}{SERIES}[$__interval]))",
    )


def newest(measurement: str, name: str) -> Query:
    """The last that was told, however long ago; a VictoriaMetrics looks a month back."""
    return Query(
        f'SELECT last("{name}") FROM "{measurement}" WHERE {PLACE} GROUP BY "machine"',
        f"max by (machine) (last_over_time({measurement}_{name}{SERIES}[30d]))",
        at_once=True,
    )
