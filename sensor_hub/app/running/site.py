"""A hub's parts in one process, by roles: sensors, recorder, pages, and the broker between them."""

import asyncio
import dataclasses
import logging
import os
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack, ExitStack
from enum import StrEnum
from functools import partial
from pathlib import Path
from secrets import token_hex

from sensor_hub.access import Access, AccessFile, is_loopback
from sensor_hub.app.athletes.people import People, Speaks
from sensor_hub.app.floor.enrolment import EnrolmentFile
from sensor_hub.app.floor.hub import Hub
from sensor_hub.app.floor.orders import Orders
from sensor_hub.app.floor.outlet import BrokerOutlet
from sensor_hub.app.floor.places import Places
from sensor_hub.app.floor.succession import places_left
from sensor_hub.app.floor.voice import Voice, durable_name, left_behind
from sensor_hub.app.floor.workshop import Workshop
from sensor_hub.app.keeping.backlog import Watch, resend_last
from sensor_hub.app.keeping.chain import gym_centre, worker_centre
from sensor_hub.app.keeping.database import database_of, open_store
from sensor_hub.app.keeping.recorder import Recorder
from sensor_hub.app.keeping.thrift import stores_thrift, thrift_at
from sensor_hub.app.measuring.place import Place
from sensor_hub.app.review.coaching import Coaching
from sensor_hub.app.review.correcting import Correcting
from sensor_hub.app.review.gyms import Gyms
from sensor_hub.app.review.rescoring import Rescoring
from sensor_hub.app.running.condition import Condition
from sensor_hub.app.running.faults import raise_first
from sensor_hub.app.running.gauges import readings
from sensor_hub.app.running.report import Reporter
from sensor_hub.app.running.secrecy import loose_secrets
from sensor_hub.app.running.systemd import keep_watchdog, notify
from sensor_hub.app.running.upkeep import Upkeep, in_gym
from sensor_hub.app.running.works import Works
from sensor_hub.bus import (
    PREFIX,
    Account,
    Ack,
    BrokerAddress,
    Caller,
    EmbeddedBroker,
    Leaf,
    MqttVersion,
    Subscriber,
    TlsFiles,
    filters_of,
    login,
    probe,
)
from sensor_hub.bus.herald import Herald
from sensor_hub.config import EMBEDDED, Settings, WebSettings, data_dir
from sensor_hub.errors import BusError, ConfigError, ServeError, StoreError
from sensor_hub.messages import Kind, Message
from sensor_hub.store import Store, file_of
from sensor_hub.web import Desks, LiveFeed, Tls, create_app, serve

log = logging.getLogger(__name__)

SHOWN = (Kind.LIVE, Kind.REP, Kind.REJECTED, Kind.SET, Kind.SESSION, Kind.SENSOR, Kind.STATUS, Kind.LIFTER)
"""What a screen shows, or a listener may hear."""

QUIET_S = 0.15
CATCH_UP_S = 1.0
"""At the end: how long the recorder must have had nothing to do, and how long that is waited for at most."""

Listener = Callable[[Message], None]


class Role(StrEnum):
    HUB = "hub"
    RECORDER = "recorder"
    WEB = "web"


