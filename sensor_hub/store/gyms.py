"""What is asked of many gyms at once, and of one: each query reads the latest words, one gym's rows, or a day's."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, Connection, and_, case, func, select, type_coerce

from sensor_hub.coach.machine_use import WEEK, WEEKS, UsedHour, WeekOfReps
from sensor_hub.coach.upkeep import Said
from sensor_hub.messages import HubMachine, SensorMessage
from sensor_hub.model import BounceCause
from sensor_hub.store import tables
from sensor_hub.store.columns import from_microseconds, to_microseconds

_HOUR_US = 3_600_000_000
_WEEK_US = round(WEEK.total_seconds() * 1e6)
_AT_ONCE = 500
LONGEST = 120
STOP = BounceCause.STOP.value
_place, _state, _session, _set, _rep = (
    table.c for table in (tables.machine, tables.state, tables.session, tables.set_, tables.rep)
)


class PlaceRow(NamedTuple):
    machine_id: int
    site: str
    name: str


@dataclass(frozen=True, slots=True)
class Lately:
    """What was done in a gym since an instant."""

    sessions: int = 0
    reps: int = 0


@dataclass(frozen=True, slots=True)
class Visit:
    """An athlete's sessions in a gym; last: when the newest began."""

    athlete: str
    site: str
    sessions: int
    last: datetime


def places(connection: Connection, since: datetime, site: str | None = None) -> list[PlaceRow]:
    """Every machine of which anything was heard since, by site and name."""
    query = select(_place.machine_id, _place.site, _place.name).where(_place.last_seen >= since)
    query = query if site is None else query.where(_place.site == site)
    rows = connection.execute(query.order_by(_place.site, _place.name))
    return [PlaceRow(row.machine_id, row.site, row.name) for row in rows]


def statuses(connection: Connection, site: str | None = None) -> dict[str, list[Said]]:
    """By site: what was last said of each machine's hub."""
    said = _state.payload
    query = (
        select(
            *(_place.site, _place.name, _state.time, said["hub"].as_string().label("hub")),
            *(said["online"].as_boolean().label("online"), said["version"].as_string().label("version")),
        )
        .join(tables.machine, _place.machine_id == _state.machine_id)
        .where(_state.kind == "status")
        .order_by(_place.site, _place.name)
    )
    query = query if site is None else query.where(_place.site == site)
    found: dict[str, list[Said]] = {}
    for row in connection.execute(query):
        found.setdefault(row.site, []).append(Said(row.name, row.hub, row.online, row.version, row.time))
    return found


def sensors(connection: Connection, machines: Collection[int]) -> list[HubMachine]:
    """The sensors of these machines, as each was last told by itself."""
    numbers, found = sorted(machines), []
    for first in range(0, len(numbers), _AT_ONCE):
        here = _state.machine_id.in_(numbers[first : first + _AT_ONCE])
        rows = connection.execute(select(_state.payload).where(_state.kind == "sensor", here)).scalars()
        found += [_sensor(SensorMessage.model_validate(payload)) for payload in rows]
    return found


def busy_since(connection: Connection, since: datetime) -> dict[str, Lately]:
    """By site. Since a day ago it reads a day."""
    query = (
        select(_place.site, func.count(), func.sum(_session.rep_count))
        .join(tables.machine, _place.machine_id == _session.machine_id)
        .where(_session.started >= since)
        .group_by(_place.site)
    )
    return {site: Lately(count, reps or 0) for site, count, reps in connection.execute(query)}


def used_hours(connection: Connection, site: str, since: datetime) -> list[UsedHour]:
    """As measured: whose a set was, or that it was discarded afterwards, changes nothing of the machine's use."""
    hour = (type_coerce(_set.started, BigInteger) // _HOUR_US).label("hour")
    lasted_us = type_coerce(_set.ended, BigInteger) - type_coerce(_set.started, BigInteger)
    names = _names(connection, site)
    query = (
        select(
            *(_set.machine_id, hour, func.count(), func.sum(_set.rep_count)),
            func.sum(case((_set.ended.is_(None), 0), else_=lasted_us)),
        )
        .where(_set.machine_id.in_(names), _set.started >= since)
        .group_by(_set.machine_id, hour)
    )
    return [
        UsedHour(names[number], from_microseconds(hour * _HOUR_US), sets, reps, float(lasted) / 1e6)
        for number, hour, sets, reps, lasted in connection.execute(query)
    ]


def weeks_of_reps(connection: Connection, site: str, now: datetime) -> list[WeekOfReps]:
    """Of the last WEEKS times seven days, as measured live."""
    ago = ((to_microseconds(now) - type_coerce(_set.started, BigInteger)) // _WEEK_US).label("ago")
    names = _names(connection, site)
    sets = and_(_set.machine_id.in_(names), _set.started > now - WEEKS * WEEK, _set.started <= now)
    of_set = and_(_rep.session == _set.session, _rep.set_number == _set.number)
    query = (
        select(
            *(_set.machine_id, ago, func.count().label("reps")),
            *(_sum(_rep.bounced.is_not(None), "judged"), _sum(_rep.bounced.is_(True), "bounces")),
            *(_sum(_rep.bounce_cause.is_not(None), "caused"), _sum(_rep.bounce_cause == STOP, "hits")),
            _sum(_rep.hard_lockout.is_(True), "lockouts"),
        )
        .select_from(tables.set_.join(tables.rep, of_set))
        .where(sets)
        .group_by(_set.machine_id, ago)
    )
    return [
        WeekOfReps(
            names[row.machine_id],
            row.ago,
            *(row.reps, row.judged, row.bounces, row.caused, row.hits, row.lockouts),
        )
        for row in connection.execute(query)
    ]


def visits(connection: Connection, since: datetime) -> list[Visit]:
    """Of athletes with sessions in more than one gym since then, who lifted last first. A session in which several took
    turns is nobody's here."""
    of_gym = (
        select(
            _session.athlete, _place.site, func.count().label("sessions"), func.max(_session.started).label("last")
        )
        .join(tables.machine, _place.machine_id == _session.machine_id)
        .where(_session.started >= since, _session.athlete.is_not(None))
        .group_by(_session.athlete, _place.site)
    )
    found: dict[str, list[Visit]] = {}
    for row in connection.execute(of_gym.order_by(_place.site)):
        found.setdefault(row.athlete, []).append(Visit(row.athlete, row.site, row.sessions, row.last))
    abroad = [own for own in found.values() if len(own) > 1]
    abroad.sort(key=lambda own: max(visit.last for visit in own), reverse=True)
    return [visit for own in abroad for visit in own]


def _names(connection: Connection, site: str) -> dict[int, str]:
    rows = connection.execute(select(_place.machine_id, _place.name).where(_place.site == site))
    return {row.machine_id: row.name for row in rows}


def _sum(condition: Any, label: str) -> Any:
    return func.sum(case((condition, 1), else_=0)).label(label)


def _sensor(told: SensorMessage) -> HubMachine:
    """heard: the message is of now where the sensor streams, and of when it was lost where it does not."""
    names = ("site", "machine", "sensor", "state", "battery_percent", "battery_h", "rssi_dbm", "clock_error_ppm")
    words = {name: (getattr(told, name) or "")[:LONGEST] or None for name in ("name", "family", "firmware")}
    loss = told.loss_ratio
    known = {name: getattr(told, name) for name in names}
    return HubMachine(
        **known, **words, heard=told.time, loss_ratio=None if loss is None else min(1.0, max(0.0, loss))
    )
