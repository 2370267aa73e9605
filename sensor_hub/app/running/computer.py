"""What a hub needs of its computer, judged in words: data folder, disk, clock, database, broker, Bluetooth."""

import os
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from sensor_hub import __version__
from sensor_hub.access import is_loopback
from sensor_hub.app.keeping.database import influx_target, open_store
from sensor_hub.app.keeping.disk import examine_disk
from sensor_hub.app.keeping.keeper import measure, warning_of
from sensor_hub.app.running.ntp import synchronised
from sensor_hub.app.running.secrecy import loose_secrets
from sensor_hub.app.running.site import configured_broker
from sensor_hub.bus import BrokerAddress, find_binary, probe, running_broker
from sensor_hub.config import EMBEDDED, Settings
from sensor_hub.errors import BusError, LinkError, SensorHubError
from sensor_hub.link import open_radio
from sensor_hub.pairing import Finding, Grade
from sensor_hub.store import InfluxSink, InfluxTarget

OLDEST = datetime(2026, 1, 1, tzinfo=UTC)
"""A clock before this was never set."""


def broker_of(settings: Settings, folder: Path) -> BrokerAddress | None:
    """The broker in use; None where the hub brings its own and does not run. Raises BusError."""
    if settings.mqtt.url == EMBEDDED:
        return running_broker(folder)
    return configured_broker(settings)


async def examine_adapters(settings: Settings, running: bool) -> list[Finding]:
    """Each adapter of the settings by itself. running: a hub uses them now; then only the hub can tell."""
    if running:
        return [Finding("bluetooth", Grade.GOOD, "In use by the hub that runs.")]
    findings = []
    for moniker in settings.bluetooth.adapters:
        try:
            async with open_radio([moniker]):
                findings.append(Finding("bluetooth", Grade.GOOD, f"{moniker} can be used."))
        except LinkError as error:
            findings.append(Finding("bluetooth", Grade.BAD, str(error)))
    return findings


def examine_computer(settings: Settings, folder: Path, now: datetime) -> list[Finding]:
    """Everything but Bluetooth. now: what the computer takes for the date."""
    return [
        Finding("version", Grade.GOOD, f"sensor-hub {__version__}."),
        _folder(folder),
        *(Finding("secrets", Grade.POOR, sentence) for sentence in loose_secrets(settings)),
        examine_disk(folder),
        _clock(now, synchronised()),
        _database(settings, folder, now),
        _broker(settings, folder),
        *_time_series(settings, folder),
    ]


def _folder(folder: Path) -> Finding:
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    if os.access(existing, os.W_OK | os.X_OK):
        return Finding("data", Grade.GOOD, f"The data folder {folder} can be written.")
    sentence = f"The data folder {folder} cannot be written by this user. Give it to the user the hub runs as."
    return Finding("data", Grade.BAD, sentence)


def _clock(now: datetime, synced: bool | None) -> Finding:
    if now < OLDEST:
        return Finding("clock", Grade.BAD, f"The clock says {now:%Y-%m-%d}: set it, or sessions get wrong dates.")
    if synced is None:
        return Finding("clock", Grade.UNKNOWN, "This computer does not tell whether its clock is synchronised.")
    if synced:
        return Finding("clock", Grade.GOOD, "The clock is synchronised.")
    sentence = "The clock is not synchronised: dates may be wrong. Switch NTP on (timedatectl set-ntp true)."
    return Finding("clock", Grade.POOR, sentence)


def _database(settings: Settings, folder: Path, now: datetime) -> Finding:
    if settings.store.url is None and not (folder / "hub.db").exists():
        return Finding("database", Grade.GOOD, "No database yet; the hub makes one at its first start.")
    try:
        with closing(open_store(settings)) as store:
            room = measure(store, settings, now)
    except SensorHubError as error:
        return Finding("database", Grade.BAD, str(error))
    warning = None if room is None else warning_of(room, settings)
    if warning is not None:
        return Finding("database", Grade.POOR, warning)
    return Finding("database", Grade.GOOD, "The database can be used.")


def _time_series(settings: Settings, folder: Path) -> list[Finding]:
    """Asked with a report of the sink's own; nothing where no server is set."""
    if settings.influx.url is None or (settings.store.url is None and not (folder / "hub.db").exists()):
        return []
    target = influx_target(settings.influx)
    return [_writing(settings, target), *_exposed_token(target)]


def _exposed_token(target: InfluxTarget) -> list[Finding]:
    address = urlsplit(target.url)
    if not target.token or address.scheme == "https" or is_loopback(address.hostname):
        return []
    sentence = (
        f"The token for {target.shown} can be read by everybody in the network: write https:// in influx.url."
    )
    return [Finding("time series", Grade.POOR, sentence)]


def _writing(settings: Settings, target: InfluxTarget) -> Finding:
    try:
        with closing(open_store(settings)) as store:
            waiting, parked = InfluxSink(store, target, hub=settings.hub.name).look()
    except SensorHubError as error:
        return Finding("time series", Grade.BAD, str(error))
    if parked:
        sentence = f"The time-series server has refused {parked} points: see `sensor-hub parked list`."
        return Finding("time series", Grade.POOR, sentence, parked)
    sentence = f"The time-series server {target.shown} takes points; waiting to be sent: {waiting}."
    return Finding("time series", Grade.GOOD, sentence, waiting)


def _broker(settings: Settings, folder: Path) -> Finding:
    try:
        address = broker_of(settings, folder)
        if address is None:
            find_binary()
            return Finding("broker", Grade.GOOD, "The hub brings its own broker; it does not run now.")
        answers = probe(address)
    except BusError as error:
        return Finding("broker", Grade.BAD, str(error))
    return Finding("broker", Grade.GOOD, f"The broker at {answers.host} answers.")
