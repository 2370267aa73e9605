"""InfluxQL with Grafana's variables in it."""

from collections.abc import Iterable

PLACE = '"site" =~ /^$site$/ AND "machine" =~ /^$machine$/'
HERE = f"WHERE $timeFilter AND {PLACE}"


def columns(names: Iterable[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def last(name: str) -> str:
    """Of the last rep, and nothing where that has none: never a value of the rep before."""
    of_last = f'SELECT last("number"), "{name}" AS "value" FROM "rep" {HERE} GROUP BY "machine"'
    return f'SELECT "value" FROM ({of_last}) GROUP BY "machine"'


def rep(name: str) -> str:
    return f'SELECT "{name}" FROM "rep" {HERE} GROUP BY "machine"'


def trace(name: str) -> str:
    return f'SELECT mean("{name}") FROM "motion" {HERE} GROUP BY time($__interval), "machine" fill(none)'


def daily(how: str, name: str, measurement: str = "rep") -> str:
    return f'SELECT {how}("{name}") FROM "{measurement}" {HERE} GROUP BY time(1d), "machine" fill(none)'


def health_last(name: str) -> str:
    return f'SELECT last("{name}") FROM "sensor" WHERE {PLACE} GROUP BY "machine"'


def health_trace(name: str) -> str:
    return f'SELECT mean("{name}") FROM "sensor" {HERE} GROUP BY time($__interval), "machine" fill(none)'


def health_worst(name: str) -> str:
    return f'SELECT max("{name}") FROM "sensor" {HERE} GROUP BY time($__interval), "machine" fill(none)'
