"""`sensor-hub parked`: what was refused, kept with the reason."""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict
from pathlib import Path

import click

from sensor_hub.app.keeping.database import open_store
from sensor_hub.app.keeping.refused import retry_parked
from sensor_hub.cli.options import json_option, print_json, settings_from, settings_options
from sensor_hub.errors import StoreError
from sensor_hub.store import Parked, drop_parked, parked_counts, parked_rows

_SHOWN = 100


@click.group()
def parked() -> None:
    """Points that the time-series server refused, and messages that the database did: look, retry, drop."""


@parked.command("list")
@click.option("--limit", type=click.IntRange(1), default=20, show_default=True, help="How many, the oldest first.")
@json_option
@settings_options
def list_parked(limit: int, as_json: bool, config_file: Path | None, data_folder: Path | None) -> None:
    """Show what is parked, each with the reason it was refused for."""
    store = open_store(settings_from(config_file, data_folder))
    with closing(store), store.transaction() as connection:
        counts, found = parked_counts(connection), parked_rows(connection, limit=limit)
    if as_json:
        print_json([asdict(one) | {"time": one.time.isoformat()} for one in found])
        return
    for one in found:
        _print(one)
    total = sum(counts.values())
    if total > len(found):
        click.echo(f"... and {total - len(found)} more.")
    if not total:
        click.echo("Nothing is parked.")


@parked.command("retry")
@settings_options
def retry(config_file: Path | None, data_folder: Path | None) -> None:
    """Send or store everything that is parked once more; what is taken now is parked no longer. The hub may run."""
    settings = settings_from(config_file, data_folder)
    with closing(open_store(settings)) as store:
        done = retry_parked(store, settings)
    click.echo(f"{done.taken} taken now, {done.refused} still parked.")


@parked.command("drop")
@click.argument("numbers", type=int, nargs=-1)
@click.option("--all", "everything", is_flag=True, help="Everything that is parked.")
@settings_options
def drop(numbers: Sequence[int], everything: bool, config_file: Path | None, data_folder: Path | None) -> None:
    """Delete what is parked under these NUMBERS, as the list shows them. Points of the time-series server are copies:
    their reps and motion stay in the database."""
    if bool(numbers) == everything:
        raise click.UsageError("Name the numbers to drop, or say --all.")
    store = open_store(settings_from(config_file, data_folder))
    with closing(store), store.transaction() as connection:
        there = {one.number for one in parked_rows(connection)}
        unknown = sorted(set(numbers) - there)
        if unknown:
            raise StoreError(f"Nothing is parked under {unknown[0]}. `sensor-hub parked list` shows the numbers.")
        count = drop_parked(connection, [*there] if everything else numbers)
    click.echo(f"{count} dropped.")


def _print(one: Parked) -> None:
    content = one.content if len(one.content) <= _SHOWN else f"{one.content[: _SHOWN - 3]}..."
    click.echo(f"{one.number:5d}  {one.time.astimezone():%Y-%m-%d %H:%M}  {one.origin}: {one.reason}")
    click.echo(f"       {content}")
