"""Options that several commands share."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

from sensor_hub.config import Settings, default_file, load

Command = TypeVar("Command", bound=Callable[..., Any])

config_option = click.option(
    "--config",
    "config_file",
    type=click.Path(path_type=Path),
    help="Settings file. By default sensor-hub.toml in ~/.config, then in /etc, else built-in defaults.",
)
data_option = click.option(
    "--data",
    "data_folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for the database, outbox and embedded broker.",
)
adapter_option = click.option(
    "--adapter",
    "adapters",
    multiple=True,
    help="Bluetooth adapter instead of the settings': system, hci1, usb:0, serial:..., tcp-client:HOST:PORT."
    " May be given several times.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON for a program to read.")


def settings_options(command: Command) -> Command:
    return config_option(data_option(command))


def settings_from(
    config_file: Path | None, data_folder: Path | None = None, adapters: Sequence[str] = ()
) -> Settings:
    """The settings of the file given or found, with the command line's data folder and adapters in front."""
    settings = load(config_file or default_file())
    if data_folder is not None:
        settings = _with(settings, "hub", data_dir=data_folder)
    return _with(settings, "bluetooth", adapters=tuple(adapters)) if adapters else settings


def _with(settings: Settings, section: str, **values: object) -> Settings:
    return settings.model_copy(update={section: getattr(settings, section).model_copy(update=values)})


def print_json(value: Any) -> None:
    click.echo(json.dumps(value, ensure_ascii=False, allow_nan=False))
