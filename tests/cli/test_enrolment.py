"""`move`, `forget` and `undo` as a user types them."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from sensor_hub.app.floor.enrolment import EnrolledSensor, Enrolment, EnrolmentFile
from sensor_hub.cli import main

SENSOR = EnrolledSensor(address="C0:FF:EE:00:00:01", family="sled", name="sled-01", site="gym", machine="press-1")


@pytest.fixture
def file(tmp_path: Path) -> EnrolmentFile:
    file = EnrolmentFile(tmp_path)
    file.write(Enrolment((SENSOR,)), "sled-01 put on press-1.", datetime(2026, 3, 1, tzinfo=UTC))
    return file


def hub(file: EnrolmentFile, *arguments: str, settings: str = "") -> Result:
    config = file.path.with_name("hub.toml")
    config.write_text(settings, encoding="utf-8")
    return CliRunner().invoke(main, [*arguments, "--data", str(file.path.parent), "--config", str(config)])


def test_a_sensor_is_moved_forgotten_and_all_of_it_taken_back(file: EnrolmentFile) -> None:
    assert "sled-01 moved from press-1 to hack-2." in hub(file, "move", "sled-01", "hack-2").output
    assert [one.machine for one in file.read()] == ["hack-2"]
    assert "sled-01 taken off hack-2." in hub(file, "forget", "hack-2").output
    assert not file.read()
    assert hub(file, "undo").output == "Taken back: sled-01 taken off hack-2.\n"
    assert hub(file, "undo").output == "Taken back: sled-01 moved from press-1 to hack-2.\n"
    assert file.read() == Enrolment((SENSOR,))
    assert hub(file, "undo", "--redo").output == "Made again: sled-01 moved from press-1 to hack-2.\n"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("move", "sled-01", "Hack 2"), "Hack 2"),
        (("move", "nobody", "hack-2"), "No sensor nobody is enrolled. Enrolled: sled-01 on press-1."),
        (("forget", "nobody"), "No sensor nobody"),
        (("undo", "--redo"), "nothing to redo"),
    ],
)
def test_what_cannot_be_done_is_said_and_changes_nothing(
    file: EnrolmentFile, arguments: tuple[str, ...], words: str
) -> None:
    result = hub(file, *arguments)
    assert result.exit_code == 2
    assert words in result.output
    assert file.read() == Enrolment((SENSOR,))


def test_a_move_that_the_settings_contradict_is_refused(file: EnrolmentFile) -> None:
    settings = '[hub]\nsite = "gym"\n[[machines]]\nname = "press-1"\nsensor = "sled-01"\n'
    result = hub(file, "move", "sled-01", "hack-2", settings=settings)
    assert result.exit_code == 2
    assert "The settings put the sensor sled-01 on press-1" in result.output
