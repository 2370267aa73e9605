"""An erasure at a chain's centre as it goes: from PostgreSQL over NATS to a gym's hub and out of the stream."""

import asyncio
import signal
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sensor_hub.app.athletes.at_centre import AtCentre
from sensor_hub.app.athletes.eraser import Eraser
from sensor_hub.app.athletes.erasing import Erasing
from sensor_hub.app.athletes.in_gym import InGym
from sensor_hub.app.athletes.people import People
from sensor_hub.app.floor.outlet import BrokerOutlet
from sensor_hub.app.keeping.recorder import Recorder
from sensor_hub.bus import Account, BrokerAddress, Caller, EmbeddedBroker, Subscriber, decode, filters_of, login
from sensor_hub.bus.centre import Centre, connect_to, partition_of
from sensor_hub.bus.herald import Herald
from sensor_hub.bus.stream import Held, Stream, prepare
from sensor_hub.config import HubSettings, Settings
from sensor_hub.config.sections import ChainSettings
from sensor_hub.messages import WHOLE_GYM, Kind, Message, SessionMessage, SetMessage
from sensor_hub.store import Store
from tests.app.athletes.test_eraser import Clock, hub_at
from tests.chain import Brokers, Workers
from tests.conftest import wait_for
from tests.postgres import PASSWORD, Postgres
from tests.store.test_erasing import BEN, evening_of, mentions

NAME = "Annabella Musterfrau"


class AtGym:
    """What a gym's program keeps, with one machine."""

    def __init__(self, folder: Path, centre: Centre, clock: Clock, stack: ExitStack) -> None:
        settings = Settings(
            hub=HubSettings(data_dir=folder, site="gym-a"),
            chain=ChainSettings(urls=("tls://gym-a@centre.example:7422",), password="secret"),
        )
        self.store = Store.open(folder / "hub.db")
        stack.callback(self.store.close)
        self.people = People(self.store, settings, utc=clock)
        self.hub: BrokerAddress = stack.enter_context(EmbeddedBroker(folder, centre=centre))
        own = login(folder, self.hub, Account.RECORDER)
        caller, recorder = Caller(own, "calls"), Recorder(self.store, own)
        side = InGym(self.store, Erasing(self.store, settings, clock), caller, "gym-a", clock)
        topics = filters_of([Kind.FORGET], "gym-a", WHOLE_GYM)
        listener = Subscriber(own, "forget", topics, side.hear, durable=False)
        for one in (caller, recorder, listener):
            one.start()
            stack.callback(one.stop)
        wait_for(lambda: caller.connected and recorder.connected and listener.connected, 10)
        self.eraser = Eraser(self.store, folder, caller, utc=clock, beyond=side)
        stack.callback(lambda: asyncio.run(self.outlet.close()))
        self.outlet = BrokerOutlet(login(folder, self.hub, Account.MACHINES), folder, "hub", "gym-a", "press-1")

    def lift(self, messages: Sequence[Message]) -> None:
        for message in messages:
            self.outlet.append(message.model_copy(update={"site": "gym-a"}))


async def carried_out(gym: AtGym, eraser: Eraser, people: People, clock: Clock, rounds: int = 3) -> None:
    """Minutes pass until it is, or so many rounds are over."""
    async with hub_at(gym.hub, gym.outlet):
        for _ in range(rounds):
            clock.now += timedelta(minutes=2)
            await asyncio.to_thread(eraser.look)
            await asyncio.to_thread(gym.eraser.look)
            await asyncio.sleep(0.1)
            if (await asyncio.to_thread(people.erasures))[0].complete:
                return


def is_stored(store: Store, session: str) -> bool:
    return len(sets_of(store, session)) > 0 and len(store.samples(session)) > 45


def sets_of(store: Store, session: str) -> Sequence[SetMessage]:
    record = store.session(session)
    return [] if record is None else record.sets


def names(held: Held, athlete: str) -> bool:
    message = decode(held.topic, held.payload)
    return isinstance(message, SetMessage | SessionMessage) and message.athlete == athlete


def in_stream(centre: Centre) -> list[Held]:
    async def read() -> list[Held]:
        client = await connect_to(centre)
        try:
            return await Stream(client).after(partition_of("gym-a"), 0, 2000)
        finally:
            await client.close()

    return asyncio.run(read())


def test_an_erasure_at_the_centre_goes_to_the_gyms_hub_and_out_of_the_stream(
    tmp_path: Path, postgres: Postgres
) -> None:
    database = postgres.new_database("template")
    folders = [tmp_path / name for name in ("nodes", "gym", "keeper")]
    for folder in folders:
        folder.mkdir()
    nodes, gyms, keepers = folders
    clock = Clock()
    with ExitStack() as stack:
        brokers = Brokers(nodes)
        stack.callback(brokers.stop)
        brokers.start()
        asyncio.run(prepare(brokers.centre("manager"), ["gym-a"], []))
        url = postgres.url_of(database)
        workers = Workers(nodes, brokers.centre("worker"), url, PASSWORD)
        stack.callback(workers.stop)
        workers.start("first")
        gym = AtGym(gyms, brokers.centre("gym-a", "LEAVES"), clock, stack)
        anna = gym.people.add(NAME, "kg", None).athlete
        centre = Store.open(url)
        stack.callback(centre.close)
        settings, herald = Settings(hub=HubSettings(data_dir=keepers)), Herald(brokers.centre("keeper"))
        at_centre = AtCentre(centre, Erasing(centre, settings, clock), herald, clock)
        eraser = Eraser(centre, keepers, herald, utc=clock, beyond=at_centre)
        people = People(centre, settings, utc=clock)
        days = (clock.now - datetime(2026, 3, 3, tzinfo=UTC)).days
        shared = evening_of(anna, BEN, name="shared", days=days)
        gym.lift(shared)
        wait_for(lambda: is_stored(gym.store, "shared"), 30)
        wait_for(lambda: is_stored(centre, "shared"), 30, lambda: workers.words("first"))
        people.add(NAME, "kg", None, anna)
        workers.end("first", signal.SIGKILL)
        people.erase(anna, "admin")
        asyncio.run(carried_out(gym, eraser, people, clock))
        workers.start("second")
        asyncio.run(carried_out(gym, eraser, people, clock, rounds=60))
        assert people.erasures()[0].complete, people.erasures()
        assert not [held for held in in_stream(brokers.centre("worker")) if names(held, anna)]
        gym.lift([*shared, *evening_of(BEN, name="after", days=days)])
        wait_for(lambda: is_stored(centre, "after"), 30, lambda: workers.words("second"))
        assert mentions(gym.store, anna) == mentions(centre, anna) == {"erasure", "erasure_part"}
        assert [one.athlete for store in (centre, gym.store) for one in sets_of(store, "shared")] == [BEN, BEN]
        keeper = Workers(nodes, brokers.centre("keeper"), url, PASSWORD, "keeper")
        stack.callback(keeper.stop)
        keeper.start("only")
        wait_for(lambda: "Keeping the centre" in keeper.words("only"), 30, lambda: keeper.words("only"))
        assert keeper.end("only", signal.SIGTERM) == 0
    postgres.drop(database)
