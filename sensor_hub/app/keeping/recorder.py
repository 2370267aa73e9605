"""From the bus into the store: nothing is acknowledged before it is committed, and the hub gets a receipt."""

import logging
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice

from sensor_hub.app.keeping.thrift import Thrift
from sensor_hub.bus import RECORDED, Ack, BrokerAddress, Subscriber, filters_of, kind_of
from sensor_hub.errors import StoreError
from sensor_hub.messages import COUNTED, Kind, Message, StoredMessage
from sensor_hub.store import Store

log = logging.getLogger(__name__)

CONFIRMED = COUNTED | {Kind.STATUS}
"""A status that is stored tells the hub that somebody records."""

_BATCH = 200
_BATCH_S = 0.05
_SILENCE_S = 0.005
"""A batch is closed early when nothing follows for so long: some brokers send no more until they are answered."""
MOST_WAITING = 20_000
"""A broker stops at what it may send unacknowledged; what needs no acknowledgement must be stopped here."""
MOST_PARKED_BYTES = 32 * 1024
"""Of a payload that is no message."""
_RETRY_S = (0.5, 1.0, 2.0, 5.0, 10.0)


@dataclass(frozen=True, slots=True)
class Refused:
    """What came and is no message."""

    topic: str
    payload: bytes
    reason: str


Arrival = tuple[Message | Refused, Ack, float]
"""With the monotonic clock's time when it came."""


