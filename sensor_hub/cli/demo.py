"""`sensor-hub demo`: the whole way with simulated sensors."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import click

from sensor_hub.app.demonstration.comparison import Comparison
from sensor_hub.app.demonstration.demo import show
from sensor_hub.app.demonstration.ports import free_or
from sensor_hub.cli.logs import log_to_stderr
from sensor_hub.cli.options import data_option, json_option, print_json
from sensor_hub.cli.running import until_stopped
from sensor_hub.config import HubSettings, Settings, WebSettings, data_dir


@click.command()
@click.option("--for", "duration_s", type=click.FloatRange(1), help="Stop after so many seconds.")
@click.option(
    "--port", type=click.IntRange(0, 65535), help="Port of the pages; 8080, or a free one where it is taken."
)
@data_option
@json_option
@click.pass_context
def demo(
    ctx: click.Context, duration_s: float | None, port: int | None, data_folder: Path | None, as_json: bool
) -> None:
    """Two simulated lifters, live in the browser; no hardware needed.

    Everything between the simulated sensors and the browser is what a gym would run: Bluetooth, MQTT, database.
    At the end it compares what was stored with what was simulated. Exit code 1 when a rep is missing or too many.
    """
    log_to_stderr(verbose=False)
    folder = data_folder or data_dir(Settings()) / "demo"
    settings = Settings(
        hub=HubSettings(data_dir=folder), web=WebSettings(port=free_or(8080) if port is None else port)
    )
    comparisons = until_stopped(show(settings, lambda words: click.echo(words, err=as_json), duration_s))
    click.echo(f"The sessions are kept: sensor-hub sessions --data {folder}", err=as_json)
    if comparisons is None:
        click.echo("The demo is over.", err=as_json)
        return
    if as_json:
        print_json({"sensors": [asdict(one) | {"equal": one.equal} for one in comparisons]})
    else:
        click.echo("\n".join(_report(comparisons)))
    ctx.exit(0 if all(one.equal for one in comparisons) else 1)


def _report(comparisons: Sequence[Comparison]) -> list[str]:
    lines = []
    for one in comparisons:
        lines.append(f"{one.sensor}: {one.stored} reps stored, {one.expected} were done.")
        for metric in one.differences[0] if one.differences else ():
            values = [abs(value) for each in one.differences if (value := each[metric]) is not None]
            if values:
                lines.append(
                    f"  {metric:18s} off by {sum(values) / len(values):.3f} on average, {max(values):.3f} at most"
                )
        lines += [f"  wrong: {wrong}" for wrong in one.wrong_flags]
    return lines
