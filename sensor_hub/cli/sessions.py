"""`sensor-hub sessions`: what was lifted."""

from pathlib import Path
from typing import Any

import click

from sensor_hub.app.database import open_store
from sensor_hub.app.refusal_words import why_not
from sensor_hub.cli.analyze import rep_table
from sensor_hub.cli.options import json_option, print_json, settings_from, settings_options
from sensor_hub.coach.summary import summarise
from sensor_hub.coach.uncounted import set_of
from sensor_hub.errors import StoreError
from sensor_hub.messages import SessionMessage
from sensor_hub.store import SessionRecord, Store


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
            _list(store.sessions(limit, machine=machine), as_json)
        else:
            _show(_find(store, session), as_json)
    finally:
        store.close()


def _find(store: Store, session: str) -> SessionRecord:
    record = store.session(session)
    if record is None:
        raise StoreError(f"There is no session {session}. `sensor-hub sessions` lists those there are.")
    return record


def _list(found: list[SessionMessage], as_json: bool) -> None:
    if as_json:
        print_json([one.model_dump(mode="json", by_alias=True) for one in found])
        return
    if not found:
        click.echo("No session yet.")
    for one in found:
        counts = f"{_count(one.set_count, 'set'):8s} {_count(one.rep_count, 'rep'):9s}"
        click.echo(f"{one.started.astimezone():%Y-%m-%d %H:%M}  {one.machine:16s} {counts}  {one.session}")


def _count(number: int, noun: str) -> str:
    return f"{number:3d} {noun}{'' if number == 1 else 's'}"


def _show(record: SessionRecord, as_json: bool) -> None:
    if as_json:
        shown: dict[str, Any] = {
            "session": record.session.model_dump(mode="json", by_alias=True),
            "sets": [one.model_dump(mode="json", by_alias=True) for one in record.sets],
            "reps": [one.model_dump(mode="json", by_alias=True) for one in record.reps],
            "rejected": [one.model_dump(mode="json", by_alias=True) for one in record.rejected],
        }
        print_json(shown)
        return
    click.echo(f"{record.session.machine}, {record.session.started.astimezone():%A %Y-%m-%d %H:%M}")
    for one in record.sets:
        reps = [rep for rep in record.reps if rep.set_number == one.number]
        summary = summarise(reps, one.top_pauses_s, record.session.load_kg)
        click.echo("\n" + "\n".join(rep_table(one.number, [rep.model_dump() for rep in reps], summary)))
        for stroke in record.rejected:
            if set_of(stroke, record.sets) == one.number:
                click.echo(
                    f"  not counted, {stroke.time.astimezone():%H:%M:%S}: {why_not(stroke.reason, stroke.gates)}"
                )
