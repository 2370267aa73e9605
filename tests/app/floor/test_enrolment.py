"""The enrolment file: whole, commented, strict; what contradicts is refused; every change can be taken back."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from sensor_hub.app.floor.enrolment import EnrolledSensor, Enrolment, EnrolmentFile, parse, render
from sensor_hub.app.floor.places import Places
from sensor_hub.config import Settings
from sensor_hub.errors import ConfigError
from sensor_hub.pairing import MachineKind

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def sensor(number: int = 1, machine: str = "press-1", **changes: Any) -> EnrolledSensor:
    given = {
        "address": f"C0:FF:EE:00:00:0{number}",
        "family": "sled",
        "name": f'Sled "{number}"',
        "site": "gym",
        "machine": machine,
        "kind": MachineKind.LEG_PRESS_45,
    }
    return EnrolledSensor.model_validate(given | changes)


BOTH = Enrolment((sensor(1), sensor(2, "press-2", kind=None, serial="0042")))


@pytest.fixture
def file(tmp_path: Path) -> EnrolmentFile:
    return EnrolmentFile(tmp_path)


def test_what_is_written_is_read_again(file: EnrolmentFile) -> None:
    assert not file.read()
    file.write(BOTH, "two", NOON)
    assert file.read() == BOTH
    assert "# address: The sensor's Bluetooth address" in file.path.read_text(encoding="utf-8")


def test_a_name_full_of_quotes_and_control_characters_survives() -> None:
    odd = Enrolment((sensor(name='a"b\\c\n\x07ü'),))
    assert parse(render(odd), Path("x")) == odd


def test_a_change_by_somebody_else_is_noticed(file: EnrolmentFile, tmp_path: Path) -> None:
    file.read()
    assert not file.changed()
    EnrolmentFile(tmp_path).write(BOTH, "two", NOON)
    assert file.changed()
    file.read()
    assert not file.changed()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[[sensors]]\naddres = 'a'", 'sensor 1: there is no value "addres"; did you mean "address"?'),
        ("[[sensors]]\naddress = 'a'", "sensor 1: family is missing."),
        ("[sensor]\n", 'no table "sensor"; write [[sensors]]'),
        ("[sensors]\n", "two brackets"),
        ("sensors = [1]\n", "sensor 1: it is not a table."),
        ("[[sensors]", "is not valid TOML"),
        (
            "[[sensors]]\naddress='a'\nfamily='sled'\nsite='gym'\nmachine='Press 1'",
            "machine = 'Press 1' does not fit. The machine's name",
        ),
    ],
)
def test_what_is_wrong_in_the_file_is_said(file: EnrolmentFile, text: str, words: str) -> None:
    file.path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        file.read()
    assert words in str(caught.value)
    assert str(file.path) in str(caught.value)


@pytest.mark.parametrize(
    ("second", "words"), [(sensor(1, "press-9"), "twice"), (sensor(3, "press-1"), "two sensors on press-1")]
)
def test_a_sensor_or_a_machine_twice_in_the_file_is_refused(second: EnrolledSensor, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        parse(render(Enrolment((sensor(1), second))), Path("x"))


def test_a_machine_gets_another_sensor_only_when_asked_to() -> None:
    with pytest.raises(ConfigError, match="press-1 has the sensor"):
        BOTH.with_sensor(sensor(3))
    replaced = BOTH.with_sensor(sensor(3), replacing=True)
    assert [one.address[-1] for one in replaced] == ["2", "3"]


@pytest.mark.parametrize("word", ["c0:ff:ee:00:00:02", 'sled "2"', "0042", "press-2"])
def test_a_sensor_is_moved_by_any_of_its_names(word: str) -> None:
    moved = BOTH.moved(word, "press-3", "upstairs").at("C0:FF:EE:00:00:02")
    assert moved is not None
    assert (moved.site, moved.machine, moved.serial) == ("upstairs", "press-3", "0042")


def test_moving_and_forgetting_say_what_is_known() -> None:
    with pytest.raises(ConfigError, match=r'No sensor nine is enrolled. Enrolled: Sled "1" on press-1'):
        BOTH.without("nine")
    with pytest.raises(ConfigError, match="2 sensors are called twin"):
        Enrolment((sensor(1, name="twin"), sensor(2, "press-2", name="twin"))).find("twin")
    with pytest.raises(ConfigError, match="press-2 has the sensor"):
        BOTH.moved("press-1", "press-2")
    assert not BOTH.without("press-1").without("press-2")


def test_changes_are_taken_back_and_made_again(file: EnrolmentFile, tmp_path: Path) -> None:
    profile = tmp_path / "profiles" / "gym.press-1.toml"
    file.write(Enrolment((sensor(1),)), "first", NOON, {"profiles/gym.press-1.toml": "sets = 1\n"})
    file.write(BOTH, "second", NOON)
    profile.write_text("sets = 2\n", encoding="utf-8")
    assert file.undo() == "second"
    assert len(file.read().sensors) == 1
    assert profile.read_text(encoding="utf-8") == "sets = 2\n"
    assert file.undo() == "first"
    assert not profile.exists()
    assert not file.path.exists()
    with pytest.raises(ConfigError, match="nothing to undo"):
        file.undo()
    assert [file.redo(), file.redo()] == ["first", "second"]
    assert file.read() == BOTH
    with pytest.raises(ConfigError, match="nothing to redo"):
        file.redo()


def test_a_new_change_ends_what_could_be_made_again(file: EnrolmentFile) -> None:
    file.write(BOTH, "two", NOON)
    file.undo()
    file.write(Enrolment((sensor(1),)), "one", NOON)
    with pytest.raises(ConfigError, match="nothing to redo"):
        file.redo()
    assert file.undo() == "one"


def test_an_edited_file_is_not_taken_back(file: EnrolmentFile) -> None:
    file.write(BOTH, "two", NOON)
    file.path.write_text(render(Enrolment((sensor(1),))), encoding="utf-8")
    with pytest.raises(ConfigError, match="was edited since"):
        file.undo()


@pytest.mark.parametrize(
    "machine",
    [
        {"name": "press-9", "sensor": "C0:ff:ee:00:00:01"},
        {"name": "press-9", "sensor": 'Sled "1"'},
        {"name": "press-1", "sensor": "C0:FF:EE:00:00:07"},
        {"name": "press-1", "sensor": "C0:FF:EE:00:00:01", "site": "upstairs"},
    ],
)
def test_settings_that_say_otherwise_are_refused(machine: dict[str, str]) -> None:
    settings = Settings.model_validate({"hub": {"site": "gym"}, "machines": [machine]})
    with pytest.raises(ConfigError, match=r"The settings put the sensor .* the enrolment puts Sled"):
        Places(settings, BOTH)


def test_settings_that_say_the_same_are_welcome() -> None:
    machines = [{"name": "press-1", "sensor": "C0:FF:EE:00:00:01"}, {"name": "press-7", "sensor": "seven"}]
    Places(Settings.model_validate({"hub": {"site": "gym"}, "machines": machines}), BOTH)
