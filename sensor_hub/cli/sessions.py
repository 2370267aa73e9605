"""`sensor-hub sessions`: what was lifted."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from rich.console import Console, RenderableType

from sensor_hub.app.keeping.database import open_store
from sensor_hub.app.telling.logbook import Names, listed, shown
from sensor_hub.cli.options import json_option, print_json, settings_from, settings_options
from sensor_hub.errors import StoreError
from sensor_hub.messages import SessionMessage
from sensor_hub.store import SessionRecord, Store, athletes

PLAIN = 160
"""Columns of what is not for a terminal."""


@click.command()
@click.argument("session", required=False)
@settings_options
@click.option("--machine", help="Only this machine's sessions.")
@click.option(
    "--limit", type=click.IntRange(1, 1000), default=20, show_default=True, help="How many, newest first."
)
@json_option
def sessions(
    session: str | None,
    config_file: Path | None,
    data_folder: Path | None,
    machine: str | None,
    limit: int,
    as_json: bool,
) -> None:
    """List the logged sessions, or show one with its sets and reps.

    SESSION is a session's id, as the list shows it.
    """
    store = open_store(settings_from(config_file, data_folder))
    try:
        if session is None:
            _list(store, store.sessions(limit, machine=machine), as_json)
        else:
            _show(store, _find(store, session), as_json)
    finally:
        store.close()


def _find(store: Store, session: str) -> SessionRecord:
    record = store.session(session)
    if record is None:
        raise StoreError(f"There is no session {session}. `sensor-hub sessions` lists those there are.")
    return record


def _list(store: Store, found: list[SessionMessage], as_json: bool) -> None:
    if as_json:
        print_json([one.model_dump(mode="json", by_alias=True) for one in found])
        return
    records = [record for one in found if (record := store.session(one.session)) is not None]
    _draw(lambda width: listed(records, _names(store), width))


def _show(store: Store, record: SessionRecord, as_json: bool) -> None:
    if as_json:
        parts: dict[str, Any] = {
            "session": record.session.model_dump(mode="json", by_alias=True),
            "sets": [one.model_dump(mode="json", by_alias=True) for one in record.sets],
            "reps": [one.model_dump(mode="json", by_alias=True) for one in record.reps],
            "rejected": [one.model_dump(mode="json", by_alias=True) for one in record.rejected],
        }
        print_json(parts)
        return
    _draw(lambda width: shown(record, _names(store), width))


def _names(store: Store) -> Names:
    with store.transaction() as connection:
        return Names({one.athlete: one for one in athletes(connection)})


def _draw(drawn: Callable[[int], RenderableType]) -> None:
    """As wide as the terminal; for a program or a file as wide as it takes, and plain. Names stand as they are, also
    with brackets and colons in them."""
    width = None if sys.stdout.isatty() else PLAIN
    console = Console(file=sys.stdout, highlight=False, markup=False, emoji=False, width=width)
    with console.capture() as told:
        console.print(drawn(console.width))
    click.echo("\n".join(line.rstrip() for line in told.get().splitlines()))
