"""Where the settings put the store."""

from sqlalchemy.engine import URL

from sensor_hub.config import Settings, data_dir
from sensor_hub.store import Store, address_of

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
