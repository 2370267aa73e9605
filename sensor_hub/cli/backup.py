"""`sensor-hub backup` and `sensor-hub restore`."""

from datetime import UTC, datetime
from pathlib import Path

import click

from sensor_hub.app.keeping.backup import back_up
from sensor_hub.app.keeping.database import database_of
from sensor_hub.app.keeping.restoring import restore as bring_back
from sensor_hub.cli.options import json_option, print_json, settings_from, settings_options
from sensor_hub.config import data_dir


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@settings_options
@json_option
def backup(file: Path, config_file: Path | None, data_folder: Path | None, as_json: bool) -> None:
    """Copy everything that would be missed into one FILE; the hub may run meanwhile.

    FILE is a ZIP with the store as it is at one instant, the machines' profiles, the enrolment, what pairings and
    batteries told, the accounts and the keys shared with sensors. It is read back and compared before it gets its
    name: a FILE that is there is whole. What a hub has measured but not stored yet is not in it, nor are settings.
    It tells who lifted what, and lets its finder pose as the hub: keep it as safe as the hub itself.
    """
    settings = settings_from(config_file, data_folder)
    manifest = back_up(database_of(settings), data_dir(settings), file, datetime.now(UTC))
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

    Goes into the database that the settings name, SQLite or PostgreSQL, whichever it came from, and into the data
    folder. Both must be empty, or --replace be said; what was there is kept in a folder beside.
    A backup of an older version is brought up to date on the way.
    """
    settings = settings_from(config_file, data_folder)
    now = datetime.now(UTC)
    manifest, aside = bring_back(file, database_of(settings), data_dir(settings), replace=replace, at=now)
    click.echo(f"Restored {manifest.store}, as of {manifest.made.astimezone():%Y-%m-%d %H:%M}.")
    if aside is not None:
        click.echo(f"What was there before is in {aside}.")
