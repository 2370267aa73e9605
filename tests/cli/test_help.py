"""Every command explains itself, and a wrong one is answered in words."""

import pytest
from click.testing import CliRunner

from sensor_hub.cli import main

COMMANDS = (
    "run",
    "demo",
    "scan",
    "pair",
    "doctor",
    "move",
    "forget",
    "undo",
    "analyze",
    "sessions",
    "watch",
    "reanalyze",
    "export",
    "import",
    "backup",
    "restore",
    "parked",
    "profile",
    "config",
)

SUBCOMMANDS = [
    ("config", "check"),
    ("config", "example"),
    ("profile", "show"),
    ("profile", "set"),
    ("profile", "forget"),
    ("parked", "list"),
    ("parked", "retry"),
    ("parked", "drop"),
]


def test_the_first_help_names_every_command_and_where_to_begin() -> None:
    result = CliRunner().invoke(main, ["--help"])
    assert result.exit_code == 0
    assert "sensor-hub demo" in result.output
    for command in COMMANDS:
        assert f"\n  {command} " in result.output


@pytest.mark.parametrize("command", [(name,) for name in COMMANDS] + SUBCOMMANDS)
def test_every_command_has_help(command: tuple[str, ...]) -> None:
    result = CliRunner().invoke(main, [*command, "--help"])
    assert result.exit_code == 0
    assert len(result.output.splitlines()) >= 6


def test_an_unknown_command_is_a_usage_error() -> None:
    result = CliRunner().invoke(main, ["anlyze"])
    assert result.exit_code == 2
    assert "No such command 'anlyze'" in result.output
