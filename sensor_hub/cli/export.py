"""`sensor-hub export`."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import click

from sensor_hub.app.export import Format, write_export
from sensor_hub.app.keeping.database import open_store
from sensor_hub.cli.options import settings_from, settings_options


@click.command()
@click.argument("form", metavar="FORMAT", type=click.Choice([form.value for form in Format]))
@click.argument("to", type=click.Path(path_type=Path))
@click.option("--session", "sessions", multiple=True, help="Only this session (id); may be given several times.")
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="Only sessions of this day and later.")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="Only sessions before this day.")
@click.option("--machine", help="Only this machine's sessions.")
@click.option("--athlete", help="Only this athlete's sets.")
@settings_options
def export(
    form: str,
    to: Path,
    sessions: Sequence[str],
    since: datetime | None,
    until: datetime | None,
    machine: str | None,
    athlete: str | None,
    config_file: Path | None,
    data_folder: Path | None,
) -> None:
    """Write sessions for other programs: FORMAT is csv, parquet, json, fit or recordings.

    TO is a file for csv and parquet (a row a rep) and json (everything but raw samples; `sensor-hub import` takes it
    back), a folder for fit (an activity a session) and recordings (raw samples, for `sensor-hub analyze`).
    Without filters everything is written. A file that is there already is replaced.
    """
    settings = settings_from(config_file, data_folder)
    store = open_store(settings)
    try:
        found = list(sessions) or store.session_ids(_midnight(since), _midnight(until), machine, athlete)
        files = write_export(store, found, Format(form), to, datetime.now(UTC), athlete, settings.archive.url)
    finally:
        store.close()
    click.echo(f"{len(found)} session{'' if len(found) == 1 else 's'} in {files[0] if len(files) == 1 else to}.")


def _midnight(day: datetime | None) -> datetime | None:
    """In this computer's time zone, as people mean a day."""
    return None if day is None else day.astimezone()
