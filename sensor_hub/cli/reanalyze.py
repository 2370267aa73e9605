"""`sensor-hub reanalyze`: logged sessions with today's engine."""

import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import click

from sensor_hub import __version__
from sensor_hub.app.database import open_store
from sensor_hub.app.places import Place, machine_profile
from sensor_hub.app.reanalysis import reanalyze as analyse
from sensor_hub.app.versions import changes
from sensor_hub.cli.options import settings_from, settings_options
from sensor_hub.config import Settings, data_dir
from sensor_hub.engine import Profile
from sensor_hub.errors import StoreError
from sensor_hub.store import Store, add_analysis


@click.command()
@click.argument("sessions", nargs=-1, metavar="[SESSION]...")
@click.option("--dry-run", is_flag=True, help="Only show what would change.")
@settings_options
def reanalyze(sessions: Sequence[str], dry_run: bool, config_file: Path | None, data_folder: Path | None) -> None:
    """Run today's engine over the raw samples of logged sessions, and show what changes.

    SESSION is an id as `sensor-hub sessions` shows it; without one every session is taken. The result becomes a new
    version beside the old: what was measured live is kept, and pages and exports show the newest and say so.
    A session whose raw samples are no longer in the store is left as it is.
    """
    settings = settings_from(config_file, data_folder)
    store = open_store(settings)
    try:
        left = sum(not _one(store, settings, session, dry_run) for session in sessions or store.session_ids())
    finally:
        store.close()
    if left and sessions:
        raise StoreError(f"{left} of {len(sessions)} sessions could not be analysed anew.")


def _one(store: Store, settings: Settings, session: str, dry_run: bool) -> bool:
    """Whether it could be done."""
    old = store.session(session)
    if old is None:
        raise StoreError(f"There is no session {session}. `sensor-hub sessions` lists those there are.")
    place = Place(old.session.site, old.session.machine)
    known = machine_profile(place, settings, data_dir(settings))
    chunks = store.samples(session)
    try:
        with click.progressbar(
            length=len(chunks), label=session, file=sys.stderr, hidden=not sys.stderr.isatty()
        ) as bar:
            profile = known.with_settings(known.read() or Profile())
            new = analyse(old, chunks, profile, known.params, datetime.now(UTC), bar.update)
    except StoreError as error:
        click.echo(f"{session}: {error}")
        return False
    lines = list(changes(old.reps, new.reps))
    if not lines:
        click.echo(f"{session}: nothing changes.")
        return True
    if dry_run:
        click.echo(f"{session} would change:")
    else:
        with store.transaction() as connection:
            made = add_analysis(connection, session, datetime.now(UTC), __version__, new.sets, new.reps)
        click.echo(f"{session}, version {made.number}:")
    for line in lines:
        click.echo(f"  {line}")
    return True
