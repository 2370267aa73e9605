"""`sensor-hub scan`: which sensors are near."""

from collections.abc import Sequence
from pathlib import Path

import click

from sensor_hub.cli.options import config_option, json_option, print_json, settings_from
from sensor_hub.cli.running import until_stopped
from sensor_hub.config import SYSTEM
from sensor_hub.link import Found, open_adapter
from sensor_hub.link import scan as listen


@click.command()
@config_option
@click.option("--adapter", help="Bluetooth adapter instead of the settings'.")
@click.option(
    "--seconds", type=click.FloatRange(0.5, 120), default=5.0, show_default=True, help="How long to listen."
)
@json_option
def scan(config_file: Path | None, adapter: str | None, seconds: float, as_json: bool) -> None:
    """List the sensors nearby, the strongest first: name, address, family, signal, battery.

    Only families this hub understands are shown. A name or address goes into the settings as a machine's sensor.
    """
    moniker = adapter or settings_from(config_file).bluetooth.adapter
    click.echo(f"Listening for {seconds:g} s ...", err=True)
    found = until_stopped(_scan(None if moniker == SYSTEM else moniker, seconds)) or []
    if as_json:
        print_json([_row(one) for one in found])
    elif not found:
        click.echo("No sensor heard. Is it charged, awake, near, and not connected to something else?")
    else:
        click.echo(f"{'name':20s} {'address':18s} {'family':12s} {'signal':>8s} {'battery':>8s}")
        for one in found:
            battery = "?" if one.battery_percent is None else f"{one.battery_percent} %"
            click.echo(f"{one.name:20s} {one.address:18s} {one.family:12s} {one.rssi_dbm:4d} dBm {battery:>8s}")


async def _scan(moniker: str | None, seconds: float) -> Sequence[Found]:
    async with open_adapter(moniker) as adapter:
        return await listen(adapter, seconds)


def _row(found: Found) -> dict[str, str | int | None]:
    return {
        "address": found.address,
        "name": found.name,
        "family": found.family,
        "rssi_dbm": found.rssi_dbm,
        "battery_percent": found.battery_percent,
    }
