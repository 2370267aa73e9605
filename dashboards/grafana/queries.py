"""InfluxQL with Grafana's variables in it."""

from collections.abc import Iterable

HERE = 'WHERE $timeFilter AND "machine" =~ /^$machine$/'


def columns(names: Iterable[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def last(name: str) -> str:
    return f'SELECT last("{name}") FROM "rep" {HERE} GROUP BY "machine"'


def rep(name: str) -> str:
    return f'SELECT "{name}" FROM "rep" {HERE} GROUP BY "machine"'


def trace(name: str) -> str:
    return f'SELECT mean("{name}") FROM "motion" {HERE} GROUP BY time($__interval), "machine" fill(none)'


def daily(how: str, name: str, measurement: str = "rep") -> str:
    return f'SELECT {how}("{name}") FROM "{measurement}" {HERE} GROUP BY time(1d), "machine" fill(none)'


def health_last(name: str) -> str:
    return f'SELECT last("{name}") FROM "sensor" WHERE "machine" =~ /^$machine$/ GROUP BY "machine"'


def health_trace(name: str) -> str:
    return f'SELECT mean("{name}") FROM "sensor" {HERE} GROUP BY time($__interval), "machine" fill(none)'
