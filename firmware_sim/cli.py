"""The command `firmware-sim`: a simulated sled sensor, on the air or as a file."""

import asyncio
import json
import signal
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from firmware_sim.makes import MAKES
from firmware_sim.performance import Performance
from firmware_sim.render import render as render_recording
from firmware_sim.render import write_truth
from firmware_sim.replay import open_replay
from firmware_sim.resting import RestingAfter
from firmware_sim.scenario import load, load_all
from firmware_sim.source import SampleSource
from sensor_hub.errors import ConfigError, LinkError, RecordingError, SensorHubError

_FILE = click.Path(path_type=Path)

_listen = click.option(
    "--listen",
    metavar="MONIKER",
    help="Where a hub finds the simulated radio, as tcp-server:HOST:PORT. Port 0 picks a free one.",
)
_radio = click.option(
    "--radio",
    metavar="MONIKER",
    help="Send through a real Bluetooth controller instead: usb:0 or serial:/dev/ttyACM0.",
)
_speed = click.option(
    "--speed",
    type=click.FloatRange(0.1, 100.0),
    default=1.0,
    show_default=True,
    help="How many of the sensor's seconds pass in one second.",
)
_seed = click.option(
    "--seed",
    type=click.IntRange(0),
    default=0,
    show_default=True,
    help="Draws all that the scenario leaves to chance.",
)


class _Commands(click.Group):
    """Ends with one sentence and the error's exit code where the user can mend what went wrong."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except SensorHubError as error:
            click.echo(str(error), err=True)
            ctx.exit(error.exit_code)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """A leg press, its lifter and the Bluetooth sensor on its sled, all simulated.

    Scenario files (config/scenarios/*.toml) say who lifts what, how, and what goes wrong.
    """


@main.command()
@click.argument("scenarios", metavar="SCENARIO...", type=_FILE, nargs=-1, required=True)
@_listen
@_radio
@click.option("--truth", type=_FILE, metavar="DIR", help="Write what really happens to DIR/NAME.truth.json first.")
@click.option(
    "--family",
    type=click.Choice(sorted(MAKES)),
    help="What all sensors are. By default what the scenario says: a sled sensor where it says nothing.",
)
@_seed
@_speed
def run(
    scenarios: Sequence[Path],
    listen: str | None,
    radio: str | None,
    truth: Path | None,
    family: str | None,
    seed: int,
    speed: float,
) -> None:
    """Perform scenarios on the air until interrupted.

    A performance begins when a hub first asks its sensor to start; when it is over, the sled rests on its stops.

    Prints JSON lines: {"event": "ready", "listen": ..., "sensors": [...]}, and {"event": "finished", "name": ...}
    for each performance that is over. A sensor's name is the scenario's; what it calls itself on the air is beside it.
    """
    performances = [Performance(one, seed) for path in scenarios for one in load_all(path, family)]
    if twice := _named_twice([performance.name for performance in performances]):
        raise ConfigError(f"Two scenarios call their sensor {twice}; give each its own name under [sensor].")
    if truth is not None:
        for performance in performances:
            write_truth(performance, truth, performance.scenario.name)
    families = {one.name: one.scenario.sensor.family for one in performances}
    sources = [RestingAfter(one, seed, _finished) for one in performances]
    _until_interrupted(_serve(sources, listen, radio, seed, speed, families=families))


@main.command()
@click.argument("files", metavar="FILE...", type=_FILE, nargs=-1, required=True)
@_listen
@_radio
@_speed
def replay(files: Sequence[Path], listen: str | None, radio: str | None, speed: float) -> None:
    """Play recordings as if sensors were sending them now, one sensor each, until interrupted.

    A recording is CSV, or CSV.gz, with the header time_s,ax,ay,az[,gx,gy,gz], in seconds and m/s² with gravity.
    Its sensor is called as the file is. It plays from a hub's first start; when it is over, the sensor stays
    connected and sends nothing more.

    Prints JSON lines: {"event": "ready", "listen": ..., "sensors": [...]}, and {"event": "finished", "name": ...}
    for each recording that is over.
    """
    recordings = [open_replay(path) for path in files]
    if twice := _named_twice([recording.name for recording in recordings]):
        raise RecordingError(f"Two recordings would both be sensor {twice}; rename one of the files.")
    _until_interrupted(_serve(recordings, listen, radio, 0, speed, _finished))


@main.command()
@click.argument("scenario", type=_FILE)
@click.option(
    "--out", type=_FILE, default=Path(), metavar="DIR", help="Folder for both files; the current one by default."
)
@click.option("--name", help="Name of the files; the scenario's own by default.")
@_seed
def render(scenario: Path, out: Path, name: str | None, seed: int) -> None:
    """Write a performance and its truth as files, without any radio.

    They are NAME.csv.gz, seconds and m/s² with gravity, and NAME.truth.json, every rep as it really was.
    """
    performance = Performance(load(scenario), seed)
    for path in render_recording(performance, out, name or performance.scenario.name):
        click.echo(path)


def _named_twice(names: Sequence[str]) -> str | None:
    return next((name for name in names if names.count(name) > 1), None)


async def _serve(
    sources: Sequence[SampleSource],
    listen: str | None,
    radio: str | None,
    seed: int,
    speed: float,
    on_finished: Callable[[str], None] = lambda name: None,
    families: Mapping[str, str] = {},
) -> None:
    try:
        from firmware_sim import air
    except ModuleNotFoundError as error:
        raise LinkError(
            f"The simulated radio needs {error.name}, which is not installed: pip install 'sensor-hub[sim]'."
        ) from error

    def ready(serving: air.Serving) -> None:
        sensors = [asdict(sensor) for sensor in serving.sensors]
        _tell({"event": "ready", "listen": serving.listen, "sensors": sensors})

    await air.serve(
        sources, listen, radio, families=families, seed=seed, speed=speed, on_ready=ready, on_finished=on_finished
    )


def _finished(name: str) -> None:
    _tell({"event": "finished", "name": name})


def _tell(event: dict[str, Any]) -> None:
    click.echo(json.dumps(event))


def _until_interrupted(work: Coroutine[Any, Any, None]) -> None:
    """Run until the work ends or the process is told to, by SIGINT or SIGTERM."""

    async def supervised() -> None:
        task = asyncio.ensure_future(work)
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, task.cancel)
        await asyncio.wait([task])
        if not task.cancelled():
            task.result()

    asyncio.run(supervised())


if __name__ == "__main__":
    main()
