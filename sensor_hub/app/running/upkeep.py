"""What keeps a store well, beside whoever records into it: a gym's recorder, or the workers at a chain's centre."""

import asyncio
import logging
from contextlib import AsyncExitStack, ExitStack
from datetime import UTC, datetime
from secrets import token_hex

from sensor_hub.app.athletes.at_centre import AtCentre
from sensor_hub.app.athletes.eraser import Beyond, Eraser
from sensor_hub.app.athletes.erasing import Erasing
from sensor_hub.app.athletes.in_gym import InGym
from sensor_hub.app.athletes.people import Speaks
from sensor_hub.app.keeping.chain import worker_centre
from sensor_hub.app.keeping.database import influx_target, open_store
from sensor_hub.app.keeping.keeper import Keeper
from sensor_hub.bus import BrokerAddress, Caller, Subscriber, filters_of
from sensor_hub.bus.herald import Herald
from sensor_hub.config import Settings, data_dir
from sensor_hub.messages import WHOLE_GYM, Kind
from sensor_hub.store import InfluxSink, Store

log = logging.getLogger(__name__)


class Upkeep:
    """Erasures, the archive, what is deleted with time, and the time-series server."""

    def __init__(self, store: Store, settings: Settings, caller: Speaks, beyond: Beyond | None = None) -> None:
        folder, influx = data_dir(settings), settings.influx
        target = None if influx.url is None else influx_target(influx)
        self.keeper = Keeper(store, settings)
        self._eraser = Eraser(store, folder, caller, target, archive_url=settings.archive.url, beyond=beyond)
        self.sink = (
            None
            if target is None
            else InfluxSink(store, target, hub=settings.hub.name, before=self._eraser.points)
        )

    def start(self, stack: ExitStack | AsyncExitStack) -> None:
        """Until the stack is closed. Raises ConfigError."""
        self._eraser.start()
        stack.callback(self._eraser.stop)
        if self.sink is not None:
            self.sink.start()
            stack.callback(self.sink.stop)
        self.keeper.start()
        stack.callback(self.keeper.stop)


def in_gym(
    stack: AsyncExitStack, store: Store, settings: Settings, caller: Caller, recorder: BrokerAddress
) -> InGym | None:
    """The gym's side of erasures, where it is a chain's."""
    if not settings.chain.urls:
        return None
    side = InGym(store, Erasing(store, settings, _now), caller, settings.hub.site, _now)
    client_id = f"{settings.hub.name}:forget:{token_hex(4)}"
    topics = filters_of([Kind.FORGET], settings.hub.site, WHOLE_GYM)
    subscriber = Subscriber(recorder, client_id, topics, side.hear, durable=False)
    subscriber.start()
    stack.callback(subscriber.stop)
    return side


async def keep_centre(settings: Settings) -> None:
    """At a chain's centre, until cancelled. Raises ConfigError, StoreError."""
    herald = Herald(worker_centre(settings))
    data_dir(settings).mkdir(parents=True, exist_ok=True, mode=0o700)
    with ExitStack() as stack:
        store = open_store(settings)
        stack.callback(store.close)
        Upkeep(store, settings, herald, AtCentre(store, Erasing(store, settings, _now), herald, _now)).start(stack)
        log.info("Keeping the centre's store.")
        await asyncio.Event().wait()


def _now() -> datetime:
    return datetime.now(UTC)