class Arrivals:
    """Messages that wait to be stored, each once: a broker sends what is not acknowledged in time again and again."""

    def __init__(self) -> None:
        self._waiting: dict[tuple[object, ...], Arrival] = {}
        self._changed = threading.Condition()
        self._closed = False
        self.overflowed = 0
        """What came faster than it could be stored and was left to be sent again."""

    def put(self, message: Message, ack: Ack) -> None:
        self._put((type(message), message.id, message.time, message.seq), message, ack)

    def put_refused(self, topic: str, payload: bytes, reason: str, ack: Ack) -> None:
        self._put((Refused, topic, payload), Refused(topic, payload, reason), ack)

    def _put(self, key: tuple[object, ...], what: Message | Refused, ack: Ack) -> None:
        with self._changed:
            if self._closed:
                return
            if len(self._waiting) >= MOST_WAITING and key not in self._waiting:
                self.overflowed += 1
                return
            came_s = self._waiting[key][2] if key in self._waiting else time.monotonic()
            self._waiting[key] = (what, ack, came_s)
            self._changed.notify()

    def close(self) -> None:
        """What has come so far is still handed out; what comes later is left to the broker."""
        with self._changed:
            self._closed = True
            self._changed.notify()

    def waiting(self) -> list[Arrival]:
        """The oldest first."""
        with self._changed:
            return list(self._waiting.values())

    def batch(self) -> list[Arrival]:
        """Waits for what comes together; empty only when closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._closed)
            end = time.monotonic() + _BATCH_S
            while len(self._waiting) < _BATCH and not self._closed and time.monotonic() < end:
                if not self._changed.wait(_SILENCE_S):
                    break
            return [self._waiting.pop(key) for key in list(islice(self._waiting, _BATCH))]


class Recorder:
    """Writes every message of a site to the store, in batches, for as long as it runs.

    While the store fails nothing is acknowledged and the same batch is tried again, so the broker keeps what it
    has; `problem` says what is wrong. thrift: of the database's disk; note: tells with every receipt what else a
    person should do.
    """

    def __init__(
        self,
        store: Store,
        address: BrokerAddress,
        client_id: str = "recorder",
        thrift: Thrift | None = None,
        note: Callable[[], str | None] = lambda: None,
    ) -> None:
        self.stored = 0
        """Messages committed, resends included."""
        self._store = store
        self._thrift, self._note = thrift, note
        self._name = client_id
        self._store_problem: str | None = None
        self._arrivals = Arrivals()
        self._batch: list[Arrival] = []
        """Being stored."""
        self._stopping = threading.Event()
        arrivals = self._arrivals
        self._subscriber = Subscriber(
            address, client_id, filters_of(RECORDED), arrivals.put, durable=True, on_invalid=arrivals.put_refused
        )
        self._thread = threading.Thread(target=self._run, name=client_id, daemon=True)

    @property
    def connected(self) -> bool:
        return self._subscriber.connected

    @property
    def problem(self) -> str | None:
        """What keeps messages from being stored, as a sentence; None while all is well."""
        return self._store_problem or self._subscriber.problem

    @property
    def waiting(self) -> int:
        """Messages that have come and are not committed."""
        return len(self._batch) + len(self._arrivals.waiting())

    @property
    def lag_s(self) -> float:
        """For how long the oldest of them has waited."""
        oldest_s = next((came_s for _, _, came_s in (*self._batch[:1], *self._arrivals.waiting()[:1])), None)
        return 0.0 if oldest_s is None else time.monotonic() - oldest_s

    @property
    def invalid(self) -> int:
        """Payloads that were no valid messages: each is parked once."""
        return self._subscriber.invalid

    def start(self) -> None:
        """Begin in the background."""
        self._thread.start()
        self._subscriber.start()

    def stop(self) -> None:
        """Commit what has arrived, and leave. What comes later waits at the broker."""
        self._stopping.set()
        self._arrivals.close()
        self._thread.join()
        self._subscriber.stop()

    def _run(self) -> None:
        while batch := self._arrivals.batch():
            self._batch = batch
            if not self._keep(batch):
                return
            for _, ack, _ in batch:
                ack()
            self.stored += len(batch)
            self._batch = []
            self._confirm([message for message, _, _ in batch if isinstance(message, Message)])

    def _confirm(self, stored: list[Message]) -> None:
        """To each machine's hub."""
        for receipt in receipts_for(stored, self._name, self._trouble):
            self._subscriber.answer(receipt)

    @property
    def _trouble(self) -> str | None:
        return (self._thrift and self._thrift.problem) or self._note()

    def _worth_it(self, batch: list[Arrival]) -> list[Message]:
        """On a nearly full disk not all of it."""
        messages = [message for message, _, _ in batch if isinstance(message, Message)]
        return [message for message in messages if self._thrift is None or self._thrift.takes(message)]

    def _keep(self, batch: list[Arrival]) -> bool:
        """Try until the store has the batch; False only when stopped before."""
        attempt = 0
        while True:
            try:
                self._store.record(self._worth_it(batch))
                self._park([refused for refused, _, _ in batch if isinstance(refused, Refused)])
            except StoreError as error:
                self._report(str(error))
            except Exception as error:  # of ours: what was not stored must not be acknowledged, nor recording end
                log.exception("A batch cannot be stored.")
                self._report(f"This program has a fault ({error!r}): please report it.")
            else:
                self._report(None)
                return True
            pause_s = _RETRY_S[min(attempt, len(_RETRY_S) - 1)]
            attempt += 1
            if self._stopping.wait(pause_s):
                return False

    def _park(self, refused: Sequence[Refused]) -> None:
        self._store.park((one.reason, as_text(one.payload)) for one in refused)

    def _report(self, problem: str | None) -> None:
        if problem is not None and problem != self._store_problem:
            log.error("Nothing is being recorded: %s Messages wait at the broker.", problem)
        if problem is None and self._store_problem is not None:
            log.info("Recording again.")
        self._store_problem = problem


def receipts_for(stored: Sequence[Message], recorder: str, note: str | None = None) -> Iterator[StoredMessage]:
    """What each machine's hub is to be told of what is committed."""
    ids: dict[tuple[str, str], list[str]] = defaultdict(list)
    for message in stored:
        if kind_of(message) in CONFIRMED:
            ids[message.site, message.machine].append(message.id)
    for (site, machine), safe in ids.items():
        place = {"site": site, "machine": machine, "seq": 0, "time": datetime.now(UTC)}
        yield StoredMessage(id=f"{recorder}.stored.{safe[-1]}", recorder=recorder, ids=safe, note=note, **place)


def as_text(payload: bytes) -> str:
    """Of what is no message, as much as is parked."""
    return payload[:MOST_PARKED_BYTES].decode(errors="backslashreplace")
