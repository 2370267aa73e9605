"""Is everything well? The computer, the settings, and each enrolled sensor, judged in words that say what to do.

Sensors are judged by what a running hub last said of them over MQTT; where no hub runs, by a short connection.
"""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from secrets import token_hex

from sensor_hub.app.floor.enrolment import EnrolledSensor, Enrolment, EnrolmentFile
from sensor_hub.app.floor.hub import BONDS
from sensor_hub.app.floor.places import Places
from sensor_hub.app.running.computer import broker_of, examine_adapters, examine_computer
from sensor_hub.bus import Ack, BrokerAddress, Subscriber, filters_of, probe
from sensor_hub.config import Settings
from sensor_hub.errors import BusError, ConfigError, LinkError
from sensor_hub.link import Health, LinkEvent, Radio, SensorLink, StateChanged, Timing, open_radio, scan
from sensor_hub.messages import Kind, LinkState, Message, SensorMessage, StatusMessage
from sensor_hub.pairing import Finding, Grade, judge_battery, judge_link
from sensor_hub.sensors import DRIVERS, SLED

RETAINED_S = 1.5
"""How long the broker is given to hand out what it keeps."""
FRESH = timedelta(seconds=60)
"""A connected sensor is reported on every few seconds; an older word is no news."""
SCAN_S = 4.0
CONNECTED_S = 14.0
"""Long enough to connect and for two reports on a link."""
INTERVAL_S = 0.25
"""Packets further apart than this make the live page stutter."""
LINK_WORDS = {
    LinkState.SEARCHING: "The hub is looking for it. Wake it, charge it, bring it nearer.",
    LinkState.CONNECTING: "The hub is connecting it.",
    LinkState.STALLED: "It is connected but sends nothing. Switch it off and on.",
    LinkState.LOST: "The hub has lost it. Wake it, charge it, bring it nearer.",
}


@dataclass(frozen=True, slots=True)
class Examined:
    """about: the computer, or a machine with its sensor."""

    about: str
    findings: list[Finding]


@dataclass(frozen=True, slots=True)
class Vitals:
    """A sensor and its link as last heard of."""

    state: LinkState
    note: str | None = None
    rssi_dbm: int | None = None
    loss_ratio: float | None = None
    rate_hz: float | None = None
    packet_interval_s: float | None = None
    battery_percent: int | None = None


async def examine(settings: Settings, folder: Path, now: datetime) -> list[Examined]:
    """Everything, the computer first."""
    address, messages = None, list[Message]()
    with suppress(BusError):
        address = broker_of(settings, folder)
    if address is not None:
        messages = await retained(address, settings.hub.name)
    running = any(
        isinstance(one, StatusMessage) and one.online and one.hub == settings.hub.name for one in messages
    )
    computer = [*await examine_adapters(settings, running), *examine_computer(settings, folder, now)]
    try:
        enrolment = EnrolmentFile(folder).read()
        Places(settings, enrolment)
    except ConfigError as error:
        return [Examined("this computer", [*computer, Finding("enrolment", Grade.BAD, str(error))])]
    computer.append(_enrolled(enrolment))
    if running:
        vitals = {one.sensor: _told(one, now) for one in messages if isinstance(one, SensorMessage)}
    else:
        try:
            vitals = await visited(settings, enrolment, folder)
        except LinkError:  # said of the adapter
            return [Examined("this computer", computer)]
    sensors = [examine_sensor(one, vitals.get(one.address), settings) for one in enrolment]
    return [Examined("this computer", computer), *sensors]


def examine_sensor(sensor: EnrolledSensor, vitals: Vitals | None, settings: Settings) -> Examined:
    """vitals: None where nothing was heard of it."""
    about = f"{sensor.machine} ({sensor.called})"
    if vitals is None:
        sentence = (
            "Not heard. Wake it, charge it, bring it nearer, or forget it: sensor-hub forget " + sensor.address
        )
        return Examined(about, [Finding("link", Grade.BAD, f"{sentence}.")])
    if vitals.state in LINK_WORDS:
        grade = Grade.POOR if vitals.state is LinkState.CONNECTING else Grade.BAD
        return Examined(about, [Finding("link", grade, vitals.note or LINK_WORDS[vitals.state])])
    abilities = next((driver.abilities for driver in DRIVERS if driver.family == sensor.family), SLED.abilities)
    loss_ratio = vitals.loss_ratio if abilities.tells_losses else None
    asked_hz = settings.bluetooth.rate_hz or abilities.usual_rate_hz
    findings = judge_link(vitals.rssi_dbm, loss_ratio, vitals.rate_hz, asked_hz)
    return Examined(about, [*findings, _interval(vitals.packet_interval_s), judge_battery(vitals.battery_percent)])


