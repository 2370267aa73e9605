"""What hubs told of themselves: the latest counts, an hour is one row, and nothing is kept for ever."""

from datetime import UTC, datetime, timedelta

import pytest

from sensor_hub.app.keeping.keeper import Keeper
from sensor_hub.bus.examples import examples
from sensor_hub.config import Settings
from sensor_hub.messages import HubMessage, Kind
from sensor_hub.store import KEPT_HOURS, Store, forget_hours, hubs, sensor_hours

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def told(minutes: float, name: str = "hub-1", site: str = "gym", samples: int = 1000) -> HubMessage:
    example = examples()[Kind.HUB]
    assert isinstance(example, HubMessage)
    machines = [one.model_copy(update={"site": site, "samples": samples}) for one in example.machines]
    changes = {"time": NOON + timedelta(minutes=minutes), "machine": name, "site": site, "machines": machines}
    return example.model_copy(update=changes | {"id": f"{name}.hub.{minutes}"})


def latest(store: Store) -> dict[str, datetime]:
    with store.transaction() as connection:
        return {one.machine: one.time for one in hubs(connection, NOON - timedelta(days=1))}


def test_the_latest_word_counts_in_whatever_order_they_come(store: Store) -> None:
    words = [told(minutes) for minutes in (0, 15, 30)]
    store.record([words[0], words[2], words[1], words[0], told(5, "hub-2")])
    assert latest(store) == {"hub-1": words[2].time, "hub-2": NOON + timedelta(minutes=5)}
    with store.transaction() as connection:
        assert hubs(connection, words[2].time) == [words[2]]


def test_an_hour_is_one_row_of_its_last_word(store: Store) -> None:
    store.record([told(minutes, samples=1000 + round(minutes)) for minutes in (0, 15, 59, 61)])
    store.record([told(30, samples=1030), told(0, site="other")])
    with store.transaction() as connection:
        found = sensor_hours(connection, "gym", NOON)
        assert sensor_hours(connection, "gym", NOON + timedelta(hours=1)) == found[1:]
    assert [(one.hour, one.samples) for one in found] == [
        (NOON, 1059),
        (NOON + timedelta(hours=1), 1061),
    ]
    first = found[0]
    assert (first.machine, first.hub, first.started, first.sensor) == (
        "press-1",
        "hub-1",
        told(0).started,
        "F0:F1:F2:F3:F4:01",
    )
    assert (first.battery_percent, first.battery_h, first.rssi_dbm, first.lost) == (82, 96.5, -61, 2997)


def test_a_hub_is_no_machine_and_passes_nothing_on(file_store: Store) -> None:
    file_store.record([told(0)])
    assert file_store.machines() == []


def test_hours_are_forgotten_and_the_latest_word_is_not(store: Store) -> None:
    store.record([told(0), told(120)])
    with store.transaction() as connection:
        assert forget_hours(connection, NOON + timedelta(minutes=90)) == 1
        assert [one.hour for one in sensor_hours(connection, "gym", NOON)] == [NOON + timedelta(hours=2)]
    assert latest(store) == {"hub-1": NOON + timedelta(hours=2)}


@pytest.mark.parametrize(("late", "left"), [(timedelta(0), 1), (timedelta(hours=1), 0)])
def test_the_keeper_forgets_them_in_time(file_store: Store, late: timedelta, left: int) -> None:
    file_store.record([told(0)])
    Keeper(file_store, Settings()).look(NOON + KEPT_HOURS + late)
    with file_store.transaction() as connection:
        assert len(sensor_hours(connection, "gym", NOON)) == left
