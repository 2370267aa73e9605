"""`sensor-hub backup` and `sensor-hub restore`."""

from datetime import UTC, datetime
from pathlib import Path

import click

from sensor_hub.app import backup as backups
from sensor_hub.cli.options import json_option, print_json, settings_from, settings_options
from sensor_hub.config import Settings, data_dir
from sensor_hub.store import file_of


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@settings_options
@json_option
def backup(file: Path, config_file: Path | None, data_folder: Path | None, as_json: bool) -> None:
    """Copy everything that would be missed into one FILE; the hub may run meanwhile.

    FILE is a ZIP with the store as it is at one instant, the machines' profiles, the enrolment and what is known of
    batteries. It is read back and compared before it gets its name: a FILE that is there is whole. What a hub has
    measured but not stored yet is not in it. Passwords are not in it, but it tells who lifted what: keep it safe.
    """
    settings = settings_from(config_file, data_folder)
    manifest = backups.back_up(_file(settings), data_dir(settings), file, datetime.now(UTC))
    if as_json:
        print_json(manifest.model_dump(mode="json"))
    else:
        click.echo(f"{file}: {manifest.store}; read back and found whole.")


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--replace", is_flag=True, help="Put it in the place of a store that has sessions; that is kept aside."
)
@settings_options
def restore(file: Path, replace: bool, config_file: Path | None, data_folder: Path | None) -> None:
    """Bring back what `sensor-hub backup` put into FILE. The hub must not run.

    Goes into an empty data folder, or with --replace into any; what was there is moved into a folder beside.
    A backup of an older version is brought up to date on the way.
    """
    settings = settings_from(config_file, data_folder)
    now = datetime.now(UTC)
    manifest, aside = backups.restore(file, _file(settings), data_dir(settings), replace=replace, at=now)
    click.echo(f"Restored {manifest.store}, as of {manifest.made.astimezone():%Y-%m-%d %H:%M}.")
    if aside is not None:
        click.echo(f"What was there before is in {aside}.")


def _file(settings: Settings) -> Path:
    return file_of(settings.store.url or data_dir(settings) / backups.STORE)