async def retained(address: BrokerAddress, hub: str) -> list[Message]:
    """The last words on every sensor and hub that the broker keeps; none where it does not answer."""
    heard: list[Message] = []

    def hear(message: Message, ack: Ack) -> None:
        heard.append(message)
        ack()

    topics = filters_of((Kind.SENSOR, Kind.STATUS))
    try:
        await asyncio.to_thread(probe, address)
    except BusError:
        return []
    subscriber = Subscriber(address, f"{hub}:doctor:{token_hex(4)}", topics, hear, durable=False)
    subscriber.start()
    await asyncio.sleep(RETAINED_S)
    await asyncio.to_thread(subscriber.stop)
    return heard


async def visited(settings: Settings, enrolment: Enrolment, folder: Path) -> dict[str, Vitals]:
    """A short connection to every enrolled sensor that is heard; by address. Raises LinkError without a radio."""
    if not enrolment:
        return {}
    bluetooth = settings.bluetooth
    async with open_radio(bluetooth.adapters, bluetooth.sensors_per_adapter, folder / BONDS) as radio:
        return await visit(radio, enrolment, bluetooth.rate_hz)


async def visit(radio: Radio, enrolment: Enrolment, rate_hz: float | None) -> dict[str, Vitals]:
    """As `visited`, on a radio that is open."""
    visits = {}
    for found in await scan(radio, SCAN_S):
        enrolled = enrolment.at(found.address)
        if enrolled is not None:
            visit = visits[enrolled.address] = _Visit()
            timing = Timing(health_s=CONNECTED_S / 4)
            link = SensorLink(found, radio, visit.hear, rate_hz, identity=enrolled.serial, timing=timing)
            visit.task = asyncio.create_task(link.run())
    if visits:
        await asyncio.sleep(CONNECTED_S)
    for visit in visits.values():
        visit.task.cancel()
    await asyncio.gather(*(visit.task for visit in visits.values()), return_exceptions=True)
    return {address: visit.vitals() for address, visit in visits.items()}


class _Visit:
    """What a link has told."""

    task: asyncio.Task[None]

    def __init__(self) -> None:
        self._state = StateChanged(LinkState.SEARCHING)
        self._health: Health | None = None

    def hear(self, event: LinkEvent) -> None:
        match event:
            case StateChanged():
                self._state = event
            case Health():
                self._health = event

    def vitals(self) -> Vitals:
        health = self._health
        if health is None:
            return Vitals(self._state.state, self._state.note)
        return Vitals(
            self._state.state,
            self._state.note,
            health.rssi_dbm,
            health.loss_ratio,
            health.rate_hz,
            health.packet_interval_s,
            health.battery_percent,
        )


def _told(message: SensorMessage, now: datetime) -> Vitals:
    silent = message.state is LinkState.STREAMING and now - message.time > FRESH
    return Vitals(
        LinkState.STALLED if silent else message.state,
        message.note,
        message.rssi_dbm,
        message.loss_ratio,
        message.rate_hz,
        message.packet_interval_s,
        message.battery_percent,
    )


def _interval(interval_s: float | None) -> Finding:
    if interval_s is None:
        return Finding("interval", Grade.UNKNOWN, "Too few packets to tell how often they come.", unit="s")
    if interval_s <= INTERVAL_S:
        sentence = f"A packet every {1000 * interval_s:.0f} ms."
        return Finding("interval", Grade.GOOD, sentence, round(interval_s, 3), "s", INTERVAL_S)
    sentence = f"Packets come only every {interval_s:.1f} s: the page will stutter. Bring the hub nearer."
    return Finding("interval", Grade.POOR, sentence, round(interval_s, 3), "s", INTERVAL_S)


def _enrolled(enrolment: Enrolment) -> Finding:
    if not enrolment:
        sentence = "No sensor is enrolled: every one nearby becomes a machine. `sensor-hub pair` enrols one."
        return Finding("enrolment", Grade.GOOD, sentence, 0)
    count = len(enrolment.sensors)
    return Finding("enrolment", Grade.GOOD, f"{count} sensor{'s' if count > 1 else ''} enrolled.", count)
