"""`sensor-hub profile`: what the hub knows of a machine, shown, corrected and forgotten."""

from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

import click

from sensor_hub.app.measuring.place import Place, machine_profile
from sensor_hub.app.measuring.profiles import MachineProfile, changed
from sensor_hub.cli.options import json_option, print_json, settings_from, settings_options
from sensor_hub.config import Settings, data_dir
from sensor_hub.engine import Profile
from sensor_hub.errors import ConfigError

site_option = click.option("--site", help="The machine's site, where it differs from the hub's.")


@click.group()
def profile() -> None:
    """Show, correct or forget what was learned of a machine.

    The hub learns a machine's incline, range, stops and which phase comes first from every set, and expects them in the
    next one. It needs none of it.
    """


@profile.command()
@click.argument("machine")
@site_option
@settings_options
@json_option
def show(
    machine: str, site: str | None, config_file: Path | None, data_folder: Path | None, as_json: bool
) -> None:
    """Print what is known of MACHINE.

    Values that the settings give stand in place of what was learned.
    """
    kept = _of(machine, site, config_file, data_folder)
    known = kept.read()
    if known is None:
        raise _unknown(kept, machine)
    known = kept.with_settings(known)
    if as_json:
        print_json(asdict(known))
    else:
        click.echo("\n".join([f"{machine}, kept in {kept.path}", *_table(known)]))


@profile.command(name="set")
@click.argument("machine")
@click.argument("values", nargs=-1, required=True, metavar="NAME=VALUE...")
@site_option
@settings_options
def set_values(
    machine: str, values: tuple[str, ...], site: str | None, config_file: Path | None, data_folder: Path | None
) -> None:
    """Correct values of MACHINE, or enter them for a new one.

    \b
    sensor-hub profile set press-1 incline_deg=45 first=eccentric
    sensor-hub profile set press-1 bumper_m=unknown

    A running hub uses them from the machine's next session on, and goes on learning from there.
    """
    kept = _of(machine, site, config_file, data_folder)
    kept.write(changed(kept.read() or Profile(), _pairs(values)))
    click.echo(f"Kept in {kept.path}.")


@profile.command()
@click.argument("machine")
@site_option
@settings_options
def forget(machine: str, site: str | None, config_file: Path | None, data_folder: Path | None) -> None:
    """Forget what was learned of MACHINE.

    For a machine that was changed, or a name that another machine has now. It is learned anew from the next set on.
    """
    kept = _of(machine, site, config_file, data_folder)
    if not kept.forget():
        raise _unknown(kept, machine)
    click.echo(f"Forgotten: {kept.path}.")


def _of(machine: str, site: str | None, config_file: Path | None, data_folder: Path | None) -> MachineProfile:
    settings = settings_from(config_file, data_folder)
    return machine_profile(_place(machine, site, settings), settings, data_dir(settings))


def _place(machine: str, site: str | None, settings: Settings) -> Place:
    configured = next((one.site for one in settings.machines if one.name == machine), None)
    return Place(site or configured or settings.hub.site, machine)


def _unknown(kept: MachineProfile, machine: str) -> ConfigError:
    names = [path.name.removesuffix(".toml") for path in sorted(kept.path.parent.glob("*.toml"))]
    others = f"Known (site.machine): {', '.join(names)}." if names else "No machine has a profile yet."
    return ConfigError(f"Nothing is known of {machine} at {kept.path}. {others}")


def _pairs(values: tuple[str, ...]) -> dict[str, str]:
    pairs = [value.partition("=") for value in values]
    for name, equals, value in pairs:
        if not equals or not value:
            raise click.UsageError(f'"{name}" has no value; write {name}=VALUE, or {name}=unknown.')
    return {name.strip(): value.strip() for name, _, value in pairs}


def _table(known: Profile) -> Iterable[str]:
    for name, value in asdict(known).items():
        shown = "unknown" if value is None else f"{value:.3f}" if isinstance(value, float) else str(value)
        yield f"  {name:24s} {shown}"
