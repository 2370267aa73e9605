"""`sensor-hub profile`: what is known of a machine, for people and programs."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from sensor_hub.cli import main


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "hub.toml").write_text(
        '[hub]\nsite = "gym"\n[[machines]]\nname = "stack"\nsite = "upstairs"\nfirst = "concentric"\n',
        encoding="utf-8",
    )
    return tmp_path


def run(folder: Path, *arguments: str) -> Result:
    return CliRunner().invoke(
        main, ["profile", *arguments, "--data", str(folder), "--config", str(folder / "hub.toml")]
    )


def test_values_are_set_shown_and_forgotten(folder: Path) -> None:
    assert run(folder, "set", "press", "incline_deg=45", "first=eccentric").exit_code == 0
    assert (folder / "profiles" / "gym.press.toml").is_file()
    shown = run(folder, "show", "press").output
    assert "incline_deg              45.000" in shown
    assert "full_range_m             unknown" in shown
    known = json.loads(run(folder, "show", "press", "--json").output)
    assert (known["incline_deg"], known["first"], known["sets"]) == (45.0, "eccentric", 0)
    assert run(folder, "forget", "press").exit_code == 0
    assert run(folder, "show", "press").exit_code == 2


def test_the_settings_tell_the_site_and_stand_above(folder: Path) -> None:
    assert run(folder, "set", "stack", "first=eccentric", "full_range_m=0.6").exit_code == 0
    assert (folder / "profiles" / "upstairs.stack.toml").is_file()
    known = json.loads(run(folder, "show", "stack", "--json").output)
    assert (known["first"], known["full_range_m"]) == ("concentric", 0.6)


def test_an_unknown_machine_is_answered_with_the_known_ones(folder: Path) -> None:
    assert "No machine has a profile yet." in run(folder, "forget", "press").output
    run(folder, "set", "press", "incline_deg=45")
    result = run(folder, "show", "pres")
    assert result.exit_code == 2
    assert "Known (site.machine): gym.press." in result.output


@pytest.mark.parametrize(
    ("value", "words"),
    [("incline_deg", "has no value"), ("incline_deg=100", "less than or equal to 90"), ("slope=4", '"slope"')],
)
def test_a_wrong_value_changes_nothing(folder: Path, value: str, words: str) -> None:
    result = run(folder, "set", "press", value)
    assert result.exit_code == 2
    assert words in result.output
    assert not (folder / "profiles").exists()