class Site:
    """listeners: hear every message a screen shows, in the subscriber's thread."""

    def __init__(
        self, settings: Settings, roles: Sequence[Role] = tuple(Role), listeners: Sequence[Listener] = ()
    ) -> None:
        if settings.mqtt.url == EMBEDDED and set(roles) != set(Role):
            raise ConfigError(
                "Roles in separate processes meet at a broker of their own: set mqtt.url, such as mqtt://127.0.0.1."
            )
        self._settings = settings
        self._roles = set(roles)
        self._listeners = [*listeners]
        self._folder = data_dir(settings)
        self._works = Works(self._folder)
        self._leaf: Leaf | None = None
        self._thrift = thrift_at(self._folder, settings)

    async def run(self, ready: Callable[[str], None] | None = None) -> None:
        """Until cancelled; ready is told the pages' address. Raises a SensorHubError that says what to do."""
        _make(self._folder)
        for sentence in loose_secrets(self._settings):
            log.warning("%s", sentence)
        access = open_access(self._settings) if Role.WEB in self._roles else None
        async with AsyncExitStack() as stack:
            broker = await asyncio.to_thread(self._broker, stack)
            recorder = self._name_of("recorder")
            store = self._open_store(stack)
            if Role.RECORDER in self._roles and store is not None:
                self._record(stack, store, broker, recorder)
            desks = self._desks(stack, store, broker)
            feed = LiveFeed()
            if Role.WEB in self._roles:
                self._listeners.append(feed.offer)
            self._listen(stack, broker)
            await self._work(broker, feed, store, desks, access, ready)

    async def _work(
        self,
        broker: BrokerAddress,
        feed: LiveFeed,
        store: Store | None,
        desks: Desks,
        access: Access | None,
        ready: Callable[[str], None] | None,
    ) -> None:
        web, workshop, condition = self._settings.web, None, Condition(self._works)
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._works.pulse.run(), name="pulse")
                tasks.create_task(condition.run(), name="condition")
                tasks.create_task(keep_watchdog(), name="watchdog")
                if self._leaf is not None and store is not None:
                    again = partial(resend_last, store, broker, self._settings.hub.site)
                    self._works.centre = Watch(self._leaf, self._folder, again)
                    tasks.create_task(self._works.centre.run(), name="centre")
                if Role.HUB in self._roles:
                    hub = self._works.hub = Hub(self._settings, self._folder, partial(self._outlet, broker))
                    workshop = Workshop(hub, self._settings, self._folder)
                    tasks.create_task(hub.run(), name="hub")
                    orders = Orders(hub, self._as(Account.MACHINES, broker), self._name_of("orders"))
                    tasks.create_task(orders.run(), name="orders")
                    tasks.create_task(self._take_leave(broker), name="take leave")
                    reporter = Reporter(
                        self._works, condition, self._settings, self._caller(broker, Account.MACHINES)
                    )
                    tasks.create_task(reporter.run(), name="report")
                if Role.WEB in self._roles and store is not None:
                    measures = [lambda: readings(self._works, condition)]
                    app = create_app(feed, store, workshop, access, condition.parts, measures, **desks)
                    serving = serve(app, web.host, web.port, ready=partial(_tell, ready), tls=_tls(web))
                    tasks.create_task(serving, name="web")
                else:
                    notify("READY=1")
        except BaseExceptionGroup as group:
            raise_first(group)
        finally:
            notify("STOPPING=1")

    def _desks(self, stack: AsyncExitStack, store: Store | None, broker: BrokerAddress) -> Desks:
        if Role.WEB not in self._roles or store is None:
            return {}
        rescoring = Rescoring(store, self._settings)
        stack.callback(rescoring.stop)
        return {
            "people": People(store, self._settings, self._to_hubs(stack, broker)),
            "coaching": Coaching(store, self._settings.coach),
            "correcting": Correcting(store),
            "rescoring": rescoring,
            "gyms": Gyms(store),
        }

    def _outlet(self, broker: BrokerAddress, place: Place) -> BrokerOutlet:
        mqtt, hub = self._settings.mqtt, self._settings.hub
        names = (hub.name, place.site, place.machine)
        address = self._as(Account.MACHINES, broker)
        outlet = BrokerOutlet(address, self._folder, *names, mqtt.discovery or None, self._thrift)
        self._works.outlets[place] = outlet
        return outlet

    async def _take_leave(self, broker: BrokerAddress) -> None:
        """Of machines that were taken off while no hub ran. Where every sensor is a machine, none is ever gone."""
        mqtt, hub = self._settings.mqtt, self._settings.hub
        places = Places(self._settings, EnrolmentFile(self._folder).read()).fixed()
        if not places:
            return
        in_use = [(place.site, place.machine) for place in (*places, *places_left(self._folder))]
        for site, machine in left_behind(self._folder, in_use):
            voice = Voice(
                self._as(Account.MACHINES, broker), self._folder, hub.name, site, machine, mqtt.discovery or None
            )
            await asyncio.to_thread(voice.fall_silent)

    def _broker(self, stack: ExitStack | AsyncExitStack) -> BrokerAddress:
        mqtt, centre = self._settings.mqtt, None if self._only_pages else gym_centre(self._settings)
        if mqtt.url == EMBEDDED:
            own = EmbeddedBroker(self._folder, mqtt.embedded_port, prefix=mqtt.discovery or PREFIX, centre=centre)
            address = stack.enter_context(own)
            self._leaf = own.leaf
            return address
        address = configured_broker(self._settings)
        try:
            probe(address)
        except BusError as error:
            if self._is_new:
                raise
            log.error("%s Meanwhile what is counted waits here.", error)
        return address

    @property
    def _is_new(self) -> bool:
        """Whoever starts for the first time is told what is wrong; later a broker or a database server may be down."""
        return not any((self._folder / name).exists() for name in ("outbox", "hub.db"))

    def _name_of(self, role: str) -> str:
        """Where a database is there already, an earlier version may have left messages under the hub's name."""
        is_old = (self._folder / "hub.db").exists()
        return durable_name(self._folder, role, f"{self._settings.hub.name}-{role}" if is_old else None)

    def _as(self, account: Account, broker: BrokerAddress) -> BrokerAddress:
        """At the embedded broker each part has a login of its own."""
        return login(self._folder, broker, account) if self._settings.mqtt.url == EMBEDDED else broker

    def _open_store(self, stack: AsyncExitStack) -> Store | None:
        if not self._roles & {Role.RECORDER, Role.WEB}:
            return None
        try:
            store = open_store(self._settings)
        except StoreError as error:
            if self._is_new or file_of(database_of(self._settings)) is not None:
                raise
            log.error("%s Meanwhile what is counted waits here.", error)
            store = Store.open_later(database_of(self._settings))
        self._works.store = store
        stack.callback(store.close)
        return store

    def _caller(self, broker: BrokerAddress, account: Account) -> Caller:
        return Caller(self._as(account, broker), f"{self._settings.hub.name}-{account}-calls-{token_hex(4)}")

    def _call(self, stack: AsyncExitStack, broker: BrokerAddress, account: Account) -> Caller:
        caller = self._caller(broker, account)
        caller.start()
        stack.callback(caller.stop)
        return caller

    @property
    def _only_pages(self) -> bool:
        return self._roles == {Role.WEB}

    def _to_hubs(self, stack: AsyncExitStack, broker: BrokerAddress) -> Speaks:
        """At a chain's centre what is said crosses to the gyms' brokers: MQTT's own QoS 1 ends at the first."""
        if self._only_pages and self._settings.chain.urls:
            return Herald(worker_centre(self._settings))
        return self._call(stack, broker, Account.WEB)

    def _record(self, stack: AsyncExitStack, store: Store, broker: BrokerAddress, name: str) -> None:
        caller = self._call(stack, broker, Account.RECORDER)
        beyond = in_gym(stack, store, self._settings, caller, self._as(Account.RECORDER, broker))
        upkeep = Upkeep(store, self._settings, caller, beyond)
        keeper = self._works.keeper = upkeep.keeper
        if upkeep.sink is not None:
            self._works.sinks["influx"] = upkeep.sink
        upkeep.start(stack)
        recorder = self._works.recorder = Recorder(
            store,
            self._as(Account.RECORDER, broker),
            name,
            stores_thrift(self._settings),
            lambda: keeper.warning,
        )
        recorder.start()
        stack.callback(recorder.stop)
        stack.push_async_callback(_catch_up, recorder)

    def _listen(self, stack: AsyncExitStack, broker: BrokerAddress) -> None:
        if not self._listeners:
            return
        client_id = f"{self._settings.hub.name}:pages:{token_hex(4)}"
        subscriber = self._works.pages = Subscriber(
            self._as(Account.WEB, broker), client_id, filters_of(SHOWN), self._hear, durable=False
        )
        subscriber.start()
        stack.callback(subscriber.stop)

    def _hear(self, message: Message, ack: Ack) -> None:
        for listener in self._listeners:
            listener(message)
        ack()


