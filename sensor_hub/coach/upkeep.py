"""Which gym needs somebody, and why: from what its hubs told last.

1. A hub is silent when its last word is older than SILENT (it speaks every quarter of an hour), and off when its
   machines were said to be offline after that word. Nothing else is told of it then: what it said is old.
2. A sensor is told of when it was not heard for AWAY: many sleep between two sessions, and every night.
3. Battery, loss: the limits below. Beyond the second one it is urgent.
4. A hub's program is old when another one in the chain, or the one that asks, has a higher version; a sensor's firmware
   likewise among sensors of its family. Versions that are no numbers are not compared.
5. A hub of before `hub` messages is known by its machines' statuses alone.
6. Gyms with something urgent come first, those with more of it before others, then by how much there is.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial

from sensor_hub.messages import HubMachine, HubMessage, LinkState

SILENT = timedelta(minutes=40)
AWAY = timedelta(hours=24)
BATTERY_PERCENT = (20.0, 15.0)
BATTERY_H = (24.0, 2.0)
LOSS = (0.01, 0.05)
DISK_DAYS = 30
USUAL_OF = 3
"""With fewer hubs there is nothing usual."""
_THERE = (LinkState.STREAMING, LinkState.CATCHING_UP)
_TOLD_OTHERWISE = {"sensors", "disk", "checkup"}
_NUMBERS = re.compile(r"\d+(?:\.\d+)*")


class Kind(StrEnum):
    SILENT = "silent"
    OFF = "off"
    PART = "part"
    """A part of /health; `text` says which."""
    DISK = "disk"
    BATTERY = "battery"
    AWAY = "away"
    LOSS = "loss"
    CLOCK = "clock"
    VERSION = "version"
    FIRMWARE = "firmware"
    TELLS_LITTLE = "tells_little"
    """A hub whose program does not tell of itself yet."""


@dataclass(frozen=True, slots=True)
class Need:
    """amount: percent, share or free bytes, as the kind has it; hours: of use that a battery has left; days: until a
    disk is full; newest: the version that others have."""

    kind: Kind
    urgent: bool
    hub: str | None = None
    machine: str | None = None
    since: datetime | None = None
    amount: float | None = None
    hours: float | None = None
    days: int | None = None
    text: str | None = None
    newest: str | None = None


@dataclass(frozen=True, slots=True)
class Said:
    """A machine's status: whether a hub watches it."""

    machine: str
    hub: str
    online: bool
    version: str
    time: datetime


@dataclass(frozen=True, slots=True)
class Newest:
    """program: of hubs; firmware: by the sensors' family."""

    program: str
    firmware: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Standing:
    """needs: the urgent first."""

    site: str
    hubs: Sequence[HubMessage]
    said: Sequence[Said]
    unreported: Sequence[HubMachine]
    """Machines of hubs that tell nothing of themselves, by their own `sensor` messages."""
    needs: Sequence[Need]

    @property
    def rank(self) -> tuple[int, int, str]:
        return -sum(need.urgent for need in self.needs), -len(self.needs), self.site


def standing(
    site: str,
    hubs: Sequence[HubMessage],
    said: Sequence[Said],
    unreported: Sequence[HubMachine],
    newest: Newest,
    now: datetime,
) -> Standing:
    needs = [need for hub in hubs for need in _of_hub(hub, said, newest, now)]
    telling = {hub.machine for hub in hubs}
    old = {one.hub: one for one in said if one.hub not in telling}
    for one in old.values():
        if not any(each.online for each in said if each.hub == one.hub):
            needs.append(Need(Kind.OFF, True, hub=one.hub, since=one.time))
        needs.append(Need(Kind.TELLS_LITTLE, False, hub=one.hub, text=one.version, newest=newest.program))
    needs += [need for one in unreported for need in _of_sensor(one, None, newest, now)]
    return Standing(site, hubs, said, unreported, sorted(needs, key=lambda need: not need.urgent))


