"""`sensor-hub doctor`: what is well, what is not, and what to do."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import click

from sensor_hub.app.running.doctor import Examined, examine
from sensor_hub.cli.logs import log_to_stderr
from sensor_hub.cli.options import json_option, print_json, settings_from, settings_options
from sensor_hub.cli.pair import MARKS
from sensor_hub.cli.running import until_stopped
from sensor_hub.config import data_dir
from sensor_hub.pairing import Grade, worst


@click.command()
@settings_options
@click.option("--adapter", "adapters", multiple=True, help="Bluetooth adapter instead of the settings'.")
@json_option
@click.pass_context
def doctor(
    context: click.Context,
    config_file: Path | None,
    data_folder: Path | None,
    adapters: Sequence[str],
    as_json: bool,
) -> None:
    """Check the computer and every enrolled sensor, and say what to do.

    Bluetooth, data folder, disk, clock, database, broker; then each sensor's signal, losses, rate, interval and
    battery, as a running hub last told, or by a short connection where none runs. Exit code 1 when something is wrong.
    """
    log_to_stderr(verbose=False)
    settings = settings_from(config_file, data_folder)
    if adapters:
        bluetooth = settings.bluetooth.model_copy(update={"adapters": tuple(adapters)})
        settings = settings.model_copy(update={"bluetooth": bluetooth})
    click.echo("Looking around ...", err=True)
    examined = until_stopped(examine(settings, data_dir(settings), datetime.now(UTC))) or []
    grade = worst([finding for one in examined for finding in one.findings])
    if as_json:
        print_json({"grade": grade, "examined": [asdict(one) for one in examined]})
    else:
        _print(examined)
    context.exit(1 if grade is Grade.BAD else 0)


def _print(examined: Sequence[Examined]) -> None:
    for one in examined:
        click.echo(one.about)
        for finding in one.findings:
            click.echo(f"  {MARKS[finding.grade]:3s}{finding.sentence}")
