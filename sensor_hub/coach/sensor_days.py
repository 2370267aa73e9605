"""A sensor's battery and losses day by day, from what its hub told every hour.

1. The hub counts samples and losses since it runs. What came in an hour is the difference to the hour before, of the
   same hub's run and the same sensor; of a run's first hour in sight everything, where the run began in sight, too.
2. A day's loss is lost over all of its samples, None where none came. Its battery is the lowest charge that was told.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo


@dataclass(frozen=True, slots=True)
class SensorHour:
    """samples, lost: since `started`."""

    machine: str
    hub: str
    hour: datetime
    started: datetime
    sensor: str | None
    battery_percent: int | None
    battery_h: float | None
    rssi_dbm: int | None
    samples: int
    lost: int


@dataclass(frozen=True, slots=True)
class SensorDay:
    machine: str
    day: date
    battery_percent: int | None
    loss_ratio: float | None


def sensor_days(hours: Iterable[SensorHour], since: datetime, zone: tzinfo | None = None) -> list[SensorDay]:
    """hours: in order of time. zone: None for this computer's. By machine and day."""
    hours = list(hours)
    day_of = {hour: hour.astimezone(zone).date() for hour in {one.hour for one in hours}}
    before: dict[str, SensorHour] = {}
    found: dict[tuple[str, date], list[tuple[int | None, int, int]]] = {}
    for one in hours:
        came = _came(before.get(one.machine), one, since)
        before[one.machine] = one
        found.setdefault((one.machine, day_of[one.hour]), []).append((one.battery_percent, *came))
    return [_day(machine, day, told) for (machine, day), told in sorted(found.items())]


def _came(before: SensorHour | None, one: SensorHour, since: datetime) -> tuple[int, int]:
    """Samples and losses of the hour."""
    if before is not None and (before.hub, before.started) == (one.hub, one.started):
        same = before.sensor == one.sensor
        return (one.samples - before.samples, one.lost - before.lost) if same else (0, 0)
    return (one.samples, one.lost) if one.started >= since else (0, 0)


def _day(machine: str, day: date, told: Sequence[tuple[int | None, int, int]]) -> SensorDay:
    charges = [percent for percent, _, _ in told if percent is not None]
    samples, lost = sum(samples for _, samples, _ in told), sum(lost for _, _, lost in told)
    loss = lost / (samples + lost) if samples + lost > 0 else None
    return SensorDay(machine, day, min(charges, default=None), loss)