def newest_of(hubs: Iterable[HubMessage], program: str) -> Newest:
    """program: that of whoever asks."""
    firmware: dict[str, str] = {}
    for hub in hubs:
        program = _newer(program, hub.version)
        for one in hub.machines:
            if one.family is not None and one.firmware is not None:
                firmware[one.family] = _newer(firmware.get(one.family, ""), one.firmware)
    return Newest(program, firmware)


def usual_settings(hubs: Sequence[HubMessage]) -> dict[str, object]:
    """What more than half of the hubs have; nothing of what is not so, nor of fewer than USUAL_OF hubs."""
    counts: dict[str, Counter[object]] = {}
    for hub in hubs:
        for name, value in hub.settings.items():
            counts.setdefault(name, Counter())[value] += 1
    if len(hubs) < USUAL_OF:
        return {}
    leading = {name: counted.most_common(1)[0] for name, counted in counts.items()}
    return {name: value for name, (value, count) in leading.items() if 2 * count > len(hubs)}


def _of_hub(hub: HubMessage, said: Sequence[Said], newest: Newest, now: datetime) -> Iterator[Need]:
    name = hub.machine
    offline = [one.time for one in said if one.hub == name and not one.online and one.time > hub.time]
    if offline and not any(one.online and one.time > hub.time for one in said if one.hub == name):
        yield Need(Kind.OFF, True, hub=name, since=min(offline))
        return
    if now - hub.time > SILENT:
        yield Need(Kind.SILENT, True, hub=name, since=hub.time)
        return
    for part in hub.parts:
        if part.grade in ("poor", "bad") and part.part not in _TOLD_OTHERWISE:
            yield Need(Kind.PART, part.grade == "bad", hub=name, since=part.since, text=part.part)
    yield from _of_disk(hub)
    if hub.clock_synchronised is False:
        yield Need(Kind.CLOCK, False, hub=name)
    if _older(hub.version, newest.program):
        yield Need(Kind.VERSION, False, hub=name, text=hub.version, newest=newest.program)
    for one in hub.machines:
        yield from _of_sensor(one, hub, newest, now)


def _of_disk(hub: HubMessage) -> Iterator[Need]:
    grade = next((part.grade for part in hub.parts if part.part == "disk"), "good")
    soon = hub.disk_days is not None and hub.disk_days < DISK_DAYS
    if grade in ("poor", "bad") or soon:
        days = hub.disk_days if soon else None
        yield Need(Kind.DISK, grade == "bad", hub=hub.machine, amount=hub.disk_free_bytes, days=days)


def _of_sensor(one: HubMachine, hub: HubMessage | None, newest: Newest, now: datetime) -> Iterator[Need]:
    need = partial(Need, hub=None if hub is None else hub.machine, machine=one.machine)
    last = one.heard if hub is None else one.heard or hub.started
    if one.state not in _THERE and last is not None and now - last > AWAY:
        yield need(Kind.AWAY, True, since=last)
        return
    percent, hours = one.battery_percent, one.battery_h
    low = [
        (percent is not None and percent <= BATTERY_PERCENT[step])
        or (hours is not None and hours <= BATTERY_H[step])
        for step in (0, 1)
    ]
    if any(low):
        yield need(Kind.BATTERY, low[1], amount=percent, hours=hours)
    if one.loss_ratio is not None and one.loss_ratio > LOSS[0]:
        yield need(Kind.LOSS, one.loss_ratio > LOSS[1], amount=one.loss_ratio)
    known = newest.firmware.get(one.family or "")
    if one.firmware is not None and known is not None and _older(one.firmware, known):
        yield need(Kind.FIRMWARE, False, text=one.firmware, newest=known)


def _newer(one: str, other: str) -> str:
    return other if not one or _older(one, other) else one


def _older(one: str, other: str) -> bool:
    """Never where either is no number."""
    mine, theirs = _NUMBERS.match(one), _NUMBERS.match(other)
    return mine is not None and theirs is not None and _parts(mine[0]) < _parts(theirs[0])


def _parts(version: str) -> list[int]:
    return [int(part) for part in version.split(".")]
