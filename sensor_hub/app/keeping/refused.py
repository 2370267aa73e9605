"""What the store or the time-series server has refused, tried again: what is taken now is parked no longer."""

import json
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass

from sensor_hub.app.keeping.database import influx_target
from sensor_hub.config import Settings
from sensor_hub.errors import StoreError
from sensor_hub.messages import MODELS, Kind, Message
from sensor_hub.store import InfluxServer, Parked, Store, drop_parked, parked_rows, refusals
from sensor_hub.store.parked import STORE

_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Retried:
    taken: int
    refused: int
    """So many stay parked."""


def retry_parked(store: Store, settings: Settings) -> Retried:
    """Everything that is parked, once. Raises StoreError where the database or the server cannot be used."""
    with store.transaction() as connection:
        found = parked_rows(connection)
    points = [one for one in found if one.origin != STORE]
    taken = sum(_store_again(store, one) for one in found if one.origin == STORE)
    if points and settings.influx.url is None:
        raise StoreError("Points are parked for a time-series server, and the settings name none. Set influx.url.")
    if points:
        with closing(InfluxServer(influx_target(settings.influx))) as server:
            for at in range(0, len(points), _AT_ONCE):
                taken += _send_again(store, server, points[at : at + _AT_ONCE])
    return Retried(taken, len(found) - taken)


def _send_again(store: Store, server: InfluxServer, points: Sequence[Parked]) -> int:
    bad = {line for line, _ in refusals(server, [one.content for one in points])}
    with store.transaction() as connection:
        return drop_parked(connection, [one.number for one in points if one.content not in bad])


def _store_again(store: Store, one: Parked) -> bool:
    """Whether it is stored now; if not, it stays as it is."""
    try:
        message = _message(one.content)
    except (ValueError, KeyError, TypeError):
        return False
    return store.record_parked(message, one.number)


def _message(content: str) -> Message:
    kind = Kind(json.loads(content)["schema"].split("/")[1])
    return MODELS[kind].model_validate_json(content)
