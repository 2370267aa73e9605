"""`sensor-hub chain`: what a chain's centre needs beside its brokers."""

import asyncio
import os
import socket
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import click

from sensor_hub.app.keeping.backlog import LackFile
from sensor_hub.app.keeping.backlog import resend as send_again
from sensor_hub.app.keeping.chain import worker_centre
from sensor_hub.app.keeping.database import database_of, open_store
from sensor_hub.app.keeping.worker import Worker
from sensor_hub.app.running.upkeep import keep_centre
from sensor_hub.bus import Account, login, running_broker
from sensor_hub.bus.stream import prepare as prepare_stream
from sensor_hub.cli.logs import Style, log_to_stderr
from sensor_hub.cli.options import settings_from, settings_options
from sensor_hub.cli.running import until_stopped
from sensor_hub.config import Settings, data_dir
from sensor_hub.errors import BusError, ConfigError
from sensor_hub.store import file_of


@click.group()
def chain() -> None:
    """Many gyms into one database: see docs/scale.md."""


@chain.command()
@click.option("--gym", "gyms", multiple=True, help="A site whose embedded broker is a leaf of the centre.")
@click.option("--direct", multiple=True, help="A site whose hub speaks MQTT to the centre's brokers.")
@click.option("--replicas", type=click.IntRange(1, 5), default=3, show_default=True, help="On so many nodes.")
@settings_options
def prepare(
    gyms: Sequence[str], direct: Sequence[str], replicas: int, config_file: Path | None, data_folder: Path | None
) -> None:
    """Make the centre's stream, and take sites in. May be run again at any time, for one more site.

    What a gym has measured since its broker was first told of the centre is fetched then.
    """
    centre = worker_centre(settings_from(config_file, data_folder))
    sites = asyncio.run(prepare_stream(centre, gyms, direct, replicas))
    click.echo(f"The centre takes {len(sites)} sites: {', '.join(sites)}.")


@chain.command()
@click.option("--since", type=click.DateTime(), help="UTC; by default since when something had no room.")
@click.option("--until", type=click.DateTime(), help="UTC; by default until now.")
@settings_options
def resend(
    since: datetime | None, until: datetime | None, config_file: Path | None, data_folder: Path | None
) -> None:
    """Hand the centre once more what this gym's database has of a time. Beside the running hub.

    For what was given up because the line was down too long (see /health). What the centre has, it has once.
    """
    settings = settings_from(config_file, data_folder)
    folder = data_dir(settings)
    file = LackFile(folder)
    lack, broker = file.read(), running_broker(folder)
    begin = lack.since if since is None and lack is not None else since and since.replace(tzinfo=UTC)
    if begin is None:
        raise ConfigError("The centre lacks nothing that is known of here. Say from when on: --since 2026-03-01.")
    if broker is None:
        raise BusError(f"No hub runs on {folder}. Start it first: its broker hands over to the centre.")
    store = open_store(settings)
    try:
        end = datetime.now(UTC) if until is None else until.replace(tzinfo=UTC)
        address = login(folder, broker, Account.HUB)
        count = send_again(store, address, settings.hub.site, begin, end)
    finally:
        store.close()
    if lack is not None and since is None and until is None:
        file.clear(lack)
    click.echo(f"{count} messages are on their way to the centre again.")


@chain.command()
@settings_options
@click.option("--log", "style", type=click.Choice([one.value for one in Style]), default=Style.TEXT.value)
def work(config_file: Path | None, data_folder: Path | None, style: str) -> None:
    """Record what the gyms have sent, until stopped. Start as many as are needed, anywhere; end them anyhow."""
    log_to_stderr(verbose=True, style=Style(style))
    settings = settings_from(config_file, data_folder)
    _ask_for_server(settings)
    store = open_store(settings)
    try:
        worker = Worker(store, worker_centre(settings), f"{socket.gethostname()}-{os.getpid()}".lower())
        until_stopped(worker.run())
    finally:
        store.close()


@chain.command()
@settings_options
@click.option("--log", "style", type=click.Choice([one.value for one in Style]), default=Style.TEXT.value)
def keep(config_file: Path | None, data_folder: Path | None, style: str) -> None:
    """Look after what the workers record, until stopped: erasures across the chain, archive, InfluxDB, old samples.

    One for a chain, anywhere.
    """
    log_to_stderr(verbose=True, style=Style(style))
    settings = settings_from(config_file, data_folder)
    _ask_for_server(settings)
    until_stopped(keep_centre(settings))


def _ask_for_server(settings: Settings) -> None:
    if file_of(database_of(settings)) is not None:
        raise ConfigError('Workers share a PostgreSQL: write [store] url = "postgresql://..." into the settings.')
