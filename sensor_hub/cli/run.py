"""`sensor-hub run`: the hub itself."""

from collections.abc import Sequence
from pathlib import Path

import click

from sensor_hub.app.running.site import Role, Site
from sensor_hub.cli.logs import Style, log_to_stderr
from sensor_hub.cli.options import adapter_option, settings_from, settings_options
from sensor_hub.cli.running import until_stopped


@click.command()
@settings_options
@adapter_option
@click.option(
    "--role",
    "roles",
    type=click.Choice([role.value for role in Role]),
    multiple=True,
    help="Only this part; may be given several times. By default everything in one process.",
)
@click.option(
    "--log",
    "style",
    type=click.Choice([style.value for style in Style]),
    default=Style.TEXT.value,
    show_default=True,
    help="How it logs: lines for people, or a JSON object a line.",
)
@click.option("--quiet", is_flag=True, help="Log warnings and errors only.")
def run(
    config_file: Path | None,
    data_folder: Path | None,
    adapters: Sequence[str],
    roles: Sequence[str],
    style: str,
    quiet: bool,
) -> None:
    """Watch the sensors, record, and serve the pages until stopped.

    Without settings every sensor found becomes a machine named after it, the broker comes along, and the pages are
    at http://127.0.0.1:8080. `sensor-hub config example` prints a settings file to start from.
    """
    log_to_stderr(verbose=not quiet, style=Style(style))
    settings = settings_from(config_file, data_folder, adapters)
    site = Site(settings, [Role(role) for role in roles] or tuple(Role))
    until_stopped(site.run(ready=lambda url: click.echo(f"Pages at {url}")))
