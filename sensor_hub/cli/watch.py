"""`sensor-hub watch`: what passes over MQTT."""

import contextlib
import threading
from pathlib import Path

import click

from sensor_hub.app.running.computer import broker_of
from sensor_hub.app.telling.watch import SPARSE, as_line, as_payload
from sensor_hub.app.telling.watch import watch as watch_messages
from sensor_hub.cli.options import json_option, settings_from, settings_options
from sensor_hub.config import data_dir
from sensor_hub.errors import BusError
from sensor_hub.messages import Kind


@click.command()
@settings_options
@click.option("--site", help="Only this site's messages.")
@click.option("--machine", help="Only this machine's messages.")
@click.option(
    "--kind",
    "kinds",
    type=click.Choice([kind.value for kind in Kind]),
    multiple=True,
    help="Only this kind; may be given several times. By default all but live, motion, raw and stored.",
)
@click.option("--for", "seconds", type=click.FloatRange(min=0.1), help="Stop after so many seconds.")
@json_option
def watch(
    config_file: Path | None,
    data_folder: Path | None,
    site: str | None,
    machine: str | None,
    kinds: tuple[str, ...],
    seconds: float | None,
    as_json: bool,
) -> None:
    """Print what passes over MQTT, readably, until Ctrl-C."""
    settings = settings_from(config_file, data_folder)
    address = broker_of(settings, data_dir(settings))
    if address is None:
        raise BusError("No hub runs here, and its broker comes with it. Start it first: sensor-hub run.")
    words = as_payload if as_json else as_line
    with contextlib.suppress(KeyboardInterrupt):
        watch_messages(
            address,
            tuple(map(Kind, kinds)) or SPARSE,
            machine,
            lambda message: click.echo(words(message)),
            threading.Event(),
            seconds,
            site=site,
            refuse=lambda reason: click.echo(f"no message: {reason}", err=True),
        )
