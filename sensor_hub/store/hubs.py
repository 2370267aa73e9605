"""What hubs told of themselves: written as it comes, read for those who look after many.

A message replaces what is older, and within its hour likewise: a resend, or one that comes late, changes nothing.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, select

from sensor_hub.coach.sensor_days import SensorHour
from sensor_hub.messages import HubMessage
from sensor_hub.store import tables
from sensor_hub.store.recording import insertion

KEPT_HOURS = timedelta(days=400)
"""A year ago can be compared with."""
_TREND = ("sensor", "battery_percent", "battery_h", "rssi_dbm", "samples", "lost")
_hub, _hour = tables.hub.c, tables.hub_hour.c


def keep_hub(connection: Connection, message: HubMessage) -> None:
    key = {"site": message.site, "name": message.machine}
    payload = message.model_dump(mode="json", by_alias=True)
    new = insertion(connection, tables.hub).values(
        **key, first_seen=message.time, time=message.time, payload=payload
    )
    latest = {"time": new.excluded.time, "payload": new.excluded.payload}
    connection.execute(
        new.on_conflict_do_update(
            index_elements=["site", "name"], set_=latest, where=new.excluded.time > _hub.time
        )
    )
    values = {"hour": _hour_of(message.time), "time": message.time, "started": message.started}
    row = insertion(connection, tables.hub_hour).values(**key, **values, payload=_thin(message))
    later = {name: row.excluded[name] for name in ("time", "started", "payload")}
    connection.execute(
        row.on_conflict_do_update(
            index_elements=["site", "name", "hour"], set_=later, where=row.excluded.time > _hour.time
        )
    )


def hubs(connection: Connection, since: datetime) -> list[HubMessage]:
    """The latest of each that told anything since, by site and name."""
    query = select(_hub.payload).where(_hub.time >= since).order_by(_hub.site, _hub.name)
    return [HubMessage.model_validate(payload) for payload in connection.execute(query).scalars()]


def sensor_hours(connection: Connection, site: str, since: datetime) -> list[SensorHour]:
    """What the hubs of a site told of their sensors, in order of hub and time."""
    query = select(tables.hub_hour).where(_hour.site == site, _hour.hour >= since)
    rows = connection.execute(query.order_by(_hour.name, _hour.hour)).all()
    return [
        SensorHour(machine, row.name, row.hour, row.started, **dict(zip(_TREND, told, strict=True)))
        for row in rows
        for machine, told in row.payload["machines"].items()
    ]


def forget_hours(connection: Connection, before: datetime) -> int:
    """How many rows went."""
    return connection.execute(delete(tables.hub_hour).where(_hour.hour < before)).rowcount


def _hour_of(instant: datetime) -> datetime:
    return instant.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def _thin(message: HubMessage) -> dict[str, Any]:
    of_site = [one for one in message.machines if one.site == message.site]
    machines = {one.machine: [getattr(one, name) for name in _TREND] for one in of_site}
    return {"disk_free_bytes": message.disk_free_bytes, "waiting": message.waiting, "machines": machines}