def configured_broker(settings: Settings) -> BrokerAddress:
    """The broker whose address the settings give. Raises BusError where it is none."""
    mqtt = settings.mqtt
    address = BrokerAddress.parse(mqtt.url)
    return dataclasses.replace(
        address,
        password=address.password if mqtt.password is None else mqtt.password.get_secret_value(),
        version=MqttVersion(mqtt.version),
        tls=TlsFiles(*(path and path.expanduser() for path in (mqtt.ca, mqtt.certificate, mqtt.key))),
    )


def open_access(settings: Settings) -> Access:
    """Who may do what on the pages. Raises ServeError where people must log in and nobody has an account."""
    file, web = AccessFile(data_dir(settings)), settings.web
    trusting = is_loopback(web.host) and not web.login
    if not trusting and not file.read().accounts:
        reason = "web.login asks everybody to log in" if is_loopback(web.host) else f"{web.host} lets others in"
        raise ServeError(
            f"{reason}, and nobody has an account yet. Make one: sensor-hub user add NAME --role admin"
        )
    if not is_loopback(web.host) and web.certificate is None:
        log.warning("Others in the network can read along, passwords too: set web.certificate (docs/security.md).")
    return Access(file, trusting)


def _tls(web: WebSettings) -> Tls | None:
    if web.certificate is None or web.key is None:
        return None
    return Tls(web.certificate.expanduser(), web.key.expanduser())


def _make(folder: Path) -> None:
    """What lies in it is nobody else's business, also where somebody else has made the folder."""
    os.umask(0o077)
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise ConfigError(
            f"Cannot make the data folder {folder}: {error.strerror}. Name another with --data."
        ) from error


async def _catch_up(recorder: Recorder) -> None:
    """The hub has sent its last words; the broker is still handing them out."""
    loop = asyncio.get_running_loop()
    latest = loop.time() + CATCH_UP_S
    stored = -1
    while stored != recorder.stored and loop.time() < latest:
        stored = recorder.stored
        await asyncio.sleep(QUIET_S)


def _tell(ready: Callable[[str], None] | None, url: str) -> None:
    notify("READY=1")
    if ready is not None:
        ready(url)
