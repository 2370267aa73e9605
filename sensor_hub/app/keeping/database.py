"""Where the settings put the store, and the time-series."""

from sqlalchemy.engine import URL

from sensor_hub.config import InfluxSettings, Settings, data_dir
from sensor_hub.store import InfluxTarget, Store, address_of

FILE = "hub.db"
"""The store's name in the data folder."""


def database_of(settings: Settings) -> URL:
    """The database as set, by default a file in the data folder. `str` of it hides the password. Raises StoreError."""
    password = settings.store.password
    secret = None if password is None else password.get_secret_value()
    return address_of(settings.store.url or data_dir(settings) / FILE, secret)


def open_store(settings: Settings) -> Store:
    """Created or upgraded where need be. Raises StoreError."""
    return Store.open(database_of(settings))


def influx_target(settings: InfluxSettings) -> InfluxTarget:
    """The time-series server that the settings name."""
    token = settings.token.get_secret_value() if settings.token else ""
    ca_file = settings.ca_file.expanduser() if settings.ca_file else None
    return InfluxTarget(settings.url or "", token, settings.org, settings.bucket, ca_file)
