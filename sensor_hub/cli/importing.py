"""`sensor-hub import`."""

from datetime import UTC, datetime
from pathlib import Path

import click

from sensor_hub.app.importing import convert, import_sessions, is_export
from sensor_hub.app.keeping.database import open_store
from sensor_hub.cli.options import settings_from, settings_options


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.argument("to", type=click.Path(path_type=Path, dir_okay=False), required=False)
@settings_options
def import_(file: Path, to: Path | None, config_file: Path | None, data_folder: Path | None) -> None:
    """Take in FILE: sessions of `sensor-hub export json`, or another app's recording.

    Sessions go into the store, unless it has them already. A recording of Polar Sensor Logger, phyphox, MetaBase,
    WitMotion or Movesense becomes the recording TO (.csv or .csv.gz), which `sensor-hub analyze` reads.
    """
    if not is_export(file):
        if to is None:
            raise click.UsageError(f"Say where the recording goes: sensor-hub import {file} {file.stem}.csv.gz")
        click.echo(f"{convert(file, to)}: written to {to}. Look at it with: sensor-hub analyze {to}")
        return
    store = open_store(settings_from(config_file, data_folder))
    try:
        imported = import_sessions(store, file, datetime.now(UTC))
    finally:
        store.close()
    click.echo(f"{len(imported.new)} sessions imported, {len(imported.known)} were there already.")
