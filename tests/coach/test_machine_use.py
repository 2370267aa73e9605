"""Use by the hour of the week, stops that are hit, and a sensor's days."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from sensor_hub.coach.machine_use import UsedHour, WeekOfReps, use, wear
from sensor_hub.coach.sensor_days import SensorDay, SensorHour, sensor_days

MONDAY = datetime(2026, 3, 2, 17, 0, tzinfo=UTC)
WEST = timezone(timedelta(hours=-20))
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def test_use_is_a_weeks_mean_in_the_hour_in_which_a_set_began() -> None:
    hours = [
        UsedHour("press-1", MONDAY, 4, 40, 240.0),
        UsedHour("press-1", MONDAY + 7 * DAY, 2, 20, 120.0),
        UsedHour("press-1", MONDAY + DAY + HOUR, 1, 10, 60.0),
        UsedHour("press-2", MONDAY, 9, 90, 540.0),
    ]
    first, second = use(hours, UTC)
    assert (first.machine, first.sets, first.reps, first.under_load_s) == ("press-2", 9, 90, 540.0)
    assert (second.machine, second.sets, second.reps, second.under_load_s) == ("press-1", 7, 70, 420.0)
    assert (second.minutes[0][17], second.minutes[1][18]) == (pytest.approx(1.5), pytest.approx(0.25))
    assert sum(map(sum, second.minutes)) == pytest.approx(1.75)
    assert use(hours, WEST)[1].minutes[6][21] == pytest.approx(1.5), "there it is Sunday still"


def weeks(rates: list[int], reps: int = 100) -> list[WeekOfReps]:
    ago = reversed(range(len(rates)))
    return [WeekOfReps("press-1", at, reps, reps, 40, 35, hits, 1) for at, hits in zip(ago, rates, strict=True)]


@pytest.mark.parametrize(
    ("hits", "change", "clear"),
    [
        ([2, 3, 2, 3, 12, 13, 12, 13], 10.0, True),
        ([2, 3, 2, 3, 2, 30, 1, 3], 6.5, False),
        ([3, 2, 3, 2, 2, 3, 2, 3], 0.0, False),
        ([12, 13, 12, 13, 2, 3, 2, 3], -10.0, True),
    ],
)
def test_a_change_is_told_where_it_is_more_than_weeks_differ(hits: list[int], change: float, clear: bool) -> None:
    (found,) = wear(weeks(hits))
    assert (found.change.difference, found.change.clear) == (pytest.approx(change), clear)
    assert found.rates == [float(one) for one in hits]


def test_weeks_of_few_reps_say_nothing() -> None:
    full = weeks([5, 5, 5, 5, 5, 5, 5, 5])
    thin = [*full[:4], *(WeekOfReps("press-1", one.ago, 19, 19, 19, 19, 19, 0) for one in full[4:6]), *full[6:]]
    (found,) = wear(thin)
    assert found.rates == [5.0, 5.0, 5.0, 5.0, None, None, 5.0, 5.0]
    assert (found.change.difference, found.change.clear) == (0.0, None)
    (new,) = wear([WeekOfReps("press-1", 0, 300, 0, 0, 0, 0, 0)])
    assert (len(new.weeks), new.rates, new.change.difference) == (8, [None] * 8, None)


def test_a_sensor_that_cannot_tell_what_threw_the_sled_back_says_nothing() -> None:
    assert WeekOfReps("press-1", 0, 100, 100, 30, 14, 0, 0).rate is None
    assert WeekOfReps("press-1", 0, 100, 100, 30, 15, 6, 0).rate == 6.0
    assert WeekOfReps("press-1", 0, 100, 100, 0, 0, 0, 0).rate == 0.0


def told(
    hour: int, samples: int, lost: int, battery: int | None = 80, start: int = 0, sensor: str = "AA"
) -> SensorHour:
    at = MONDAY.replace(hour=0) + hour * HOUR
    began = MONDAY.replace(hour=0) + start * HOUR
    return SensorHour("press-1", "hub-1", at, began, sensor, battery, None, None, samples, lost)


def test_a_sensors_days_are_differences_within_one_run_of_its_hub() -> None:
    hours = [
        told(0, 100, 0, 81),
        told(1, 900, 100, 79),
        told(24, 1800, 200, 70),
        told(25, 50, 50, 70, start=25),
        told(26, 9000, 60, None, start=25, sensor="BB"),
    ]
    assert sensor_days(hours, MONDAY.replace(hour=0), UTC) == [
        SensorDay("press-1", date(2026, 3, 2), 79, 0.1),
        SensorDay("press-1", date(2026, 3, 3), 70, 150 / 1100),
    ]


def test_what_came_before_what_is_in_sight_is_not_counted() -> None:
    (day,) = sensor_days([told(5, 1000, 500), told(6, 1100, 500)], MONDAY.replace(hour=4), UTC)
    assert (day.loss_ratio, day.battery_percent) == (0.0, 80)
    (silent,) = sensor_days([told(5, 1000, 500)], MONDAY.replace(hour=4), UTC)
    assert silent.loss_ratio is None
