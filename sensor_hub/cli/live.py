"""`sensor-hub live`: the machines as they are now, in the terminal."""

import contextlib
import threading
import time
from pathlib import Path

import click
from rich.console import Console
from rich.live import Live as Screen

from sensor_hub.app.running.computer import broker_of
from sensor_hub.app.telling.terminal import screen
from sensor_hub.app.telling.watch import watch as watch_messages
from sensor_hub.cli.options import settings_from, settings_options
from sensor_hub.config import data_dir
from sensor_hub.errors import BusError
from sensor_hub.messages import Kind, Message
from sensor_hub.web import MachineNow

SHOWN = (Kind.LIVE, Kind.REP, Kind.SET, Kind.SENSOR)
REFRESH_HZ = 8


@click.command()
@settings_options
@click.option("--machine", help="Only this machine.")
@click.option("--for", "seconds", type=click.FloatRange(min=0.1), help="Stop after so many seconds.")
def live(config_file: Path | None, data_folder: Path | None, machine: str | None, seconds: float | None) -> None:
    """Show the machines as they are now, in this terminal, until Ctrl-C.

    Phase, tempo, the sled's way over the last seconds and the newest reps. For a line a message, which another
    program can read, use `sensor-hub watch`.
    """
    settings = settings_from(config_file, data_folder)
    address = broker_of(settings, data_dir(settings))
    if address is None:
        raise BusError("No hub runs here, and its broker comes with it. Start it first: sensor-hub run.")
    machines, lock = dict[tuple[str, str], MachineNow](), threading.Lock()

    def hear(message: Message) -> None:
        where = (message.site, message.machine)
        with lock:
            machines.setdefault(where, MachineNow(*where)).take(message, time.monotonic())

    ended = threading.Event()
    listener = threading.Thread(
        target=watch_messages, args=(address, SHOWN, machine, hear, ended, seconds), daemon=True
    )
    console = Console()
    listener.start()
    with contextlib.suppress(KeyboardInterrupt), Screen(console=console, screen=console.is_terminal) as shown:
        while listener.is_alive():
            with lock:
                shown.update(screen([machines[where] for where in sorted(machines)], time.monotonic()))
            listener.join(1.0 / REFRESH_HZ)
    ended.set()
    listener.join()
