"""`sensor-hub move`, `forget` and `undo`: which sensor is on which machine, changed without measuring anything."""

from datetime import UTC, datetime
from pathlib import Path

import click

from sensor_hub.app.floor.enrolment import Enrolment, EnrolmentFile
from sensor_hub.app.floor.places import Places
from sensor_hub.cli.options import settings_from, settings_options
from sensor_hub.config import Settings, data_dir

NOTICED = "A running hub notices within seconds. `sensor-hub undo` takes it back."


@click.command()
@click.argument("sensor")
@click.argument("machine")
@click.option("--site", help="The machine's site, where it is another one.")
@settings_options
def move(sensor: str, machine: str, site: str | None, config_file: Path | None, data_folder: Path | None) -> None:
    """Put an enrolled SENSOR on another MACHINE.

    SENSOR is its address, name, serial number, or the machine it is on now. What was learned of either machine stays
    with the machine.
    """
    settings = settings_from(config_file, data_folder)
    file = EnrolmentFile(data_dir(settings))
    enrolment = file.read()
    moving = enrolment.find(sensor)
    what = f"{moving.called} moved from {moving.machine} to {machine}."
    _write(file, settings, enrolment.moved(sensor, machine, site), what)


@click.command()
@click.argument("sensor")
@settings_options
def forget(sensor: str, config_file: Path | None, data_folder: Path | None) -> None:
    """Take an enrolled SENSOR off its machine: the hub talks to it no longer.

    With the last one forgotten, every sensor nearby becomes a machine again. Sessions and profiles stay.
    """
    settings = settings_from(config_file, data_folder)
    file = EnrolmentFile(data_dir(settings))
    enrolment = file.read()
    gone = enrolment.find(sensor)
    _write(file, settings, enrolment.without(sensor), f"{gone.called} taken off {gone.machine}.")


@click.command()
@click.option("--redo", is_flag=True, help="Make again what was undone last.")
@settings_options
def undo(redo: bool, config_file: Path | None, data_folder: Path | None) -> None:
    """Take back the newest change made by pair, move or forget.

    Undoing a pairing also brings back the machine's profile as it was before.
    """
    file = EnrolmentFile(data_dir(settings_from(config_file, data_folder)))
    click.echo(f"Made again: {file.redo()}" if redo else f"Taken back: {file.undo()}")


def _write(file: EnrolmentFile, settings: Settings, enrolment: Enrolment, what: str) -> None:
    Places(settings, enrolment)  # raises where the settings say otherwise
    file.write(enrolment, what, datetime.now(UTC))
    click.echo(f"{what} {NOTICED}")
