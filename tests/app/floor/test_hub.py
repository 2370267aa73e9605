"""Which sensor belongs to which machine, and what names become."""

from datetime import UTC, datetime
from typing import Any

import pytest
from bleak.backends.device import BLEDevice

from sensor_hub.app.demonstration.simulator import scenario
from sensor_hub.app.floor.enrolment import EnrolledSensor, Enrolment
from sensor_hub.app.floor.places import Places
from sensor_hub.app.measuring.naming import machine_name, moment_id, session_id
from sensor_hub.app.measuring.place import Place
from sensor_hub.config import Settings
from sensor_hub.errors import ConfigError
from sensor_hub.link import Found
from sensor_hub.sensors import DRIVERS


def found(name: str = "Sled 01", address: str = "C0:FF:EE:00:00:01") -> Found:
    return Found(address, name, "sled", -60, driver=DRIVERS[0], device=BLEDevice(address, name, None))


def settings(*machines: dict[str, Any]) -> Settings:
    return Settings.model_validate({"hub": {"site": "gym"}, "machines": machines})


def place_of(found: Found, settings: Settings, *enrolled: EnrolledSensor) -> Place | None:
    return Places(settings, Enrolment(enrolled)).of(found)


def enrolled(address: str = "C0:FF:EE:00:00:01", family: str = "sled") -> EnrolledSensor:
    return EnrolledSensor(address=address, family=family, site="hall", machine="press")


def test_without_machines_every_sensor_becomes_one_of_its_name() -> None:
    assert place_of(found(), settings()) == Place("gym", "sled-01")


@pytest.mark.parametrize("sensor", ["c0:ff:ee:00:00:01", "sled 01"])
def test_a_machine_names_its_sensor_by_address_or_name(sensor: str) -> None:
    configured = settings({"name": "press", "sensor": sensor, "site": "upstairs"})
    assert place_of(found(), configured) == Place("upstairs", "press")


def test_a_machine_without_a_sensor_takes_the_one_of_its_name() -> None:
    assert place_of(found(), settings({"name": "sled-01"})) == Place("gym", "sled-01")


def test_with_machines_a_strangers_sensor_belongs_nowhere() -> None:
    assert place_of(found("sled-99"), settings({"name": "press", "sensor": "sled-01"})) is None


def test_an_enrolled_sensor_is_on_its_machine_whatever_its_name() -> None:
    assert place_of(found("anything"), settings(), enrolled()) == Place("hall", "press")


def test_once_one_is_enrolled_no_other_becomes_a_machine() -> None:
    assert place_of(found(address="C0:FF:EE:00:00:02"), settings(), enrolled()) is None
    assert place_of(found(), settings({"name": "sled-01"}), enrolled("C0:FF:EE:00:00:02")) is None
    assert place_of(found(), settings({"name": "a", "sensor": "sled 01"}), enrolled("C0:FF:EE:00:00:02")) == Place(
        "gym", "a"
    )


def test_a_machine_by_name_alone_is_nobodys_choice() -> None:
    assert Places(settings(), Enrolment()).assigned(found()) is None
    assert Places(settings({"name": "sled-01"}), Enrolment()).assigned(found()) == Place("gym", "sled-01")
    assert Places(settings(), Enrolment((enrolled(),))).assigned(found()) == Place("hall", "press")


def test_another_family_at_an_enrolled_address_is_not_the_sensor() -> None:
    assert place_of(found(), settings(), enrolled(family="polar")) is None


@pytest.mark.parametrize(
    ("bluetooth", "machine"),
    [
        ("Sled 01", "sled-01"),
        ("WT901BLE67", "wt901ble67"),
        ("Über/Presse", "ueber-presse"),
        ("Prensa señor", "prensa-senor"),
        ("  ", "sensor"),
    ],
)
def test_bluetooth_names_become_machine_names(bluetooth: str, machine: str) -> None:
    assert machine_name(bluetooth) == machine


def test_ids_tell_what_they_are_about() -> None:
    started = datetime(2026, 3, 1, 9, 0, 10, tzinfo=UTC)
    one = session_id(started, "press", "A", 10.0)
    assert one.startswith("20260301T090010Z-press-")
    assert one != session_id(started, "press", "B", 10.0)
    assert moment_id("a", 1, "raw", at_s=12.3456) == "a.1.raw.12346"


def test_the_demos_scenarios_come_along() -> None:
    assert scenario("demo").is_file()
    with pytest.raises(ConfigError, match="nothing-such"):
        scenario("nothing-such")
