"""The two databases that a store may be in, empty, for as long as something is measured."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.postgres import Postgres

KINDS = ("sqlite", "postgresql")


@contextmanager
def database(kind: str, folder: Path) -> Iterator[str]:
    """Its URL. The server is one of its own, with PostgreSQL's defaults: it forces every commit to the disk."""
    if kind == "sqlite":
        yield f"sqlite:///{folder}/hub.db"
        return
    server = Postgres(())
    try:
        server.start()
        yield server.url_of(server.new_database())
    finally:
        server.remove()
