"""`sensor-hub athlete`: who lifts here, what is held of each, and how one is forgotten."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import click

from sensor_hub.app.athletes.people import People
from sensor_hub.app.keeping.database import open_store
from sensor_hub.cli.options import json_option, print_json, settings_from, settings_options
from sensor_hub.store import Athlete, Erasure

Command = TypeVar("Command", bound=Callable[..., Any])

unit_option = click.option(
    "--unit", type=click.Choice(["kg", "lb"]), default="kg", show_default=True, help="In which loads are shown."
)
language_option = click.option("--language", help="In which the screens speak, as in de or en-GB.")


@click.group()
def athlete() -> None:
    """Athletes, by a name or only by a number. Whatever leaves the hub's database knows them by their number alone."""


@athlete.command("add")
@click.argument("name", required=False)
@unit_option
@language_option
@click.option("--number", help="The number that they have in another gym of the chain; by default a new one.")
@settings_options
def add_athlete(
    name: str | None,
    unit: str,
    language: str | None,
    number: str | None,
    config_file: Path | None,
    data_folder: Path | None,
) -> None:
    """Add an athlete; without a NAME one who is only numbered. Prints the number."""
    with _people(config_file, data_folder) as people:
        click.echo(people.add(name, unit, language, number).athlete)


@athlete.command("list")
@settings_options
@json_option
def list_athletes(config_file: Path | None, data_folder: Path | None, as_json: bool) -> None:
    """Show every athlete's number and name."""
    with _people(config_file, data_folder) as people:
        found = people.all()
    if as_json:
        print_json([_entry(one) for one in found])
        return
    for one in found:
        click.echo(f"{one.athlete}  {one.unit}  {one.created:%Y-%m-%d}  {one.name or ''}".rstrip())
    if not found:
        click.echo("There is no athlete.")


@athlete.command("rename")
@click.argument("number")
@click.argument("name", required=False)
@settings_options
def rename_athlete(number: str, name: str | None, config_file: Path | None, data_folder: Path | None) -> None:
    """Give the athlete NUMBER another NAME, or none."""
    with _people(config_file, data_folder) as people:
        known = people.one(number)
        people.change(number, name, known.unit, known.language)
    click.echo(f"{number} is called {name}." if name else f"{number} has no name any more.")


@athlete.command("export")
@click.argument("number")
@click.argument("to", type=click.Path(path_type=Path, dir_okay=False))
@settings_options
def export_athlete(number: str, to: Path, config_file: Path | None, data_folder: Path | None) -> None:
    """Write everything that is held of the athlete NUMBER into one ZIP file (docs/privacy.md)."""
    with _people(config_file, data_folder) as people:
        people.export(number, to)
    click.echo(f"Everything that is held of {number} is in {to}. Give it to nobody else.")


@athlete.command("erase")
@click.argument("number")
@click.option("--yes", is_flag=True, help="Do not ask.")
@settings_options
def erase_athlete(number: str, yes: bool, config_file: Path | None, data_folder: Path | None) -> None:
    """Delete the athlete NUMBER and every set of theirs, for good. A hub may run.

    What was written with `export` or `backup` before is not touched: delete it. A backup that is restored later is
    freed of the athlete on the way.
    """
    with _people(config_file, data_folder) as people:
        known = people.one(number)
        if not yes:
            click.confirm(f"Delete {known.called} and all their sets for good?", abort=True)
        _show(people.erase(number, None))


@athlete.command("erasures")
@settings_options
@json_option
def list_erasures(config_file: Path | None, data_folder: Path | None, as_json: bool) -> None:
    """Show who was erased when, and what an erasure has not reached yet."""
    with _people(config_file, data_folder) as people:
        found = people.erasures()
    if as_json:
        print_json([_record(one) for one in found])
        return
    for one in found:
        _show(one)
    if not found:
        click.echo("Nobody was erased.")


def _show(one: Erasure) -> None:
    by = f" by {one.asked_by}" if one.asked_by else ""
    what = ", ".join(f"{count} {name}" for name, count in sorted(one.counts.items()) if count) or "nothing"
    click.echo(f"{one.athlete}  {one.asked.astimezone():%Y-%m-%d %H:%M}{by}: {what}")
    for part in one.parts:
        state = (
            "done" if part.done else "to be done when the hub runs" if part.tried is None else "not reached yet"
        )
        click.echo(f"  {part.part}: {state}{f': {part.note}' if part.note else ''}")


def _entry(one: Athlete) -> dict[str, Any]:
    return {
        "athlete": one.athlete,
        "name": one.name,
        "unit": one.unit,
        "language": one.language,
        "created": one.created.isoformat(),
    }


def _record(one: Erasure) -> dict[str, Any]:
    parts = [
        {"part": part.part, "tried": _time(part.tried), "done": _time(part.done), "note": part.note}
        for part in one.parts
    ]
    return {
        "athlete": one.athlete,
        "asked": one.asked.isoformat(),
        "asked_by": one.asked_by,
        "counts": dict(one.counts),
        "complete": one.complete,
        "parts": parts,
    }


def _time(instant: datetime | None) -> str | None:
    return None if instant is None else instant.isoformat()


@contextmanager
def _people(config_file: Path | None, data_folder: Path | None) -> Iterator[People]:
    settings = settings_from(config_file, data_folder)
    store = open_store(settings)
    try:
        yield People(store, settings)
    finally:
        store.close()
