"""`sensor-hub scan`: which sensors are near, whose they are, and which is which."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import click

from sensor_hub.app.floor.blink import BLINK_S, blink
from sensor_hub.app.floor.enrolment import EnrolmentFile
from sensor_hub.app.floor.places import Places
from sensor_hub.cli.logs import log_to_stderr
from sensor_hub.cli.options import adapter_option, json_option, print_json, settings_from, settings_options
from sensor_hub.cli.running import until_stopped
from sensor_hub.config import data_dir
from sensor_hub.errors import LinkError
from sensor_hub.link import Found, open_radio
from sensor_hub.link import scan as listen

SILENCE = "No sensor heard. Is it charged, awake, near, and not connected to something else?"


@click.command()
@settings_options
@adapter_option
@click.option(
    "--seconds", type=click.FloatRange(0.5, 120), default=5.0, show_default=True, help="How long to listen."
)
@click.option("--identify", metavar="SENSOR", help="Let this one blink: its address or name.")
@json_option
def scan(
    config_file: Path | None,
    data_folder: Path | None,
    adapters: Sequence[str],
    seconds: float,
    identify: str | None,
    as_json: bool,
) -> None:
    """List the sensors nearby, the strongest first: name, address, family, signal, battery, machine.

    Only families this hub understands are shown, and what they cannot do. A sensor that a running hub holds does not
    show: look at the hub's page. `sensor-hub pair` puts one on a machine.
    """
    log_to_stderr(verbose=False)
    settings = settings_from(config_file, data_folder, adapters)
    places = Places(settings, EnrolmentFile(data_dir(settings)).read())
    click.echo(f"Listening for {seconds:g} s ...", err=True)
    found = until_stopped(_scan(settings.bluetooth.adapters, seconds, identify)) or []
    if as_json:
        print_json([_row(one, places) for one in found])
    elif not found:
        click.echo(SILENCE)
    else:
        for line in table(found, places):
            click.echo(line)


def table(found: Sequence[Found], places: Places) -> Iterable[str]:
    """Sensors in columns, then what their families cannot do."""
    yield f"{'name':20s} {'address':18s} {'family':12s} {'signal':>8s} {'battery':>8s}  machine"
    for one in found:
        battery = "?" if one.battery_percent is None else f"{one.battery_percent} %"
        yield (
            f"{one.name:20s} {one.address:18s} {one.family:12s} {one.rssi_dbm:4d} dBm {battery:>8s}  "
            f"{_machine(one, places) or '-'}"
        )
    for family, sentences in {one.family: one.driver.abilities.shortcomings for one in found}.items():
        yield from (f"{family}: {sentence}" for sentence in sentences)


async def _scan(monikers: Sequence[str], seconds: float, identify: str | None) -> Sequence[Found]:
    async with open_radio(monikers) as radio:
        found = await listen(radio, seconds)
        if identify is not None:
            chosen = pick(found, identify)
            click.echo(f"{chosen.name} blinks for {BLINK_S:g} s ...", err=True)
            await blink(chosen, radio)
        return found


def pick(found: Sequence[Found], word: str) -> Found:
    """The sensor of this address or name. Raises LinkError where it is not heard, or several bear the name."""
    hits = [one for one in found if word.lower() in (one.address.lower(), one.name.lower())]
    if len(hits) > 1:
        raise LinkError(f"{len(hits)} sensors are called {word}; give one's address.")
    if not hits:
        heard = ", ".join(one.name for one in found) or "none"
        raise LinkError(f"{word} is not heard. Heard: {heard}. Wake it, bring it nearer, or stop what holds it.")
    return hits[0]


def _machine(found: Found, places: Places) -> str | None:
    place = places.assigned(found)
    return None if place is None else f"{place.site}/{place.machine}"


def _row(found: Found, places: Places) -> dict[str, Any]:
    return {
        "address": found.address,
        "name": found.name,
        "family": found.family,
        "rssi_dbm": found.rssi_dbm,
        "battery_percent": found.battery_percent,
        "machine": _machine(found, places),
        "shortcomings": list(found.driver.abilities.shortcomings),
    }
