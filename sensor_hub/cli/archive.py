"""`sensor-hub archive`."""

import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from sensor_hub.app.keeping.archiving import Archivist, in_words, open_archive
from sensor_hub.app.keeping.database import open_store
from sensor_hub.cli.options import settings_from, settings_options
from sensor_hub.config import Settings
from sensor_hub.errors import ArchiveError, ConfigError


@click.command()
@click.option(
    "--verify", is_flag=True, help="Only read all that the archive has, and compare it with its digests."
)
@settings_options
def archive(verify: bool, config_file: Path | None, data_folder: Path | None) -> None:
    """Copy raw samples into the archive that the settings name ([archive] url).

    A day (UTC) of a site goes into one Parquet file once it is over; what comes late goes into another. Each file is
    read back and compared before it counts. Nothing is deleted: `store.keep_raw` says how long the store keeps what
    the archive has. The process that records does the same once an hour.
    """
    settings = settings_from(config_file, data_folder)
    if settings.archive.url is None:
        raise ConfigError('No archive is named. Write [archive] url = "file:///..." into the settings.')
    if verify:
        _verify(settings.archive.url)
    else:
        _take(settings)


def _take(settings: Settings) -> None:
    store = open_store(settings)
    try:
        archivist, now = Archivist(store, settings), datetime.now(UTC)
        chunks = sum(one.chunks for one in archivist.due(now))
        with click.progressbar(
            length=chunks, label="chunks", file=sys.stderr, hidden=not sys.stderr.isatty()
        ) as bar:
            taken = list(archivist.take(now, bar.update))
    finally:
        store.close()
    for one in taken:
        click.echo(in_words(one))
    if not taken:
        click.echo("Nothing is due: the archive has every day that is over.")


def _verify(url: str) -> None:
    opened, damaged = open_archive(url), 0
    parts = opened.parts()
    with click.progressbar(parts, label="files", file=sys.stderr, hidden=not sys.stderr.isatty()) as bar:
        for part in bar:
            try:
                with opened.reading(part) as file:
                    file.verified()
            except ArchiveError as error:
                damaged += 1
                click.echo(str(error))
    if damaged:
        raise ArchiveError(f"{damaged} of {len(parts)} files are damaged. Bring them back from a copy.")
    click.echo(f"{len(parts)} files, all as they were written.")
