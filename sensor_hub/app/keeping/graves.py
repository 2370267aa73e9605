"""`erased.json` in the data folder: ids and digests of what was erased, for stores that come back from before.

A backup that is restored, or a database that somebody brought back with a tool of its own, has people in it who were
erased since. This file is not part of a backup, so it knows.
"""

from datetime import datetime
from pathlib import Path
from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from sensor_hub.access import AccessFile
from sensor_hub.app.history import write_whole
from sensor_hub.errors import ConfigError
from sensor_hub.messages import AthleteId
from sensor_hub.store import Graveyard, Store, Tombstone, erase_again, graveyard

GRAVES = "erased.json"


class Graves(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    schema_: Literal["sensor-hub/erased/1"] = Field("sensor-hub/erased/1", alias="schema")
    athletes: dict[AthleteId, AwareDatetime] = {}
    """When each was erased."""
    sets: list[tuple[str, int, AwareDatetime, AwareDatetime]] = []


def read_graves(folder: Path) -> Graveyard:
    """Raises ConfigError where the file is there and cannot be used: then somebody might come back."""
    path = folder / GRAVES
    try:
        known = Graves.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return Graveyard({}, [])
    except OSError as error:
        raise ConfigError(f"Cannot read {path}: {error.strerror}.") from error
    except ValidationError as error:
        raise ConfigError(
            f"{path} cannot be used: it says who was erased, and without it they may come back. Bring it back from a "
            "copy, or delete it if nobody ever was."
        ) from error
    return Graveyard(known.athletes, [Tombstone(*one) for one in known.sets])


def keep_graves(store: Store, folder: Path) -> None:
    """What the store knows, beside what the file knew."""
    old = read_graves(folder)
    with store.transaction() as connection:
        new = graveyard(connection)
    sets = {(one.session, one.number): one for one in (*old.sets, *new.sets)}.values()
    kept = Graves(
        schema="sensor-hub/erased/1",
        athletes={**old.athletes, **new.athletes},
        sets=[(one.session, one.number, one.started, one.ended) for one in sets],
    )
    write_whole(folder / GRAVES, kept.model_dump_json(by_alias=True, indent=1))
    (folder / GRAVES).chmod(0o600)


def bury_again(store: Store, folder: Path, now: datetime, accounts: Path | None = None) -> list[str]:
    """Erases from a store whoever the file knows and the store does not; their ids. accounts: the folder of a file of
    accounts that came back as well."""
    known = read_graves(folder)
    file = AccessFile(accounts or folder)
    for athlete in known.athletes:
        file.forget(athlete)
    with store.transaction() as connection:
        missing = sorted(known.athletes.keys() - graveyard(connection).athletes.keys())
        if missing:
            erase_again(connection, known, now)
    return missing
