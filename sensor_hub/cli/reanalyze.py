"""`sensor-hub reanalyze`: logged sessions with today's engine."""

import os
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import click

from sensor_hub.app.keeping.database import open_store
from sensor_hub.app.review.campaign import NOTE, Campaign
from sensor_hub.app.review.crew import crew
from sensor_hub.cli.options import settings_from, settings_options
from sensor_hub.config import data_dir
from sensor_hub.errors import StoreError


@click.command()
@click.argument("sessions", nargs=-1, metavar="[SESSION]...")
@click.option("--dry-run", is_flag=True, help="Only show what would change.")
@click.option(
    "--workers",
    type=click.IntRange(1),
    default=max(1, (os.cpu_count() or 1) - 1),
    help="Processes of this computer that share the work; by default all cores but one.",
)
@click.option(
    "--scheduler", metavar="URL", help="A Dask cluster that does the work instead, such as tcp://host:8786."
)
@settings_options
def reanalyze(
    sessions: Sequence[str],
    dry_run: bool,
    workers: int,
    scheduler: str | None,
    config_file: Path | None,
    data_folder: Path | None,
) -> None:
    """Run today's engine over the raw samples of logged sessions, and show what changes.

    SESSION is an id as `sensor-hub sessions` shows it; without one every session is taken. The result becomes a new
    version beside the old: what was measured live is kept, and pages and exports show the newest and say so.
    A session whose raw samples are neither in the store nor in the archive is left as it is.
    A run that was killed goes on where it was when the same is asked again.
    """
    settings = settings_from(config_file, data_folder)
    store = open_store(settings)
    try:
        campaign = Campaign(store, settings, sessions, dry_run)
        if campaign.done_before:
            note = data_dir(settings) / NOTE
            click.echo(f"Going on behind {campaign.done_before} sessions; to begin anew delete {note}.", err=True)
        count = len(campaign.sessions)
        with (
            crew(min(workers, max(1, count)), scheduler) as hands,
            click.progressbar(
                length=count, label="sessions", file=sys.stderr, hidden=not sys.stderr.isatty(), show_pos=True
            ) as bar,
        ):
            left = 0
            for told in campaign.run(hands, datetime.now(UTC), bar.update):
                left += not told.is_done
                click.echo("\n".join(told.lines))
    finally:
        store.close()
    if left and sessions:
        raise StoreError(f"{left} of {len(sessions)} sessions could not be analysed anew.")
