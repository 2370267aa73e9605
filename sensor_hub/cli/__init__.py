"""The `sensor-hub` command. Every user error ends as one sentence on stderr and its class's exit code."""

import os
from importlib import import_module
from typing import Any, ClassVar

import click

from sensor_hub import __version__
from sensor_hub.errors import SensorHubError

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
"""Read when numpy is imported, which no command has done yet. The engine's matrices are small: more threads only wait
for one another, and on a busy machine they do so for longer than the work takes."""


class Commands(click.Group):
    """Commands are imported when used, so that `analyze` does not wait for the radio's libraries."""

    modules: ClassVar[dict[str, str]] = {
        "run": "run",
        "demo": "demo",
        "scan": "scan",
        "pair": "pair",
        "doctor": "doctor",
        "move": "enrolment",
        "forget": "enrolment",
        "undo": "enrolment",
        "analyze": "analyze",
        "sessions": "sessions",
        "live": "live",
        "watch": "watch",
        "reanalyze": "reanalyze",
        "export": "export",
        "import": "importing",
        "archive": "archive",
        "chain": "chain",
        "backup": "backup",
        "restore": "backup",
        "parked": "parked",
        "profile": "profile",
        "athlete": "athlete",
        "user": "access",
        "token": "access",
        "kiosk": "access",
        "config": "settings",
    }

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.modules)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.modules:
            return None
        module = import_module(f"sensor_hub.cli.{self.modules[cmd_name]}")
        command: click.Command = getattr(module, "import_" if cmd_name == "import" else cmd_name)
        return command

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except SensorHubError as error:
            click.echo(f"sensor-hub: {error}", err=True)
            ctx.exit(error.exit_code)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="sensor-hub")
def main() -> None:
    """Honest tempo for the leg press.

    A Bluetooth sensor clipped to the sled, reps and tempo live in the browser, sessions kept.

    \b
    No hardware yet?           sensor-hub demo
    A sensor on the sled?      sensor-hub pair, then sensor-hub run
    A recording to look at?    sensor-hub analyze FILE

    Exit codes: 0 done, 2 settings or usage, 3 recording, 5 Bluetooth, 6 broker, 7 database, 8 web server,
    9 picture.
    """
